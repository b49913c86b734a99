#include "eventstore/log/record_parts.h"

#include <gtest/gtest.h>

#include <random>

#include "eventstore/base/errors.h"
#include "eventstore/log/record.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

using Message = poolcirkel::log::v1::Record;

// The rules as FORMAT.md words them: parse, write again, compare, look at the parts.
bool KeepsTheRules(const std::string& bytes) {
  Message record;
  if (bytes.size() > kMaximumRecordSize || !record.ParseFromString(bytes)) return false;
  // Written again it has no unknown field only when it is cleared of them first.
  Message known = record;
  known.DiscardUnknownFields();
  if (known.SerializeAsString() != bytes) return false;
  const auto feed = FromProto(record.feed());
  const auto id = EventId::FromBytes(record.event_id());
  const auto stream = StreamId::FromBytes(record.stream_id());
  const auto request = RequestId::FromBytes(record.request_id());
  if (!feed.ok() || !id.ok() || !stream.ok() || !request.ok()) return false;
  if (record.recorded_at_microseconds() <= 0) return false;
  if (record.has_actor() && record.actor().ByteSizeLong() == 0) return false;
  StoredEvent event;
  event.id = *id;
  event.stream = *stream;
  event.request = *request;
  event.type = record.type();
  event.request_digest = record.request_digest();
  event.payload = record.payload();
  event.actor = record.actor();
  return CheckParts(event).ok();
}

class RecordPartsTest : public LogFixture {
 protected:
  Message Sample(bool with_actor, uint32_t epoch) {
    const NewRecord made = LogFixture::Record(feed_, NewStream(), "payload");
    StoredEvent event;
    event.feed = feed_;
    event.feed.epoch = Epoch(epoch);
    event.id = made.id;
    event.type = made.type;
    event.stream = made.stream;
    event.recorded_at = clock_.Now();
    event.request = ids_.New<RequestId>();
    event.request_digest = std::string(32, 'd');
    event.payload = made.payload;
    if (with_actor) {
      event.actor.set_field_number(9);
      event.actor.set_key_id(std::string(16, 'k'));
      event.actor.set_nonce(std::string(12, 'n'));
      event.actor.set_ciphertext(std::string(40, 'a'));
      event.actor.set_commitment(std::string(32, 'm'));
    }
    Message message;
    EXPECT_TRUE(message.ParseFromString(EncodeRecord(event)));
    return message;
  }

  // Protobuf would write a line about each string that is not UTF-8.
  const google::protobuf::LogSilencer silent_;
};

TEST_F(RecordPartsTest, AreWhatProtobufReads) {
  for (const bool with_actor : {false, true}) {
    for (const uint32_t epoch : {0U, 1U, 127U, 128U, 4'294'967'295U}) {
      const Message message = Sample(with_actor, epoch);
      const std::string bytes = message.SerializeAsString();
      const auto parts = ReadParts(bytes);
      ASSERT_TRUE(parts.has_value()) << epoch;
      EXPECT_EQ(parts->id.view(), message.event_id());
      EXPECT_EQ(parts->type, message.type());
      EXPECT_EQ(parts->stream.view(), message.stream_id());
      EXPECT_EQ(parts->feed.circle.view(), message.feed().circle_id());
      EXPECT_EQ(parts->feed.member.view(), message.feed().member_id());
      EXPECT_EQ(parts->feed.epoch.value(), message.feed().epoch());
      EXPECT_EQ(parts->recorded_at_microseconds, message.recorded_at_microseconds());
      EXPECT_EQ(parts->request.view(), message.request_id());
      EXPECT_EQ(parts->request_digest, message.request_digest());
      EXPECT_EQ(parts->payload, message.payload());
      EXPECT_EQ(parts->actor, with_actor ? message.actor().SerializeAsString() : "");
      EXPECT_EQ(WriteParts(*parts), bytes);
    }
  }
}

TEST_F(RecordPartsTest, AreNothingWhereverARecordIsCutOff) {
  const std::string bytes = Sample(true, 7).SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    EXPECT_EQ(ReadParts(cut).has_value(), KeepsTheRules(cut)) << size;
  }
}

TEST_F(RecordPartsTest, KeepTheSameRulesForEveryBit) {
  for (const bool with_actor : {false, true}) {
    std::string bytes = Sample(with_actor, 300).SerializeAsString();
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
      EXPECT_EQ(ReadParts(bytes).has_value(), KeepsTheRules(bytes)) << bit;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    }
  }
}

// Bytes put in, taken out, doubled and moved: lengths and numbers that do not fit.
TEST_F(RecordPartsTest, KeepTheSameRulesForMangledBytes) {
  std::mt19937 random(20261121);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = Sample(i % 2 == 0, i % 3 == 0 ? 0 : 1000).SerializeAsString();
    const int changes = 1 + static_cast<int>(random() % 3);
    for (int change = 0; change < changes && !bytes.empty(); ++change) {
      const size_t at = random() % bytes.size();
      const size_t length = random() % 4;
      switch (random() % 4) {
        case 0:
          bytes.insert(at, length, static_cast<char>(random()));
          break;
        case 1:
          bytes.erase(at, length);
          break;
        case 2:
          bytes.insert(at, bytes.substr(at, length));
          break;
        default:
          bytes[at] = static_cast<char>(random() % 2 == 0 ? 0 : random());
      }
    }
    ASSERT_EQ(ReadParts(bytes).has_value(), KeepsTheRules(bytes)) << i;
  }
}

TEST_F(RecordPartsTest, KnowTheLimits) {
  Message message = Sample(true, 1);
  message.set_payload(std::string(kMaximumPayloadSize, 'p'));
  message.mutable_actor()->set_ciphertext(std::string(kMaximumActorCiphertextSize, 'c'));
  EXPECT_TRUE(ReadParts(message.SerializeAsString()).has_value());
  message.set_payload(std::string(kMaximumPayloadSize + 1, 'p'));
  EXPECT_FALSE(ReadParts(message.SerializeAsString()).has_value());
  message.clear_payload();
  EXPECT_TRUE(ReadParts(message.SerializeAsString()).has_value());
  message.set_recorded_at_microseconds(-1);
  EXPECT_FALSE(ReadParts(message.SerializeAsString()).has_value());
}

}  // namespace
}  // namespace eventstore::log
