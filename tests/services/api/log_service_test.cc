#include "services/api/log_service.h"

#include <algorithm>

#include "eventstore/base/errors.h"
#include "tests/services/api/api_fixture.h"
#include "tests/testing/members/story.h"

namespace services::api {
namespace {

namespace v1 = ::poolcirkel::api::v1;
using access::Role;

class LogServiceTest : public ApiTest {
 protected:
  std::vector<v1::LogEvent> Read(const v1::ReadLogRequest& request) {
    const auto answers = CallAll(With(admin_), &v1::LogService::Stub::Read, request);
    EXPECT_TRUE(answers.ok()) << answers.status();
    std::vector<v1::LogEvent> events;
    if (!answers.ok()) return events;
    for (const auto& answer : *answers) events.push_back(answer.event());
    return events;
  }
  static v1::ReadLogRequest Of(const std::string& circle, const std::string& member = "") {
    v1::ReadLogRequest request;
    request.set_circle(circle);
    request.set_member(member);
    request.set_limit(1000);
    return request;
  }
  static std::vector<uint64_t> SequencesOf(const std::vector<v1::LogEvent>& events) {
    std::vector<uint64_t> sequences;
    for (const auto& event : events) sequences.push_back(event.sequence());
    return sequences;
  }

  const std::string admin_ = Token(Role::kAdmin);
};

TEST_F(LogServiceTest, NobodyLearnsFromTheLogWhoAProfessionalIs) {
  ASSERT_TRUE(tests::testing::members::Register(member_, kRandstad, "Reiger").ok());
  const auto private_feed = Read(Of(""));
  int registered = 0;
  for (const auto& event : private_feed) {
    if (event.type() != "professional_registered") continue;
    ++registered;
    EXPECT_FALSE(event.has_event()) << event.event().ShortDebugString();
    EXPECT_FALSE(event.record().empty());
  }
  EXPECT_EQ(registered, 1);
  // Other events of the private feed are opened: it is not the key that is missing.
  EXPECT_TRUE(std::any_of(private_feed.begin(), private_feed.end(),
                          [](const auto& event) { return event.has_event(); }));
  for (const auto& request : {Of(""), Of(kRandstad), Of(kRijk)}) {
    for (const auto& event : Read(request)) {
      for (const char* secret :
           {"Persoon achter Reiger", "persoon@example.org", "+31 10 1234567"}) {
        EXPECT_EQ(event.SerializeAsString().find(secret), std::string::npos) << event.type();
      }
    }
  }
}

TEST_F(LogServiceTest, TellsWhoDidItOnlyOfTheOwnFeed) {
  ASSERT_TRUE(tests::testing::members::Publish(member_, kRandstad).ok());
  ASSERT_TRUE(tests::testing::members::Publish(other_, kRandstad).ok());
  world_.Settle();
  const auto own = Read(Of(kRandstad));
  ASSERT_EQ(own.back().type(), "assignment_published");
  EXPECT_EQ(own.back().actor().user(), "coordinator");
  EXPECT_EQ(own.back().member(), "rotterdam");
  const auto others = Read(Of(kRandstad, "zuid-holland"));
  ASSERT_EQ(others.back().type(), "assignment_published");
  EXPECT_FALSE(others.back().has_actor());
  EXPECT_EQ(others.back().event().assignment_published().title(),
            "Interim-manager dienstverlening");
}

TEST_F(LogServiceTest, ReadsForwardsAndBackwardsInPieces) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(tests::testing::members::Publish(member_, kRandstad).ok());
  }
  const auto all = SequencesOf(Read(Of(kRandstad)));
  ASSERT_GE(all.size(), 5u);
  v1::ReadLogRequest request = Of(kRandstad);
  request.set_from(1);
  request.set_limit(3);
  EXPECT_EQ(SequencesOf(Read(request)), (std::vector<uint64_t>{1, 2, 3}));
  request.set_from(2);
  request.set_limit(100);
  request.set_backwards(true);
  EXPECT_EQ(SequencesOf(Read(request)), (std::vector<uint64_t>{2, 1, 0}));
  request.set_backwards(false);
  request.set_from(all.size());
  EXPECT_TRUE(Read(request).empty());
}

TEST_F(LogServiceTest, ReadsMoreThanOneReadOfTheLog) {
  // A feed is read 256 events at a time.
  constexpr uint64_t kEvents = 300;
  for (uint64_t i = 0; i < kEvents; ++i) {
    ASSERT_TRUE(tests::testing::members::Publish(member_, kRandstad).ok());
  }
  const auto forwards = SequencesOf(Read(Of(kRandstad)));
  ASSERT_GT(forwards.size(), kEvents);
  for (uint64_t i = 0; i < forwards.size(); ++i) ASSERT_EQ(forwards[i], i);
  v1::ReadLogRequest request = Of(kRandstad);
  request.set_backwards(true);
  request.set_from(forwards.back());
  auto backwards = SequencesOf(Read(request));
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(backwards, forwards);
}

TEST_F(LogServiceTest, HeadsNameEveryMembersFeed) {
  v1::LogHeadsRequest request;
  request.set_circle(kRandstad);
  const auto heads = Call(With(admin_), &v1::LogService::Stub::Heads, request);
  ASSERT_TRUE(heads.ok()) << heads.status();
  ASSERT_EQ(heads->heads_size(), 2);
  for (const auto& head : heads->heads()) {
    auto& log = *(head.member() == "rotterdam" ? member_ : other_).node.log;
    const auto feed = eventstore::log::FromProto(head.feed());
    ASSERT_TRUE(feed.ok()) << feed.status();
    EXPECT_EQ(head.size(), log.Size(*feed));
    // Notes of others come over the network, which is not here.
    if (head.member() != "rotterdam") continue;
    EXPECT_EQ(head.root(), log.RootAt(*feed, head.size())->bytes());
    EXPECT_FALSE(head.checkpoint_note().empty());
  }
}

}  // namespace
}  // namespace services::api
