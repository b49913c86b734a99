#include "eventstore/storage/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "eventstore/storage/keys.h"
#include "rocksdb/db.h"
#include "rocksdb/metadata.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::storage {
namespace {

using ::testing::ElementsAre;
using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using Verdict = FaultyEnvironment::Verdict;

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }

  void Open(bool read_only = false) {
    database_.reset();
    Database::Options options{.path = "/database", .environment = &environment_};
    options.read_only = read_only;
    auto database = Database::Open(options);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
  }

  void Put(std::string_view key, std::string_view value) {
    Batch batch;
    batch.Put(key, value);
    ASSERT_TRUE(database_->Write(batch, Durability::kSynced).ok());
  }

  std::vector<std::string> Keys(const Range& range, Order order, const Snapshot* snapshot = nullptr,
                                std::string_view seek = "") {
    std::vector<std::string> keys;
    const auto iterator = database_->Scan(range, order, snapshot);
    if (!seek.empty()) iterator->Seek(seek);
    for (; iterator->Valid(); iterator->Next()) keys.emplace_back(iterator->key());
    EXPECT_TRUE(iterator->status().ok());
    return keys;
  }

  FaultyEnvironment environment_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, KeepsABatchAcrossAReopen) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.Put("a", "1");
  batch.Put("b", std::string("\0\xFF", 2));
  batch.Delete("a");
  EXPECT_FALSE(batch.empty());
  ASSERT_TRUE(database_->Write(batch, Durability::kSynced).ok());
  Open();
  EXPECT_TRUE(absl::IsNotFound(database_->Get("a").status()));
  EXPECT_EQ(*database_->Get("b"), std::string("\0\xFF", 2));
  EXPECT_TRUE(database_->VerifyChecksums().ok());
}

TEST_F(DatabaseTest, ScansARangeInBothOrders) {
  for (const char* key : {"a", "b1", "b2", "b3", "c"}) Put(key, "");
  EXPECT_THAT(Keys(PrefixRange("b"), Order::kAscending), ElementsAre("b1", "b2", "b3"));
  EXPECT_THAT(Keys(PrefixRange("b"), Order::kDescending), ElementsAre("b3", "b2", "b1"));
  EXPECT_THAT(Keys(PrefixRange("b"), Order::kAscending, nullptr, "b15"), ElementsAre("b2", "b3"));
  EXPECT_THAT(Keys(PrefixRange("b"), Order::kDescending, nullptr, "b25"), ElementsAre("b2", "b1"));
  EXPECT_THAT(Keys({"b2", ""}, Order::kAscending), ElementsAre("b2", "b3", "c"));
  EXPECT_THAT(Keys({}, Order::kDescending), ElementsAre("c", "b3", "b2", "b1", "a"));
}

TEST_F(DatabaseTest, PrefixRangesEndWhereThePrefixDoes) {
  EXPECT_EQ(PrefixRange("ab").upper, "ac");
  EXPECT_EQ(PrefixRange("a\xFF").upper, "b");
  EXPECT_EQ(PrefixRange("\xFF\xFF").upper, "");
}

TEST_F(DatabaseTest, DeletesRanges) {
  for (const char* key : {"a", "b1", "b2", "c"}) Put(key, "");
  Batch batch;
  const Range range = PrefixRange("b");
  batch.DeleteRange(range.lower, range.upper);
  ASSERT_TRUE(database_->Write(batch, Durability::kBuffered).ok());
  EXPECT_THAT(Keys({}, Order::kAscending), ElementsAre("a", "c"));
}

TEST_F(DatabaseTest, ASnapshotSeesNothingOfLaterWrites) {
  Put("a", "old");
  const auto snapshot = database_->TakeSnapshot();
  Put("a", "new");
  Put("b", "new");
  EXPECT_EQ(*database_->Get("a", snapshot.get()), "old");
  EXPECT_THAT(Keys({}, Order::kAscending, snapshot.get()), ElementsAre("a"));
  EXPECT_EQ(*database_->Get("a"), "new");
}

TEST_F(DatabaseTest, AReadOnlyOpenChangesNoFile) {
  Put("a", "1");
  database_.reset();
  const auto before = environment_.Files("/database");
  Open(/*read_only=*/true);
  EXPECT_EQ(*database_->Get("a"), "1");
  Batch batch;
  batch.Put("a", "2");
  EXPECT_FALSE(database_->Write(batch, Durability::kSynced).ok());
  database_.reset();
  EXPECT_EQ(environment_.Files("/database"), before);
}

TEST_F(DatabaseTest, AFailingDiskIsUnavailable) {
  Put("a", "1");
  environment_.SetJudge([](FileOperation operation, const std::string&) {
    return operation == FileOperation::kSync ? Verdict::kFail : Verdict::kGoOn;
  });
  Batch batch;
  batch.Put("b", "2");
  EXPECT_TRUE(absl::IsUnavailable(database_->Write(batch, Durability::kSynced)));
  environment_.GoOn();
  Open();
  EXPECT_EQ(*database_->Get("a"), "1");
}

// RocksDB's diary: on a full disk Debian's build ends the process when it cannot write that.
TEST_F(DatabaseTest, KeepsNoDiary) {
  Put("a", "1");
  environment_.SetJudge([](auto, const auto&) { return Verdict::kFail; });
  Batch batch;
  batch.Put("b", "2");
  EXPECT_FALSE(database_->Write(batch, Durability::kSynced).ok());
  EXPECT_FALSE(database_->Reopen().ok());
  environment_.GoOn();
  ASSERT_TRUE(database_->Reopen().ok());
  for (const auto& [path, bytes] : environment_.Files("/database")) {
    EXPECT_FALSE(path.starts_with("/database/LOG")) << path;
  }
}

TEST_F(DatabaseTest, KeysThatStandApartAreFoundLikeOthers) {
  Batch batch;
  batch.Put("R1", "first");
  batch.Put("R2", "second");
  batch.Put("Q", "before");
  batch.Put("S", "after");
  EXPECT_GE(batch.size_bytes(), 30u);
  ASSERT_TRUE(database_->Write(batch, Durability::kSynced).ok());
  batch.Clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.size_bytes(), Batch().size_bytes());
  batch.Put("R3", "third");
  batch.Delete("R2");
  EXPECT_FALSE(batch.empty());
  ASSERT_TRUE(database_->Write(batch, Durability::kSynced).ok());
  for (const bool read_only : {false, true, false}) {
    Open(read_only);
    EXPECT_EQ(*database_->Get("R1"), "first");
    EXPECT_EQ(*database_->Get("S"), "after");
    EXPECT_TRUE(absl::IsNotFound(database_->Get("R2").status()));
    EXPECT_THAT(*database_->Contains({"R1", "R2", "R3"}), ElementsAre(true, false, true));
    EXPECT_THAT(Keys(PrefixRange("R"), Order::kAscending), ElementsAre("R1", "R3"));
    EXPECT_THAT(Keys(PrefixRange("R"), Order::kDescending), ElementsAre("R3", "R1"));
    EXPECT_THAT(Keys({"", ""}, Order::kAscending), ElementsAre("Q", "S"));
    EXPECT_TRUE(database_->VerifyChecksums().ok());
  }
}

TEST_F(DatabaseTest, ADatabaseWhoseMakingWasBrokenOffIsMadeWhole) {
  int broken_off = 0;
  int with_one_family = 0;
  for (bool reached = true; reached; ++broken_off) {
    database_.reset();
    environment_.PutBack("/database", {});
    int operations = 0;
    environment_.SetJudge([&](FileOperation, const std::string&) {
      return operations++ < broken_off ? Verdict::kGoOn : Verdict::kFailHalf;
    });
    const Database::Options options{.path = "/database", .environment = &environment_};
    auto opened = Database::Open(options);
    reached = operations > broken_off;
    if (opened.ok()) opened->reset();
    environment_.GoOn();
    rocksdb::Options listing;
    listing.env = environment_.env();
    std::vector<std::string> families;
    const auto listed = rocksdb::DB::ListColumnFamilies(listing, "/database", &families);
    if (listed.ok() && families.size() == 1) ++with_one_family;
    Open();
    Put("R1", "record");
    Put("S1", "other");
    Open();
    EXPECT_EQ(*database_->Get("R1"), "record") << broken_off;
    EXPECT_EQ(*database_->Get("S1"), "other") << broken_off;
  }
  EXPECT_GT(with_one_family, 0);
}

TEST_F(DatabaseTest, MergingLeavesTheTablesAloneOfKeysThatStandApart) {
  database_.reset();
  auto opened = Database::Open(
      {.path = "/database", .environment = &environment_, .write_buffer_bytes = 1 << 20});
  ASSERT_TRUE(opened.ok()) << opened.status();
  database_ = *std::move(opened);
  // By family: the names of tables, and the highest level that has one.
  const auto look = [&] {
    std::map<std::string, std::pair<std::set<std::string>, int>> families;
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->raw()->GetLiveFilesMetaData(&files);
    for (const auto& file : files) {
      auto& [names, level] = families[file.column_family_name];
      names.insert(file.name);
      level = std::max(level, file.level);
    }
    return families;
  };
  const std::string record(500, 'r');
  uint64_t number = 0;
  std::set<std::string> first;
  auto families = look();
  while (families["default"].second == 0 || families["apart"].second == 0) {
    ASSERT_LT(number, 1'000'000u) << "nothing is merged";
    Batch batch;
    for (int i = 0; i < 100; ++i, ++number) {
      std::string in_order = "R";
      AppendUint64(in_order, number);
      batch.Put(in_order, record);
      // In no order, so that every table spans all of them.
      std::string elsewhere = "S";
      AppendUint64(elsewhere, number * 0x9E3779B97F4A7C15u);
      batch.Put(elsewhere, record);
    }
    ASSERT_TRUE(database_->Write(batch, Durability::kBuffered).ok());
    families = look();
    if (first.empty()) first = families["apart"].first;
  }
  ASSERT_FALSE(first.empty());
  EXPECT_TRUE(std::ranges::includes(families["apart"].first, first));
}

TEST_F(DatabaseTest, DamageIsDataLoss) {
  Put("a", std::string(100, 'x'));
  database_.reset();
  auto files = environment_.Files("/database");
  for (auto& [path, bytes] : files) {
    if (path.find("MANIFEST") != std::string::npos) bytes[bytes.size() / 2] ^= 0x40;
  }
  environment_.PutBack("/database", files);
  const auto database = Database::Open({.path = "/database", .environment = &environment_});
  EXPECT_TRUE(absl::IsDataLoss(database.status())) << database.status();
}

TEST_F(DatabaseTest, CanBeDestroyed) {
  Put("a", "1");
  database_.reset();
  ASSERT_TRUE(DestroyDatabase({.path = "/database", .environment = &environment_}).ok());
  Open();
  EXPECT_TRUE(absl::IsNotFound(database_->Get("a").status()));
}

}  // namespace
}  // namespace eventstore::storage
