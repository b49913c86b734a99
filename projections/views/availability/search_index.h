#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/professional.pb.h"
#include "projections/engine/engine.h"
#include "projections/views/availability/packed_people.h"

namespace projections::views::availability {

// What is asked for. Unset parts match everything.
struct Criteria {
  std::string role;
  poolcirkel::event::v1::Level level = poolcirkel::event::v1::LEVEL_UNSPECIFIED;
  // URIs or labels, letter case does not matter; all of them are required.
  std::vector<std::string> required_skills;
  // Count for the score only.
  std::vector<poolcirkel::event::v1::Concept> wished_skills;
  // In every week from first to last, both included.
  struct Weeks {
    eventstore::base::IsoWeek first;
    eventstore::base::IsoWeek last;
  };
  std::optional<Weeks> weeks;
  int minimum_minutes_per_week = 0;
  // Where the work is. A person's own greatest distance counts whenever it is set.
  std::optional<poolcirkel::event::v1::Location> near;
  int maximum_distance_kilometres = 0;               // 0: any
  std::vector<eventstore::log::MemberId> leave_out;  // the people of these members
  size_t limit = 20;
};

struct Found {
  eventstore::log::FeedId feed;  // feed.member is the home
  eventstore::log::StreamId id;
  poolcirkel::event::v1::Profile profile;
  int least_free_minutes = 0;
  std::optional<int> distance_kilometres;
  int wished_skills_met = 0;
  int score = 0;
};

struct SearchResult {
  std::vector<Found> found;  // best score first, then by id and feed
  int total = 0;             // how many fit, also past the limit
  int unreadable = 0;        // profiles whose key this node does not hold (yet)
  // The moment that the answer is from.
  std::shared_ptr<const engine::Snapshot> snapshot;
};

// Kilometres over the earth's surface between two places, rounded up.
int DistanceKilometres(int32_t latitude_e4_a, int32_t longitude_e4_a, int32_t latitude_e4_b,
                       int32_t longitude_e4_b);

// Searches opened profiles and hours, which it keeps in memory and nowhere else. A query
// first takes over the rows that changed since the last one and keys that came or were
// destroyed; the first query of a circle reads all its rows. Thread-safe; one query at a
// time, a walk over the packed people each.
class SearchIndex {
 public:
  // Both are not owned and must outlive it.
  SearchIndex(engine::Engine& engine, const eventstore::privacy::KeyFile& keys);

  absl::StatusOr<SearchResult> Search(const eventstore::log::CircleId& circle,
                                      const Criteria& criteria);

  // Drops all that is opened; the next query of a circle opens it again.
  void ForgetOpened() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Name = std::pair<eventstore::log::FeedId, eventstore::log::StreamId>;
  struct CircleIndex {
    PackedPeople people;
    uint64_t keys_version = 0;
  };
  struct Change {
    uint64_t commit = 0;
    bool everything = false;
    Name name;
  };

  void Remember(const engine::RowsChanged& changed) ABSL_LOCKS_EXCLUDED(changes_mutex_);
  // Remembers changes of this circle from now on.
  void Follow(const eventstore::log::CircleId& circle) ABSL_LOCKS_EXCLUDED(changes_mutex_);
  // The changes that a snapshot of that commit shows.
  std::vector<Change> TakeChanges(uint64_t commit) ABSL_LOCKS_EXCLUDED(changes_mutex_);
  absl::Status Refresh(const engine::Snapshot& snapshot, const engine::ViewReader& reader,
                       const eventstore::log::CircleId& circle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Load(const engine::ViewReader& reader, const eventstore::log::CircleId& circle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FollowKeys(const engine::ViewReader& reader, CircleIndex& index)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  engine::Engine& engine_;
  const eventstore::privacy::KeyFile& keys_;

  eventstore::base::Mutex mutex_;
  std::map<eventstore::log::CircleId, CircleIndex> circles_ ABSL_GUARDED_BY(mutex_);
  // Changed rows of loaded circles that no query has needed yet.
  std::set<Name> stale_ ABSL_GUARDED_BY(mutex_);

  eventstore::base::Mutex changes_mutex_;
  std::vector<Change> changes_ ABSL_GUARDED_BY(changes_mutex_);
  std::set<eventstore::log::CircleId> followed_ ABSL_GUARDED_BY(changes_mutex_);

  std::shared_ptr<void> listening_;
};

}  // namespace projections::views::availability
