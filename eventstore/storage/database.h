#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/storage/environment.h"

namespace eventstore::storage {

// Changes that are written together. Not thread-safe.
class Batch {
 public:
  Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);
  // Deletes every key in [lower, upper).
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

// Keys from `lower` up to, not including, `upper`; an empty bound is open.
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
    size_t write_buffer_bytes = 4 << 20;
    size_t block_cache_bytes = 4 << 20;
  };

  // UNAVAILABLE when another process has it open.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);
  virtual ~Database() = default;

  virtual absl::StatusOr<std::string> Get(std::string_view key,
                                          const Snapshot* snapshot = nullptr) const = 0;
  virtual absl::Status Write(Batch& batch, Durability durability) = 0;
  virtual std::unique_ptr<Iterator> Scan(const Range& range, Order order = Order::kAscending,
                                         const Snapshot* snapshot = nullptr) const = 0;
  virtual std::unique_ptr<Snapshot> TakeSnapshot() const = 0;
  // Reads everything and compares checksums; for verification by hand.
  virtual absl::Status VerifyChecksums() const = 0;

 protected:
  static Batch::Body& BodyOf(Batch& batch) { return *batch.body_; }
};

// Removes a database and its files. OK when there is none.
absl::Status DestroyDatabase(const Database::Options& options);

}  // namespace eventstore::storage
