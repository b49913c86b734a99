#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/storage/environment.h"

namespace eventstore::storage {

// What stands in a head file, looked at without changing it.
struct HeadFileContents {
  std::string value;        // of the newest slot that is whole
  uint64_t generation = 0;  // 0: nothing was ever written
  int damaged_slots = 0;    // a torn write leaves one until the next write
};
// NOT_FOUND when there is no file; DATA_LOSS when neither slot is whole.
absl::StatusOr<HeadFileContents> ReadHeadFile(const std::string& path, Environment* environment);

// A small file outside the database that remembers one value across a crash: the
// heads of a member's own feeds (eventstore/FORMAT.md, the head file). It has two
// slots that are written in turns, each with a generation and a checksum, so that
// a write that was torn leaves the one before it.
//
// Not thread-safe. The file is fsynced before Write returns.
class HeadFile {
 public:
  // Bytes of a value.
  static constexpr size_t kMaximumValueSize = 64 * 1024 - 48;

  // Opens or makes the file. DATA_LOSS when neither slot is whole: the file was
  // damaged, as the two are never written together.
  static absl::StatusOr<std::unique_ptr<HeadFile>> Open(const std::string& path,
                                                        Environment* environment);
  virtual ~HeadFile() = default;

  // The value written last that is whole; empty in a new file.
  virtual std::string_view value() const = 0;
  // How many values were written before; 0 in a new file.
  virtual uint64_t generation() const = 0;
  // INVALID_ARGUMENT when the value is too large; UNAVAILABLE when the disk fails.
  // What stands in the file after a failure is the old value or the new one.
  virtual absl::Status Write(std::string_view value) = 0;
};

}  // namespace eventstore::storage
