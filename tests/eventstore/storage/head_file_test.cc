#include "eventstore/storage/head_file.h"

#include <gtest/gtest.h>

#include "tests/testing/faulty_environment.h"

namespace eventstore::storage {
namespace {

using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using Verdict = FaultyEnvironment::Verdict;

constexpr char kPath[] = "/folder/heads";
constexpr size_t kSlotSize = 64 * 1024;

class HeadFileTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(MakeDirectory("/folder", &environment_).ok()); }

  std::unique_ptr<HeadFile> Open() {
    auto file = HeadFile::Open(kPath, &environment_);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }

  // Turns one bit of a slot.
  void Damage(uint64_t generation, size_t offset) {
    auto files = environment_.Files("/folder");
    files[kPath][generation % 2 * kSlotSize + offset] ^= 1;
    environment_.PutBack("/folder", files);
  }

  FaultyEnvironment environment_;
};

TEST_F(HeadFileTest, IsEmptyWhenNew) {
  EXPECT_EQ(Open()->value(), "");
  EXPECT_EQ(Open()->generation(), 0u);
}

TEST_F(HeadFileTest, RemembersTheLastValue) {
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(Open()->Write("value " + std::to_string(i)).ok());
    EXPECT_EQ(Open()->value(), "value " + std::to_string(i));
    EXPECT_EQ(Open()->generation(), static_cast<uint64_t>(i));
  }
  ASSERT_TRUE(Open()->Write("").ok());
  EXPECT_EQ(Open()->value(), "");
  EXPECT_EQ(Open()->generation(), 6u);
}

TEST_F(HeadFileTest, TakesUpToItsLimit) {
  const auto file = Open();
  ASSERT_TRUE(file->Write(std::string(HeadFile::kMaximumValueSize, 'x')).ok());
  EXPECT_EQ(Open()->value().size(), HeadFile::kMaximumValueSize);
  EXPECT_TRUE(
      absl::IsInvalidArgument(file->Write(std::string(HeadFile::kMaximumValueSize + 1, 'x'))));
}

TEST_F(HeadFileTest, ADamagedSlotLeavesTheOneBefore) {
  for (const size_t offset : {size_t{0}, size_t{8}, size_t{20}, size_t{48}}) {
    environment_.PutBack("/folder", {});
    {
      const auto file = Open();
      ASSERT_TRUE(file->Write("one").ok());
      ASSERT_TRUE(file->Write("two").ok());
    }
    Damage(2, offset);
    EXPECT_EQ(Open()->value(), "one") << offset;
    ASSERT_TRUE(Open()->Write("three").ok());
    EXPECT_EQ(Open()->value(), "three");
  }
}

TEST_F(HeadFileTest, TwoDamagedSlotsAreDataLoss) {
  {
    const auto file = Open();
    ASSERT_TRUE(file->Write("one").ok());
    ASSERT_TRUE(file->Write("two").ok());
  }
  Damage(1, 48);
  Damage(2, 48);
  EXPECT_TRUE(absl::IsDataLoss(HeadFile::Open(kPath, &environment_).status()));
}

TEST_F(HeadFileTest, ATornWriteLeavesTheOneBefore) {
  const auto file = Open();
  ASSERT_TRUE(file->Write("one").ok());
  environment_.SetJudge([](FileOperation, const std::string&) { return Verdict::kFailHalf; });
  EXPECT_TRUE(absl::IsUnavailable(file->Write("two, which is torn")));
  environment_.GoOn();
  EXPECT_EQ(Open()->value(), "one");
}

}  // namespace
}  // namespace eventstore::storage
