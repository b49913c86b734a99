#include "services/peer/key_wants.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "eventstore/replication/backoff.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/log/v1/options.pb.h"
#include "poolcirkel/log/v1/record.pb.h"

namespace services::peer {

using eventstore::privacy::KeyId;
using google::protobuf::io::CodedInputStream;
using google::protobuf::internal::WireFormatLite;
using poolcirkel::event::v1::Event;
using poolcirkel::log::v1::SealedField;

namespace {

constexpr size_t kMaximumKeysInRequest = 1000;

// Of one type of event: where its sealed fields stand, and which of the fields may be
// sealed with a key that is handed out.
struct Sealing {
  int list = 0;
  std::set<uint32_t> with_key;
};

std::map<int, Sealing> ReadSealings() {
  std::map<int, Sealing> sealings;
  const auto* body = Event::descriptor()->FindOneofByName("body");
  for (int i = 0; i < body->field_count(); ++i) {
    const auto* type = body->field(i)->message_type();
    const auto* list = type->FindFieldByName("sealed");
    if (list == nullptr || !list->is_repeated() ||
        list->message_type() != SealedField::descriptor()) {
      continue;
    }
    Sealing& sealing = sealings[body->field(i)->number()];
    sealing.list = list->number();
    for (int j = 0; j < type->field_count(); ++j) {
      const auto key_class =
          type->field(j)->options().GetExtension(poolcirkel::log::v1::sealed_with);
      if (key_class == poolcirkel::log::v1::KEY_CLASS_PERSON ||
          key_class == poolcirkel::log::v1::KEY_CLASS_EXCHANGE) {
        sealing.with_key.insert(static_cast<uint32_t>(type->field(j)->number()));
      }
    }
  }
  return sealings;
}

// Calls `visit` with every field of a message that has a length, and `number` with every
// varint, up to where the bytes are no message any more.
template <typename Visit, typename Number>
void Walk(std::string_view message, const Visit& visit, const Number& number) {
  CodedInputStream stream(reinterpret_cast<const uint8_t*>(message.data()),
                          static_cast<int>(message.size()));
  while (const uint32_t tag = stream.ReadTag()) {
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      uint32_t size = 0;
      const bool has_size = stream.ReadVarint32(&size);
      const auto at = static_cast<size_t>(stream.CurrentPosition());
      if (!has_size || size > message.size() - at) return;
      visit(field, message.substr(at, size));
      stream.Skip(static_cast<int>(size));
    } else if (type == WireFormatLite::WIRETYPE_VARINT) {
      uint64_t value = 0;
      if (!stream.ReadVarint64(&value)) return;
      number(field, value);
    } else if (!WireFormatLite::SkipField(&stream, tag)) {
      return;
    }
  }
}

void Note(const Sealing& sealing, std::string_view sealed, NamedKeys& result) {
  uint64_t field_number = 0;
  std::string_view key_id;
  Walk(
      sealed,
      [&](int field, std::string_view bytes) {
        if (field == SealedField::kKeyIdFieldNumber) key_id = bytes;
      },
      [&](int field, uint64_t value) {
        if (field == SealedField::kFieldNumberFieldNumber) field_number = value;
      });
  if (field_number > UINT32_MAX ||
      !sealing.with_key.contains(static_cast<uint32_t>(field_number))) {
    return;
  }
  const auto id = KeyId::FromBytes(key_id);
  if (id.ok()) {
    result.keys.insert(*id);
  } else {
    result.hidden = true;
  }
}

}  // namespace

// Over the bytes: parsing every event of every feed into a message was a fifth of the time
// of catching up. What is no event may name keys here; then they are asked for in vain.
NamedKeys KeysNamedIn(std::string_view payload) {
  static const auto& sealings = *new std::map<int, Sealing>(ReadSealings());
  NamedKeys result;
  const auto ignore = [](int, uint64_t) {};
  Walk(
      payload,
      [&](int type, std::string_view body) {
        const auto sealing = sealings.find(type);
        if (sealing == sealings.end()) return;
        Walk(
            body,
            [&](int field, std::string_view sealed) {
              if (field == sealing->second.list) Note(sealing->second, sealed, result);
            },
            ignore);
      },
      ignore);
  return result;
}

void KeyWants::Want(const KeyMaker& maker, const KeyId& key, Time now) {
  Wants& wants = makers_[maker];
  if (wants.size() < options_.limit) wants.emplace(key, Attempt{0, now});
}

KeyWants::Time KeyWants::Reachable(const KeyMaker& maker) const {
  const auto found = unreachable_until_.find(maker);
  return found == unreachable_until_.end() ? Time::min() : found->second;
}

KeyWants::Request KeyWants::Due(Time now) const {
  for (const auto& [maker, wants] : makers_) {
    if (Reachable(maker) > now) continue;
    Request request{maker, {}};
    for (const auto& [key, attempt] : wants) {
      if (attempt.due > now) continue;
      request.keys.push_back(key);
      if (request.keys.size() == kMaximumKeysInRequest) break;
    }
    if (!request.keys.empty()) return request;
  }
  return {};
}

KeyWants::Time KeyWants::NextDue() const {
  Time next = Time::max();
  for (const auto& [maker, wants] : makers_) {
    for (const auto& [key, attempt] : wants) {
      next = std::min(next, std::max(attempt.due, Reachable(maker)));
    }
  }
  return next;
}

void KeyWants::OnKept(const KeyMaker& maker, const KeyId& key) {
  const auto found = makers_.find(maker);
  if (found != makers_.end()) found->second.erase(key);
}

void KeyWants::OnLeftOut(const KeyMaker& maker, const KeyId& key, Time now) {
  const auto found = makers_.find(maker);
  if (found == makers_.end()) return;
  const auto want = found->second.find(key);
  if (want == found->second.end()) return;
  const absl::Duration wait = eventstore::replication::Backoff(
      ++want->second.failures, options_.retry_minimum, options_.retry_maximum, entropy_);
  want->second.due = now + absl::ToChronoNanoseconds(wait);
}

void KeyWants::OnUnreachable(const KeyMaker& maker, Time now) {
  unreachable_until_[maker] = now + absl::ToChronoNanoseconds(options_.unreachable);
}

}  // namespace services::peer
