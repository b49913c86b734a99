#include "eventstore/privacy/sealing.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/digest.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "tests/eventstore/privacy/support.h"

namespace eventstore::privacy {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using poolcirkel::event::v1::CandidacySelected;
using poolcirkel::event::v1::Event;
using poolcirkel::event::v1::ProfileStated;
using poolcirkel::event::v1::SecondmentProposed;
using poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
using poolcirkel::log::v1::KEY_CLASS_MEMBER;
using poolcirkel::log::v1::KEY_CLASS_PERSON;
using poolcirkel::log::v1::sealed_with;
using poolcirkel::log::v1::SealedField;

constexpr char kCanary[] = "CANARY-4f0c1b7e9d2a";

// Fills every field of any message; text and bytes carry the canary.
class Filler {
 public:
  explicit Filler(uint64_t seed) : random_(seed) {}

  void Fill(Message& message, int depth = 0) {
    const auto* descriptor = message.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      if (field->number() == 15 && field->name() == "sealed") continue;
      if (depth > 6) continue;
      const int count = field->is_repeated() ? 1 + static_cast<int>(random_() % 3) : 1;
      for (int n = 0; n < count; ++n) Set(message, *field, depth);
    }
  }

 private:
  void Set(Message& message, const FieldDescriptor& field, int depth) {
    const auto* reflection = message.GetReflection();
    const auto number = 1 + static_cast<int32_t>(random_() % 1000000);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text = kCanary + std::to_string(random_());
        if (field.is_repeated()) return reflection->AddString(&message, &field, text);
        return reflection->SetString(&message, &field, text);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Fill(*(field.is_repeated() ? reflection->AddMessage(&message, &field)
                                          : reflection->MutableMessage(&message, &field)),
                    depth + 1);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = field.enum_type()->value(field.enum_type()->value_count() - 1)->number();
        if (field.is_repeated()) return reflection->AddEnumValue(&message, &field, value);
        return reflection->SetEnumValue(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (field.is_repeated()) return reflection->AddBool(&message, &field, true);
        return reflection->SetBool(&message, &field, true);
      case FieldDescriptor::CPPTYPE_INT32:
        if (field.is_repeated()) return reflection->AddInt32(&message, &field, number);
        return reflection->SetInt32(&message, &field, number);
      case FieldDescriptor::CPPTYPE_INT64:
        if (field.is_repeated()) return reflection->AddInt64(&message, &field, number);
        return reflection->SetInt64(&message, &field, number);
      case FieldDescriptor::CPPTYPE_UINT32:
        if (field.is_repeated()) return reflection->AddUInt32(&message, &field, 7);
        return reflection->SetUInt32(&message, &field, 7);
      case FieldDescriptor::CPPTYPE_UINT64:
        if (field.is_repeated()) return reflection->AddUInt64(&message, &field, 8);
        return reflection->SetUInt64(&message, &field, 8);
      default:
        FAIL() << "the filler does not know " << field.full_name();
    }
  }

  std::mt19937_64 random_;
};

bool IsMarked(const FieldDescriptor& field) {
  return field.options().GetExtension(sealed_with) != poolcirkel::log::v1::KEY_CLASS_UNSPECIFIED;
}

std::vector<const FieldDescriptor*> BodyFields() {
  std::vector<const FieldDescriptor*> fields;
  const auto* body = Event::descriptor()->FindOneofByName("body");
  for (int i = 0; i < body->field_count(); ++i) fields.push_back(body->field(i));
  return fields;
}

class SealingTest : public testing::Test {
 protected:
  SealingTest() {
    auto opened = KeyFile::Open(folder_.path(), entropy_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    keys_ = *std::move(opened);
    names_ = {Make(KEY_CLASS_PERSON), Make(KEY_CLASS_EXCHANGE), Make(KEY_CLASS_MEMBER)};
  }

  KeyId Make(poolcirkel::log::v1::KeyClass key_class) {
    const ClassKey key = NewKey(key_class, circle_, member_, entropy_);
    EXPECT_TRUE(keys_->Create(key).ok());
    return key.id;
  }
  absl::Status SealIt(Message& event) {
    return Seal(event, stream_, id_, names_, *keys_, entropy_);
  }
  absl::StatusOr<std::vector<int>> OpenIt(Message& event) const {
    return Open(event, stream_, id_, circle_, member_, *keys_);
  }
  ProfileStated Profile() const {
    ProfileStated event;
    event.mutable_profile()->set_pseudonym(kCanary);
    event.set_identity_commitment("clear");
    return event;
  }
  SecondmentProposed Proposal() const {
    SecondmentProposed event;
    event.set_assignment_id("clear");
    event.set_professional_id(kCanary);
    event.set_motivation(kCanary);
    return event;
  }

  crypto::SystemEntropy entropy_;
  Folder folder_;
  const log::CircleId circle_ = RandomId<log::CircleId>(entropy_);
  const log::MemberId member_ = RandomId<log::MemberId>(entropy_);
  const log::StreamId stream_ = RandomId<log::StreamId>(entropy_);
  const log::EventId id_ = RandomId<log::EventId>(entropy_);
  std::unique_ptr<KeyFile> keys_;
  SealingKeys names_;
};

// Every event type there is, with random content.
TEST_F(SealingTest, EveryEventComesBackAsItWas) {
  int sealed_types = 0;
  for (const FieldDescriptor* body : BodyFields()) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      Event event;
      Message& content = *event.GetReflection()->MutableMessage(&event, body);
      Filler(seed).Fill(content);
      const Event before = event;
      ASSERT_TRUE(SealIt(event).ok()) << body->name();
      EXPECT_FALSE(HasClearFields(event)) << body->name();
      EXPECT_FALSE(HasClearFields(content)) << body->name();
      for (int i = 0; i < body->message_type()->field_count(); ++i) {
        const FieldDescriptor& field = *body->message_type()->field(i);
        if (!IsMarked(field)) continue;
        ++sealed_types;
        EXPECT_TRUE(HasClearFields(before)) << body->name();
        EXPECT_FALSE(field.is_repeated() ? content.GetReflection()->FieldSize(content, &field) > 0
                                         : content.GetReflection()->HasField(content, &field))
            << field.full_name();
      }
      const auto closed = OpenIt(event);
      ASSERT_TRUE(closed.ok()) << closed.status();
      EXPECT_TRUE(closed->empty()) << body->name();
      EXPECT_TRUE(MessageDifferencer::Equals(event, before)) << body->name();
    }
  }
  EXPECT_GT(sealed_types, 20) << "the options were not read";
}

// As above, from the other side: only marked fields filled, no canary is left.
TEST_F(SealingTest, NoCanaryOfASealedFieldIsLeft) {
  for (const FieldDescriptor* body : BodyFields()) {
    Event event;
    Message& content = *event.GetReflection()->MutableMessage(&event, body);
    Filler(9).Fill(content);
    for (int i = 0; i < body->message_type()->field_count(); ++i) {
      const FieldDescriptor* field = body->message_type()->field(i);
      if (!IsMarked(*field)) content.GetReflection()->ClearField(&content, field);
    }
    ASSERT_TRUE(SealIt(event).ok());
    EXPECT_EQ(event.SerializeAsString().find(kCanary), std::string::npos) << body->name();
  }
}

// What the options demand of the messages themselves.
TEST_F(SealingTest, MarkedFieldsStandOnlyWhereTheyAreSealed) {
  const std::function<void(const google::protobuf::Descriptor*, int)> check =
      [&](const google::protobuf::Descriptor* message, int depth) {
        for (int i = 0; i < message->field_count() && depth < 6; ++i) {
          const FieldDescriptor* field = message->field(i);
          if (IsMarked(*field)) {
            EXPECT_EQ(depth, 0) << field->full_name() << " is marked inside another message";
            const auto* sealed = message->FindFieldByNumber(15);
            ASSERT_NE(sealed, nullptr) << message->full_name() << " has no field 15";
            EXPECT_EQ(sealed->message_type(), SealedField::descriptor());
            EXPECT_TRUE(sealed->is_repeated());
          }
          if (field->message_type() != nullptr) check(field->message_type(), depth + 1);
        }
      };
  for (const FieldDescriptor* body : BodyFields()) check(body->message_type(), 0);
}

TEST_F(SealingTest, TakesTheEventOrItsBody) {
  Event wrapped;
  *wrapped.mutable_profile_stated() = Profile();
  ASSERT_TRUE(SealIt(wrapped).ok());
  ProfileStated body = wrapped.profile_stated();
  EXPECT_FALSE(body.has_profile());
  EXPECT_EQ(body.sealed_size(), 1);
  ASSERT_TRUE(OpenIt(body).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(body, Profile()));
  Event empty;
  EXPECT_TRUE(SealIt(empty).ok());
  EXPECT_TRUE(OpenIt(empty).ok());
  EXPECT_FALSE(HasClearFields(empty));
}

TEST_F(SealingTest, AMissingOrUnfitKeyChangesNothing) {
  const SecondmentProposed before = Proposal();
  SecondmentProposed event = before;
  SealingKeys names = names_;
  names.exchange.reset();
  EXPECT_EQ(Seal(event, stream_, id_, names, *keys_, entropy_).code(),
            absl::StatusCode::kFailedPrecondition);
  names.exchange = RandomId<KeyId>(entropy_);
  EXPECT_EQ(Seal(event, stream_, id_, names, *keys_, entropy_).code(),
            absl::StatusCode::kFailedPrecondition);
  names.exchange = names_.person;
  EXPECT_EQ(Seal(event, stream_, id_, names, *keys_, entropy_).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(MessageDifferencer::Equals(event, before));
}

TEST_F(SealingTest, AFieldIsSealedOnce) {
  ProfileStated event = Profile();
  ASSERT_TRUE(SealIt(event).ok());
  *event.mutable_profile() = Profile().profile();
  EXPECT_TRUE(HasClearFields(event));
  EXPECT_EQ(SealIt(event).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(OpenIt(event).status().code(), absl::StatusCode::kDataLoss) << "open and sealed";
}

TEST_F(SealingTest, AHiddenKeyIsFoundAmongThePersonsOfItsMaker) {
  for (int i = 0; i < 20; ++i) Make(KEY_CLASS_PERSON);
  SecondmentProposed event = Proposal();
  ASSERT_TRUE(SealIt(event).ok());
  ASSERT_EQ(event.sealed_size(), 2);
  EXPECT_TRUE(event.sealed(0).key_id().empty());
  EXPECT_EQ(event.sealed(1).key_id(), names_.exchange->bytes());
  SecondmentProposed of_another = event;
  EXPECT_THAT(*Open(of_another, stream_, id_, circle_, RandomId<log::MemberId>(entropy_), *keys_),
              testing::ElementsAre(3));
  SecondmentProposed elsewhere = event;
  EXPECT_THAT(*Open(elsewhere, stream_, id_, RandomId<log::CircleId>(entropy_), member_, *keys_),
              testing::ElementsAre(3));
  ASSERT_THAT(*OpenIt(event), testing::IsEmpty());
  EXPECT_TRUE(MessageDifferencer::Equals(event, Proposal()));
}

TEST_F(SealingTest, WithoutTheKeyItStaysSealed) {
  SecondmentProposed event = Proposal();
  ASSERT_TRUE(SealIt(event).ok());
  ASSERT_TRUE(keys_->Destroy(*names_.exchange).ok());
  EXPECT_THAT(*OpenIt(event), testing::ElementsAre(4));
  EXPECT_EQ(event.professional_id(), kCanary);
  EXPECT_EQ(event.motivation(), "");
  EXPECT_EQ(event.sealed_size(), 1);
  ASSERT_TRUE(keys_->Destroy(*names_.person).ok());
  EXPECT_THAT(*OpenIt(event), testing::ElementsAre(4)) << "what is open stays open";
}

TEST_F(SealingTest, OpensOnlyInItsOwnPlace) {
  ProfileStated sealed = Profile();
  ASSERT_TRUE(SealIt(sealed).ok());
  ProfileStated event = sealed;
  EXPECT_EQ(
      Open(event, RandomId<log::StreamId>(entropy_), id_, circle_, member_, *keys_).status().code(),
      absl::StatusCode::kDataLoss)
      << "the commitment fits, the stream does not";
  EXPECT_THAT(*Open(event, stream_, RandomId<log::EventId>(entropy_), circle_, member_, *keys_),
              testing::ElementsAre(1));
  EXPECT_TRUE(MessageDifferencer::Equals(event, sealed));
  event.mutable_sealed(0)->set_key_id(Make(KEY_CLASS_PERSON).bytes());
  EXPECT_THAT(*OpenIt(event), testing::ElementsAre(1));
  event.mutable_sealed(0)->set_key_id(names_.exchange->bytes());
  EXPECT_THAT(*OpenIt(event), testing::ElementsAre(1));
  EXPECT_FALSE(event.has_profile());
}

TEST_F(SealingTest, AnyFlippedBitNeverOpens) {
  ProfileStated sealed = Profile();
  ASSERT_TRUE(SealIt(sealed).ok());
  using Part = std::string* (SealedField::*)();
  for (const Part part :
       {Part{&SealedField::mutable_key_id}, Part{&SealedField::mutable_nonce},
        Part{&SealedField::mutable_ciphertext}, Part{&SealedField::mutable_commitment}}) {
    ProfileStated sample = sealed;
    const size_t bits = (sample.mutable_sealed(0)->*part)()->size() * 8;
    ASSERT_GT(bits, 0U);
    for (size_t bit = 0; bit < bits; ++bit) {
      ProfileStated event = sealed;
      char& byte = (*(event.mutable_sealed(0)->*part)())[bit / 8];
      byte = static_cast<char>(byte ^ (1 << bit % 8));
      OpenIt(event).IgnoreError();
      EXPECT_FALSE(event.has_profile()) << "bit " << bit;
    }
    for (size_t size = 0; size < bits / 8; ++size) {
      ProfileStated event = sealed;
      if (size == 0 && part == Part{&SealedField::mutable_key_id}) continue;  // then it is hidden
      (event.mutable_sealed(0)->*part)()->resize(size);
      OpenIt(event).IgnoreError();
      EXPECT_FALSE(event.has_profile()) << "cut to " << size;
    }
  }
}

// One ciphertext that two keys open would tell two readers two things. With this
// AEAD alone it can be made; the commitment is what forbids it: no bytes fit two.
TEST_F(SealingTest, TwoKeysNeverOpenOneField) {
  const KeyId other = Make(KEY_CLASS_EXCHANGE);
  SealedField sealed = *SealValue("terms", 5, stream_, id_, *names_.exchange, *keys_, entropy_);
  EXPECT_EQ(*OpenValue(sealed, stream_, id_, *keys_), "terms");
  sealed.set_key_id(other.bytes());
  EXPECT_EQ(OpenValue(sealed, stream_, id_, *keys_).status().code(), absl::StatusCode::kNotFound);
  // The second key's own commitment over the first key's ciphertext: DATA_LOSS.
  sealed.set_commitment(
      SealValue("other terms", 5, stream_, id_, other, *keys_, entropy_)->commitment());
  EXPECT_EQ(OpenValue(sealed, stream_, id_, *keys_).status().code(), absl::StatusCode::kDataLoss);
  sealed.set_key_id(names_.exchange->bytes());
  EXPECT_EQ(OpenValue(sealed, stream_, id_, *keys_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SealingTest, RefusesAPlaintextWithAnotherField) {
  const auto seal = [&](const std::string& plaintext) {
    ProfileStated event;
    *event.add_sealed() = *SealValue(plaintext, 1, stream_, id_, *names_.person, *keys_, entropy_);
    const std::string before = event.SerializeAsString();
    const auto status = OpenIt(event).status();
    EXPECT_TRUE(status.ok() || event.SerializeAsString() == before);
    return status.code();
  };
  ProfileStated good;
  good.mutable_profile()->set_pseudonym("p");
  EXPECT_EQ(seal(good.SerializeAsString()), absl::StatusCode::kOk);
  EXPECT_EQ(seal(Profile().SerializeAsString()), absl::StatusCode::kDataLoss);
  ProfileStated other;
  other.set_identity_commitment("x");
  EXPECT_EQ(seal(other.SerializeAsString()), absl::StatusCode::kDataLoss);
  EXPECT_EQ(seal(""), absl::StatusCode::kDataLoss);
  EXPECT_EQ(seal("\xff\xff\xff"), absl::StatusCode::kDataLoss);
  EXPECT_EQ(seal(good.SerializeAsString() + "\x98\x06\x01"), absl::StatusCode::kDataLoss)
      << "an unknown field beside it";
}

TEST_F(SealingTest, HostileSealedFieldsAreKeptOrRefused) {
  ProfileStated event = Profile();
  ASSERT_TRUE(SealIt(event).ok());
  // Numbers that are no marked field are kept: a newer version may know them.
  for (const uint32_t number : {0U, 2U, 15U, 99U, 0x80000001U, 0xffffffffU}) {
    ProfileStated strange = event;
    strange.add_sealed()->set_field_number(number);
    const auto closed = OpenIt(strange);
    ASSERT_TRUE(closed.ok());
    EXPECT_EQ(closed->size(), 1U);
    EXPECT_EQ(strange.sealed_size(), 1);
    EXPECT_TRUE(strange.has_profile());
  }
  ProfileStated twice = event;
  *twice.add_sealed() = event.sealed(0);
  EXPECT_EQ(OpenIt(twice).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(twice.has_profile());
}

TEST_F(SealingTest, NeverTheSameBytesTwice) {
  ProfileStated first = Profile();
  ProfileStated second = Profile();
  ASSERT_TRUE(SealIt(first).ok());
  ASSERT_TRUE(SealIt(second).ok());
  EXPECT_NE(first.sealed(0).nonce(), second.sealed(0).nonce());
  EXPECT_NE(first.sealed(0).ciphertext(), second.sealed(0).ciphertext());
}

// The bytes are a format (eventstore/FORMAT.md): computed by hand from the parts.
TEST_F(SealingTest, FollowsTheWrittenFormat) {
  const SealedField sealed = *SealValue("v", 9, stream_, id_, *names_.member, *keys_, entropy_);
  const std::string derived = crypto::HkdfSha256(
      keys_->Find(*names_.member)->secret,
      "poolcirkel.example/v1/field\n" + id_.bytes() + std::string("\0\0\0\x09", 4), 32);
  EXPECT_EQ(sealed.commitment(),
            crypto::Sha256("poolcirkel.example/v1/commitment\n" + derived).bytes());
  EXPECT_EQ(*crypto::AeadOpen(derived, sealed.nonce(), sealed.ciphertext(),
                              stream_.bytes() + id_.bytes()),
            "v");
  EXPECT_EQ(sealed.field_number(), 9U);
}

// Text about somebody: it takes the exchange's key and the person's to read it.
TEST_F(SealingTest, TextAboutAPersonNeedsBothKeys) {
  poolcirkel::event::v1::CandidacyDeclined event;
  event.set_reason(kCanary);
  ASSERT_TRUE(SealIt(event).ok());
  ASSERT_EQ(event.sealed_size(), 1);
  EXPECT_EQ(event.sealed(0).key_id(), names_.exchange->bytes()) << "the person is not named";
  const auto sealed = event;
  EXPECT_TRUE(OpenIt(event)->empty());
  EXPECT_EQ(event.reason(), kCanary);
  // One key in the place of both does not open it.
  names_.person.reset();
  auto alone = sealed;
  alone.clear_sealed();
  alone.set_reason(kCanary);
  ASSERT_TRUE(SealIt(alone).ok()) << "without a person the exchange's key is enough";
  EXPECT_TRUE(OpenIt(alone)->empty());
}

TEST_F(SealingTest, DestroyingThePersonsKeyClosesTextButNotTerms) {
  poolcirkel::event::v1::SecondmentEnded ended;
  ended.set_reason(kCanary);
  poolcirkel::event::v1::CandidacySelected selected;
  selected.mutable_terms()->set_goals("plan");
  ASSERT_TRUE(SealIt(ended).ok());
  ASSERT_TRUE(SealIt(selected).ok());
  ASSERT_TRUE(keys_->Destroy(*names_.person).ok());
  EXPECT_THAT(*OpenIt(ended), testing::ElementsAre(3));
  EXPECT_EQ(ended.reason(), "");
  EXPECT_TRUE(OpenIt(selected)->empty());
  EXPECT_EQ(selected.terms().goals(), "plan");
  // And a key that is gone seals nothing new.
  poolcirkel::event::v1::SecondmentEnded again;
  again.set_reason(kCanary);
  EXPECT_EQ(SealIt(again).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SealingTest, AValueMayNeedAPersonToo) {
  const SealedField sealed =
      *SealValue("actor", 9, stream_, id_, *names_.member, *keys_, entropy_, names_.person);
  EXPECT_EQ(*OpenValue(sealed, stream_, id_, *keys_), "actor");
  const std::string both =
      crypto::HkdfSha256(keys_->Find(*names_.member)->secret + keys_->Find(*names_.person)->secret,
                         "poolcirkel.example/v1/with-person\n", 32);
  const std::string derived = crypto::HkdfSha256(
      both, "poolcirkel.example/v1/field\n" + id_.bytes() + std::string("\0\0\0\x09", 4), 32);
  EXPECT_EQ(sealed.commitment(),
            crypto::Sha256("poolcirkel.example/v1/commitment\n" + derived).bytes())
      << "as eventstore/FORMAT.md says";
  ASSERT_TRUE(keys_->Destroy(*names_.person).ok());
  EXPECT_EQ(OpenValue(sealed, stream_, id_, *keys_).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(SealingTest, ValuesSayWhatIsMissing) {
  EXPECT_EQ(
      SealValue("v", 9, stream_, id_, RandomId<KeyId>(entropy_), *keys_, entropy_).status().code(),
      absl::StatusCode::kFailedPrecondition);
  SealedField sealed = *SealValue("v", 9, stream_, id_, *names_.member, *keys_, entropy_);
  sealed.clear_key_id();
  EXPECT_EQ(OpenValue(sealed, stream_, id_, *keys_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace eventstore::privacy
