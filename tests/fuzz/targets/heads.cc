#include "eventstore/replication/synchronizer.h"
#include "google/protobuf/stubs/logging.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/reader.h"
#include "tests/fuzz/targets/targets.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {
namespace {

namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;
namespace replication = ::eventstore::replication;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'100);
constexpr size_t kSelf = 1;
constexpr size_t kTeller = 2;

// A node of the second member that holds the first `size` records of the story.
replication::Synchronizer::Holdings HoldingsOf(uint64_t size) {
  replication::Synchronizer::Holdings holdings;
  holdings.size = [size](const log::FeedId& feed) {
    return feed == TheCircle().story.feed() ? size : 0;
  };
  holdings.root_at = [](const log::FeedId& feed,
                        uint64_t at) -> absl::StatusOr<eventstore::crypto::Digest> {
    if (feed == TheCircle().story.feed()) return TheCircle().story.Root(at);
    return merkle::EmptyRoot();
  };
  holdings.note = [size](const log::FeedId& feed) -> absl::StatusOr<std::string> {
    if (feed == TheCircle().story.feed() && size > 0) return TheCircle().story.Note(size);
    return absl::NotFoundError("");
  };
  holdings.cosigned = [](const log::FeedId&) { return std::map<log::MemberId, uint64_t>(); };
  holdings.is_locked = [](const log::FeedId&) { return false; };
  return holdings;
}

// A text that the writer of the story signed.
void ExpectSigned(const std::string& text) {
  const auto head = replication::VerifyHead(TheCircle().story.feed(),
                                            TheCircle().people[0].key.public_key(), text);
  Expect(head.ok(), "a head that its writer did not sign was believed");
}

}  // namespace

// Heads as another member tells them. Input: how much of the feed is held, and a
// WatchHeadsResponse. What is to be kept or fetched was signed by its writer, and a feed is
// frozen only with two heads that cannot both be true.
void Heads(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const KnownCircle& circle = TheCircle();
  Reader reader(input);
  const uint64_t size = reader.Byte() % (circle.story.size() + 1);
  poolcirkel::peer::v1::WatchHeadsResponse told;
  if (!told.ParseFromString(std::string(reader.rest()))) return;
  testing::SeededEntropy entropy(1);
  replication::Synchronizer synchronizer({}, HoldingsOf(size), entropy,
                                         replication::MembershipOf(circle.people, kSelf));
  const log::MemberId teller = circle.people[kTeller].id;
  synchronizer.OnPeerUp(teller, kNow);
  if (told.has_heard()) synchronizer.OnHeard(teller, told.heard());
  const auto actions =
      synchronizer.OnHeads(teller, {told.heads().begin(), told.heads().end()}, kNow);
  for (const auto& action : actions) {
    if (const auto* fetch = std::get_if<replication::StartFetch>(&action)) {
      Expect(fetch->peer == teller && fetch->feed.circle == circle.story.feed().circle,
             "only what was told is asked for");
    } else if (const auto* checkpoint = std::get_if<replication::KeepCheckpoint>(&action)) {
      Expect(checkpoint->feed == circle.story.feed(), "only this feed has records");
      ExpectSigned(checkpoint->note);
    } else if (const auto* cosignature = std::get_if<replication::KeepCosignature>(&action)) {
      Expect(cosignature->feed == circle.story.feed(), "only this feed has records");
      ExpectSigned(cosignature->note);
      Expect(cosignature->witness == teller || cosignature->witness == circle.people[kSelf].id ||
                 cosignature->witness == circle.people[0].id,
             "a witness is a member");
    }
  }
  Expect(!synchronizer.OwnHead().contested, "this node signed nothing");
  for (const auto& status : synchronizer.Feeds(kNow)) {
    if (!status.evidence.has_value()) continue;
    Expect(status.feed == circle.story.feed(), "only this feed has two histories");
    ExpectSigned(status.evidence->held);
    ExpectSigned(status.evidence->contested);
    Expect(status.evidence->held != status.evidence->contested, "the evidence is two heads");
  }
}

}  // namespace tests::fuzz
