#include "projections/engine/decode.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "projections/engine/message_shape.h"
#include "tests/testing/decoding.h"

namespace projections::engine {
namespace {

using Body = poolcirkel::event::v1::Event;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using tests::testing::WrongDecoding;

// Fills every field of a message, one that repeats a few times.
class Filler {
 public:
  explicit Filler(uint64_t seed) : random_(seed) {}

  void Fill(Message& message) {
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const auto* field = message.GetDescriptor()->field(i);
      if (field->real_containing_oneof() != nullptr) continue;
      for (uint64_t count = field->is_repeated() ? random_() % 3 : 1; count > 0; --count) {
        Set(message, *field);
      }
    }
  }

  std::string EventOf(const FieldDescriptor& kind) {
    Body body;
    Fill(*body.GetReflection()->MutableMessage(&body, &kind));
    return body.SerializeAsString();
  }

  // One change of the bytes.
  std::string Spoil(std::string bytes) {
    const size_t at = random_() % bytes.size();
    switch (random_() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random_());
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random_()));
        break;
      default:
        bytes += bytes.substr(at);
    }
    return bytes;
  }

 private:
  void Set(Message& message, const FieldDescriptor& field) {
    const auto* reflection = message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Fill(field.is_repeated() ? *reflection->AddMessage(&message, &field)
                               : *reflection->MutableMessage(&message, &field));
      return;
    }
    // As a number of the wire: of any type.
    auto* unknown = reflection->MutableUnknownFields(&message);
    switch (field.type()) {
      case FieldDescriptor::TYPE_STRING:
        unknown->AddLengthDelimited(field.number(), "Zoë is 4 dagen vrij");
        return;
      case FieldDescriptor::TYPE_BYTES:
        unknown->AddLengthDelimited(field.number(), std::string(random_() % 40, '\xFE'));
        return;
      default:
        unknown->AddVarint(field.number(), random_() % 3);
    }
  }

  std::mt19937_64 random_;
};

TEST(Decode, EveryTypeIsSeenAsProtobufSeesItWhateverTheBytes) {
  Filler filler(1);
  int wrong = 0;
  for (int i = 0; i < Body::descriptor()->field_count(); ++i) {
    const auto* kind = Body::descriptor()->field(i);
    for (int round = 0; round < 300; ++round) {
      const std::string payload = filler.EventOf(*kind);
      EXPECT_EQ(WrongDecoding(kind->name(), payload), "") << kind->name();
      const std::string spoiled = filler.Spoil(payload);
      EXPECT_EQ(WrongDecoding(kind->name(), spoiled), "") << kind->name();
      Body body;
      wrong += body.ParseFromString(spoiled) ? 0 : 1;
    }
  }
  EXPECT_GT(wrong, 1'000) << "too little is spoiled";
}

TEST(Decode, SeesOneEventInTwoPieces) {
  Body first;
  first.mutable_assignment_published()->set_title("eerst");
  first.mutable_assignment_published()->set_role("projectleider");
  Body second;
  second.mutable_assignment_published()->set_title("later");
  const std::string both = first.SerializeAsString() + second.SerializeAsString();
  EXPECT_EQ(WrongDecoding("assignment_published", both), "");
  EXPECT_EQ(WrongDecoding("assignment_withdrawn", both), "");
  EXPECT_EQ(WrongDecoding("moon_reached", both), "");
  EXPECT_EQ(WrongDecoding("assignment_published", ""), "");
  // A size of nothing, written longer than Protobuf takes.
  const std::string long_size("\xD2\x02\x80\x80\x80\x80\x80\x80\x80\x00", 10);
  EXPECT_EQ(WrongDecoding("professional_listed", long_size), "");
}

TEST(Decode, TakesFieldsOfALaterVersion) {
  Body body;
  auto& published = *body.mutable_assignment_published();
  published.set_title("titel");
  auto* unknown = published.GetReflection()->MutableUnknownFields(&published);
  unknown->AddVarint(7'000, 1);
  unknown->AddFixed32(7'001, 1);
  unknown->AddFixed64(7'002, 1);
  unknown->AddLengthDelimited(7'003, "\xFF");
  EXPECT_EQ(WrongDecoding("assignment_published", body.SerializeAsString()), "");
  unknown->AddGroup(7'004)->AddVarint(1, 1);
  EXPECT_EQ(WrongDecoding("assignment_published", body.SerializeAsString()), "");
}

// What most events take: without making a message.
TEST(MessageShape, FitsWhatEverybodyWrites) {
  const MessageShape shape(*Body::descriptor());
  Filler filler(2);
  for (int i = 0; i < Body::descriptor()->field_count(); ++i) {
    const auto* kind = Body::descriptor()->field(i);
    for (int round = 0; round < 20; ++round) {
      Body body;
      ASSERT_TRUE(body.ParseFromString(filler.EventOf(*kind)));
      EXPECT_TRUE(shape.Fits(body.SerializeAsString())) << kind->name();
    }
  }
}

TEST(MessageShape, DoesNotFitWhatIsNoMessageOfTheType) {
  const MessageShape shape(*poolcirkel::event::v1::AssignmentPublished::descriptor());
  EXPECT_TRUE(shape.Fits(""));
  EXPECT_TRUE(shape.Fits("\x0A\x02\xC3\xAB"));
  EXPECT_FALSE(shape.Fits("\x0A\x02\xC3\x28")) << "not UTF-8";
  EXPECT_FALSE(shape.Fits("\x0A\x03\xC3\xAB")) << "cut off";
  EXPECT_FALSE(shape.Fits("\x08\x01")) << "a number for the title";
  EXPECT_FALSE(shape.Fits(std::string(2, '\0'))) << "field 0";
  EXPECT_FALSE(shape.Fits("\x0B\x0C")) << "a group";
  EXPECT_FALSE(shape.Fits("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")) << "too long";
  EXPECT_FALSE(shape.Fits("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")) << "no number";
}

}  // namespace
}  // namespace projections::engine
