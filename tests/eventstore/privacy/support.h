#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "eventstore/base/entropy.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/privacy/key_file.h"

namespace eventstore::privacy {

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "/privacy_test.XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <typename Id>
Id RandomId(base::Entropy& entropy) {
  return *Id::FromBytes(entropy.Bytes(Id::kSize));
}

inline ClassKey NewKey(poolcirkel::log::v1::KeyClass key_class, const log::CircleId& circle,
                       const log::MemberId& made_by, base::Entropy& entropy) {
  ClassKey key;
  key.id = RandomId<KeyId>(entropy);
  key.key_class = key_class;
  key.circle = circle;
  key.made_by = made_by;
  return key;
}

}  // namespace eventstore::privacy
