#include "tests/eventstore/check/check_fixture.h"

#include "eventstore/merkle/note.h"

namespace eventstore::check {

void CheckFixture::SetUp() {
  options_.environment = &faults_;
  // Another member's feed, signed with its own key.
  options_.directory = "/node/other";
  options_.log_key = &foreign_key_;
  LogFixture::SetUp();
  ASSERT_TRUE(log_->CreateFeed(foreign_).ok());
  Fill(foreign_, 300);
  const auto records = BytesOf(*log_, foreign_);
  const crypto::Digest root = *log_->RootAt(foreign_, 300);
  const std::string note = *log_->CheckpointNote(foreign_);

  options_.directory = kFolder;
  options_.log_key = &key_;
  Reopen();
  ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  ASSERT_TRUE(log_->CreateFeed(private_).ok());
  stream_ = NewStream();
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(log_->Append(Request({Record(feed_, stream_), Record(private_, NewStream()),
                                      Record(feed_, NewStream())}))
                    .ok());
  }
  Fill(feed_, 530);  // two full tiles and 78 events

  auto own = merkle::ParseNote(*log_->CheckpointNote(feed_));
  ASSERT_TRUE(own.ok());
  merkle::CosignNote(*own, log::Origin(foreign_), foreign_key_, clock_.Now());
  ASSERT_TRUE(log_->StoreCosignature(feed_, foreign_.member, merkle::FormatNote(*own)).ok());
  Fill(feed_, 3);
  ASSERT_TRUE(log_->StoreVerified(foreign_, log::Sequence(0), records, root).ok());
  ASSERT_TRUE(log_->StoreCheckpoint(foreign_, note).ok());
  for (const log::FeedId& feed : {feed_, private_}) {
    const auto events = log_->ReadFeed(feed, log::Sequence(0), log_->Size(feed));
    ASSERT_TRUE(events.ok());
    for (const log::StoredEvent& event : *events) events_[feed].push_back(event.id);
  }
  log_.reset();
}

Options CheckFixture::CheckOptions() {
  Options options;
  options.directory = kFolder;
  options.environment = &faults_;
  options.keys = [this](const log::FeedId& feed) {
    std::vector<crypto::PublicKey> keys;
    if (feed == feed_ || feed == private_) keys.push_back(key_.public_key());
    if (feed == foreign_) keys.push_back(foreign_key_.public_key());
    return keys;
  };
  return options;
}

Report CheckFixture::Check() {
  auto report = CheckLog(CheckOptions());
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *std::move(report) : Report();
}

std::string CheckFixture::Text(const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings) text += ToText(finding) + "\n";
  return text;
}

std::string CheckFixture::Value(const std::string& database, const std::string& key) {
  const auto opened = storage::Database::Open(
      {.path = std::string(kFolder) + "/" + database, .environment = &faults_});
  EXPECT_TRUE(opened.ok()) << opened.status();
  const auto value = (*opened)->Get(key);
  EXPECT_TRUE(value.ok()) << value.status();
  return value.value_or("");
}

void CheckFixture::Put(const std::string& database, const std::string& key,
                       const std::string& value) {
  const auto opened = storage::Database::Open(
      {.path = std::string(kFolder) + "/" + database, .environment = &faults_});
  ASSERT_TRUE(opened.ok()) << opened.status();
  storage::Batch batch;
  batch.Put(key, value);
  ASSERT_TRUE((*opened)->Write(batch, storage::Durability::kSynced).ok());
}

void CheckFixture::Delete(const std::string& database, const std::string& key) {
  const auto opened = storage::Database::Open(
      {.path = std::string(kFolder) + "/" + database, .environment = &faults_});
  ASSERT_TRUE(opened.ok()) << opened.status();
  storage::Batch batch;
  batch.Delete(key);
  ASSERT_TRUE((*opened)->Write(batch, storage::Durability::kSynced).ok());
}

std::string CheckFixture::WithBit(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  return bytes;
}

std::vector<size_t> CheckFixture::Bits(size_t bytes, size_t count) {
  std::vector<size_t> bits;
  for (size_t i = 0; i < count; ++i) bits.push_back(i * (bytes * 8 - 1) / (count - 1));
  return bits;
}

}  // namespace eventstore::check
