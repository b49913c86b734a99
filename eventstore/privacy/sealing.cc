#include "eventstore/privacy/sealing.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/bytes.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/reflection.h"
#include "poolcirkel/log/v1/options.pb.h"

namespace eventstore::privacy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using poolcirkel::log::v1::KeyClass;
using poolcirkel::log::v1::SealedField;

constexpr std::string_view kFieldLabel = "poolcirkel.example/v1/field\n";
constexpr std::string_view kCommitmentLabel = "poolcirkel.example/v1/commitment\n";
constexpr std::string_view kWithPersonLabel = "poolcirkel.example/v1/with-person\n";
constexpr int kSealedFieldNumber = 15;

std::string DeriveKey(std::string_view secret, const log::EventId& id, uint32_t field_number) {
  std::string info(kFieldLabel);
  info += id.view();
  AppendBigEndian<uint32_t>(info, field_number);
  return crypto::HkdfSha256(secret, info, crypto::kAeadKeySize);
}

// An AEAD does not commit to its key: without this one ciphertext could be made to
// open to different terms under two keys.
crypto::Digest CommitmentTo(std::string_view derived) {
  return crypto::Sha256({kCommitmentLabel, derived});
}

std::string AssociatedData(const log::StreamId& stream, const log::EventId& id) {
  return stream.bytes() + id.bytes();
}

SealedField SealWith(const std::string& plaintext, uint32_t field_number,
                     const log::StreamId& stream, const log::EventId& id, const ClassKey& key,
                     base::Entropy& entropy) {
  std::string derived = DeriveKey(key.secret, id, field_number);
  SealedField sealed;
  sealed.set_field_number(field_number);
  sealed.set_key_id(key.id.bytes());
  sealed.set_nonce(entropy.Bytes(crypto::kAeadNonceSize));
  sealed.set_ciphertext(
      crypto::AeadSeal(derived, sealed.nonce(), plaintext, AssociatedData(stream, id)));
  sealed.set_commitment(CommitmentTo(derived).bytes());
  crypto::Wipe(derived);
  return sealed;
}

// `key` under its own name, with a secret that nobody has without both keys.
ClassKey WithPerson(const ClassKey& key, const ClassKey& person) {
  ClassKey both = key;
  std::string secrets = key.secret + person.secret;
  both.secret = crypto::HkdfSha256(secrets, kWithPersonLabel, crypto::kAeadKeySize);
  crypto::Wipe(secrets);
  return both;
}

// Nothing when `key` is not the one it was sealed with.
absl::StatusOr<std::optional<std::string>> OpenWith(const SealedField& sealed,
                                                    const log::StreamId& stream,
                                                    const log::EventId& id, const ClassKey& key) {
  if (sealed.nonce().size() != crypto::kAeadNonceSize) return std::nullopt;
  std::string derived = DeriveKey(key.secret, id, sealed.field_number());
  std::optional<std::string> plaintext;
  absl::Status status;
  if (crypto::ConstantTimeEqual(CommitmentTo(derived).view(), sealed.commitment())) {
    auto opened =
        crypto::AeadOpen(derived, sealed.nonce(), sealed.ciphertext(), AssociatedData(stream, id));
    status = opened.status();
    if (opened.ok()) plaintext = *std::move(opened);
  }
  crypto::Wipe(derived);
  if (!status.ok()) return status;
  return plaintext;
}

KeyClass ClassOf(const FieldDescriptor& field) {
  return field.options().GetExtension(poolcirkel::log::v1::sealed_with);
}

bool TakesPerson(const FieldDescriptor& field) {
  return field.options().GetExtension(poolcirkel::log::v1::with_person);
}

bool IsMarked(const FieldDescriptor& field) {
  return ClassOf(field) != poolcirkel::log::v1::KEY_CLASS_UNSPECIFIED;
}

std::vector<const FieldDescriptor*> SetFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

// The message that has the marked fields: what an Event's `body` holds, or the
// message itself.
Message& BodyOf(Message& event) {
  const auto* body = event.GetDescriptor()->FindOneofByName("body");
  if (body == nullptr) return event;
  const auto* reflection = event.GetReflection();
  const FieldDescriptor* set = reflection->GetOneofFieldDescriptor(event, body);
  if (set == nullptr || set->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return event;
  return *reflection->MutableMessage(&event, set);
}

// The field `sealed`, or null when the message has none.
const FieldDescriptor* SealedOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByNumber(kSealedFieldNumber);
  const bool is_sealed = field != nullptr && field->is_repeated() &&
                         field->message_type() == SealedField::descriptor();
  return is_sealed ? field : nullptr;
}

std::vector<SealedField> ReadSealed(const Message& message, const FieldDescriptor* field) {
  const auto values = message.GetReflection()->GetRepeatedFieldRef<SealedField>(message, field);
  return {values.begin(), values.end()};
}

void WriteSealed(const std::vector<SealedField>& values, const FieldDescriptor* field,
                 Message& message) {
  const auto out =
      message.GetReflection()->GetMutableRepeatedFieldRef<SealedField>(&message, field);
  out.Clear();
  for (const SealedField& value : values) out.Add(value);
}

std::string PlaintextOf(const Message& message, const FieldDescriptor& field) {
  const std::unique_ptr<Message> only(message.New());
  only->CopyFrom(message);
  const auto* reflection = only->GetReflection();
  for (const FieldDescriptor* other : SetFields(message)) {
    if (other != &field) reflection->ClearField(only.get(), other);
  }
  reflection->MutableUnknownFields(only.get())->Clear();
  return only->SerializeAsString();
}

const std::optional<KeyId>& NameFor(KeyClass key_class, const SealingKeys& names) {
  static constexpr std::optional<KeyId> kNone;
  switch (key_class) {
    case poolcirkel::log::v1::KEY_CLASS_PERSON:
      return names.person;
    case poolcirkel::log::v1::KEY_CLASS_EXCHANGE:
      return names.exchange;
    case poolcirkel::log::v1::KEY_CLASS_MEMBER:
      return names.member;
    default:
      return kNone;
  }
}

absl::Status NoKey(const std::string& what) {
  return absl::FailedPreconditionError("er is geen sleutel om " + what + " mee te verzegelen");
}

absl::StatusOr<ClassKey> PersonKey(const KeyId& name, const std::string& what,
                                   const KeyFile& keys) {
  auto person = keys.Find(name);
  if (!person || person->key_class != poolcirkel::log::v1::KEY_CLASS_PERSON) return NoKey(what);
  return *std::move(person);
}

// Opens what was sealed with `key` and the key of one of the persons that its maker
// has in its circle. Nothing when it is none of them.
absl::StatusOr<std::optional<std::string>> OpenWithPersons(const SealedField& sealed,
                                                           const log::StreamId& stream,
                                                           const log::EventId& id,
                                                           const ClassKey& key,
                                                           const KeyFile& keys) {
  for (const ClassKey& person : keys.KeysMadeBy(key.circle, key.made_by)) {
    if (person.key_class != poolcirkel::log::v1::KEY_CLASS_PERSON) continue;
    ASSIGN_OR_RETURN(auto plaintext, OpenWith(sealed, stream, id, WithPerson(key, person)));
    if (plaintext) return plaintext;
  }
  return std::nullopt;
}

absl::StatusOr<ClassKey> KeyFor(const FieldDescriptor& field, const SealingKeys& names,
                                const KeyFile& keys) {
  const std::optional<KeyId>& name = NameFor(ClassOf(field), names);
  std::optional<ClassKey> key;
  if (name) key = keys.Find(*name);
  if (!key || key->key_class != ClassOf(field)) return NoKey(field.full_name());
  if (!TakesPerson(field) || !names.person) return *std::move(key);
  ASSIGN_OR_RETURN(const ClassKey person, PersonKey(*names.person, field.full_name(), keys));
  return WithPerson(*key, person);
}

// The keys that `sealed` may have been sealed with.
std::vector<ClassKey> Candidates(const SealedField& sealed, const FieldDescriptor& field,
                                 const log::CircleId& circle, const log::MemberId& made_by,
                                 const KeyFile& keys) {
  std::vector<ClassKey> candidates;
  if (sealed.key_id().empty()) {
    candidates = keys.KeysMadeBy(circle, made_by);
  } else if (const auto id = KeyId::FromBytes(sealed.key_id()); id.ok()) {
    if (auto key = keys.Find(*id)) candidates.push_back(*std::move(key));
  }
  std::erase_if(candidates, [&](const ClassKey& key) { return key.key_class != ClassOf(field); });
  return candidates;
}

absl::Status Damaged(const std::string& what) {
  return absl::DataLossError("een verzegeld veld deugt niet: " + what);
}

// Where one event's sealed fields are opened.
class Opener {
 public:
  Opener(const Message& body, const log::StreamId& stream, const log::EventId& id,
         const log::CircleId& circle, const log::MemberId& made_by, const KeyFile& keys)
      : body_(body),
        stream_(stream),
        id_(id),
        circle_(circle),
        made_by_(made_by),
        keys_(keys),
        opened_(body.New()) {}

  // True when it was opened into `opened`.
  absl::StatusOr<bool> Add(const SealedField& sealed) {
    const auto* field = body_.GetDescriptor()->FindFieldByNumber(
        static_cast<int>(std::min<uint32_t>(sealed.field_number(), INT32_MAX)));
    // Made by a newer version: kept as it is.
    if (field == nullptr || !IsMarked(*field)) return false;
    if (!seen_.insert(field->number()).second) return Damaged("het staat er twee keer");
    for (const ClassKey& key : Candidates(sealed, *field, circle_, made_by_, keys_)) {
      ASSIGN_OR_RETURN(auto plaintext, OpenWith(sealed, stream_, id_, key));
      if (!plaintext && TakesPerson(*field)) {
        ASSIGN_OR_RETURN(plaintext, OpenWithPersons(sealed, stream_, id_, key, keys_));
      }
      if (!plaintext) continue;
      RETURN_IF_ERROR(Merge(*plaintext, *field));
      return true;
    }
    return false;
  }

  const Message& opened() const { return *opened_; }

 private:
  absl::Status Merge(const std::string& plaintext, const FieldDescriptor& field) {
    const std::unique_ptr<Message> only(body_.New());
    if (!only->ParseFromString(plaintext)) return Damaged("de inhoud is geen bericht");
    const auto fields = SetFields(*only);
    if (fields.size() != 1 || fields.front() != &field ||
        !only->GetReflection()->GetUnknownFields(*only).empty()) {
      return Damaged("er zit een ander veld in");
    }
    const auto present = SetFields(body_);
    if (std::find(present.begin(), present.end(), &field) != present.end()) {
      return Damaged("het staat er ook open");
    }
    opened_->MergeFrom(*only);
    return absl::OkStatus();
  }

  const Message& body_;
  const log::StreamId& stream_;
  const log::EventId& id_;
  const log::CircleId& circle_;
  const log::MemberId& made_by_;
  const KeyFile& keys_;
  std::unique_ptr<Message> opened_;
  std::set<int> seen_;
};

}  // namespace

absl::Status Seal(Message& event, const log::StreamId& stream, const log::EventId& id,
                  const SealingKeys& names, const KeyFile& keys, base::Entropy& entropy) {
  Message& body = BodyOf(event);
  std::vector<const FieldDescriptor*> marked = SetFields(body);
  std::erase_if(marked, [](const FieldDescriptor* field) { return !IsMarked(*field); });
  if (marked.empty()) return absl::OkStatus();
  const FieldDescriptor* const sealed_field = SealedOf(body);
  if (sealed_field == nullptr) {
    return absl::InvalidArgumentError(body.GetTypeName() + " heeft geen veld 15 `sealed`");
  }
  std::vector<SealedField> sealed = ReadSealed(body, sealed_field);
  for (const FieldDescriptor* field : marked) {
    const auto number = static_cast<uint32_t>(field->number());
    if (std::any_of(sealed.begin(), sealed.end(),
                    [&](const SealedField& already) { return already.field_number() == number; })) {
      return absl::InvalidArgumentError(field->full_name() + " is al verzegeld");
    }
    ASSIGN_OR_RETURN(const ClassKey key, KeyFor(*field, names, keys));
    sealed.push_back(SealWith(PlaintextOf(body, *field), number, stream, id, key, entropy));
    if (field->options().GetExtension(poolcirkel::log::v1::hide_key)) sealed.back().clear_key_id();
  }
  for (const FieldDescriptor* field : marked) body.GetReflection()->ClearField(&body, field);
  WriteSealed(sealed, sealed_field, body);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int>> Open(Message& event, const log::StreamId& stream,
                                      const log::EventId& id, const log::CircleId& circle,
                                      const log::MemberId& made_by, const KeyFile& keys) {
  Message& body = BodyOf(event);
  const FieldDescriptor* const sealed_field = SealedOf(body);
  if (sealed_field == nullptr) return std::vector<int>();
  Opener opener(body, stream, id, circle, made_by, keys);
  std::vector<int> closed;
  std::vector<SealedField> left;
  for (const SealedField& sealed : ReadSealed(body, sealed_field)) {
    ASSIGN_OR_RETURN(const bool opened, opener.Add(sealed));
    if (opened) continue;
    closed.push_back(static_cast<int>(sealed.field_number()));
    left.push_back(sealed);
  }
  WriteSealed(left, sealed_field, body);
  body.MergeFrom(opener.opened());
  return closed;
}

bool HasClearFields(const Message& event) {
  for (const FieldDescriptor* field : SetFields(event)) {
    if (IsMarked(*field)) return true;
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const auto* reflection = event.GetReflection();
    if (!field->is_repeated()) {
      if (HasClearFields(reflection->GetMessage(event, field))) return true;
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(event, field); ++i) {
      if (HasClearFields(reflection->GetRepeatedMessage(event, field, i))) return true;
    }
  }
  return false;
}

absl::StatusOr<SealedField> SealValue(const std::string& plaintext, uint32_t field_number,
                                      const log::StreamId& stream, const log::EventId& id,
                                      const KeyId& key, const KeyFile& keys, base::Entropy& entropy,
                                      const std::optional<KeyId>& person) {
  const auto found = keys.Find(key);
  if (!found) {
    return absl::FailedPreconditionError("de sleutel " + base::ToText(key) + " is er niet");
  }
  if (!person) return SealWith(plaintext, field_number, stream, id, *found, entropy);
  ASSIGN_OR_RETURN(const ClassKey with, PersonKey(*person, "de waarde", keys));
  return SealWith(plaintext, field_number, stream, id, WithPerson(*found, with), entropy);
}

absl::StatusOr<std::string> OpenValue(const SealedField& sealed, const log::StreamId& stream,
                                      const log::EventId& id, const KeyFile& keys) {
  const auto name = KeyId::FromBytes(sealed.key_id());
  const auto key = name.ok() ? keys.Find(*name) : std::nullopt;
  if (!key) return absl::NotFoundError("de sleutel van dit veld is er niet");
  ASSIGN_OR_RETURN(auto plaintext, OpenWith(sealed, stream, id, *key));
  if (!plaintext) {
    ASSIGN_OR_RETURN(plaintext, OpenWithPersons(sealed, stream, id, *key, keys));
  }
  if (!plaintext) return absl::NotFoundError("dit veld is niet met deze sleutel verzegeld");
  return *std::move(plaintext);
}

}  // namespace eventstore::privacy
