#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/types.h"

namespace eventstore::log {

// The head of one own feed, as the head file remembers it.
struct Head {
  uint64_t size = 0;
  crypto::Digest root;
  friend bool operator==(const Head&, const Head&) = default;
};

// The heads of all own feeds that hold events.
using Heads = std::map<FeedId, Head>;

// So many fit in the head file.
inline constexpr size_t kMaximumOwnFeeds = 700;

// The value of the head file (eventstore/FORMAT.md), and back. DATA_LOSS when it is
// not one; an empty value has no heads.
std::string EncodeHeads(const Heads& heads);
absl::StatusOr<Heads> DecodeHeads(std::string_view value);

}  // namespace eventstore::log
