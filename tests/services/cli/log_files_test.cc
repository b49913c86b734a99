// fsck, repair and restore on a data folder, without a node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "eventstore/base/clock.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/cli/app.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace storage = eventstore::storage;
using ::testing::HasSubstr;

struct Result {
  int code = 0;
  std::string out;
  std::string err;
};

// A data folder with a private feed of 300 events, a log key and a key file.
class LogFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path().string() + "/" +
            ("poolcirkel-log-files-" + base::ToHex(entropy_.Bytes(8)));
    data_ = root_ + "/data";
    const std::string seed = entropy_.Bytes(32);
    ASSERT_TRUE(base::MakeFolders(data_ + "/keys/class").ok());
    ASSERT_TRUE(
        base::WriteFileDurably(data_ + "/keys/log.key", seed, base::FileAccess::kOwnerOnly).ok());
    key_ = std::make_unique<crypto::PrivateKey>(*crypto::PrivateKey::FromSeed(seed));
    ASSERT_TRUE(eventstore::privacy::KeyFile::Open(data_ + "/keys/class", entropy_).ok());
    feed_.circle = *log::CircleId::FromBytes(entropy_.Bytes(32));
    feed_.member = *log::MemberId::FromBytes(entropy_.Bytes(16));
    ASSERT_TRUE(
        base::WriteFileDurably(data_ + "/identity", base::ToHex(feed_.circle.view()) + "\n" +
                                                        base::ToHex(feed_.member.view()) + "\n")
            .ok());
    OpenLog();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(300);
    log_.reset();
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(root_);
  }

  void OpenLog() {
    log::EventLog::Options options;
    options.directory = data_ + "/log";
    options.clock = &clock_;
    options.log_key = key_.get();
    auto opened = log::EventLog::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }

  void Fill(int count) {
    log::AppendRequest request;
    request.request = ids_.New<log::RequestId>();
    request.request_digest = std::string(32, 'd');
    for (int i = 0; i < count; ++i) {
      log::NewRecord record;
      record.feed = feed_;
      record.stream = ids_.New<log::StreamId>();
      record.id = ids_.New<log::EventId>();
      record.type = "hours_released";
      record.payload = "payload";
      last_ = record.id;
      if (i == 100) hundredth_ = record.id;
      request.records.push_back(std::move(record));
    }
    const auto result = log_->Append(std::move(request));
    ASSERT_TRUE(result.ok()) << result.status();
  }

  void TurnBitOfEvent(uint64_t sequence) {
    const auto database = storage::Database::Open({.path = data_ + "/log/own"});
    ASSERT_TRUE(database.ok()) << database.status();
    const std::string key = storage::RecordKey(1, sequence);
    std::string record = *(*database)->Get(key);
    record[record.find("payload")] ^= 1;
    storage::Batch batch;
    batch.Put(key, record);
    ASSERT_TRUE((*database)->Write(batch, storage::Durability::kSynced).ok());
  }

  void TurnBitOfFile(const std::string& path, size_t at) {
    std::string bytes = *base::ReadFile(path, 1 << 20);
    bytes[at] ^= 1;
    ASSERT_TRUE(base::WriteFileDurably(path, bytes, base::FileAccess::kOwnerOnly).ok());
  }

  Result RunWith(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    Environment environment;
    environment.out = &out;
    environment.err = &err;
    environment.clock = &clock_;
    environment.entropy = &entropy_;
    environment.variable = [](const std::string&) { return std::string("/nonexistent"); };
    const int code = services::cli::Run(arguments, environment);
    return {code, out.str(), err.str()};
  }

  base::SystemClock clock_;
  crypto::SystemEntropy entropy_;
  base::IdGenerator ids_{clock_, entropy_};
  std::string root_;
  std::string data_;
  std::unique_ptr<crypto::PrivateKey> key_;
  log::FeedId feed_;
  std::unique_ptr<log::EventLog> log_;
  log::EventId last_;
  log::EventId hundredth_;
};

TEST_F(LogFilesTest, AWholeFolderIsInOrder) {
  const Result checked = RunWith({"log", "fsck", "--data", data_});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("300 gebeurtenissen"));
  EXPECT_THAT(checked.out, HasSubstr("Alles klopt."));
}

// A member without professionals: its circle's feed, and nothing in the private one.
TEST_F(LogFilesTest, AnEmptyPrivateFeedIsInOrder) {
  poolcirkel::event::v1::Charter charter;
  auto& member = *charter.add_members();
  member.set_member_id(feed_.member.bytes());
  member.set_log_key(key_->public_key().bytes());
  poolcirkel::event::v1::Event adopted;
  adopted.mutable_charter_adopted()->mutable_charter()->set_charter(charter.SerializeAsString());
  OpenLog();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  log::AppendRequest request;
  request.request = ids_.New<log::RequestId>();
  request.request_digest = std::string(32, 'd');
  log::NewRecord& record = request.records.emplace_back();
  record.feed = feed_;
  record.stream = ids_.New<log::StreamId>();
  record.id = ids_.New<log::EventId>();
  record.type = "charter_adopted";
  record.payload = adopted.SerializeAsString();
  ASSERT_TRUE(log_->Append(std::move(request)).ok());
  log_.reset();
  ASSERT_TRUE(base::WriteFileDurably(
                  data_ + "/identity",
                  base::ToHex(entropy_.Bytes(32)) + "\n" + base::ToHex(entropy_.Bytes(16)) + "\n")
                  .ok());
  const Result checked = RunWith({"log", "fsck", "--data", data_});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
}

TEST_F(LogFilesTest, AFolderInUseCanBeChecked) {
  OpenLog();
  EXPECT_EQ(RunWith({"log", "fsck", "--data", data_}).code, 0);
}

TEST_F(LogFilesTest, ATurnedBitGivesExitCodeOneAndTheEvent) {
  TurnBitOfEvent(100);
  const Result checked = RunWith({"log", "fsck", "--data", data_});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.out, HasSubstr("gebeurtenis 100"));
  EXPECT_THAT(checked.out, HasSubstr(base::ToText(hundredth_)));
  EXPECT_THAT(checked.out, HasSubstr(log::Origin(feed_)));
  const Result json = RunWith({"log", "fsck", "--data", data_, "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("\"ok\":false"));
  EXPECT_THAT(json.out, HasSubstr("\"sequence\":100"));
  EXPECT_THAT(json.out, HasSubstr("\"event_id\":\"" + base::ToText(hundredth_)));
}

TEST_F(LogFilesTest, ATurnedBitOfAKeyIsFound) {
  TurnBitOfFile(data_ + "/keys/log.key", 7);
  Result checked = RunWith({"log", "fsck", "--data", data_});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.out, HasSubstr("keys/log.key"));
  TurnBitOfFile(data_ + "/keys/log.key", 7);
  const auto names = base::ListFolder(data_ + "/keys/class");
  ASSERT_TRUE(names.ok());
  int turned = 0;
  for (const std::string& name : *names) {
    const std::string path = data_ + "/keys/class/" + name;
    const size_t size = base::ReadFile(path, 1 << 20)->size();
    for (const size_t at : {size_t{0}, size / 2, size - 1}) {
      if (size == 0) continue;
      TurnBitOfFile(path, at);
      checked = RunWith({"log", "fsck", "--data", data_});
      EXPECT_EQ(checked.code, 1) << name << " " << at;
      EXPECT_THAT(checked.out, HasSubstr("keys/class"));
      EXPECT_THAT(checked.out, HasSubstr("zet de sleutels terug"));
      TurnBitOfFile(path, at);
      ++turned;
    }
  }
  EXPECT_GE(turned, 6);
  EXPECT_EQ(RunWith({"log", "fsck", "--data", data_}).code, 0);
}

TEST_F(LogFilesTest, NoLogIsNotFound) {
  EXPECT_EQ(RunWith({"log", "fsck", "--data", root_ + "/elsewhere"}).code, 4);
  // A folder beside it, which has no log to repair.
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"log", "fsck", "--data", data_ + "/keys"},
        {"log", "repair", "--data", data_ + "/keys", "--out", root_ + "/new"}}) {
    const Result result = RunWith(arguments);
    EXPECT_EQ(result.code, 4) << result.out;
    EXPECT_THAT(result.err, HasSubstr("LOG_NOT_FOUND"));
  }
}

TEST_F(LogFilesTest, RepairSaysWhatItCouldNotBringBack) {
  TurnBitOfEvent(100);
  const std::string out = root_ + "/new";
  const Result repaired = RunWith({"log", "repair", "--data", data_, "--out", out});
  EXPECT_EQ(repaired.code, 1) << repaired.err;
  EXPECT_THAT(repaired.out, HasSubstr("Niet teruggebracht: gebeurtenissen 100 tot 300"));
  EXPECT_THAT(repaired.out, HasSubstr("set-aside"));
  // A second time there is something in the way.
  EXPECT_EQ(RunWith({"log", "repair", "--data", data_, "--out", out}).code, 3);
}

TEST_F(LogFilesTest, RepairTakesFromABackupWhatIsGone) {
  OpenLog();
  ASSERT_TRUE(log_->Backup(root_ + "/backup", nullptr).ok());
  log_.reset();
  const std::string restored = root_ + "/restored";
  const Result put_back =
      RunWith({"log", "restore", "--backup", root_ + "/backup", "--data", restored});
  EXPECT_EQ(put_back.code, 0) << put_back.err;
  EXPECT_THAT(put_back.out, HasSubstr("300 gebeurtenissen"));
  EXPECT_EQ(RunWith({"log", "restore", "--backup", root_ + "/backup", "--data", restored}).code, 3);
  TurnBitOfEvent(100);
  TurnBitOfEvent(299);
  const std::string out = root_ + "/new/log";
  const Result repaired =
      RunWith({"log", "repair", "--data", data_, "--out", out, "--from", restored});
  EXPECT_EQ(repaired.code, 0) << repaired.out << repaired.err;
  EXPECT_EQ(RunWith({"log", "fsck", "--data", root_ + "/new"}).code, 0);
}

}  // namespace
}  // namespace services::cli
