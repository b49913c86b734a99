#include "services/disclosure/disclosures.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::disclosure {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace peer = poolcirkel::peer::v1;
using namespace tests::testing::members;  // NOLINT: the test reads as a story

const absl::Time kNoDeadline = absl::InfiniteFuture();
constexpr char kCircle[] = "randstad";
constexpr char kPurpose[] = "kennismaking met Jan";

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

// A member's disclosures with the log of them, over the member's own node.
struct Desk {
  Desk(World& world, Member& member, const std::string& path,
       Disclosures::AskMember ask_member = nullptr)
      : access_log(*access::AccessLog::Open(path, world.entropy)),
        disclosures({.log = member.node.log.get(),
                     .keys = member.node.keys.get(),
                     .circles = member.node.circles.get(),
                     .own = member.node.own_professionals.get(),
                     .access_log = access_log.get(),
                     .clock = &world.clock,
                     .entropy = &world.entropy,
                     .ask_member = std::move(ask_member)}) {}
  std::unique_ptr<access::AccessLog> access_log;
  Disclosures disclosures;
};

class DisclosuresTest : public ::testing::Test {
 protected:
  DisclosuresTest() {
    world_.Found(kCircle, {&home_, &host_, &other_}, SampleRules());
    world_.Settle();
    professional_ = *Register(home_, kCircle, "reiger");
    world_.Settle();
    std::filesystem::create_directories(folder_);
    home_desk_ = std::make_unique<Desk>(world_, home_, folder_ + "/home.log");
    host_desk_ = std::make_unique<Desk>(
        world_, host_, folder_ + "/host.log",
        [this](const auto& circle, const auto&, const auto& request) {
          auto answer = home_desk_->disclosures.Answer(circle, SelfOf(host_), request);
          if (answer.ok() && lie_) lie_(*answer);
          return answer;
        });
  }
  ~DisclosuresTest() override { std::filesystem::remove_all(folder_); }

  log::MemberId SelfOf(Member& member) { return member.Circle(kCircle)->self; }
  void OpenIdentityTo(const std::string& member) {
    api::OpenIdentityRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_professional_id(professional_);
    request.set_member(member);
    ASSERT_TRUE(home_.node.professionals->OpenIdentity(request, Coordinator(), kNoDeadline).ok());
    world_.Settle();
  }
  absl::StatusOr<api::DiscloseProfessionalResponse> Ask(Desk& desk) {
    api::DiscloseProfessionalRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_professional_id(professional_);
    request.set_purpose(kPurpose);
    return desk.disclosures.Ask(request, kNoDeadline);
  }
  absl::StatusOr<peer::DiscloseResponse> Answer(Member& caller) {
    peer::DiscloseRequest request;
    request.set_professional_id(base::ParseUuid<log::StreamId>(professional_)->bytes());
    request.set_purpose(kPurpose);
    return home_desk_->disclosures.Answer(home_.Circle(kCircle)->id, SelfOf(caller), request);
  }
  api::ListDisclosuresResponse List() {
    api::ListDisclosuresRequest request;
    request.mutable_header()->set_circle(kCircle);
    const auto list = home_desk_->disclosures.List(request);
    EXPECT_TRUE(list.ok()) << list.status();
    return list.value_or(api::ListDisclosuresResponse());
  }
  std::string LogFile() const {
    std::stringstream text;
    text << std::ifstream(folder_ + "/home.log").rdbuf();
    return text.str();
  }

  World world_;
  Member& home_ = world_.Add("amsterdam");
  Member& host_ = world_.Add("rotterdam");
  Member& other_ = world_.Add("haarlemmermeer");
  const std::string folder_ = (std::filesystem::temp_directory_path() /
                               ("poolcirkel-disclosures-" + base::ToHex(world_.entropy.Bytes(8))))
                                  .string();
  std::string professional_;
  std::function<void(peer::DiscloseResponse&)> lie_;
  std::unique_ptr<Desk> home_desk_;
  std::unique_ptr<Desk> host_desk_;
};

TEST_F(DisclosuresTest, OnlyThoseForWhomItWasOpenedAreTold) {
  EXPECT_EQ(ReasonOf(Answer(host_).status()), "IDENTITY_NOT_OPENED");
  EXPECT_EQ(LogFile(), "") << "nothing was told, so nothing is noted";
  OpenIdentityTo("rotterdam");
  const auto told = Answer(host_);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_NE(told->identity().name(), "");
  EXPECT_EQ(ReasonOf(Answer(other_).status()), "IDENTITY_NOT_OPENED");
  EXPECT_TRUE(Answer(home_).ok()) << "the member itself";
}

TEST_F(DisclosuresTest, TheHostOfReservedHoursIsToldAsLongAsTheyAre) {
  const auto assignment = Publish(host_, kCircle);
  world_.Settle();
  const auto exchange = Propose(home_, kCircle, *assignment, professional_);
  world_.Settle();
  ASSERT_TRUE(Select(host_, kCircle, *exchange).ok());
  world_.Settle();
  EXPECT_EQ(ReasonOf(Answer(host_).status()), "IDENTITY_NOT_OPENED");
  ASSERT_TRUE(Confirm(home_, kCircle, *exchange).ok());
  world_.Settle();
  EXPECT_TRUE(Answer(host_).ok());
  EXPECT_EQ(ReasonOf(Answer(other_).status()), "IDENTITY_NOT_OPENED");
  ASSERT_TRUE(Decline(host_, kCircle, *exchange).ok());
  world_.Settle();
  EXPECT_EQ(ReasonOf(Answer(host_).status()), "IDENTITY_NOT_OPENED") << "the hours are free again";
}

TEST_F(DisclosuresTest, TheAnswerIsHeldAgainstTheCommitment) {
  OpenIdentityTo("rotterdam");
  const auto honest = Ask(*host_desk_);
  ASSERT_TRUE(honest.ok()) << honest.status();
  EXPECT_TRUE(honest->commitment_verified());
  lie_ = [](peer::DiscloseResponse& answer) {
    answer.mutable_identity()->set_name("Iemand Anders");
  };
  const auto lied = Ask(*host_desk_);
  ASSERT_TRUE(lied.ok()) << lied.status();
  EXPECT_FALSE(lied->commitment_verified());
}

// The bytes that were hashed are the same, cut elsewhere.
TEST_F(DisclosuresTest, APartOfTheIdentityCannotPassForSalt) {
  OpenIdentityTo("rotterdam");
  lie_ = [](peer::DiscloseResponse& answer) {
    event::Identity name;
    name.set_name(answer.identity().name());
    answer.mutable_commitment_salt()->append(name.SerializeAsString());
    answer.mutable_identity()->clear_name();
  };
  const auto lied = Ask(*host_desk_);
  ASSERT_TRUE(lied.ok()) << lied.status();
  EXPECT_EQ(lied->identity().name(), "");
  EXPECT_FALSE(lied->commitment_verified());
}

TEST_F(DisclosuresTest, EveryAnswerIsOneLineWithoutNamesOrWords) {
  OpenIdentityTo("rotterdam");
  const auto told = Answer(host_);
  ASSERT_TRUE(told.ok());
  ASSERT_TRUE(Answer(home_).ok());
  const std::string text = LogFile();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(text.find(told->identity().name()), std::string::npos);
  EXPECT_EQ(text.find(kPurpose), std::string::npos) << "free text can name somebody";
  const auto list = List();
  ASSERT_EQ(list.disclosures_size(), 2);
  EXPECT_EQ(list.disclosures(0).to().short_name(), "amsterdam");
  EXPECT_EQ(list.disclosures(1).to().short_name(), "rotterdam");
  EXPECT_EQ(list.disclosures(1).purpose(), kPurpose);
  EXPECT_EQ(list.disclosures(1).professional_id(), professional_);
}

TEST_F(DisclosuresTest, NothingIsToldWhenItCannotBeNoted) {
  OpenIdentityTo("rotterdam");
  // Full at once, and the folder for the next file goes away.
  std::filesystem::create_directories(folder_ + "/gone");
  auto small = *access::AccessLog::Open(folder_ + "/gone/small.log", world_.entropy, 1);
  Disclosures disclosures({.log = home_.node.log.get(),
                           .keys = home_.node.keys.get(),
                           .circles = home_.node.circles.get(),
                           .own = home_.node.own_professionals.get(),
                           .access_log = small.get(),
                           .clock = &world_.clock,
                           .entropy = &world_.entropy,
                           .ask_member = nullptr});
  peer::DiscloseRequest request;
  request.set_professional_id(base::ParseUuid<log::StreamId>(professional_)->bytes());
  request.set_purpose(kPurpose);
  const auto circle = home_.Circle(kCircle)->id;
  ASSERT_TRUE(disclosures.Answer(circle, SelfOf(host_), request).ok());
  std::filesystem::remove_all(folder_ + "/gone");
  const auto refused = disclosures.Answer(circle, SelfOf(host_), request);
  EXPECT_EQ(ReasonOf(refused.status()), "ACCESS_LOG_UNAVAILABLE");
  api::ListOwnProfessionalsResponse shown;
  auto* row = shown.add_professionals();
  row->set_professional_id(professional_);
  row->mutable_identity()->set_name("Test Persoon");
  EXPECT_EQ(ReasonOf(disclosures.NoteOwn(kCircle, shown)), "ACCESS_LOG_UNAVAILABLE");
}

TEST_F(DisclosuresTest, SeeingOnesOwnPeopleIsNotedForEach) {
  api::ListOwnProfessionalsResponse shown;
  const std::string second = *Register(home_, kCircle, "fuut");
  for (const std::string& id : {professional_, second}) {
    auto* row = shown.add_professionals();
    row->set_professional_id(id);
    row->mutable_identity()->set_name("Test Persoon");
  }
  shown.add_professionals()->set_professional_id(second);  // without a name: not told
  ASSERT_TRUE(home_desk_->disclosures.NoteOwn(kCircle, shown).ok());
  EXPECT_EQ(List().disclosures_size(), 2);
  EXPECT_NE(LogFile().find(access::kOwnPoolActivity), std::string::npos);
}

TEST_F(DisclosuresTest, AProfessionalReadsItsOwnLinesAndNoOthers) {
  const std::string second = *Register(home_, kCircle, "fuut");
  OpenIdentityTo("rotterdam");
  ASSERT_TRUE(Answer(host_).ok());
  api::ListDisclosuresRequest request;
  request.mutable_header()->set_circle(kCircle);
  const auto own = home_desk_->disclosures.ListAbout("reiger", request);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->disclosures_size(), 1);
  // Also when it asks about somebody else.
  request.set_professional_id(professional_);
  const auto others = home_desk_->disclosures.ListAbout("fuut", request);
  ASSERT_TRUE(others.ok()) << others.status();
  EXPECT_EQ(others->disclosures_size(), 0);
  EXPECT_EQ(ReasonOf(home_desk_->disclosures.ListAbout("niemand", request).status()),
            "NOT_A_PROFESSIONAL");
}

TEST_F(DisclosuresTest, AfterAnErasureTheLineStaysAndTellsNothing) {
  OpenIdentityTo("rotterdam");
  ASSERT_TRUE(Answer(host_).ok());
  api::EraseRequest erase;
  erase.mutable_header()->set_circle(kCircle);
  erase.set_professional_id(professional_);
  erase.set_ground(event::ERASURE_GROUND_REQUEST);
  ASSERT_TRUE(home_.node.erasures->Erase(erase, Coordinator(), kNoDeadline).ok());
  EXPECT_FALSE(Answer(host_).ok());
  EXPECT_FALSE(Answer(home_).ok());
  const auto list = List();
  ASSERT_EQ(list.disclosures_size(), 1);
  EXPECT_EQ(list.disclosures(0).purpose(), "");
  EXPECT_EQ(list.disclosures(0).to().short_name(), "rotterdam");
}

}  // namespace
}  // namespace services::disclosure
