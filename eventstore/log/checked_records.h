#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/types.h"

namespace eventstore::log {

// Consecutive records of one feed, each of which keeps the rules that CheckRecord tells of,
// with what storing them takes: parsed and hashed once, whoever needs it after that. Owns
// their bytes, which stay where they are when this is moved. Not thread-safe.
class CheckedRecords {
 public:
  struct Entry {
    std::string_view bytes;
    StreamId stream;
    absl::Time recorded_at;
    crypto::Digest leaf_hash;
  };

  CheckedRecords(const FeedId& feed, Sequence first) : feed_(feed), first_(first) {}

  // Copies them in. Nothing is added when one of them is refused: INVALID_ARGUMENT, as
  // CheckRecord. They may be foreign, and the caller bounds them.
  absl::Status Add(std::span<const std::string_view> records);
  // Takes over what goes on where this ends.
  void Append(CheckedRecords next);

  const FeedId& feed() const { return feed_; }
  Sequence first() const { return first_; }
  const std::vector<Entry>& entries() const { return entries_; }
  size_t size() const { return entries_.size(); }
  size_t size_bytes() const { return size_bytes_; }

 private:
  FeedId feed_;
  Sequence first_;
  std::vector<Entry> entries_;
  std::vector<std::unique_ptr<char[]>> memory_;  // that the entries are views of
  size_t size_bytes_ = 0;
};

}  // namespace eventstore::log
