#include "services/queries/queries.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/log/event_log.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::queries {
namespace {

namespace v1 = poolcirkel::api::v1;
using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using tests::testing::Viewer;
using tests::testing::members::Member;
using tests::testing::members::World;

constexpr char kCircle[] = "randstad";

template <typename Request>
Request Ask(const std::string& circle = kCircle) {
  Request request;
  request.mutable_header()->set_circle(circle);
  return request;
}

// Four members; the first one coordinates.
class QueriesTest : public testing::Test {
 protected:
  QueriesTest() {
    for (const char* name : {"flex", "rotterdam", "zuid-holland", "amsterdam"}) {
      members_.push_back(&world_.Add(name));
    }
    world_.Found(kCircle, members_, tests::testing::members::SampleRules());
    world_.Settle();
    for (Member* member : members_) {
      viewers_.push_back(std::make_unique<Viewer>(*member, world_.clock));
      viewers_.back()->views.CatchUp();
    }
  }

  Member& flex() { return *members_[0]; }
  Member& rotterdam() { return *members_[1]; }
  Member& zuid_holland() { return *members_[2]; }
  Member& amsterdam() { return *members_[3]; }

  void Settle() {
    world_.Settle();
    for (auto& viewer : viewers_) viewer->views.CatchUp();
  }

  // The same answer at every member, apart from what only some may read.
  template <typename Response, typename Request>
  std::vector<Response> All(absl::StatusOr<Response> (Queries::*query)(const Request&, absl::Time),
                            const Request& request) {
    std::vector<Response> responses;
    for (auto& viewer : viewers_) {
      auto response = (viewer->queries.get()->*query)(request, world_.clock.Now());
      EXPECT_TRUE(response.ok()) << response.status();
      responses.push_back(response.ok() ? *std::move(response) : Response());
    }
    return responses;
  }

  // Up to an acceptance; answers the exchange's id.
  std::string Agree(const std::string& pseudonym = "Reiger") {
    assignment_ = *tests::testing::members::Publish(rotterdam(), kCircle);
    professional_ = *tests::testing::members::Register(zuid_holland(), kCircle, pseudonym);
    Settle();
    const std::string exchange =
        *tests::testing::members::Propose(zuid_holland(), kCircle, assignment_, professional_);
    Settle();
    EXPECT_TRUE(tests::testing::members::Select(rotterdam(), kCircle, exchange).ok());
    Settle();
    EXPECT_TRUE(tests::testing::members::Confirm(zuid_holland(), kCircle, exchange).ok());
    Settle();
    EXPECT_TRUE(tests::testing::members::Accept(rotterdam(), kCircle, exchange).ok());
    return exchange;
  }

  v1::SearchProfessionalsRequest Search() {
    auto request = Ask<v1::SearchProfessionalsRequest>();
    request.set_role("Interim-Manager");
    request.set_level(poolcirkel::event::v1::LEVEL_TACTICAL);
    request.set_minimum_minutes_per_week(24 * 60);
    request.set_start_date("2026-12-09");
    request.set_end_date("2026-12-24");
    *request.mutable_near() = tests::testing::members::SampleAssignment().location();
    request.set_maximum_distance_kilometres(30);
    return request;
  }

  World world_;
  std::vector<Member*> members_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::string assignment_;
  std::string professional_;
};

TEST_F(QueriesTest, AnAssignmentShowsUpAtEveryMember) {
  const auto id = tests::testing::members::Publish(rotterdam(), kCircle, 2);
  ASSERT_TRUE(id.ok()) << id.status();
  Settle();
  for (const auto& answer : All(&Queries::ListAssignments, Ask<v1::ListAssignmentsRequest>())) {
    ASSERT_EQ(answer.assignments_size(), 1);
    const auto& row = answer.assignments(0);
    EXPECT_EQ(row.assignment_id(), *id);
    EXPECT_EQ(row.host().short_name(), "rotterdam");
    EXPECT_EQ(row.status(), v1::ASSIGNMENT_STATUS_OPEN);
    EXPECT_EQ(row.seats_free(), 2);
    EXPECT_EQ(row.revision(), 1u);
    EXPECT_EQ(answer.footer().cursor().positions_size(), 4);
  }
  auto others = Ask<v1::ListAssignmentsRequest>();
  others.set_member("amsterdam");
  for (const auto& answer : All(&Queries::ListAssignments, others)) {
    EXPECT_EQ(answer.assignments_size(), 0);
  }
}

TEST_F(QueriesTest, AnExchangeBecomesEffectiveAndItsTermsStayBetweenTheParties) {
  const std::string exchange = Agree();
  world_.Replicate();
  for (auto& viewer : viewers_) viewer->views.CatchUp();
  for (const auto& answer : All(&Queries::ListExchanges, Ask<v1::ListExchangesRequest>())) {
    ASSERT_EQ(answer.exchanges_size(), 1);
    EXPECT_EQ(answer.exchanges(0).status(), v1::EXCHANGE_STATUS_ACCEPTED);
    EXPECT_NE(answer.exchanges(0).waiting_for().find("nodig: 2"), std::string::npos);
  }
  Settle();
  const auto answers = All(&Queries::ListExchanges, Ask<v1::ListExchangesRequest>());
  for (size_t i = 0; i < answers.size(); ++i) {
    ASSERT_EQ(answers[i].exchanges_size(), 1);
    const auto& row = answers[i].exchanges(0);
    EXPECT_EQ(row.exchange_id(), exchange);
    EXPECT_EQ(row.status(), v1::EXCHANGE_STATUS_EFFECTIVE);
    EXPECT_EQ(row.waiting_for(), "");
    EXPECT_EQ(row.lender().short_name(), "zuid-holland");
    EXPECT_EQ(row.host().short_name(), "rotterdam");
    EXPECT_GE(row.cosignatures(), 2);
    EXPECT_EQ(row.cosignatures_needed(), 2);
    EXPECT_EQ(row.pseudonym(), "Reiger");
    EXPECT_EQ(row.attestations_size(), 1);
    const bool is_party_or_coordinator = members_[i] != &amsterdam();
    EXPECT_EQ(row.terms_readable(), is_party_or_coordinator);
    EXPECT_EQ(row.total_minutes(), is_party_or_coordinator ? 3 * 1'440 : 0);
  }
  auto filled = Ask<v1::ListAssignmentsRequest>();
  filled.set_assignment_id(assignment_);
  for (const auto& answer : All(&Queries::ListAssignments, filled)) {
    ASSERT_EQ(answer.assignments_size(), 1);
    EXPECT_EQ(answer.assignments(0).status(), v1::ASSIGNMENT_STATUS_FILLED);
    EXPECT_EQ(answer.assignments(0).seats_filled(), 1);
  }
}

TEST_F(QueriesTest, TheSearchOffersFreeHoursUntilTheyAreReserved) {
  // The index of every viewer is filled before and follows what changes.
  for (const auto& answer : All(&Queries::SearchProfessionals, Search())) {
    EXPECT_EQ(answer.hits_size(), 0);
  }
  professional_ = *tests::testing::members::Register(zuid_holland(), kCircle, "Reiger");
  Settle();
  for (const auto& answer : All(&Queries::SearchProfessionals, Search())) {
    ASSERT_EQ(answer.hits_size(), 1);
    const auto& hit = answer.hits(0);
    EXPECT_EQ(hit.professional_id(), professional_);
    EXPECT_EQ(hit.home().short_name(), "zuid-holland");
    EXPECT_EQ(hit.profile().pseudonym(), "Reiger");
    EXPECT_EQ(hit.least_free_minutes(), 1'440);
    EXPECT_EQ(hit.distance_kilometres(), 21);
    EXPECT_EQ(hit.reasons_size(), 4);
    EXPECT_EQ(answer.total(), 1);
    EXPECT_EQ(answer.unreadable(), 0);
  }
  Agree("Grutto");
  Settle();
  for (const auto& answer : All(&Queries::SearchProfessionals, Search())) {
    ASSERT_EQ(answer.hits_size(), 1) << "the hours of the second one are reserved";
    EXPECT_EQ(answer.hits(0).profile().pseudonym(), "Reiger");
  }
}

TEST_F(QueriesTest, TheSearchHoldsEveryCriterion) {
  professional_ = *tests::testing::members::Register(zuid_holland(), kCircle, "Reiger");
  Settle();
  const auto hits = [&](const v1::SearchProfessionalsRequest& request) {
    const auto answer = viewers_[1]->queries->SearchProfessionals(request, world_.clock.Now());
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? answer->total() : -1;
  };
  EXPECT_EQ(hits(Search()), 1);
  auto request = Search();
  request.set_end_date("2026-12-28");  // a Monday: week 53 was not stated
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.set_minimum_minutes_per_week(24 * 60 + 1);
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.set_maximum_distance_kilometres(20);
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.set_role("adviseur");
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.set_level(poolcirkel::event::v1::LEVEL_STRATEGIC);
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.add_skills("Timmeren");
  EXPECT_EQ(hits(request), 0);
  request = Search();
  request.set_others_only(true);
  EXPECT_EQ(hits(request), 1);
  const auto own = viewers_[2]->queries->SearchProfessionals(request, world_.clock.Now());
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->total(), 0);
  EXPECT_EQ(hits(Ask<v1::SearchProfessionalsRequest>()), 1);
}

TEST_F(QueriesTest, TheSearchTakesItsCriteriaFromAnAssignment) {
  Agree();
  Settle();
  professional_ = *tests::testing::members::Register(amsterdam(), kCircle, "Kievit");
  Settle();
  auto request = Ask<v1::SearchProfessionalsRequest>();
  request.set_assignment_id(assignment_);
  for (const auto& answer : All(&Queries::SearchProfessionals, request)) {
    ASSERT_EQ(answer.hits_size(), 1);
    EXPECT_EQ(answer.hits(0).profile().pseudonym(), "Kievit");
  }
  request.set_assignment_id("0190a6e4-3f1c-7abc-8def-0123456789ab");
  const auto unknown = viewers_[0]->queries->SearchProfessionals(request, world_.clock.Now());
  EXPECT_EQ(eventstore::base::DetailsOf(unknown.status()).reason, "ASSIGNMENT_UNKNOWN");
}

TEST_F(QueriesTest, BadRequestsNameTheField) {
  const auto field = [&](const v1::SearchProfessionalsRequest& request) {
    const auto answer = viewers_[0]->queries->SearchProfessionals(request, world_.clock.Now());
    const auto details = eventstore::base::DetailsOf(answer.status());
    return details.field_violations.empty() ? "" : details.field_violations.front().first;
  };
  auto request = Search();
  request.set_end_date("2026-02-30");
  EXPECT_EQ(field(request), "end_date");
  request = Search();
  request.set_end_date("2026-12-01");
  EXPECT_EQ(field(request), "end_date");
  request = Search();
  request.clear_start_date();
  EXPECT_EQ(field(request), "start_date");
  request = Search();
  request.set_limit(501);
  EXPECT_EQ(field(request), "limit");
  request = Search();
  request.set_minimum_minutes_per_week(-1);
  EXPECT_EQ(field(request), "minimum_minutes_per_week");
  request = Search();
  request.clear_near();
  EXPECT_EQ(field(request), "near");
  auto elsewhere = Ask<v1::ListExchangesRequest>("nergens");
  const auto answer = viewers_[0]->queries->ListExchanges(elsewhere, world_.clock.Now());
  EXPECT_EQ(eventstore::base::DetailsOf(answer.status()).reason, "CIRCLE_UNKNOWN");
}

TEST_F(QueriesTest, OwnProfessionalsShowTheLedger) {
  const std::string exchange = Agree();
  Settle();
  const auto answers = All(&Queries::ListOwnProfessionals, Ask<v1::ListOwnProfessionalsRequest>());
  EXPECT_EQ(answers[1].professionals_size(), 0);
  ASSERT_EQ(answers[2].professionals_size(), 1);
  const auto& row = answers[2].professionals(0);
  EXPECT_EQ(row.professional_id(), professional_);
  EXPECT_EQ(row.identity().name(), "Persoon achter Reiger");
  ASSERT_EQ(row.weeks_size(), 3);
  EXPECT_EQ(row.weeks(0).capacity_minutes(), 1'440);
  EXPECT_EQ(row.weeks(0).reserved_minutes(), 1'440);
  ASSERT_EQ(row.weeks(0).exchange_ids_size(), 1);
  EXPECT_EQ(row.weeks(0).exchange_ids(0), exchange);
}

TEST_F(QueriesTest, SessionsShowAnswersAndKeepNamesAtHome) {
  auto announce = v1::AnnounceSessionRequest();
  announce.mutable_header()->set_circle(kCircle);
  auto& session = *announce.mutable_session();
  session.set_kind(poolcirkel::event::v1::SESSION_KIND_TALK);
  session.set_title("Leren van mislukte projecten");
  session.set_date("2026-12-03");
  session.set_start_time("12:00");
  session.set_duration_minutes(60);
  session.set_place("Amsterdam");
  session.set_places(1);
  const auto& actor = tests::testing::members::Coordinator();
  const auto announced =
      amsterdam().node.sessions->Announce(announce, actor, absl::InfiniteFuture());
  ASSERT_TRUE(announced.ok()) << announced.status();
  Settle();
  for (Member* member : {&rotterdam(), &flex()}) {
    world_.clock.Advance(absl::Seconds(1));
    v1::SignUpRequest sign_up;
    sign_up.mutable_header()->set_circle(kCircle);
    sign_up.set_session_id(announced->receipt().id());
    sign_up.set_participant("Iemand van " + member->name());
    ASSERT_TRUE(member->node.sessions->SignUp(sign_up, actor, absl::InfiniteFuture()).ok());
    Settle();
  }
  const auto answers = All(&Queries::ListSessions, Ask<v1::ListSessionsRequest>());
  for (const auto& answer : answers) {
    ASSERT_EQ(answer.sessions_size(), 1);
    const auto& row = answer.sessions(0);
    EXPECT_EQ(row.host().short_name(), "amsterdam");
    EXPECT_EQ(row.places_taken(), 1);
    ASSERT_EQ(row.sign_ups_size(), 2);
    EXPECT_EQ(row.sign_ups(0).answer(), poolcirkel::event::v1::SignUpAnswered::ANSWER_PLACE);
    EXPECT_EQ(row.sign_ups(1).answer(), poolcirkel::event::v1::SignUpAnswered::ANSWER_WAITING_LIST);
  }
  EXPECT_EQ(answers[1].sessions(0).sign_ups(0).participant(), "Iemand van rotterdam");
  EXPECT_EQ(answers[1].sessions(0).sign_ups(1).participant(), "");
  world_.clock.Advance(absl::Hours(24 * 30));
  for (const auto& answer : All(&Queries::ListSessions, Ask<v1::ListSessionsRequest>())) {
    EXPECT_EQ(answer.sessions_size(), 0) << "it is past";
  }
}

TEST_F(QueriesTest, WaitsForTheAskedCursorAndSaysSoWhenItIsLate) {
  const auto id = tests::testing::members::Publish(rotterdam(), kCircle);
  ASSERT_TRUE(id.ok());
  auto request = Ask<v1::ListAssignmentsRequest>();
  *request.mutable_header()->mutable_at_least() =
      eventstore::log::ToProto(rotterdam().node.log->Heads());
  viewers_[1]->views.CatchUp();
  EXPECT_TRUE(viewers_[1]->queries->ListAssignments(request, world_.clock.Now()).ok());
  const auto late = viewers_[3]->queries->ListAssignments(request, world_.clock.Now());
  EXPECT_EQ(eventstore::base::DetailsOf(late.status()).reason, "VIEW_BEHIND");
}

TEST_F(QueriesTest, NothingLeaksFromOneCircleToAnother) {
  world_.Found("rijk", {&flex(), &rotterdam(), &zuid_holland()},
               tests::testing::members::SampleRules());
  ASSERT_TRUE(tests::testing::members::Publish(rotterdam(), "rijk").ok());
  Settle();
  for (const auto& answer : All(&Queries::ListAssignments, Ask<v1::ListAssignmentsRequest>())) {
    EXPECT_EQ(answer.assignments_size(), 0);
    EXPECT_EQ(answer.footer().cursor().positions_size(), 4);
  }
  const auto outsider = viewers_[3]->queries->ListAssignments(
      Ask<v1::ListAssignmentsRequest>("rijk"), world_.clock.Now());
  EXPECT_EQ(eventstore::base::DetailsOf(outsider.status()).reason, "CIRCLE_UNKNOWN");
}

// The views of the whole story, whatever the order in which feeds arrive and whenever
// the node falls over.
TEST_F(QueriesTest, AnyOrderOfArrivalGivesTheSameViewsAndAnswers) {
  Agree();
  Settle();
  const auto& source = *amsterdam().node.log;
  const auto circle = amsterdam().Circle(kCircle)->id;
  const auto expected =
      viewers_[3]->queries->ListExchanges(Ask<v1::ListExchangesRequest>(), world_.clock.Now());
  ASSERT_TRUE(expected.ok());
  for (uint64_t seed = 0; seed < 6; ++seed) {
    std::mt19937_64 random(seed);
    const auto environment = eventstore::storage::Environment::InMemory();
    EventLog::Options options;
    options.directory = "/log";
    options.clock = &world_.clock;
    options.log_key = &flex().log_key();
    options.environment = environment.get();
    const auto log = EventLog::Open(options);
    ASSERT_TRUE(log.ok()) << log.status();
    tests::testing::Views views(**log, world_.clock);
    std::vector<FeedId> behind;
    do {
      behind.clear();
      for (const FeedId& feed : source.Feeds()) {
        const bool here = feed.circle == circle && (*log)->Size(feed) < source.Size(feed);
        if (here) behind.push_back(feed);
      }
      if (behind.empty()) break;
      const FeedId feed = behind[random() % behind.size()];
      const Sequence first((*log)->Size(feed));
      const auto events = source.ReadFeed(feed, first, 1 + random() % 4);
      ASSERT_TRUE(events.ok());
      std::vector<std::string> records;
      for (const auto& event : *events) records.push_back(event.bytes);
      const auto root = source.RootAt(feed, first.value() + records.size());
      ASSERT_TRUE((*log)->StoreVerified(feed, first, records, *root).ok());
      if (random() % 2 == 0) views.Step();
      if (random() % 5 == 0) views.Reopen();
    } while (!behind.empty());
    views.CatchUp();
    for (const auto& view : AllViews()) {
      const auto digest = views.engine().Digest(view->name(), circle);
      const auto same = viewers_[3]->views.engine().Digest(view->name(), circle);
      ASSERT_TRUE(digest.ok() && same.ok());
      EXPECT_EQ(*digest, *same) << view->name() << ", seed " << seed;
    }
    Queries::Options over;
    over.log = log->get();
    over.engine = &views.engine();
    over.keys = amsterdam().node.keys.get();
    over.circles = amsterdam().node.circles.get();
    over.clock = &world_.clock;
    const auto answer =
        Queries::Create(over)->ListExchanges(Ask<v1::ListExchangesRequest>(), world_.clock.Now());
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->SerializeAsString(), expected->SerializeAsString());
  }
}

}  // namespace
}  // namespace services::queries
