#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/privacy/key_file.h"

namespace eventstore::privacy {

// What the key file holds, as plain values. Overwrites its secrets when it goes.
struct KeyTable {
  static constexpr size_t kMaximumKeys = 200'000;
  static constexpr size_t kMaximumDestroyed = 1'000'000;
  static constexpr size_t kMaximumEntitled = 1'000;
  static constexpr size_t kSecretSize = 32;

  KeyTable() = default;
  KeyTable(const KeyTable&) = default;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable();

  std::map<KeyId, ClassKey> keys;
  std::set<KeyId> destroyed;
};

// INVALID_ARGUMENT when the key has no name, no class or too many entitled members.
absl::Status CheckKey(const ClassKey& key);

// All numbers big endian:
//   1 byte   format, 1
//   4 bytes  number of destroyed keys, then their ids (16 bytes), increasing
//   4 bytes  number of keys, then for each, ids increasing:
//     16 id, 1 class, 32 circle, 16 made by, 2 number of entitled, 16 each, 32 secret
std::string Encode(const KeyTable& table);
// DATA_LOSS on anything that Encode does not write.
absl::StatusOr<KeyTable> Decode(std::string_view bytes);

}  // namespace eventstore::privacy
