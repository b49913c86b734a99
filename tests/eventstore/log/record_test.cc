#include "eventstore/log/record.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "eventstore/base/errors.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

using Message = poolcirkel::log::v1::Record;

class RecordTest : public LogFixture {
 protected:
  RecordTest() {
    const NewRecord made = LogFixture::Record(feed_, NewStream(), "payload");
    event_.feed = feed_;
    event_.sequence = Sequence(3);
    event_.id = made.id;
    event_.type = made.type;
    event_.stream = made.stream;
    event_.recorded_at = clock_.Now();
    event_.request = ids_.New<RequestId>();
    event_.request_digest = std::string(32, 'd');
    event_.payload = made.payload;
    event_.actor = made.actor;
  }

  absl::StatusOr<StoredEvent> Decode(const std::string& bytes) {
    return DecodeRecord(feed_, Sequence(3), bytes);
  }

  // What comes of the record after a change of its message.
  absl::Status Changed(const std::function<void(Message&)>& change) {
    Message record;
    EXPECT_TRUE(record.ParseFromString(EncodeRecord(event_)));
    change(record);
    return Decode(record.SerializeAsString()).status();
  }

  // The change is refused, and the error names the field.
  void ExpectRefused(const std::string& field, const std::function<void(Message&)>& change) {
    const absl::Status status = Changed(change);
    ASSERT_TRUE(absl::IsInvalidArgument(status)) << field << ": " << status;
    const auto details = base::DetailsOf(status);
    ASSERT_FALSE(details.field_violations.empty()) << field;
    EXPECT_EQ(details.field_violations[0].first, field);
  }

  StoredEvent event_;
};

TEST_F(RecordTest, IsReadBack) {
  const auto decoded = Decode(EncodeRecord(event_));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->bytes, EncodeRecord(event_));
  EXPECT_EQ(decoded->id, event_.id);
  EXPECT_EQ(decoded->sequence, Sequence(3));
  EXPECT_EQ(decoded->request_digest, event_.request_digest);
  EXPECT_EQ(decoded->recorded_at, event_.recorded_at);
  EXPECT_EQ(decoded->actor.SerializeAsString(), event_.actor.SerializeAsString());
}

TEST_F(RecordTest, MayHaveNoActorAndNoPayload) {
  event_.actor.Clear();
  event_.payload.clear();
  EXPECT_TRUE(CheckParts(event_).ok());
  const auto decoded = Decode(EncodeRecord(event_));
  EXPECT_TRUE(decoded.ok()) << decoded.status();
}

TEST_F(RecordTest, IsInItsLimitWhenItsPartsAreInTheirs) {
  event_.payload = std::string(kMaximumPayloadSize, 'x');
  event_.type = std::string(64, 'x');
  event_.actor.set_ciphertext(std::string(2'048, 'x'));
  event_.feed = FeedOf(1, 1, 4'294'967'295);
  ASSERT_TRUE(CheckParts(event_).ok());
  EXPECT_LE(EncodeRecord(event_).size(), kMaximumRecordSize);
}

TEST_F(RecordTest, RefusesEachPartThatBreaksARule) {
  EXPECT_TRUE(Changed([](Message&) {}).ok());
  ExpectRefused("event_id", [](Message& r) { r.set_event_id("short"); });
  ExpectRefused("event_id", [](Message& r) { r.set_event_id(std::string(16, '\0')); });
  ExpectRefused("stream_id", [](Message& r) { r.clear_stream_id(); });
  ExpectRefused("request_id", [](Message& r) { r.set_request_id(std::string(17, 'x')); });
  ExpectRefused("request_digest", [](Message& r) { r.set_request_digest("short"); });
  ExpectRefused("type", [](Message& r) { r.clear_type(); });
  ExpectRefused("type", [](Message& r) { r.set_type("Upper"); });
  ExpectRefused("type", [](Message& r) { r.set_type(std::string(65, 'x')); });
  ExpectRefused("feed", [](Message& r) { r.mutable_feed()->set_epoch(8); });
  ExpectRefused("feed.circle_id", [](Message& r) { r.clear_feed(); });
  ExpectRefused("recorded_at_microseconds", [](Message& r) { r.set_recorded_at_microseconds(-1); });
  ExpectRefused("recorded_at_microseconds", [](Message& r) { r.clear_recorded_at_microseconds(); });
  ExpectRefused("payload", [](Message& r) { r.set_payload(std::string(61'441, 'x')); });
  ExpectRefused("record", [](Message& r) { r.set_payload(std::string(70'000, 'x')); });
  ExpectRefused("actor", [](Message& r) { r.mutable_actor()->Clear(); });
  ExpectRefused("actor.field_number", [](Message& r) { r.mutable_actor()->set_field_number(8); });
  ExpectRefused("actor.key_id", [](Message& r) { r.mutable_actor()->clear_key_id(); });
  ExpectRefused("actor.nonce", [](Message& r) { r.mutable_actor()->set_nonce("short"); });
  ExpectRefused("actor.ciphertext", [](Message& r) { r.mutable_actor()->set_ciphertext("short"); });
  ExpectRefused("actor.commitment", [](Message& r) { r.mutable_actor()->clear_commitment(); });
}

TEST_F(RecordTest, TooLargeHasItsOwnReason) {
  event_.payload = std::string(kMaximumPayloadSize + 1, 'x');
  EXPECT_EQ(base::DetailsOf(CheckParts(event_)).reason, "RECORD_TOO_LARGE");
}

TEST_F(RecordTest, RefusesOtherWaysToWriteTheSame) {
  const std::string bytes = EncodeRecord(event_);
  // A field once more, the same field twice, an unknown field, fields in another
  // order, a default that is written out, a longer varint.
  EXPECT_FALSE(Decode(bytes + bytes).ok());
  EXPECT_FALSE(Decode(bytes + bytes.substr(0, 18)).ok());
  EXPECT_FALSE(Decode(bytes + std::string("\x50\x01", 2)).ok());
  EXPECT_FALSE(Decode(bytes.substr(18) + bytes.substr(0, 18)).ok());
  EXPECT_FALSE(Decode(bytes + std::string("\x42\x00", 2)).ok());
  std::string longer = bytes;
  longer.replace(1, 1, std::string("\x90\x00", 2));
  Message record;
  ASSERT_TRUE(record.ParseFromString(longer));
  EXPECT_FALSE(Decode(longer).ok());
  EXPECT_FALSE(Decode("").ok());
}

TEST_F(RecordTest, RefusesUnknownFieldsInsideItsParts) {
  const auto unknown = [](google::protobuf::Message& message) {
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(20, 1);
  };
  ExpectRefused("record", [&](Message& r) { unknown(r); });
  ExpectRefused("record", [&](Message& r) { unknown(*r.mutable_feed()); });
  ExpectRefused("record", [&](Message& r) { unknown(*r.mutable_actor()); });
}

TEST_F(RecordTest, ChangedBytesNeverCrashAndNeverReadAsTheSame) {
  const std::string bytes = EncodeRecord(event_);
  std::mt19937_64 random(20261120);
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = bytes;
    for (uint64_t times = random() % 3 + 1; times > 0; --times) {
      const size_t place = random() % changed.size();
      switch (random() % 4) {
        case 0:
          changed[place] = static_cast<char>(random());
          break;
        case 1:
          changed.erase(place, random() % 8);
          break;
        case 2:
          changed.insert(place, std::string(random() % 8, static_cast<char>(random())));
          break;
        default:
          changed[place] ^= static_cast<char>(1 << random() % 8);
      }
      if (changed.empty()) changed = "x";
    }
    const auto decoded = Decode(changed);
    // Other bytes may be another right record, but then those are its only bytes.
    if (decoded.ok()) {
      EXPECT_EQ(EncodeRecord(*decoded), changed);
    }
    const google::protobuf::LogSilencer silent;
    const auto read = ReadStored(feed_, Sequence(3), changed);
    EXPECT_TRUE(read.ok() || absl::IsDataLoss(read.status()));
  }
}

TEST_F(RecordTest, ReadingWhatIsNotARecordIsDataLoss) {
  EXPECT_TRUE(absl::IsDataLoss(ReadStored(feed_, Sequence(0), "\xFF").status()));
  EXPECT_TRUE(absl::IsDataLoss(ReadStored(feed_, Sequence(0), "").status()));
}

}  // namespace
}  // namespace eventstore::log
