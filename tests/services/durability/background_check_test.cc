#include "services/durability/background_check.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "eventstore/base/id.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"

namespace services::durability {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace storage = eventstore::storage;

class BackgroundCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = (std::filesystem::temp_directory_path() /
             ("poolcirkel-background-" + base::ToHex(entropy_.Bytes(8))))
                .string();
    std::filesystem::create_directories(data_);
    feed_.circle = *log::CircleId::FromBytes(std::string(32, 'c'));
    feed_.member = *log::MemberId::FromBytes(std::string(16, 'm'));
    OpenLog();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    ASSERT_TRUE(Append(2'000).ok());
  }
  void TearDown() override {
    log_.reset();
    std::filesystem::remove_all(data_);
  }

  void OpenLog() {
    log::EventLog::Options options;
    options.directory = data_ + "/log";
    options.clock = &clock_;
    options.log_key = &key_;
    auto opened = log::EventLog::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
  }

  absl::Status Append(int count) {
    for (int left = count; left > 0; left -= 500) {
      log::AppendRequest request;
      request.request = ids_.New<log::RequestId>();
      request.request_digest = std::string(32, 'd');
      for (int i = 0; i < std::min(left, 500); ++i) {
        log::NewRecord record;
        record.feed = feed_;
        record.stream = ids_.New<log::StreamId>();
        record.id = ids_.New<log::EventId>();
        record.type = "hours_released";
        record.payload = "payload";
        request.records.push_back(std::move(record));
      }
      if (auto result = log_->Append(std::move(request)); !result.ok()) return result.status();
    }
    return absl::OkStatus();
  }

  BackgroundCheck::Options CheckOptions() {
    BackgroundCheck::Options options;
    options.data_directory = data_;
    options.log = log_.get();
    options.clock = &clock_;
    options.rest = absl::ZeroDuration();
    return options;
  }

  base::SystemClock clock_;
  crypto::SystemEntropy entropy_;
  base::IdGenerator ids_{clock_, entropy_};
  crypto::PrivateKey key_ = crypto::PrivateKey::Generate(entropy_);
  log::FeedId feed_;
  std::string data_;
  std::unique_ptr<log::EventLog> log_;
};

TEST_F(BackgroundCheckTest, AWholeLogStaysHealthy) {
  BackgroundCheck check(CheckOptions());
  EXPECT_TRUE(check.CheckOnce().ok());
  const auto state = check.state();
  EXPECT_TRUE(state.findings.empty());
  EXPECT_TRUE(state.finished.has_value());
  EXPECT_FALSE(state.running);
  EXPECT_TRUE(log_->OwnHealth().ok());
}

TEST_F(BackgroundCheckTest, WhatItFindsStopsWriting) {
  log_.reset();
  {
    const auto database = storage::Database::Open({.path = data_ + "/log/own"});
    ASSERT_TRUE(database.ok()) << database.status();
    std::string record = *(*database)->Get(storage::RecordKey(1, 700));
    record[record.find("payload")] ^= 1;
    storage::Batch batch;
    batch.Put(storage::RecordKey(1, 700), record);
    ASSERT_TRUE((*database)->Write(batch, storage::Durability::kSynced).ok());
  }
  OpenLog();
  // Opening looks at the ends only.
  ASSERT_TRUE(log_->OwnHealth().ok());
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  BackgroundCheck check(CheckOptions());
  ASSERT_TRUE(check.CheckOnce().ok());
  ASSERT_FALSE(check.state().findings.empty());
  EXPECT_NE(check.state().findings[0].find("gebeurtenis 700"), std::string::npos);
  EXPECT_TRUE(absl::IsDataLoss(log_->OwnHealth()));
  EXPECT_TRUE(absl::IsDataLoss(Append(1)));
  EXPECT_EQ(log_->ReadFeed(feed_, log::Sequence(5), 10)->size(), 10u);
}

TEST_F(BackgroundCheckTest, StoppingEndsACheckThatGoesOn) {
  BackgroundCheck::Options options = CheckOptions();
  options.before_first = absl::ZeroDuration();
  options.rest = absl::Hours(1);
  BackgroundCheck check(options);
  check.Start();
  while (!check.state().running) std::this_thread::yield();
  check.Stop();
  EXPECT_FALSE(check.state().finished.has_value());
  EXPECT_FALSE(check.state().running);
}

}  // namespace
}  // namespace services::durability
