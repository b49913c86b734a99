#include "eventstore/log/latest_requests.h"

#include <array>
#include <cstdint>
#include <iterator>

namespace eventstore::log {

bool LatestRequests::IsTimed(const RequestId& request) {
  const auto& bytes = request.array();
  return bytes[6] >> 4 == 7 && bytes[8] >> 6 == 2 && request < End();
}

RequestId LatestRequests::End() {
  constexpr uint64_t kMilliseconds = 4'102'444'800'000;
  std::array<uint8_t, RequestId::kSize> bytes{};
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(kMilliseconds >> (8 * (5 - i)));
  return RequestId(bytes);
}

bool LatestRequests::MayHold(const RequestId& request) const {
  return !IsTimed(request) || request <= floor_ || above_.contains(request);
}

void LatestRequests::Add(const RequestId& request) {
  if (!IsTimed(request) || request <= floor_) return;
  above_.insert(request);
  if (above_.size() <= kMost) return;
  // Half at a time: then it is seldom.
  const auto kept = std::next(above_.begin(), kMost / 2);
  floor_ = *std::prev(kept);
  above_.erase(above_.begin(), kept);
}

}  // namespace eventstore::log
