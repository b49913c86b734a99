#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/file.h"

namespace eventstore::privacy {

// Bytes in one file, wrapped by a key in a second file beside it. The key can be
// replaced, after which no older copy of the first file can be opened. A crash
// between any two writes leaves a pair that opens. Not thread-safe.
//
//   class-keys            "poolcirkel.example/v1/key-file\n", 8 bytes generation
//                         (big endian), 12 bytes nonce, AES-256-GCM of the contents
//                         with everything before the nonce as associated data
//   wrapping-key.<n>      "poolcirkel.example/v1/wrapping-key\n", 32 bytes key;
//                         n is the generation in decimals; mode 0600
//   wrapping-key.<n>.pending  the same, before it is known that class-keys uses it
//   class-keys.lock       held while open
//
// Replacing the key n by m > n: (1) write wrapping-key.m.pending, (2) write class-keys
// under m, from here on m counts, (3) rename to wrapping-key.m, (4) overwrite
// wrapping-key.n, (5) remove it. Opening reads the generation that class-keys
// names and, once it opened, does the steps 3 to 5 that are left.
class WrappedFile {
 public:
  enum class Step {
    kWriteNextKey,
    kWriteContents,
    kContentsWritten,  // on disk, but not yet known to be
    kAdoptKey,
    kOverwriteOldKey,
    kRemoveOldKey
  };
  // Called before each step. An error ends the operation there, as a crash would.
  using BeforeStep = std::function<absl::Status(Step)>;

  // Larger contents are refused.
  static constexpr size_t kMaximumBytes = 64 * 1024 * 1024;

  // Opens the pair in `directory`, or makes one that holds `initial` when there is
  // none. DATA_LOSS when either file is missing or damaged, FAILED_PRECONDITION when
  // others may read the key or another process has the pair open. `entropy` must
  // outlive the result.
  static absl::StatusOr<WrappedFile> Open(const std::string& directory, std::string_view initial,
                                          base::Entropy& entropy, BeforeStep before_step);

  // What was read by Open.
  const std::string& contents() const { return contents_; }
  // Overwrites what was read.
  void ForgetContents();

  WrappedFile(WrappedFile&&) noexcept = default;
  WrappedFile& operator=(WrappedFile&&) noexcept = default;
  ~WrappedFile();

  // Replaces the contents under the present key.
  absl::Status Save(std::string_view contents);
  // Replaces the contents under a new key (steps 1 and 2). After an error the old
  // contents count.
  absl::Status SaveUnderNewKey(std::string_view contents);
  // Steps 3 to 5 for whatever key is not the present one. To be repeated after an
  // error: until it is OK old copies can be opened.
  absl::Status DestroyOldKeys();

 private:
  WrappedFile(std::string directory, base::FileLock lock, base::Entropy& entropy,
              BeforeStep before_step)
      : directory_(std::move(directory)),
        lock_(std::move(lock)),
        entropy_(&entropy),
        before_step_(std::move(before_step)) {}

  absl::Status Read(const std::string& wrapped);
  absl::Status ReadKey(uint64_t generation);
  absl::Status Start(std::string_view initial);
  absl::Status WriteContents(uint64_t generation, std::string_view key, std::string_view contents);
  absl::Status BeforeStepOf(Step step) const;
  std::string KeyPath(uint64_t generation) const;

  std::string directory_;
  base::FileLock lock_;
  base::Entropy* entropy_;
  BeforeStep before_step_;
  std::string contents_;
  std::string key_;
  uint64_t generation_ = 0;
  // Each attempt takes a new number: an attempt that failed halfway may have left
  // a file under its own.
  uint64_t last_generation_tried_ = 0;
  bool pending_ = false;
};

}  // namespace eventstore::privacy
