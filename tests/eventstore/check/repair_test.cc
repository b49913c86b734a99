// A new log of what is intact, here or elsewhere; the damaged one stays as it is.
#include "eventstore/check/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "eventstore/storage/files.h"
#include "rocksdb/db.h"
#include "tests/eventstore/check/check_fixture.h"

namespace eventstore::check {
namespace {

class RepairTest : public CheckFixture {
 protected:
  RepairOptions MakeOptions() {
    RepairOptions options;
    options.check = CheckOptions();
    options.out = "/node/repaired";
    return options;
  }
  // Repairs, and expects that the damaged folder is as it was and that the new log is
  // whole and opens locked.
  RepairReport Repair(const RepairOptions& options) {
    const Files before = faults_.Files(kFolder);
    auto report = RepairLog(options);
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return {};
    EXPECT_EQ(faults_.Files(kFolder), before);
    options_.directory = options.out;
    Reopen();
    EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
    EXPECT_TRUE(log_->ReplicasHealth().ok()) << log_->ReplicasHealth();
    EXPECT_TRUE(log_->IsLocked(feed_));
    log_.reset();
    return *std::move(report);
  }
  // As it was before records had a column family of their own.
  void MakeLayout1(const std::string& name) {
    rocksdb::Options options;
    options.env = faults_.env();
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> families;
    const std::string path = std::string(kFolder) + "/" + name;
    ASSERT_TRUE(rocksdb::DB::Open(options, path,
                                  {{rocksdb::kDefaultColumnFamilyName, {}}, {"apart", {}}},
                                  &families, &opened)
                    .ok());
    const std::unique_ptr<rocksdb::DB> database(opened);
    std::unique_ptr<rocksdb::Iterator> records(database->NewIterator({}, families[1]));
    for (records->SeekToFirst(); records->Valid(); records->Next()) {
      ASSERT_TRUE(database->Put({}, records->key(), records->value()).ok());
    }
    records.reset();
    ASSERT_TRUE(database->Put({}, storage::FormatVersionKey(), "1").ok());
    ASSERT_TRUE(database->DropColumnFamily(families[1]).ok());
    for (auto* family : families) ASSERT_TRUE(database->DestroyColumnFamilyHandle(family).ok());
  }
  static RepairedFeed Row(const RepairReport& report, const log::FeedId& feed) {
    for (const RepairedFeed& row : report.feeds) {
      if (row.feed == feed) return row;
    }
    ADD_FAILURE() << "no row";
    return {};
  }
  // Of the new log; a feed that was cut short is not signed to its end.
  Report CheckRepaired() {
    Options options = CheckOptions();
    options.directory = "/node/repaired";
    auto report = CheckLog(options);
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }
};

TEST_F(RepairTest, AWholeLogIsCopied) {
  const RepairReport report = Repair(MakeOptions());
  EXPECT_TRUE(report.found.ok()) << Text(report.found);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.set_aside, "");
  EXPECT_EQ(Row(report, feed_).recovered, 593u);
  EXPECT_EQ(Row(report, foreign_).recovered, 300u);
  const Report checked = CheckRepaired();
  EXPECT_TRUE(checked.ok()) << Text(checked);
  EXPECT_EQ(checked.signatures, 5u);
}

TEST_F(RepairTest, WithoutOthersItStopsAtTheFirstHoleAndKeepsTheRestAside) {
  const std::string key = storage::RecordKey(kFeed, 400);
  Put("own", key, WithBit(Value("own", key), 2'000));
  const RepairReport report = Repair(MakeOptions());
  const RepairedFeed& row = Row(report, feed_);
  EXPECT_EQ(row.known, 593u);
  EXPECT_EQ(row.recovered, 400u);
  EXPECT_EQ(row.set_aside, 192u);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(Row(report, private_).recovered, 30u);
  // What stands past the hole is kept, byte for byte.
  const auto aside =
      storage::Database::Open({.path = report.set_aside + "/own", .environment = &faults_});
  ASSERT_TRUE(aside.ok()) << aside.status();
  for (uint64_t i = 401; i < 593; ++i) {
    EXPECT_EQ((*aside)->Get(storage::RecordKey(1, i)).value_or(""),
              Value("own", storage::RecordKey(kFeed, i)));
  }
}

TEST_F(RepairTest, AHoleIsFilledFromAnotherLog) {
  // A copy that was made before the damage.
  ASSERT_TRUE(storage::CopyFolder(std::string(kFolder) + "/own", "/node/copy/own", &faults_).ok());
  for (const uint64_t sequence : {5u, 300u, 590u}) {
    const std::string key = storage::RecordKey(kFeed, sequence);
    if (sequence == 300) {
      Delete("own", key);
    } else {
      Put("own", key, WithBit(Value("own", key), 1'000));
    }
  }
  RepairOptions options = MakeOptions();
  options.others = {"/node/copy"};
  const RepairReport report = Repair(options);
  EXPECT_FALSE(report.found.ok());
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(Row(report, feed_).from_others, 3u);
  EXPECT_EQ(report.set_aside, "");
  const Report checked = CheckRepaired();
  EXPECT_TRUE(checked.ok()) << Text(checked);
}

// Bytes that do not fit the signed tree are not taken from anybody.
TEST_F(RepairTest, AnotherLogThatSaysSomethingElseIsNotBelieved) {
  const std::string key = storage::RecordKey(kFeed, 300);
  const std::string record = Value("own", key);
  Put("own", key, WithBit(record, record.find("payload") * 8));
  ASSERT_TRUE(storage::CopyFolder(std::string(kFolder) + "/own", "/node/copy/own", &faults_).ok());
  Delete("own", key);
  RepairOptions options = MakeOptions();
  options.others = {"/node/copy"};
  const RepairReport report = Repair(options);
  EXPECT_EQ(Row(report, feed_).recovered, 300u);
  EXPECT_EQ(Row(report, feed_).set_aside, 292u);
}

TEST_F(RepairTest, ALostTailComesBackFromACopy) {
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  const Files before = faults_.Files(kFolder);
  Fill(feed_, 40);
  log_.reset();
  ASSERT_TRUE(storage::CopyFolder(std::string(kFolder) + "/own", "/node/copy/own", &faults_).ok());
  // The head file knows more than the database that was put back.
  Files files = faults_.Files(kFolder);
  std::erase_if(files,
                [](const auto& file) { return file.first.find("/own/") != std::string::npos; });
  for (const auto& [path, bytes] : before) {
    if (path.find("/own/") != std::string::npos) files[path] = bytes;
  }
  faults_.PutBack(kFolder, files);
  RepairOptions options = MakeOptions();
  options.others = {"/node/copy"};
  const RepairReport report = Repair(options);
  EXPECT_EQ(Row(report, feed_).recovered, 633u);
  EXPECT_EQ(Row(report, feed_).from_others, 40u);
  EXPECT_TRUE(report.complete());
}

TEST_F(RepairTest, ADatabaseThatDoesNotOpenIsSavedFromItsFiles) {
  log_.reset();
  const Files logged = faults_.Files(kFolder);
  Reopen();  // makes tables of the write-ahead log
  log_.reset();
  const Files tables = faults_.Files(kFolder);
  const auto has_table = [](const auto& file) {
    return file.first.find("/own/") != std::string::npos && file.first.ends_with(".sst");
  };
  ASSERT_TRUE(std::ranges::none_of(logged, has_table));
  ASSERT_TRUE(std::ranges::any_of(tables, has_table));
  int tried = 0;
  for (const auto& [part, whole] : {std::pair("/own/MANIFEST", logged),
                                    {"/own/CURRENT", logged},
                                    {"/own/MANIFEST", tables},
                                    {"/own/CURRENT", tables}}) {
    Files files = whole;
    for (auto& [path, bytes] : files) {
      if (path.find(part) != std::string::npos) bytes = WithBit(bytes, bytes.size() * 4);
    }
    faults_.PutBack(kFolder, files);
    RepairOptions options = MakeOptions();
    options.out += std::to_string(tried);
    const RepairReport report = Repair(options);
    EXPECT_FALSE(report.found.ok());
    EXPECT_TRUE(report.complete()) << part;
    EXPECT_EQ(Row(report, feed_).recovered, 593u) << part;
    EXPECT_EQ(Row(report, private_).recovered, 30u) << part;
    ++tried;
  }
  EXPECT_EQ(tried, 4);
}

TEST_F(RepairTest, ALogOfTheLayoutBeforeIsMadeAnew) {
  log_.reset();
  for (const std::string name : {"own", "replicas"}) MakeLayout1(name);
  const auto opened = log::EventLog::Open(options_);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  EXPECT_THAT(opened.status().message(), testing::HasSubstr("poolcirkel log repair"));
  // A refused opening changed nothing that repairing needs.
  const RepairReport report = Repair(MakeOptions());
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(Row(report, feed_).recovered, 593u);
  EXPECT_EQ(Row(report, private_).recovered, 30u);
  EXPECT_EQ(Row(report, foreign_).recovered, 300u);
}

TEST_F(RepairTest, ALostDatabaseIsNamed) {
  Files files = faults_.Files(kFolder);
  std::erase_if(files,
                [](const auto& file) { return file.first.find("/own/") != std::string::npos; });
  faults_.PutBack(kFolder, files);
  const RepairReport report = Repair(MakeOptions());
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(Row(report, feed_).known, 593u);
  EXPECT_EQ(Row(report, feed_).recovered, 0u);
  EXPECT_EQ(Row(report, foreign_).recovered, 300u);
}

TEST_F(RepairTest, NothingIsWrittenOverWhatIsThere) {
  RepairOptions options = MakeOptions();
  options.out = kFolder;
  EXPECT_TRUE(absl::IsAlreadyExists(RepairLog(options).status()));
}

}  // namespace
}  // namespace eventstore::check
