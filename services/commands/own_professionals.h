#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/membership/circles.h"

namespace services::commands {

// Where a professional of this member is offered: its private id and the id that
// it has in one circle.
struct Listing {
  eventstore::log::StreamId professional;
  eventstore::log::CircleId circle;
  eventstore::log::StreamId circle_professional;
};

// Which id in a circle belongs to which professional of this member, and who has
// which pseudonym; folded from the private feed, where alone that stands.
// Thread-safe; every question first reads what the feed has grown by.
class OwnProfessionals {
 public:
  // Owns neither.
  OwnProfessionals(const eventstore::log::EventLog* log, const membership::Circles* circles)
      : log_(log), circles_(circles) {}

  // Empty when no professional of this member has that id in that circle.
  absl::StatusOr<std::optional<Listing>> Find(const eventstore::log::CircleId& circle,
                                              const eventstore::log::StreamId& circle_professional);
  // In every circle where it is offered.
  absl::StatusOr<std::vector<Listing>> ListingsOf(const eventstore::log::StreamId& professional);
  absl::StatusOr<std::vector<Listing>> All();
  // The private id of the professional with that pseudonym; unique at the home pool.
  // Nobody's when the person's key is not in `keys` any more.
  absl::StatusOr<std::optional<eventstore::log::StreamId>> FindPseudonym(
      std::string_view pseudonym, const eventstore::privacy::KeyFile& keys);
  // The other way; nothing when the person's key is not in `keys` any more.
  absl::StatusOr<std::optional<std::string>> PseudonymOf(
      const eventstore::log::StreamId& professional, const eventstore::privacy::KeyFile& keys);
  // Drops the pseudonym of a professional that is erased; the ids stay.
  void Forget(const eventstore::log::StreamId& professional);

 private:
  // Opens the registrations that were not looked at yet.
  absl::Status OpenNew(const eventstore::privacy::KeyFile& keys)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CatchUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Take(const eventstore::log::StoredEvent& stored)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const eventstore::log::EventLog* const log_;
  const membership::Circles* const circles_;
  eventstore::base::Mutex mutex_;
  eventstore::log::Sequence next_ ABSL_GUARDED_BY(mutex_);
  std::vector<Listing> listings_ ABSL_GUARDED_BY(mutex_);
  // Registrations whose pseudonym was not looked at yet.
  std::vector<eventstore::log::StoredEvent> unopened_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, eventstore::log::StreamId, std::less<>> pseudonyms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::commands
