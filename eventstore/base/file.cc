#include "eventstore/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/system_error.h"

namespace eventstore::base {
namespace {

constexpr mode_t kOwnerOnlyFile = 0600;
constexpr mode_t kEverybodyFile = 0644;

absl::Status Failed(const std::string& action, const std::string& path, int error) {
  const std::string message = action + " " + path + " lukt niet: " + SystemErrorText(error);
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(message);
  return absl::InternalError(message);
}

// Closes on destruction; Close reports what a delayed write did.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool valid() const { return value_ >= 0; }
  int get() const { return value_; }
  int Release() { return std::exchange(value_, -1); }
  bool Close() { return ::close(Release()) == 0; }

 private:
  int value_;
};

// True when all bytes were written; otherwise errno says why.
bool WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

absl::Status SyncFolder(const std::string& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid() || ::fsync(descriptor.get()) != 0) {
    return Failed("vastleggen van", folder, errno);
  }
  return absl::OkStatus();
}

absl::Status WriteNew(const std::string& path, std::string_view contents, mode_t mode) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file.valid() || !WriteAll(file.get(), contents) || ::fsync(file.get()) != 0 ||
      !file.Close()) {
    return Failed("schrijven van", path, errno);
  }
  return absl::OkStatus();
}

// From where `file` stands to its end.
absl::StatusOr<std::string> ReadRest(const Descriptor& file, const std::string& path,
                                     size_t maximum_bytes) {
  std::string contents;
  char buffer[64 * 1024];
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("lezen van", path, errno);
    if (count == 0) return contents;
    if (static_cast<size_t>(count) > maximum_bytes - contents.size()) {
      return absl::ResourceExhaustedError(path + " is groter dan " + std::to_string(maximum_bytes) +
                                          " bytes");
    }
    contents.append(buffer, static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t maximum_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Failed("openen van", path, errno);
  return ReadRest(file, path, maximum_bytes);
}

absl::StatusOr<std::string> ReadEndOfFile(const std::string& path, size_t maximum_bytes) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return Failed("openen van", path, errno);
  const off_t skipped = facts.st_size - static_cast<off_t>(maximum_bytes);
  if (skipped > 0 && ::lseek(file.get(), skipped, SEEK_SET) < 0) {
    return Failed("lezen van", path, errno);
  }
  ASSIGN_OR_RETURN(std::string contents, ReadRest(file, path, SIZE_MAX));
  // It may have grown while it was read.
  if (contents.size() > maximum_bytes) contents.erase(0, contents.size() - maximum_bytes);
  return contents;
}

absl::Status WriteFileDurably(const std::string& path, std::string_view contents,
                              FileAccess access) {
  const std::string temporary = path + ".new";
  // What an earlier crash left may have another mode or owner.
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) {
    return Failed("opruimen van", temporary, errno);
  }
  const mode_t mode = access == FileAccess::kOwnerOnly ? kOwnerOnlyFile : kEverybodyFile;
  if (absl::Status status = WriteNew(temporary, contents, mode); !status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return RenameFileDurably(temporary, path);
}

absl::Status RenameFileDurably(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Failed("hernoemen tot", to, errno);
  return SyncFolder(FolderOf(to));
}

absl::Status OverwriteFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return Failed("openen van", path, errno);
  const std::string zeros(64 * 1024, '\0');
  for (off_t left = facts.st_size; left > 0;) {
    const auto count = std::min<size_t>(zeros.size(), static_cast<size_t>(left));
    if (!WriteAll(file.get(), std::string_view(zeros).substr(0, count))) {
      return Failed("overschrijven van", path, errno);
    }
    left -= static_cast<off_t>(count);
  }
  if (::fsync(file.get()) != 0) return Failed("overschrijven van", path, errno);
  return absl::OkStatus();
}

absl::Status RemoveFileDurably(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return Failed("verwijderen van", path, errno);
  return SyncFolder(FolderOf(path));
}

absl::Status MakeFolders(const std::string& path, FileAccess access) {
  const std::string above = FolderOf(path);
  struct stat facts {};
  if (above != path && ::stat(above.c_str(), &facts) != 0) {
    RETURN_IF_ERROR(MakeFolders(above, access));
  }
  const mode_t mode = access == FileAccess::kOwnerOnly ? 0700 : 0755;
  if (::mkdir(path.c_str(), mode) == 0) return SyncFolder(above);
  const int error = errno;
  if (error == EEXIST && ::stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode)) {
    return absl::OkStatus();
  }
  return Failed("maken van de map", path, error);
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (!entry->is_directory(error)) names.push_back(entry->path().filename().string());
    if (!error) entry.increment(error);
  }
  if (error) return Failed("lezen van de map", path, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<bool> IsOwnerOnly(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return Failed("openen van", path, errno);
  return (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

std::string FileVersion(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "";
  return std::to_string(facts.st_ino) + "/" + std::to_string(facts.st_size) + "/" +
         std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec);
}

absl::StatusOr<FileLock> FileLock::Lock(const std::string& path, int operation) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kOwnerOnlyFile));
  if (!file.valid()) return Failed("openen van", path, errno);
  while (::flock(file.get(), operation) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return Failed("vergrendelen van", path, errno);
    return Refusal(absl::StatusCode::kFailedPrecondition, "FILE_IN_USE",
                   path + " is in gebruik bij een ander proces")
        .Status();
  }
  return FileLock(file.Release());
}

absl::StatusOr<FileLock> FileLock::TryTake(const std::string& path) {
  return Lock(path, LOCK_EX | LOCK_NB);
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) { return Lock(path, LOCK_EX); }

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::StatusOr<std::unique_ptr<AppendFile>> AppendFile::Open(const std::string& path,
                                                             FileAccess access) {
  const mode_t mode = access == FileAccess::kOwnerOnly ? kOwnerOnlyFile : kEverybodyFile;
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, mode));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return Failed("openen van", path, errno);
  RETURN_IF_ERROR(SyncFolder(FolderOf(path)));
  return std::unique_ptr<AppendFile>(new AppendFile(path, file.Release(), facts.st_size));
}

AppendFile::~AppendFile() { ::close(descriptor_); }

absl::Status AppendFile::Append(std::string_view bytes) {
  const MutexLock lock(mutex_);
  if (broken_) return absl::DataLossError(path_ + " is eerder niet goed weggeschreven");
  if (WriteAll(descriptor_, bytes) && ::fsync(descriptor_) == 0) {
    size_ += static_cast<off_t>(bytes.size());
    return absl::OkStatus();
  }
  const absl::Status status = Failed("schrijven van", path_, errno);
  broken_ = ::ftruncate(descriptor_, size_) != 0 || ::fsync(descriptor_) != 0;
  return status;
}

}  // namespace eventstore::base
