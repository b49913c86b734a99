#include "eventstore/storage/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "eventstore/storage/database.h"

namespace eventstore::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(ToStatus, SaysCommonCausesInDutchWithThePath) {
  const std::string folder = ::testing::TempDir() + "/storage-status-test";
  std::filesystem::remove_all(folder);
  const absl::Status missing =
      Database::Open({.path = folder + "/above/database", .environment = nullptr}).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_EQ(MessageOf(missing),
            "opslag: map maken: " + folder + "/above/database: het bestand of de map is er niet");
  const absl::Status full = ToStatus(
      rocksdb::Status::NoSpace("While appending to file: /data/7.log", "No space left on device"),
      "schrijven");
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_EQ(MessageOf(full), "opslag: schrijven: /data/7.log: de schijf is vol");
  for (const char* english :
       {"Permission denied", "Read-only file system", "Too many open files"}) {
    const auto failed = rocksdb::Status::IOError("While open a file: /data/7.log", english);
    const std::string message = MessageOf(ToStatus(failed, "openen"));
    EXPECT_THAT(message, HasSubstr("openen: /data/7.log: "));
    EXPECT_THAT(message, Not(HasSubstr(english)));
  }
}

TEST(ToStatus, KeepsWhatItDoesNotKnow) {
  const auto damaged = rocksdb::Status::Corruption("block checksum mismatch: /data/7.sst");
  EXPECT_EQ(MessageOf(ToStatus(damaged, "lezen")), "opslag: lezen: " + damaged.ToString());
  const auto odd = rocksdb::Status::IOError("While reading: /data/7.sst", "Something else");
  EXPECT_EQ(MessageOf(ToStatus(odd, "lezen")), "opslag: lezen: " + odd.ToString());
  EXPECT_EQ(MessageOf(ToStatus(rocksdb::Status::IOError(), "lezen")),
            "opslag: lezen: " + rocksdb::Status::IOError().ToString());
}

}  // namespace
}  // namespace eventstore::storage
