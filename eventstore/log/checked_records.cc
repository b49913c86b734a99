#include "eventstore/log/checked_records.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/log/record.h"
#include "eventstore/merkle/tree.h"

namespace eventstore::log {

absl::Status CheckedRecords::Add(std::span<const std::string_view> records) {
  size_t bytes = 0;
  for (const std::string_view record : records) bytes += record.size();
  auto memory = std::make_unique_for_overwrite<char[]>(bytes);
  const size_t before = entries_.size();
  char* next = memory.get();
  for (const std::string_view record : records) {
    const std::string_view copy(next, record.size());
    next = static_cast<char*>(std::memcpy(next, record.data(), record.size())) + record.size();
    const auto parts = CheckRecord(feed_, copy);
    if (!parts.ok()) {
      entries_.resize(before);
      return parts.status();
    }
    entries_.push_back({copy, parts->stream,
                        absl::FromUnixMicros(parts->recorded_at_microseconds),
                        merkle::LeafHash(copy)});
  }
  memory_.push_back(std::move(memory));
  size_bytes_ += bytes;
  return absl::OkStatus();
}

void CheckedRecords::Append(CheckedRecords next) {
  assert(next.feed_ == feed_ && next.first_.value() == first_.value() + size());
  std::ranges::copy(next.entries_, std::back_inserter(entries_));
  std::ranges::move(next.memory_, std::back_inserter(memory_));
  size_bytes_ += next.size_bytes_;
}

}  // namespace eventstore::log
