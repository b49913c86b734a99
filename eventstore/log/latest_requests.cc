#include "eventstore/log/latest_requests.h"

#include <iterator>

namespace eventstore::log {

bool LatestRequests::MayHold(const RequestId& request) const {
  return request <= floor_ || above_.contains(request);
}

void LatestRequests::Add(const RequestId& request) {
  if (request <= floor_) return;
  above_.insert(request);
  if (above_.size() <= kMost) return;
  // Half at a time: then it is seldom.
  const auto kept = std::next(above_.begin(), kMost / 2);
  floor_ = *std::prev(kept);
  above_.erase(above_.begin(), kept);
}

}  // namespace eventstore::log
