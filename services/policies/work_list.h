#pragma once

#include <functional>
#include <map>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"

namespace services::policies {

// Something in a circle that may ask for a reaction: an exchange, a session, the
// circle itself.
using WorkItem = std::pair<eventstore::log::CircleId, eventstore::log::StreamId>;

// Open work with its due times. What fails is tried again later and later, and
// keeps nothing else waiting. Not thread-safe.
class WorkList {
 public:
  // Answers when to look at the item again; InfiniteFuture: not before it is
  // touched again.
  using Work = std::function<absl::StatusOr<absl::Time>(const WorkItem&)>;

  static constexpr absl::Duration kFirstRetry = absl::Seconds(1);
  static constexpr absl::Duration kLastRetry = absl::Minutes(1);

  // Look at it in the next round.
  void Touch(const WorkItem& item) { items_[item] = Entry(); }

  // Does all work that is due. Answers when the next is; or the error of an item
  // that failed, now or the last time that it was due, and NextDue answers when.
  absl::StatusOr<absl::Time> Run(absl::Time now, const Work& work);
  absl::Time NextDue() const;

 private:
  struct Entry {
    absl::Time due = absl::InfinitePast();
    absl::Duration retry = kFirstRetry;
    absl::Status failed;
  };
  std::map<WorkItem, Entry> items_;
};

}  // namespace services::policies
