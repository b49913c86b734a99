#include "services/commands/eraser.h"

#include <algorithm>

#include "eventstore/base/errors.h"

namespace services::commands {

namespace base = eventstore::base;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using poolcirkel::log::v1::KEY_CLASS_PERSON;

absl::StatusOr<bool> Eraser::Destroy(const membership::Circle& circle, const log::FeedId& feed,
                                     const log::StreamId& professional) {
  const base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(const bool home, IsHome(circle, feed, professional));
  if (!home) return false;
  ASSIGN_OR_RETURN(const auto keys, KeysOf(circle, feed, professional));
  const bool news = std::any_of(keys.begin(), keys.end(), [this](const privacy::KeyId& key) {
    return !parts_.keys->IsDestroyed(key);
  });
  // Also those that are destroyed: an earlier attempt may have left an old copy.
  for (const privacy::KeyId& key : keys) RETURN_IF_ERROR(parts_.keys->Destroy(key));
  if (news && parts_.forget_opened) parts_.forget_opened();
  return true;
}

absl::StatusOr<bool> Eraser::IsHome(const membership::Circle& circle, const log::FeedId& feed,
                                    const log::StreamId& professional) const {
  const privacy::KeyId key = privacy::KeyOf(professional);
  if (parts_.keys->IsDestroyed(key)) return true;
  if (const auto held = parts_.keys->Find(key)) {
    return held->key_class == KEY_CLASS_PERSON && held->circle == circle.id &&
           held->made_by == feed.member;
  }
  // Not here: whoever else writes about this professional could be its home pool.
  const auto members = circle.Members();
  return std::none_of(members.begin(), members.end(), [&](const log::MemberId& member) {
    const auto history = circle.FeedsOf(member);
    return member != feed.member &&
           std::any_of(history.begin(), history.end(), [&](const membership::FeedPart& part) {
             return parts_.log->StreamRevision(part.feed, professional).value() > 0;
           });
  });
}

absl::StatusOr<std::vector<privacy::KeyId>> Eraser::KeysOf(
    const membership::Circle& circle, const log::FeedId& feed,
    const log::StreamId& professional) const {
  std::vector<privacy::KeyId> keys = {privacy::KeyOf(professional)};
  if (feed.member != circle.self) return keys;
  ASSIGN_OR_RETURN(const auto listing, parts_.professionals->Find(circle.id, professional));
  if (!listing) return keys;
  ASSIGN_OR_RETURN(const auto pseudonym,
                   parts_.professionals->PseudonymOf(listing->professional, *parts_.keys));
  // Before the key goes: nobody could tell afterwards whose tokens they were.
  if (pseudonym && parts_.forget_user) RETURN_IF_ERROR(parts_.forget_user(*pseudonym));
  parts_.professionals->Forget(listing->professional);
  ASSIGN_OR_RETURN(const auto listings, parts_.professionals->ListingsOf(listing->professional));
  for (const Listing& other : listings) {
    keys.push_back(privacy::KeyOf(other.circle_professional));
  }
  keys.push_back(privacy::KeyOf(listing->professional));
  return keys;
}

}  // namespace services::commands
