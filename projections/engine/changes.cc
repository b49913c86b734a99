#include "projections/engine/changes.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "eventstore/storage/keys.h"

namespace projections::engine {

using eventstore::log::FeedId;
using eventstore::storage::TableRow;

namespace {

constexpr size_t kBlockBytes = 256 << 10;

// Orders as keys do, as far as that goes.
uint64_t EightBytes(std::string_view key) {
  std::array<char, sizeof(uint64_t)> bytes{};
  key.copy(bytes.data(), bytes.size());
  return eventstore::storage::ReadUint64({bytes.data(), bytes.size()});
}

}  // namespace

Changes::Added::Added(const TableRow& of, size_t prefix) : row(of) {
  const std::string_view key = of.key.substr(prefix);
  first = EightBytes(key);
  if (key.size() > sizeof(first)) second = EightBytes(key.substr(sizeof(first)));
}

bool operator<(const Changes::Added& a, const Changes::Added& b) {
  if (a.first != b.first) return a.first < b.first;
  if (a.second != b.second) return a.second < b.second;
  return a.row.key < b.row.key;
}

char* RowMemory::Take(size_t size) {
  const bool fits = used_blocks_ > 0 && blocks_[used_blocks_ - 1].size - used_bytes_ >= size;
  if (!fits) {
    const bool is_there = used_blocks_ < blocks_.size() && blocks_[used_blocks_].size >= size;
    if (!is_there) {
      const size_t block = std::max(size, kBlockBytes);
      blocks_.insert(blocks_.begin() + static_cast<ptrdiff_t>(used_blocks_),
                     {std::make_unique_for_overwrite<char[]>(block), block});
    }
    ++used_blocks_;
    used_bytes_ = 0;
  }
  char* taken = blocks_[used_blocks_ - 1].bytes.get() + used_bytes_;
  used_bytes_ += size;
  taken_bytes_ += size;
  return taken;
}

void RowMemory::Clear() {
  blocks_.resize(used_blocks_);
  used_blocks_ = used_bytes_ = taken_bytes_ = 0;
}

const Changes::Feed* Changes::Find(const FeedId& feed) const {
  const auto it = feeds_.find(feed);
  return it == feeds_.end() ? nullptr : &it->second;
}

Changes::Feed& Changes::Open(GenerationNumber generation, const FeedId& feed,
                             const FeedProgress& progress) {
  const auto [it, is_new] = feeds_.try_emplace(feed);
  if (is_new) {
    it->second.progress = progress;
    it->second.prefix = RowKey(generation, feed, "");
    it->second.added.swap(spare_);
  }
  return it->second;
}

void Changes::Clear() {
  for (auto& [feed, changed] : feeds_) {
    if (changed.added.capacity() > spare_.capacity()) spare_.swap(changed.added);
  }
  spare_.clear();
  feeds_.clear();
  bytes_.Clear();
}

std::string_view Changes::Store(std::string_view first, Pieces pieces) {
  size_t size = first.size();
  for (const std::string_view piece : pieces) size += piece.size();
  char* bytes = bytes_.Take(size);
  char* end = std::copy(first.begin(), first.end(), bytes);
  for (const std::string_view piece : pieces) end = std::copy(piece.begin(), piece.end(), end);
  return {bytes, size};
}

void Changes::AppendProgress(GenerationNumber generation, std::vector<TableRow>& rows) {
  for (const auto& [feed, changed] : feeds_) {
    rows.push_back({Store(ProgressKey(generation, feed)), Store(EncodeProgress(changed.progress))});
  }
}

void Changes::AppendRows(std::vector<TableRow>& rows) const {
  for (const auto& [feed, changed] : feeds_) {
    std::vector<Added> ordered = changed.added;
    for (const auto& [key, row] : changed.named) ordered.emplace_back(row, changed.prefix.size());
    std::sort(ordered.begin(), ordered.end());
    for (const Added& one : ordered) rows.push_back(one.row);
  }
}

}  // namespace projections::engine
