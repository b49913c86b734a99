#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/log/types.h"
#include "eventstore/storage/database.h"
#include "projections/engine/layout.h"

namespace projections::engine {

// Where the bytes of many rows stand. Only for use inside this folder.
class RowMemory {
 public:
  // Valid until Clear.
  char* Take(size_t size);
  // Of what was taken.
  size_t size_bytes() const { return taken_bytes_; }
  // Keeps what was needed, for the next time: the system gives memory slowly.
  void Clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };
  std::vector<Block> blocks_;
  size_t used_blocks_ = 0;  // the last of them is being filled
  size_t used_bytes_ = 0;   // of that one
  size_t taken_bytes_ = 0;
};

// What was folded into one generation and does not stand in the database yet: rows, and
// how far each feed came. Only for use inside this folder. Used by one thread at a time.
class Changes {
 public:
  using TableRow = eventstore::storage::TableRow;

  // A row of its own, to be put in order.
  struct Added {
    // Of the view's key, ordered as that is: nearly all differ here, so that few keys have to
    // be looked up to compare them.
    uint64_t first = 0;
    uint64_t second = 0;
    TableRow row;

    // `prefix` is how much of the row's key comes before the view's.
    Added(const TableRow& of, size_t prefix);
    friend bool operator<(const Added& a, const Added& b);
  };

  // Of one feed. Keys are those of the database; what they and the values show is kept by
  // the Changes.
  struct Feed {
    FeedProgress progress;
    std::string prefix;        // of its keys
    std::vector<Added> added;  // each once
    // What folds may read and change again, by the view's key: the last of each counts.
    std::map<std::string_view, TableRow> named;
  };

  bool empty() const { return feeds_.empty(); }
  // In memory.
  size_t size_bytes() const { return bytes_.size_bytes(); }
  const std::map<eventstore::log::FeedId, Feed>& feeds() const { return feeds_; }

  // Nothing when the feed did not change.
  const Feed* Find(const eventstore::log::FeedId& feed) const;
  // Begins with it when it did not change before, at `progress`.
  Feed& Open(GenerationNumber generation, const eventstore::log::FeedId& feed,
             const FeedProgress& progress);
  template <typename Predicate>
  void RemoveIf(const Predicate& unwanted) {
    std::erase_if(feeds_, [&](const auto& entry) { return unwanted(entry.first, entry.second); });
  }
  void Clear();

  // Copies `first` and the pieces, one after the other; the copy lives until Clear.
  using Pieces = std::initializer_list<std::string_view>;
  std::string_view Store(std::string_view first, Pieces pieces = {});

  // How far it came, and the rows: in key order, valid until Clear.
  void AppendProgress(GenerationNumber generation, std::vector<TableRow>& rows);
  void AppendRows(std::vector<TableRow>& rows) const;

 private:
  std::map<eventstore::log::FeedId, Feed> feeds_;
  RowMemory bytes_;
  std::vector<Added> spare_;  // empty; memory for the next feed
};

}  // namespace projections::engine
