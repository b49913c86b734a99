#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/storage/environment.h"

// The few things that are done with files beside a database, over an Environment.
// nullptr for the environment: the files of the machine. Thread-safe.
//
// Errors as those of database.h.
namespace eventstore::storage {

bool FileExists(const std::string& path, Environment* environment);
// The names in a folder, ordered, without "." and ".."; empty when it is not there.
std::vector<std::string> ListNames(const std::string& directory, Environment* environment);
// In bytes.
absl::StatusOr<uint64_t> FileSize(const std::string& path, Environment* environment);
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, Environment* environment);
// Makes or replaces the file, synced.
absl::Status WriteSmallFile(const std::string& path, std::string_view bytes,
                            Environment* environment);
absl::Status RenamePath(const std::string& from, const std::string& to, Environment* environment);
// OK when it is not there.
absl::Status RemoveFile(const std::string& path, Environment* environment);
// Copies the files of one folder (not what stands below it) into another, made when
// missing.
absl::Status CopyFolder(const std::string& from, const std::string& to, Environment* environment);

// So much of a disk is left free: RocksDB does not survive every write that fails for
// want of room, and to open a database again takes as much as its two write buffers.
inline constexpr uint64_t kReservedBytes = 64 << 20;
// RESOURCE_EXHAUSTED when the disk of `directory` has less than that left. OK where nobody
// can tell.
absl::Status CheckRoom(const std::string& directory, Environment* environment);

// Whether there is room and files can be made, written and synced in `directory` now: what has to
// work before a database that met a failing disk is closed and opened again.
absl::Status ProbeDisk(const std::string& directory, Environment* environment);

// What a failed status tells about the disk.
enum class DiskTrouble { kNone, kFull, kReadOnly, kTooManyFiles, kOther };
DiskTrouble TroubleOf(const absl::Status& status);

}  // namespace eventstore::storage
