#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/log/types.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"

// Epochs in views: a member's history goes on over its feeds, and what stands past the
// end of a closed one does not count. Both are applied when rows are read. Where an epoch
// ends, the feeds themselves say: every view keeps the newest verified charter of each
// feed, so that rows and ends depend on nothing but the cursor.
namespace projections::views::kept {

// In the fold of every view, for CharterAdopted: keeps the charter when it follows the one
// that is kept for this feed (charter_chain.h).
absl::Status KeepCharter(const engine::Event& event, engine::RowWriter& rows);
// The bytes of the charter that is kept for the feed; nothing while there is none.
absl::StatusOr<std::optional<std::string>> KeptCharter(engine::RowWriter& rows);
// Whether a changed row tells of another charter.
bool IsCharterRow(std::string_view key);

// What stands for all feeds of a member in a circle: the feed of its first epoch.
eventstore::log::FeedId HistoryOf(const eventstore::log::FeedId& feed);

// Where the closed epochs of a circle end.
class Ends {
 public:
  // Whether an event at that place of a feed counts.
  bool Counts(const eventstore::log::FeedId& feed, eventstore::log::Sequence sequence) const {
    const auto end = ends_.find(feed);
    return end == ends_.end() || sequence.value() < end->second;
  }
  void Set(const eventstore::log::FeedId& feed, uint64_t end) { ends_[feed] = end; }

 private:
  std::map<eventstore::log::FeedId, uint64_t> ends_;
};

// By the newest charter that any feed of the circle holds.
absl::StatusOr<Ends> ReadEnds(const engine::ViewReader& reader,
                              const eventstore::log::CircleId& circle);
// The feeds of the history that `feed` is of, as far as the view has them, in their order.
std::vector<eventstore::log::FeedId> PartsOf(const engine::ViewReader& reader,
                                             const eventstore::log::FeedId& feed);

}  // namespace projections::views::kept
