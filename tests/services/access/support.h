#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "eventstore/crypto/entropy.h"
#include "eventstore/log/types.h"

namespace services::access {

// A folder that goes with the test, and real randomness.
class AccessTest : public testing::Test {
 protected:
  AccessTest() {
    std::string pattern = testing::TempDir() + "/access_test.XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~AccessTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  template <typename Id>
  Id RandomId() {
    return *Id::FromBytes(entropy_.Bytes(Id::kSize));
  }

  eventstore::crypto::SystemEntropy entropy_;
  std::string folder_;
  const eventstore::log::CircleId circle_ = RandomId<eventstore::log::CircleId>();
  const eventstore::log::CircleId other_circle_ = RandomId<eventstore::log::CircleId>();
};

}  // namespace services::access
