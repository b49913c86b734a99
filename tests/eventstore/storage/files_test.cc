#include "eventstore/storage/files.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "eventstore/storage/status.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::storage {
namespace {

using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;

TEST(FilesTest, SmallFilesAndFolders) {
  const auto memory = Environment::InMemory();
  EXPECT_TRUE(ListNames("/a/b", memory.get()).empty());
  ASSERT_TRUE(MakeDirectory("/a/b", memory.get()).ok());
  ASSERT_TRUE(WriteSmallFile("/a/b/two", "2", memory.get()).ok());
  ASSERT_TRUE(WriteSmallFile("/a/b/one", "1", memory.get()).ok());
  EXPECT_EQ(ListNames("/a/b", memory.get()), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(ReadSmallFile("/a/b/one", memory.get()).value_or(""), "1");
  ASSERT_TRUE(CopyFolder("/a/b", "/c", memory.get()).ok());
  EXPECT_EQ(ReadSmallFile("/c/two", memory.get()).value_or(""), "2");
  ASSERT_TRUE(RenamePath("/c/two", "/c/three", memory.get()).ok());
  EXPECT_FALSE(FileExists("/c/two", memory.get()));
  EXPECT_TRUE(RemoveFile("/c/three", memory.get()).ok());
  EXPECT_TRUE(RemoveFile("/c/three", memory.get()).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadSmallFile("/c/three", memory.get()).status()));
}

TEST(FilesTest, TheProbeFailsAsTheDiskDoesAndLeavesNothing) {
  FaultyEnvironment faults;
  ASSERT_TRUE(MakeDirectory("/a", &faults).ok());
  EXPECT_TRUE(ProbeDisk("/a", &faults).ok());
  for (const FileOperation failing : {FileOperation::kWrite, FileOperation::kSync}) {
    faults.SetJudge([failing](FileOperation operation, const std::string&) {
      return operation == failing ? FaultyEnvironment::Verdict::kFailHalf
                                  : FaultyEnvironment::Verdict::kGoOn;
    });
    EXPECT_FALSE(ProbeDisk("/a", &faults).ok());
  }
  EXPECT_TRUE(ListNames("/a", &faults).empty());
  EXPECT_FALSE(ProbeDisk("/nowhere", &faults).ok());
}

TEST(FilesTest, ErrorsTellWhatTheDiskLacks) {
  const auto of = [](const char* text) { return TroubleOf(absl::UnavailableError(text)); };
  EXPECT_EQ(TroubleOf(absl::OkStatus()), DiskTrouble::kNone);
  EXPECT_EQ(of("IO error: No space left on device: While appending"), DiskTrouble::kFull);
  EXPECT_EQ(of("IO error: Disk quota exceeded"), DiskTrouble::kFull);
  const auto told = [](const char* cause) {
    return TroubleOf(
        ToStatus(rocksdb::Status::IOError("While open a file: /x", cause), "schrijven"));
  };
  for (const int error : {ENOSPC, EDQUOT}) EXPECT_EQ(told(strerror(error)), DiskTrouble::kFull);
  for (const int error : {EROFS, EACCES, EPERM}) {
    EXPECT_EQ(told(strerror(error)), DiskTrouble::kReadOnly) << error;
  }
  for (const int error : {EMFILE, ENFILE}) {
    EXPECT_EQ(told(strerror(error)), DiskTrouble::kTooManyFiles) << error;
  }
  EXPECT_EQ(told(strerror(EIO)), DiskTrouble::kOther);
  EXPECT_EQ(of("IO error: While open a file: Read-only file system"), DiskTrouble::kReadOnly);
  EXPECT_EQ(of("IO error: Too many open files"), DiskTrouble::kTooManyFiles);
  EXPECT_EQ(of("IO error: Input/output error"), DiskTrouble::kOther);
  EXPECT_EQ(TroubleOf(absl::ResourceExhaustedError("x")), DiskTrouble::kFull);
}

}  // namespace
}  // namespace eventstore::storage
