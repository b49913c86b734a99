#include "eventstore/base/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace eventstore::base {
namespace {

class File : public testing::Test {
 protected:
  File() {
    std::string pattern = testing::TempDir() + "/file_test.XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~File() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(File, IsReplacedWhole) {
  EXPECT_EQ(ReadFile(Path("a"), 100).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(WriteFileDurably(Path("a"), "first contents").ok());
  ASSERT_TRUE(WriteFileDurably(Path("a"), "second").ok());
  EXPECT_EQ(*ReadFile(Path("a"), 100), "second");
  EXPECT_EQ(*ListFolder(folder_), std::vector<std::string>{"a"});
}

TEST_F(File, ALeftTemporaryFileIsHarmless) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), "whole").ok());
  ASSERT_TRUE(WriteFileDurably(Path("a.new"), "half wri").ok());
  EXPECT_EQ(*ReadFile(Path("a"), 100), "whole");
  ASSERT_TRUE(WriteFileDurably(Path("a"), "secret", FileAccess::kOwnerOnly).ok());
  EXPECT_EQ(*ReadFile(Path("a"), 100), "secret");
  EXPECT_TRUE(*IsOwnerOnly(Path("a")));
}

TEST_F(File, SaysInDutchWhichFileIsNotThere) {
  const absl::Status missing = ReadFile(Path("missing"), 100).status();
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_EQ(missing.message(),
            "openen van " + Path("missing") + " lukt niet: het bestand of de map is er niet");
}

TEST_F(File, ReadingIsBounded) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), std::string(200'000, 'x')).ok());
  EXPECT_EQ(ReadFile(Path("a"), 199'999).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadFile(Path("a"), 200'000)->size(), 200'000U);
  EXPECT_EQ(ReadFile(Path("a"), 0).status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(File, ReadsTheEndOnly) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), std::string(200'000, 'x') + "end").ok());
  EXPECT_EQ(*ReadEndOfFile(Path("a"), 5), "xxend");
  EXPECT_EQ(*ReadEndOfFile(Path("a"), 0), "");
  EXPECT_EQ(ReadEndOfFile(Path("a"), 1'000'000)->size(), 200'003U);
  EXPECT_EQ(ReadEndOfFile(Path("b"), 5).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(File, ModeIsWhatWasAsked) {
  ASSERT_TRUE(WriteFileDurably(Path("open"), "x", FileAccess::kEverybody).ok());
  ASSERT_TRUE(WriteFileDurably(Path("closed"), "x", FileAccess::kOwnerOnly).ok());
  EXPECT_TRUE(*IsOwnerOnly(Path("closed")));
  ASSERT_EQ(::chmod(Path("closed").c_str(), 0640), 0);
  EXPECT_FALSE(*IsOwnerOnly(Path("closed")));
}

TEST_F(File, VersionChangesWithEveryWrite) {
  EXPECT_EQ(FileVersion(Path("a")), "");
  ASSERT_TRUE(WriteFileDurably(Path("a"), "same").ok());
  const std::string first = FileVersion(Path("a"));
  ASSERT_TRUE(WriteFileDurably(Path("a"), "same").ok());
  EXPECT_NE(FileVersion(Path("a")), first);
}

TEST_F(File, OverwritesInPlaceAndRemoves) {
  ASSERT_TRUE(WriteFileDurably(Path("a"), std::string(100'000, 's')).ok());
  ASSERT_EQ(::link(Path("a").c_str(), Path("same").c_str()), 0);
  ASSERT_TRUE(OverwriteFile(Path("a")).ok());
  EXPECT_EQ(*ReadFile(Path("same"), 100'000), std::string(100'000, '\0'));
  ASSERT_TRUE(RemoveFileDurably(Path("a")).ok());
  EXPECT_TRUE(RemoveFileDurably(Path("a")).ok()) << "it is gone already";
  EXPECT_EQ(OverwriteFile(Path("a")).code(), absl::StatusCode::kNotFound);
}

TEST_F(File, MakesFoldersAndRefusesAFileInTheWay) {
  EXPECT_TRUE(MakeFolders(Path("one/two/three")).ok());
  EXPECT_TRUE(MakeFolders(Path("one/two/three")).ok());
  EXPECT_TRUE(WriteFileDurably(Path("one/two/three/a"), "x").ok());
  EXPECT_FALSE(MakeFolders(Path("one/two/three/a")).ok());
  EXPECT_FALSE(MakeFolders(Path("one/two/three/a/b")).ok());
}

TEST_F(File, LockHasOneHolder) {
  {
    auto first = FileLock::TryTake(Path("lock"));
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(FileLock::TryTake(Path("lock")).status().code(),
              absl::StatusCode::kFailedPrecondition);
    FileLock moved = std::move(*first);
    EXPECT_FALSE(FileLock::TryTake(Path("lock")).ok());
  }
  EXPECT_TRUE(FileLock::Take(Path("lock")).ok());
}

TEST_F(File, AppendsAfterWhatIsThere) {
  ASSERT_TRUE((*AppendFile::Open(Path("log"), FileAccess::kOwnerOnly))->Append("one\n").ok());
  auto file = AppendFile::Open(Path("log"), FileAccess::kOwnerOnly);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE((*file)->Append("two\n").ok());
  EXPECT_EQ(*ReadFile(Path("log"), 100), "one\ntwo\n");
  EXPECT_EQ(AppendFile::Open(Path("none/log"), FileAccess::kOwnerOnly).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(File, AFailedAppendLeavesNothingBehind) {
  auto file = AppendFile::Open(Path("log"), FileAccess::kOwnerOnly);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("whole\n").ok());
  // The kernel cuts the write at the limit and refuses the rest.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 10;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status refused = (*file)->Append("too long for the limit\n");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(refused.ok());
  EXPECT_TRUE((*file)->Append("next\n").ok());
  EXPECT_EQ(*ReadFile(Path("log"), 100), "whole\nnext\n");
}

}  // namespace
}  // namespace eventstore::base
