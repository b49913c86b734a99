#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/storage/database.h"
#include "tests/testing/faulty_environment.h"
#include "tests/testing/watched_environment.h"

namespace eventstore::storage {
namespace {

using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using tests::testing::WatchedEnvironment;
using Verdict = FaultyEnvironment::Verdict;
using Content = std::map<std::string, std::string>;

// Database::WriteTable.
class TableTest : public ::testing::Test {
 protected:
  TableTest() { EXPECT_TRUE(Open().ok()); }

  absl::Status Open() {
    database_.reset();
    auto database = Database::Open(options_);
    if (database.ok()) database_ = *std::move(database);
    return database.status();
  }

  // A new database that holds `content`.
  absl::Status Restart(const Content& content) {
    database_.reset();
    const absl::Status destroyed = DestroyDatabase(options_);
    if (!destroyed.ok()) return destroyed;
    const absl::Status opened = Open();
    if (!opened.ok()) return opened;
    for (const auto& [key, value] : content) Write(key, value);
    return absl::OkStatus();
  }

  void Write(std::string_view key, std::string_view value) {
    Batch batch;
    batch.Put(key, value);
    ASSERT_TRUE(database_->Write(batch, Durability::kSynced).ok());
  }

  Content Read() const {
    Content content;
    const auto rows = database_->Scan({});
    for (; rows->Valid(); rows->Next()) content.emplace(rows->key(), rows->value());
    EXPECT_TRUE(rows->status().ok()) << rows->status();
    return content;
  }

  bool HasRemains() {
    for (const auto& [path, bytes] : environment_.Files("/database")) {
      if (path.find("incoming") != std::string::npos) return true;
    }
    return false;
  }

  size_t TablesOnDisk() {
    size_t count = 0;
    for (const auto& [path, bytes] : environment_.Files("/database")) {
      if (path.ends_with(".sst")) ++count;
    }
    return count;
  }

  FaultyEnvironment environment_;
  const Database::Options options_{.path = "/database", .environment = &environment_};
  std::unique_ptr<Database> database_;
};

TEST_F(TableTest, CountsAfterWhatWasWrittenBeforeAndBeforeWhatComesAfter) {
  Write("a", "old");
  Write("b", "old");
  Write("c", "old");
  ASSERT_TRUE(database_->WriteTable({{"a", "table"}, {"b", std::nullopt}, {"d", "table"}}).ok());
  EXPECT_EQ(Read(), (Content{{"a", "table"}, {"c", "old"}, {"d", "table"}}));
  EXPECT_EQ(*database_->Get("d"), "table");
  ASSERT_TRUE(database_->WriteTable({{"a", "second"}, {"b", "second"}}).ok());
  Write("d", "new");
  const Content expected{{"a", "second"}, {"b", "second"}, {"c", "old"}, {"d", "new"}};
  EXPECT_EQ(Read(), expected);
  EXPECT_TRUE(database_->VerifyChecksums().ok());
  EXPECT_FALSE(HasRemains());
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(Read(), expected);
}

TEST_F(TableTest, IsNotSeenByAnEarlierSnapshot) {
  Write("a", "old");
  const auto before = database_->TakeSnapshot();
  ASSERT_TRUE(database_->WriteTable({{"a", "table"}}).ok());
  EXPECT_EQ(*database_->Get("a", before.get()), "old");
  EXPECT_EQ(*database_->Get("a"), "table");
}

TEST_F(TableTest, RefusesRowsThatAreNotInOrder) {
  Write("a", "old");
  EXPECT_TRUE(absl::IsInvalidArgument(database_->WriteTable({{"b", "1"}, {"a", "2"}})));
  EXPECT_TRUE(absl::IsInvalidArgument(database_->WriteTable({{"b", "1"}, {"b", "2"}})));
  EXPECT_EQ(Read(), (Content{{"a", "old"}}));
  EXPECT_FALSE(HasRemains());
  EXPECT_TRUE(database_->WriteTable({}).ok());
}

// The disk fails at each of its operations in turn. When it is the one that syncs the list of
// tables, the list may be on the disk all the same.
TEST_F(TableTest, IsThereWholeOrNotAtAllAndNeverMissed) {
  const Content old{{"a", "old"}};
  const Content both{{"a", "table"}, {"b", std::string(100'000, 'b')}, {"c", "second"}};
  for (const bool reopen_by_itself : {false, true}) {
    bool ended = false;
    int unchanged = 0;
    int listed = 0;
    for (int at = 0; !ended; ++at) {
      SCOPED_TRACE(at);
      ASSERT_TRUE(Restart(old).ok());
      int operations = 0;
      environment_.SetJudge([&](FileOperation, const std::string&) {
        return operations++ < at ? Verdict::kGoOn : Verdict::kFail;
      });
      const absl::Status written =
          database_->WriteTables({{{"a", "table"}, {"b", both.at("b")}}, {{"c", "second"}}});
      environment_.GoOn();
      ended = written.ok();
      EXPECT_TRUE(ended || absl::IsUnavailable(written)) << written;
      const absl::Status opened = reopen_by_itself ? database_->Reopen() : Open();
      ASSERT_TRUE(opened.ok()) << opened;
      EXPECT_FALSE(HasRemains());
      const Content content = Read();
      EXPECT_EQ(content, ended || content.size() > 1 ? both : old);
      if (!ended) ++(content == old ? unchanged : listed);
      EXPECT_TRUE(database_->VerifyChecksums().ok());
      // What was not listed is gone, and nothing stands in the way of going on.
      EXPECT_EQ(TablesOnDisk(), database_->TableFiles().size());
      ASSERT_TRUE(database_->WriteTable({{"d", "after"}}).ok());
      ASSERT_TRUE(Open().ok());
      EXPECT_EQ(*database_->Get("d"), "after");
    }
    EXPECT_GT(unchanged, 4);
    EXPECT_EQ(listed, 1);
  }
}

// Who reads what another process writes never sees the later half of it only.
TEST_F(TableTest, IsSeenByWhoOpensBeforeWhatWasWrittenAfterIt) {
  Write("a", "before");
  WatchedEnvironment watched(environment_.env());
  Database::Options reading = options_;
  reading.environment = &watched;
  reading.read_only = true;
  bool written = false;
  watched.BeforeALogIsRead([&] {
    if (std::exchange(written, true)) return;
    ASSERT_TRUE(database_->WriteTable({{"b", "table"}}).ok());
    Write("c", "after");
  });
  EXPECT_TRUE(absl::IsAborted(Database::Open(reading).status()));
  const auto opened = Database::Open(reading);
  ASSERT_TRUE(opened.ok()) << opened.status();
  for (const std::string_view key : {"a", "b", "c"}) EXPECT_TRUE((*opened)->Get(key).ok()) << key;
}

TEST_F(TableTest, ContainsWhatItSays) {
  Write("b", "written");
  ASSERT_TRUE(database_->WriteTable({{"d", "table"}, {"f", std::nullopt}}).ok());
  EXPECT_EQ(*database_->Contains({"a", "b", "c", "d", "e", "f"}),
            (std::vector<bool>{false, true, false, true, false, false}));
  EXPECT_TRUE(database_->Contains({})->empty());
}

}  // namespace
}  // namespace eventstore::storage
