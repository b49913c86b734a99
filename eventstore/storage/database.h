#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/storage/environment.h"

namespace rocksdb {
class DB;
}

namespace eventstore::storage {

// Keys that begin with this letter come in order and never change. They stand in tables of
// their own, which are moved but not written anew when the tables of all other keys are merged.
inline constexpr char kApart = 'R';

// Changes that are written together. Not thread-safe.
class Batch {
 public:
  Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  // Deletes every key in [lower, upper), none of them of kApart.
  void DeleteRange(std::string_view lower, std::string_view upper);

  bool empty() const;
  size_t size_bytes() const;
  void Clear();

 private:
  friend class Database;
  struct Body;
  std::unique_ptr<Body> body_;
};

// A moment of a database; reads on it see nothing of later writes. The database
// must outlive it.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
};

// Keys from `lower` up to, not including, `upper`; an empty bound is open. All of kApart or none:
// those of the other kind that lie between are left out.
struct Range {
  std::string lower;
  std::string upper;
};
// All keys that start with `prefix`.
Range PrefixRange(std::string_view prefix);

enum class Order { kAscending, kDescending };

// Walks over a range in one order. Starts on the first key of it in that order.
// Views are valid until the next move. Not thread-safe; the database must outlive it.
class Iterator {
 public:
  virtual ~Iterator() = default;
  // False past the last key and after an error: look at status() then.
  virtual bool Valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual void Next() = 0;
  // To the first key at or past `key` in the iterator's order.
  virtual void Seek(std::string_view key) = 0;
  virtual absl::Status status() const = 0;
};

enum class Durability {
  kSynced,    // on the disk when Write returns
  kBuffered,  // survives the end of the process, not that of the machine
};

// A row for Database::WriteTable; nothing for the value: the key is deleted.
struct TableRow {
  std::string_view key;
  std::optional<std::string_view> value;
};

// Ordered by key, each key once; all of kApart or none.
using Table = std::vector<TableRow>;

// An ordered map of bytes on the disk (RocksDB), set up for an acknowledged log:
// checks on, write-ahead log on, small in memory. Thread-safe.
//
// Errors: NOT_FOUND for a missing key; DATA_LOSS for damage; RESOURCE_EXHAUSTED when
// the disk is full; UNAVAILABLE for other failures of the disk. After a failed Write
// the database may refuse all further ones until it is opened again.
class Database {
 public:
  struct Options {
    std::string path;                    // made when missing, unless read-only
    Environment* environment = nullptr;  // not owned; nullptr: the files of the machine
    // Opens without changing a file, also not for recovery. Write is refused.
    bool read_only = false;
    // Read-only, and leaves out what is damaged instead of refusing: for looking at what
    // is left.
    bool salvage = false;
    // Read-only for going over everything once while another process may be writing: all
    // files stay open, so that they are not removed under it.
    bool pin_files = false;
    // Taken as it fills, and twice at most, for keys of kApart and for the others each; for those
    // also emptied when four times as much was written in all. A small one makes many small
    // tables, that are then merged again and again.
    size_t write_buffer_bytes = 32 << 20;
    // Everything in it can be made again, much of it at a time, and is read in ranges: checksums
    // over blocks but not over whole tables, no filters, and tables are merged later.
    bool can_be_made_again = false;
    // Taken as it fills: what is read, indexes and filters of tables.
    size_t block_cache_bytes = 32 << 20;
  };

  // UNAVAILABLE when another process has it open. ABORTED when another process wrote just while
  // it was opened to read: then again. DATA_LOSS also when there are tables
  // but not the file that says which count: nothing is made over them.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);
  virtual ~Database() = default;

  virtual absl::StatusOr<std::string> Get(std::string_view key,
                                          const Snapshot* snapshot = nullptr) const = 0;
  // For each of `keys`, which are ordered and all of kApart or none, whether it is there. Faster
  // than Get of each.
  virtual absl::StatusOr<std::vector<bool>> Contains(
      const std::vector<std::string>& keys) const = 0;
  virtual absl::Status Write(Batch& batch, Durability durability) = 0;
  // Writes the rows as tables of their own that count after what was written before: all of
  // them or nothing, on the disk when this returns. No two span the same keys. Past the
  // write-ahead log and the write buffer, so for many megabytes at a time only. When it fails,
  // the database may take no more writes until it is opened again, and may hold the tables then.
  // INVALID_ARGUMENT when the rows are not in order.
  virtual absl::Status WriteTables(const std::vector<Table>& tables) = 0;
  absl::Status WriteTable(const Table& rows) { return WriteTables({rows}); }
  virtual std::unique_ptr<Iterator> Scan(const Range& range, Order order = Order::kAscending,
                                         const Snapshot* snapshot = nullptr) const = 0;
  virtual std::unique_ptr<Snapshot> TakeSnapshot() const = 0;
  // Reads everything and compares checksums; for verification by hand.
  virtual absl::Status VerifyChecksums() const = 0;
  // The tables that it is made of, by file name.
  virtual std::vector<std::string> TableFiles() const = 0;

  // Closes and opens again for writing, after a disk that failed is well: waits until
  // no iterator and no snapshot is left, UNAVAILABLE when that takes too long. The
  // caller holds none. When opening fails the database can still be read as far as that
  // works, and this may be called again.
  virtual absl::Status Reopen() = 0;
  // For storage/backup.cc: what RocksDB's own tools work on. Nobody else.
  virtual rocksdb::DB* raw() const = 0;

 protected:
  static Batch::Body& BodyOf(Batch& batch) { return *batch.body_; }
};

// Makes a database in `to` of everything that can be read of the one in `from`, which is
// not touched: for when its own list of files is damaged.
absl::Status SalvageCopy(const std::string& from, const std::string& to, Environment* environment);

// True for what Open says when another process, or this one, has the database open.
bool IsInUse(const absl::Status& status);

// Removes a database and its files. OK when there is none.
absl::Status DestroyDatabase(const Database::Options& options);

}  // namespace eventstore::storage
