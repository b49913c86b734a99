#include "services/policies/work_list.h"

#include <algorithm>

namespace services::policies {

absl::StatusOr<absl::Time> WorkList::Run(absl::Time now, const Work& work) {
  for (auto item = items_.begin(); item != items_.end();) {
    Entry& entry = item->second;
    if (entry.due > now) {
      ++item;
      continue;
    }
    const auto next = work(item->first);
    if (next.ok() && *next == absl::InfiniteFuture()) {
      item = items_.erase(item);
      continue;
    }
    if (next.ok()) {
      entry = Entry{*next, kFirstRetry, absl::OkStatus()};
    } else {
      entry.failed = next.status();
      entry.due = now + entry.retry;
      entry.retry = std::min(2 * entry.retry, kLastRetry);
    }
    ++item;
  }
  for (const auto& [item, entry] : items_) {
    if (!entry.failed.ok()) return entry.failed;
  }
  return NextDue();
}

absl::Time WorkList::NextDue() const {
  absl::Time due = absl::InfiniteFuture();
  for (const auto& [item, entry] : items_) due = std::min(due, entry.due);
  return due;
}

}  // namespace services::policies
