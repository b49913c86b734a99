// Who has erased whom, and what is left of it in the other answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/privacy_service.pb.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::queries {
namespace {

namespace v1 = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;
using tests::testing::Viewer;
using tests::testing::members::Coordinator;
using tests::testing::members::Member;
using tests::testing::members::World;

constexpr char kCircle[] = "randstad";
const absl::Time kNoDeadline = absl::InfiniteFuture();

template <typename Request>
Request Ask() {
  Request request;
  request.mutable_header()->set_circle(kCircle);
  return request;
}

class ErasuresTest : public testing::Test {
 protected:
  ErasuresTest() {
    world_.Found(kCircle, {&home_, &host_}, tests::testing::members::SampleRules());
    world_.Settle();
    professional_ = *tests::testing::members::Register(home_, kCircle, "reiger");
    Settle();
  }
  void Settle() {
    world_.Settle();
    viewer_.views.CatchUp();
  }
  void Erase() {
    auto request = Ask<v1::EraseRequest>();
    request.set_professional_id(professional_);
    request.set_ground(event::ERASURE_GROUND_RETENTION);
    const auto erased = home_.node.erasures->Erase(request, Coordinator(), kNoDeadline);
    ASSERT_TRUE(erased.ok()) << erased.status();
  }
  v1::PrivacyStatusResponse Status(const std::string& professional = "") {
    auto request = Ask<v1::PrivacyStatusRequest>();
    request.set_professional_id(professional);
    const auto status = viewer_.queries->PrivacyStatus(request, kNoDeadline);
    EXPECT_TRUE(status.ok()) << status.status();
    return status.value_or(v1::PrivacyStatusResponse());
  }
  v1::SearchProfessionalsResponse Search() {
    return *viewer_.queries->SearchProfessionals(Ask<v1::SearchProfessionalsRequest>(),
                                                 kNoDeadline);
  }

  World world_;
  Member& home_ = world_.Add("amsterdam");
  Member& host_ = world_.Add("rotterdam");
  Viewer viewer_{host_, world_.clock};
  std::string professional_;
};

TEST_F(ErasuresTest, TellsWhoHasAndWhoHasNot) {
  EXPECT_EQ(Status().erasures_size(), 0);
  Erase();
  // The order is here; nobody has said anything yet.
  world_.Replicate();
  viewer_.views.CatchUp();
  const auto ordered = Status();
  ASSERT_EQ(ordered.erasures_size(), 1);
  EXPECT_EQ(ordered.erasures(0).professional_id(), professional_);
  EXPECT_EQ(ordered.erasures(0).home().short_name(), "amsterdam");
  EXPECT_EQ(ordered.erasures(0).ground(), event::ERASURE_GROUND_RETENTION);
  ASSERT_EQ(ordered.erasures(0).members_size(), 2);
  for (const auto& member : ordered.erasures(0).members()) EXPECT_FALSE(member.destroyed());
  Settle();
  const auto done = Status(professional_);
  ASSERT_EQ(done.erasures_size(), 1);
  for (const auto& member : done.erasures(0).members()) {
    EXPECT_TRUE(member.destroyed()) << member.member().short_name();
    EXPECT_EQ(member.last_backup_expires_on(), "2026-12-20");
    EXPECT_EQ(absl::FromUnixMicros(member.destroyed_online_at_microseconds()), world_.clock.Now());
  }
  EXPECT_EQ(Status("01890000-0000-7000-8000-000000000000").erasures_size(), 0);
  auto wrong = Ask<v1::PrivacyStatusRequest>();
  wrong.set_professional_id("reiger");
  EXPECT_EQ(viewer_.queries->PrivacyStatus(wrong, kNoDeadline).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ErasuresTest, TheSearchForgetsWhatItHadOpened) {
  ASSERT_EQ(Search().hits_size(), 1);
  viewer_.queries->ForgetOpened();
  EXPECT_EQ(Search().hits_size(), 1) << "opened anew, as long as the key is here";
  Erase();
  Settle();
  EXPECT_EQ(Search().hits_size(), 0);
  EXPECT_EQ(Search().unreadable(), 0);
  viewer_.queries->ForgetOpened();
  EXPECT_EQ(Search().hits_size(), 0);
}

// Another member writes an order for a professional that is not its own.
TEST_F(ErasuresTest, AnOrderOfSomebodyElseIsNotShown) {
  const auto& parts = host_.node.dependencies;
  services::commands::CommandRequest request;
  request.request = parts.ids->New<eventstore::log::RequestId>();
  request.actor = Coordinator();
  const auto circle = host_.Circle(kCircle);
  const auto id = *eventstore::base::ParseUuid<eventstore::log::StreamId>(professional_);
  const auto forged = parts.runner->Run(request, [&](auto&) {
    services::domain::Decision decision;
    services::domain::NewEvent order;
    order.circle = circle->id;
    order.stream = id;
    order.event.mutable_erasure_ordered()->set_ground(event::ERASURE_GROUND_REQUEST);
    decision.events.push_back(order);
    return absl::StatusOr<services::domain::Decision>(decision);
  });
  ASSERT_TRUE(forged.ok()) << forged.status();
  Settle();
  EXPECT_EQ(Status().erasures_size(), 0);
  EXPECT_EQ(Search().hits_size(), 1) << "nobody obeyed it";
}

}  // namespace
}  // namespace services::queries
