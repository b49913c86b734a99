#include "services/peer/key_wants.h"

#include <algorithm>
#include <string>

#include "eventstore/replication/backoff.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/log/v1/options.pb.h"
#include "poolcirkel/log/v1/record.pb.h"

namespace services::peer {

using eventstore::privacy::KeyId;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using poolcirkel::log::v1::SealedField;

namespace {

constexpr size_t kMaximumKeysInRequest = 1000;

void Note(const Message& owner, const SealedField& sealed, NamedKeys& result) {
  const FieldDescriptor* field =
      owner.GetDescriptor()->FindFieldByNumber(static_cast<int>(sealed.field_number()));
  if (field == nullptr) return;
  const auto key_class = field->options().GetExtension(poolcirkel::log::v1::sealed_with);
  if (key_class != poolcirkel::log::v1::KEY_CLASS_PERSON &&
      key_class != poolcirkel::log::v1::KEY_CLASS_EXCHANGE) {
    return;
  }
  const auto id = KeyId::FromBytes(sealed.key_id());
  if (id.ok()) {
    result.keys.insert(*id);
  } else {
    result.hidden = true;
  }
}

}  // namespace

NamedKeys KeysNamedIn(std::string_view payload) {
  NamedKeys result;
  poolcirkel::event::v1::Event event;
  if (!event.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return result;
  const FieldDescriptor* set = event.GetReflection()->GetOneofFieldDescriptor(
      event, event.GetDescriptor()->FindOneofByName("body"));
  if (set == nullptr) return result;
  const Message& body = event.GetReflection()->GetMessage(event, set);
  const FieldDescriptor* list = body.GetDescriptor()->FindFieldByName("sealed");
  if (list == nullptr || !list->is_repeated() ||
      list->message_type() != SealedField::descriptor()) {
    return result;
  }
  for (int i = 0; i < body.GetReflection()->FieldSize(body, list); ++i) {
    const Message& entry = body.GetReflection()->GetRepeatedMessage(body, list, i);
    const auto* sealed = google::protobuf::DynamicCastToGenerated<SealedField>(&entry);
    if (sealed != nullptr) Note(body, *sealed, result);
  }
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
