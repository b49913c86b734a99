#include "tests/eventstore/log/log_fixture.h"

#include <utility>

#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"

namespace eventstore::log {

std::string CountingEntropy::Bytes(size_t count) {
  base::MutexLock lock(mutex_);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    bytes.push_back(static_cast<char>(state_ >> 56));
  }
  return bytes;
}

LogFixture::LogFixture() : key_(crypto::PrivateKey::Generate(entropy_)) {
  options_.directory = "/node/member";
  options_.clock = &clock_;
  options_.log_key = &key_;
  options_.environment = environment_.get();
}

void LogFixture::Reopen() {
  log_.reset();
  auto log = TryOpen();
  ASSERT_TRUE(log.ok()) << log.status();
  log_ = *std::move(log);
}

FeedId LogFixture::FeedOf(uint8_t circle, uint8_t member, uint64_t epoch) {
  FeedId feed;
  feed.circle = *CircleId::FromBytes(std::string(32, static_cast<char>(circle)));
  feed.member = *MemberId::FromBytes(std::string(16, static_cast<char>(member)));
  feed.epoch = Epoch(epoch);
  return feed;
}

NewRecord LogFixture::Record(const FeedId& feed, const StreamId& stream, std::string payload,
                             std::string type) {
  NewRecord record;
  record.feed = feed;
  record.stream = stream;
  record.id = ids_.New<EventId>();
  record.type = std::move(type);
  record.payload = std::move(payload);
  record.actor.set_field_number(9);
  record.actor.set_key_id(std::string(16, 'k'));
  record.actor.set_nonce(std::string(12, 'n'));
  record.actor.set_ciphertext(std::string(40, 'c'));
  record.actor.set_commitment(std::string(32, 'm'));
  return record;
}

AppendRequest LogFixture::Request(std::vector<NewRecord> records) {
  AppendRequest request;
  request.request = ids_.New<RequestId>();
  request.request_digest = std::string(32, 'd');
  request.records = std::move(records);
  return request;
}

AppendRequest LogFixture::Request(const FeedId& feed, const StreamId& stream, std::string payload) {
  return Request({Record(feed, stream, std::move(payload))});
}

void LogFixture::Fill(const FeedId& feed, int count) {
  for (int left = count; left > 0;) {
    std::vector<NewRecord> records;
    for (int i = 0; i < std::min(left, 200); ++i) records.push_back(Record(feed, NewStream()));
    left -= static_cast<int>(records.size());
    const auto result = log_->Append(Request(std::move(records)));
    ASSERT_TRUE(result.ok()) << result.status();
  }
}

std::vector<std::string> LogFixture::BytesOf(const EventLog& log, const FeedId& feed) {
  std::vector<std::string> bytes;
  auto events = log.ReadFeed(feed, Sequence(0), log.Size(feed));
  EXPECT_TRUE(events.ok()) << events.status();
  for (StoredEvent& event : *events) bytes.push_back(std::move(event.bytes));
  return bytes;
}

void LogFixture::ExpectSignedTree(const FeedId& feed) {
  const auto text = log_->CheckpointNote(feed);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto note = merkle::ParseNote(*text);
  ASSERT_TRUE(note.ok()) << note.status();
  const auto verified = merkle::VerifyNote(
      *note, {{Origin(feed), merkle::NoteAlgorithm::kEd25519, key_.public_key()}});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->size(), 1u);
  const auto checkpoint = merkle::ParseCheckpoint(note->text);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->size, log_->Size(feed));
  merkle::Frontier frontier;
  std::vector<merkle::Frontier::FullTile> finished;
  for (const std::string& bytes : BytesOf(*log_, feed)) {
    frontier.Append(merkle::LeafHash(bytes), finished);
  }
  EXPECT_EQ(checkpoint->root, frontier.Root());
}

}  // namespace eventstore::log
