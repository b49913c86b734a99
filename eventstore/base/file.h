#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"

// Small files that are written whole, and lines that are appended. The only raw
// file access outside eventstore/storage. Functions are thread-safe, except that
// two threads may not write one path at a time.
//
// Errors: NOT_FOUND when the file is not there, RESOURCE_EXHAUSTED when the disk is
// full or a file is larger than allowed, otherwise INTERNAL; messages name the path.
namespace eventstore::base {

// Who may read a file or folder besides its owner.
enum class FileAccess { kEverybody, kOwnerOnly };

// The whole file. RESOURCE_EXHAUSTED when it holds more than `maximum_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t maximum_bytes);

// The last `maximum_bytes` of the file, or all of it when it is smaller.
absl::StatusOr<std::string> ReadEndOfFile(const std::string& path, size_t maximum_bytes);

// Puts `contents` in place of the file at once: written beside it as
// "<path>.new", fsynced, renamed, the folder fsynced. After a crash at any moment
// the file holds the old contents or the new; a left "<path>.new" means nothing.
absl::Status WriteFileDurably(const std::string& path, std::string_view contents,
                              FileAccess access = FileAccess::kEverybody);

// Renames within one folder and fsyncs the folder.
absl::Status RenameFileDurably(const std::string& from, const std::string& to);

// Overwrites the bytes of the file in place with zeros and fsyncs it. A disk that
// never writes in place may still keep the old bytes.
absl::Status OverwriteFile(const std::string& path);

// Removes the file and fsyncs its folder. OK when it was not there.
absl::Status RemoveFileDurably(const std::string& path);

// Makes the folder and the ones above it that are missing.
absl::Status MakeFolders(const std::string& path, FileAccess access = FileAccess::kOwnerOnly);

// The names of the files in a folder, in order.
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);

// True when nobody but the owner can read or write the file.
absl::StatusOr<bool> IsOwnerOnly(const std::string& path);

// Changes whenever WriteFileDurably replaces the file; empty when there is none. To
// know that another process wrote it.
std::string FileVersion(const std::string& path);

// Holds the lock of a file for its own lifetime, against other holders in this and
// other processes. The file is made when it is missing, and stays.
class FileLock {
 public:
  // FAILED_PRECONDITION FILE_IN_USE at once when somebody else holds it.
  static absl::StatusOr<FileLock> TryTake(const std::string& path);
  // Waits for the other holder. Only for holders that do one write and let go.
  static absl::StatusOr<FileLock> Take(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  static absl::StatusOr<FileLock> Lock(const std::string& path, int operation);

  int descriptor_;
};

// A file that only grows. Thread-safe.
class AppendFile {
 public:
  // Opens or makes it.
  static absl::StatusOr<std::unique_ptr<AppendFile>> Open(const std::string& path,
                                                          FileAccess access);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // Adds all bytes and fsyncs. When it fails what was added is taken away again;
  // when that fails too, every later call is refused with DATA_LOSS.
  absl::Status Append(std::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  AppendFile(std::string path, int descriptor, off_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  const std::string path_;
  const int descriptor_;
  Mutex mutex_;
  off_t size_ ABSL_GUARDED_BY(mutex_);
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace eventstore::base
