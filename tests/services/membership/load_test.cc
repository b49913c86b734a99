#include "services/membership/load.h"

#include "eventstore/base/entropy.h"
#include "eventstore/storage/environment.h"
#include "services/domain/circle/circle.h"
#include "tests/services/domain/circle_of_nodes.h"
#include "tests/testing/seams.h"

namespace tests::membership {
namespace {

namespace circle = services::domain::circle;
namespace log = eventstore::log;
using services::membership::Circles;
using tests::domain::CircleOfNodes;
using tests::domain::ReasonOf;

// Member 2's own log in memory, and charters of two circles.
class LoadTest : public ::testing::Test {
 protected:
  static constexpr int kSelf = 2;

  LoadTest() {
    log::EventLog::Options options;
    options.directory = "/member";
    options.clock = &clock_;
    options.log_key = &nodes_.Key(kSelf);
    options.environment = environment_.get();
    auto opened = log::EventLog::Open(options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    log_ = *std::move(opened);
    EXPECT_TRUE(log_->CreateFeed(private_feed_).ok());
  }

  std::string CharterOf(const std::string& short_name) {
    nodes_.charter().set_short_name(short_name);
    return *circle::EncodeCharter(nodes_.charter());
  }
  circle::SignedCharter Signed(const std::string& bytes, const std::vector<int>& members) {
    circle::SignedCharter charter;
    charter.set_charter(bytes);
    for (const int i : members) {
      *charter.add_signatures() =
          circle::SignCharter(CircleOfNodes::Member(i), nodes_.Key(i), bytes);
    }
    return charter;
  }
  log::FeedId FeedOf(const std::string& version_0) {
    return {circle::CircleIdOf(version_0), CircleOfNodes::Member(kSelf), log::Epoch(0)};
  }
  void Adopt(const log::FeedId& feed, const circle::SignedCharter& charter) {
    poolcirkel::event::v1::Event event;
    *event.mutable_charter_adopted()->mutable_charter() = charter;
    log::NewRecord record;
    record.feed = feed;
    record.stream = circle::StreamOf(feed.circle);
    record.id = ids_.New<log::EventId>();
    record.type = "charter_adopted";
    record.payload = event.SerializeAsString();
    record.actor.set_field_number(9);
    record.actor.set_key_id(std::string(16, 'k'));
    record.actor.set_nonce(std::string(12, 'n'));
    record.actor.set_ciphertext(std::string(40, 'c'));
    record.actor.set_commitment(std::string(32, 'm'));
    log::AppendRequest request;
    request.request = ids_.New<log::RequestId>();
    request.request_digest = std::string(32, 'd');
    request.records.push_back(record);
    const auto appended = log_->Append(std::move(request));
    EXPECT_TRUE(appended.ok()) << appended.status();
  }
  std::string Found(const std::string& short_name) {
    const std::string bytes = CharterOf(short_name);
    EXPECT_TRUE(log_->CreateFeed(FeedOf(bytes)).ok());
    Adopt(FeedOf(bytes), Signed(bytes, {0, 1, 2}));
    return bytes;
  }
  absl::StatusOr<std::unique_ptr<Circles>> Load() {
    return services::membership::Load(*log_, nodes_.Key(kSelf).public_key(), private_feed_);
  }

  CircleOfNodes nodes_{3};
  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{1};
  eventstore::base::IdGenerator ids_{clock_, entropy_};
  const log::FeedId private_feed_ = CircleOfNodes::PrivateFeed(kSelf);
  std::unique_ptr<eventstore::storage::Environment> environment_ =
      eventstore::storage::Environment::InMemory();
  std::unique_ptr<log::EventLog> log_;
};

TEST_F(LoadTest, KnowsNothingBeforeItIsFounded) {
  const auto circles = Load();
  ASSERT_TRUE(circles.ok()) << circles.status();
  EXPECT_TRUE((*circles)->All().empty());
  EXPECT_EQ((*circles)->PrivateFeed(), private_feed_);
  EXPECT_EQ(ReasonOf((*circles)->Resolve("randstad").status()), "CIRCLE_UNKNOWN");
}

TEST_F(LoadTest, FindsItsCirclesByNameAndId) {
  const std::string randstad = Found("randstad");
  const std::string rijk = Found("rijk");
  const auto circles = Load();
  ASSERT_TRUE(circles.ok()) << circles.status();
  EXPECT_EQ((*circles)->All().size(), 2u);
  const auto found = (*circles)->Resolve("rijk");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->id, circle::CircleIdOf(rijk));
  EXPECT_EQ((*found)->self, CircleOfNodes::Member(kSelf));
  EXPECT_EQ((*found)->OwnFeed(), FeedOf(rijk));
  EXPECT_EQ((*circles)->Resolve(eventstore::base::ToText(circle::CircleIdOf(randstad))).value(),
            (*circles)->Find(circle::CircleIdOf(randstad)));
  EXPECT_EQ((*circles)->Find(circle::CircleIdOf("geen")), nullptr);
}

TEST_F(LoadTest, NamesItsMembers) {
  Found("randstad");
  const auto circles = Load();
  ASSERT_TRUE(circles.ok()) << circles.status();
  const auto randstad = *(*circles)->Resolve("randstad");
  EXPECT_EQ(randstad->Members().size(), 3u);
  EXPECT_EQ(randstad->Coordinators(), std::vector<log::MemberId>{CircleOfNodes::Member(0)});
  EXPECT_EQ(*randstad->FindMember("lid-1"), CircleOfNodes::Member(1));
  EXPECT_EQ(*randstad->FindMember(eventstore::base::ToText(CircleOfNodes::Member(1))),
            CircleOfNodes::Member(1));
  const absl::Status unknown = randstad->FindMember("lid-9").status();
  EXPECT_EQ(ReasonOf(unknown), "MEMBER_UNKNOWN");
  EXPECT_NE(eventstore::base::DetailsOf(unknown).field_violations.at(0).second.find("lid-2"),
            std::string::npos);
}

TEST_F(LoadTest, TellsListenersOfANewVersion) {
  const std::string first = Found("randstad");
  const auto circles = Load();
  ASSERT_TRUE(circles.ok()) << circles.status();
  const auto before = *(*circles)->Resolve("randstad");
  int told = 0;
  auto handle = (*circles)->OnChange([&] {
    ++told;
    EXPECT_EQ((*circles)->All().front()->charter.version(), 1u);
  });
  EXPECT_NE(handle, nullptr);
  EXPECT_TRUE((*circles)->Refresh().ok());
  EXPECT_EQ(told, 0);
  circle::Charter next = *circle::ParseCharter(first);
  next.set_version(1);
  next.set_previous(circle::CharterDigest(first).bytes());
  next.set_name("Andere naam");
  Adopt(FeedOf(first), Signed(*circle::EncodeCharter(next), {0, 1}));
  EXPECT_TRUE((*circles)->Refresh().ok());
  EXPECT_EQ(told, 1);
  // What was handed out before stays as it was.
  EXPECT_EQ(before->charter.version(), 0u);
  handle.reset();
  Found("rijk");
  EXPECT_TRUE((*circles)->Refresh().ok());
  EXPECT_EQ(told, 1);
}

TEST_F(LoadTest, RefusesAChainThatDoesNotVerify) {
  const std::string bytes = CharterOf("randstad");
  ASSERT_TRUE(log_->CreateFeed(FeedOf(bytes)).ok());
  // A feed without a charter yet is no error: founding was cut off there.
  EXPECT_TRUE(Load().ok());
  Adopt(FeedOf(bytes), Signed(bytes, {0, 1}));
  EXPECT_EQ(Load().status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace tests::membership
