// Holds eventstore/FORMAT.md and the code together: the tables of the document are
// read and compared with the descriptors and with bytes made here.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/heads.h"
#include "eventstore/log/record.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/storage/keys.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/log/v1/options.pb.h"

namespace eventstore::log {
namespace {

using google::protobuf::FieldDescriptor;

// The cells of the table rows under a heading.
std::vector<std::vector<std::string>> TableUnder(const std::string& heading) {
  std::ifstream file("eventstore/FORMAT.md");
  EXPECT_TRUE(file.good()) << "run from the root of the repository";
  std::vector<std::vector<std::string>> rows;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("| ")) continue;
    std::vector<std::string> cells = absl::StrSplit(line.substr(2, line.size() - 4), " | ");
    for (std::string& cell : cells) absl::StripAsciiWhitespace(&cell);
    rows.push_back(std::move(cells));
  }
  // The head of the table and the line under it.
  if (rows.size() >= 2) rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

std::string AudienceOf(const FieldDescriptor& event) {
  switch (event.message_type()->options().GetExtension(poolcirkel::log::v1::audience)) {
    case poolcirkel::log::v1::AUDIENCE_PRIVATE:
      return "private";
    case poolcirkel::log::v1::AUDIENCE_CIRCLE:
      return "circle";
    default:
      return "unspecified";
  }
}

std::string SealedFieldsOf(const FieldDescriptor& event) {
  static const std::map<int, std::string> kClasses = {
      {poolcirkel::log::v1::KEY_CLASS_PERSON, "person"},
      {poolcirkel::log::v1::KEY_CLASS_EXCHANGE, "exchange"},
      {poolcirkel::log::v1::KEY_CLASS_MEMBER, "member"}};
  std::string text;
  for (int i = 0; i < event.message_type()->field_count(); ++i) {
    const FieldDescriptor& field = *event.message_type()->field(i);
    const auto key_class =
        kClasses.find(field.options().GetExtension(poolcirkel::log::v1::sealed_with));
    if (key_class == kClasses.end()) continue;
    const bool hidden = field.options().GetExtension(poolcirkel::log::v1::hide_key);
    const bool with_person = field.options().GetExtension(poolcirkel::log::v1::with_person);
    absl::StrAppend(&text, text.empty() ? "" : ", ", field.name(), ": ", key_class->second,
                    with_person ? " + person" : "", hidden ? " (hidden)" : "");
  }
  return text;
}

TEST(FormatTest, ListsEveryEventTypeWithItsAudienceAndSealedFields) {
  const auto* body = poolcirkel::event::v1::Event::descriptor()->FindOneofByName("body");
  std::map<std::string, std::vector<std::string>> listed;
  for (const auto& row : TableUnder("Event types")) listed[row.at(0)] = row;
  for (int i = 0; i < body->field_count(); ++i) {
    const FieldDescriptor& event = *body->field(i);
    const std::vector<std::string> expected = {event.name(), absl::StrCat(event.number()),
                                               AudienceOf(event), SealedFieldsOf(event)};
    EXPECT_EQ(listed[event.name()], expected)
        << "| " << event.name() << " | " << event.number() << " | " << AudienceOf(event) << " | "
        << SealedFieldsOf(event) << " |";
  }
  EXPECT_EQ(listed.size(), static_cast<size_t>(body->field_count()));
}

TEST(FormatTest, EventsWithSealedFieldsHaveAPlaceForThem) {
  const auto* body = poolcirkel::event::v1::Event::descriptor()->FindOneofByName("body");
  for (int i = 0; i < body->field_count(); ++i) {
    const FieldDescriptor& event = *body->field(i);
    const auto* sealed = event.message_type()->FindFieldByNumber(15);
    EXPECT_EQ(sealed != nullptr, !SealedFieldsOf(event).empty()) << event.name();
    if (sealed == nullptr) continue;
    EXPECT_EQ(sealed->name(), "sealed") << event.name();
  }
}

template <typename Id>
Id IdOf(char byte) {
  return *Id::FromBytes(std::string(Id::kSize, byte));
}

FeedId GoldenFeed() { return {IdOf<CircleId>(0x11), IdOf<MemberId>(0x22), Epoch(7)}; }

std::string GoldenRecord() {
  StoredEvent event;
  event.feed = GoldenFeed();
  event.id = IdOf<EventId>(0x33);
  event.type = "assignment_published";
  event.stream = IdOf<StreamId>(0x44);
  event.recorded_at = absl::FromUnixMicros(1'800'000'000'000'001);
  event.request = IdOf<RequestId>(0x55);
  event.request_digest = std::string(32, 0x66);
  event.payload = "payload";
  event.actor.set_field_number(9);
  event.actor.set_key_id(std::string(16, 0x22));
  event.actor.set_nonce(std::string(12, 0x77));
  event.actor.set_ciphertext(std::string(16, 0x08));
  event.actor.set_commitment(std::string(32, 0x09));
  return EncodeRecord(event);
}

std::string GoldenCheckpoint() {
  const auto key = crypto::PrivateKey::FromSeed(std::string(32, 0x01));
  merkle::Note note{
      merkle::FormatCheckpoint({Origin(GoldenFeed()), 1, merkle::LeafHash(GoldenRecord()), ""}),
      {}};
  merkle::SignNote(note, Origin(GoldenFeed()), *key);
  return merkle::FormatNote(note);
}

std::string DerivedKey() {
  std::string info = "poolcirkel.example/v1/field\n" + std::string(16, 0x33);
  storage::AppendUint32(info, 9);
  return crypto::HkdfSha256(std::string(32, 0x0A), info, 32);
}

std::string GoldenAgreement() {
  poolcirkel::event::v1::TermsToSign terms;
  terms.set_circle_id(std::string(32, 0x11));
  terms.set_exchange_id(std::string(16, 0x44));
  terms.set_selection(1);
  terms.set_terms_digest(std::string(32, 0x0B));
  terms.set_party(poolcirkel::event::v1::TermsToSign::PARTY_HOST);
  return "poolcirkel.example/v1/agreement\n" + terms.SerializeAsString();
}

std::map<std::string, std::string> GoldenBytes() {
  const std::string stream(16, 0x44);
  return {
      {"record", GoldenRecord()},
      {"leaf hash", merkle::LeafHash(GoldenRecord()).bytes()},
      {"origin line", Origin(GoldenFeed())},
      {"checkpoint", GoldenCheckpoint()},
      {"derived key", DerivedKey()},
      {"key with person",
       crypto::HkdfSha256(std::string(32, 0x0A) + std::string(32, 0x0C),
                          "poolcirkel.example/v1/with-person\n", 32)},
      {"commitment", crypto::Sha256({"poolcirkel.example/v1/commitment\n", DerivedKey()}).bytes()},
      {"ciphertext", crypto::AeadSeal(DerivedKey(), std::string(12, 0x77), "actor",
                                      stream + std::string(16, 0x33))},
      {"agreement", GoldenAgreement()},
      {"key of record", storage::RecordKey(2, 3)},
      {"key of stream", storage::StreamKey(2, stream, 3)},
      {"key of tile", storage::TileKey(2, 1, 3)},
      {"key of cosignature", storage::CosignatureKey(2, std::string(16, 0x22))},
      {"key of request", storage::RequestKey(std::string(16, 0x55))},
      {"head file value", EncodeHeads({{GoldenFeed(), {1, merkle::LeafHash(GoldenRecord())}}})},
  };
}

TEST(FormatTest, GoldenBytesStandAsTheyStood) {
  std::map<std::string, std::string> written;
  for (const auto& row : TableUnder("Golden bytes")) {
    const auto bytes = base::FromHex(row.at(1));
    ASSERT_TRUE(bytes.ok()) << row.at(0);
    written[row.at(0)] = *bytes;
  }
  for (const auto& [name, bytes] : GoldenBytes()) {
    EXPECT_EQ(base::ToHex(written[name]), base::ToHex(bytes))
        << "| " << name << " | " << base::ToHex(bytes) << " |";
  }
  EXPECT_EQ(written.size(), GoldenBytes().size());
}

TEST(FormatTest, TheGoldenRecordIsReadBack) {
  const auto event = DecodeRecord(GoldenFeed(), Sequence(0), GoldenRecord());
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->payload, "payload");
  EXPECT_EQ(absl::ToUnixMicros(event->recorded_at), 1'800'000'000'000'001);
}

}  // namespace
}  // namespace eventstore::log
