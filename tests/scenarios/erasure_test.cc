// The right to be forgotten, with real nodes: canaries in every personal field, one
// member down while its person is erased elsewhere, and old copies put back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/privacy_service.grpc.pb.h"
#include "services/audit/verify/verify.h"
#include "services/node/identity.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
namespace base = ::eventstore::base;
namespace privacy = ::eventstore::privacy;
namespace event = ::poolcirkel::event::v1;

// 32 random bytes as text, each with the field that it was planted in.
class Canaries {
 public:
  std::string Plant(const std::string& field, size_t maximum = 64) {
    const std::string text = base::ToHex(entropy_.Bytes(32)).substr(0, maximum);
    planted_.emplace_back(field, text);
    return text;
  }
  // The fields whose canary stands in `bytes`.
  std::vector<std::string> In(const std::string& bytes) const {
    std::vector<std::string> found;
    for (const auto& [field, text] : planted_) {
      if (bytes.find(text) != std::string::npos) found.push_back(field);
    }
    return found;
  }
  std::vector<std::string> Fields() const {
    std::vector<std::string> fields;
    for (const auto& [field, text] : planted_) fields.push_back(field);
    return fields;
  }
  // Bytes that must not be found either.
  void Add(const std::string& field, const std::string& bytes) {
    planted_.emplace_back(field, bytes);
  }

 private:
  eventstore::crypto::SystemEntropy entropy_;
  std::vector<std::pair<std::string, std::string>> planted_;
};

v1::QueryHeader Asking() {
  v1::QueryHeader header;
  header.set_circle(kCircle);
  return header;
}

// Every answer of every service that tells about persons or events, as bytes; a refusal
// counts with its text.
class Answers {
 public:
  Answers(Node& node, std::string exchange) : node_(node), exchange_(std::move(exchange)) {}

  std::string All() {
    Ask<v1::SearchProfessionalsRequest>(&v1::ProfessionalService::Stub::Search);
    Ask<v1::ListOwnProfessionalsRequest>(&v1::ProfessionalService::Stub::ListOwn);
    Ask<v1::ListDisclosuresRequest>(&v1::ProfessionalService::Stub::ListDisclosures);
    Ask<v1::ListExchangesRequest>(&v1::SecondmentService::Stub::List);
    Ask<v1::ListSessionsRequest>(&v1::SessionService::Stub::List);
    Ask<v1::ListAssignmentsRequest>(&v1::AssignmentService::Stub::List);
    Ask<v1::AuditExchangesRequest>(&v1::AuditService::Stub::Exchanges);
    Ask<v1::PrivacyStatusRequest>(&v1::PrivacyService::Stub::Status);
    v1::AuditExportRequest bundle;
    *bundle.mutable_header() = Asking();
    bundle.set_exchange_id(exchange_);
    Take(node_.Call(&v1::AuditService::Stub::Export, bundle));
    v1::DiscloseProfessionalRequest disclose;
    *disclose.mutable_header() = Asking();
    disclose.set_exchange_id(exchange_);
    disclose.set_purpose("nog eens vragen");
    Take(node_.Call(&v1::ProfessionalService::Stub::Disclose, disclose));
    Take(node_.Call(&v1::NodeService::Stub::ListTokens, v1::ListTokensRequest()));
    Take(node_.Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest()));
    ReadLogs();
    return bytes_;
  }

 private:
  template <typename Request, typename Method>
  void Ask(Method method) {
    Request request;
    *request.mutable_header() = Asking();
    Take(node_.Call(method, request));
  }
  template <typename Response>
  void Take(const absl::StatusOr<Response>& answer) {
    bytes_ += answer.ok() ? answer->SerializeAsString() : answer.status().ToString();
  }
  void ReadLogs() {
    const std::vector<std::string> members = {"rotterdam", "amsterdam", "zuid-holland", "bzk-flex"};
    for (const auto& member : members) ReadLog(kCircle, member);
    ReadLog("", "");
  }
  void ReadLog(const std::string& circle, const std::string& member) {
    v1::ReadLogRequest request;
    request.set_circle(circle);
    request.set_member(member);
    request.set_limit(10'000);
    v1::LogService::Stub stub(node_.channel());
    grpc::ClientContext context;
    Node::Prepare(context, node_.admin_token(), absl::Seconds(20));
    const auto reader = stub.Read(&context, request);
    v1::ReadLogResponse response;
    while (reader->Read(&response)) bytes_ += response.SerializeAsString();
    EXPECT_TRUE(reader->Finish().ok());
  }

  Node& node_;
  const std::string exchange_;
  std::string bytes_;
};

// Every byte of every file below a folder.
std::string FilesOf(const std::filesystem::path& folder) {
  std::stringstream bytes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes << std::ifstream(entry.path()).rdbuf() << "\n";
  }
  return bytes.str();
}

class ErasureTest : public testing::Test {
 protected:
  ErasureTest()
      : circle_({"rotterdam", "amsterdam", "zuid-holland", "bzk-flex"},
                [](event::CharterRules& rules) { rules.set_notice_days(0); }) {}

  Node& home() { return circle_["amsterdam"]; }
  Node& host() { return circle_["rotterdam"]; }
  Node& absent() { return circle_["zuid-holland"]; }

  void RegisterWithCanaries();
  void LendAndEnd();
  void DeclineAnother();
  void SignUpAndAsk();
  absl::StatusOr<v1::EraseResponse> Erase() {
    v1::EraseRequest request;
    *request.mutable_header() = Header();
    request.set_professional_id(professional_);
    request.set_ground(event::ERASURE_GROUND_REQUEST);
    return home().Call(&v1::PrivacyService::Stub::Erase, request);
  }
  // Short names of the members that say that they destroyed it, as `node` knows it.
  std::vector<std::string> Acknowledged(Node& node) {
    v1::PrivacyStatusRequest request;
    *request.mutable_header() = Asking();
    const auto status = node.Call(&v1::PrivacyService::Stub::Status, request);
    std::vector<std::string> names;
    if (!status.ok() || status->erasures_size() != 1) return names;
    for (const auto& member : status->erasures(0).members()) {
      if (!member.destroyed()) continue;
      EXPECT_GT(member.destroyed_online_at_microseconds(), 0);
      EXPECT_EQ(member.last_backup_expires_on().size(), 10U);
      names.push_back(member.member().short_name());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // What the coordinator reports, without what is about the person.
  std::string Figures() {
    v1::AuditExchangesRequest request;
    *request.mutable_header() = Asking();
    auto answer = circle_["bzk-flex"].Call(&v1::AuditService::Stub::Exchanges, request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    answer->clear_footer();
    for (auto& row : *answer->mutable_exchanges()) {
      row.clear_professional_id();
      row.clear_pseudonym();
      row.clear_reason();
    }
    return answer->DebugString();
  }
  // The key file of a node that does not run.
  bool HasKey(Node& node) {
    eventstore::crypto::SystemEntropy entropy;
    const auto keys =
        privacy::KeyFile::Open(services::node::Paths(node.data()).ClassKeys(), entropy);
    EXPECT_TRUE(keys.ok()) << keys.status();
    const auto id = base::ParseUuid<privacy::KeyId>(professional_);
    const auto key = (*keys)->Find(*id);
    if (key) canaries_.Add("the person's key", key->secret);
    EXPECT_NE(key.has_value(), (*keys)->IsDestroyed(*id));
    return key.has_value();
  }
  // The first answer about persons that a node gives after it started.
  std::string FirstSearch(Node& node) {
    v1::SearchProfessionalsRequest request;
    *request.mutable_header() = Asking();
    absl::StatusOr<v1::SearchProfessionalsResponse> answer;
    EXPECT_TRUE(Eventually([&] {
      answer = node.Call(&v1::ProfessionalService::Stub::Search, request);
      EXPECT_TRUE(answer.ok() || ReasonOf(answer.status()) == "ERASURES_PENDING");
      return answer.ok();
    }));
    return answer.ok() ? answer->SerializeAsString() : "";
  }
  void Restore(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }

  Circle circle_;
  Canaries canaries_;
  std::string pseudonym_;
  std::string professional_;
  std::string exchange_;
};

void ErasureTest::RegisterWithCanaries() {
  v1::RegisterProfessionalRequest request;
  *request.mutable_header() = Header();
  auto& identity = *request.mutable_identity();
  identity.set_name(canaries_.Plant("identity.name"));
  identity.set_email(canaries_.Plant("identity.email") + "@voorbeeld.example");
  identity.set_telephone(canaries_.Plant("identity.telephone", 40));
  auto& profile = *request.mutable_profile();
  pseudonym_ = canaries_.Plant("profile.pseudonym");
  profile.set_pseudonym(pseudonym_);
  profile.set_role("interim-manager " + canaries_.Plant("profile.role"));
  profile.mutable_occupation()->set_label(canaries_.Plant("profile.occupation.label"));
  profile.mutable_occupation()->set_uri("https://beroep.example/" +
                                        canaries_.Plant("profile.occupation.uri"));
  auto* skill = profile.add_skills();
  skill->set_label(canaries_.Plant("profile.skills.label"));
  skill->set_uri("https://vaardigheid.example/" + canaries_.Plant("profile.skills.uri"));
  profile.mutable_location()->set_name(canaries_.Plant("profile.location.name"));
  profile.mutable_location()->set_latitude_e4(523'700);
  profile.set_summary(canaries_.Plant("profile.summary"));
  for (auto week = base::IsoWeekOf(*base::ParseDate(kStart));
       week <= base::IsoWeekOf(*base::ParseDate(kEnd)); week = base::NextWeek(week)) {
    auto* capacity = request.add_capacity();
    capacity->set_iso_year(week.year);
    capacity->set_iso_week(week.week);
    capacity->set_minutes(32 * 60);
  }
  const auto registered = home().Call(&v1::ProfessionalService::Stub::Register, request);
  ASSERT_TRUE(registered.ok()) << registered.status();
  professional_ = registered->receipt().id();
}

void ErasureTest::LendAndEnd() {
  const auto assignment = Publish(host(), "Opdracht voor een proef");
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  v1::ProposeSecondmentRequest propose;
  *propose.mutable_header() = Header();
  propose.set_assignment_id(*assignment);
  propose.set_professional_id(professional_);
  propose.set_motivation(canaries_.Plant("motivation"));
  const auto proposed =
      WhenSeen([&] { return home().Call(&v1::SecondmentService::Stub::Propose, propose); });
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  exchange_ = proposed->receipt().id();
  ASSERT_TRUE(WhenSeen([&] { return Select(host(), exchange_); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Confirm(home(), exchange_); }).ok());
  // Before the acceptance: promised hours keep the person's data.
  EXPECT_EQ(ReasonOf(Erase().status()), "ERASURE_WHILE_RESERVED");
  ASSERT_TRUE(WhenSeen([&] { return Accept(host(), exchange_); }).ok());
  ASSERT_TRUE(WaitForStatus(home(), exchange_, v1::EXCHANGE_STATUS_EFFECTIVE));
  EXPECT_EQ(ReasonOf(Erase().status()), "ERASURE_WHILE_RESERVED");
  v1::DiscloseProfessionalRequest disclose;
  *disclose.mutable_header() = Asking();
  disclose.set_exchange_id(exchange_);
  disclose.set_purpose(canaries_.Plant("purpose of a disclosure"));
  const auto told = host().Call(&v1::ProfessionalService::Stub::Disclose, disclose);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_TRUE(told->commitment_verified());
  EXPECT_THAT(canaries_.In(told->SerializeAsString()),
              testing::ElementsAre("identity.name", "identity.email", "identity.telephone"));
  v1::EndSecondmentRequest end;
  *end.mutable_header() = Header();
  end.set_exchange_id(exchange_);
  end.set_reason(canaries_.Plant("reason of an end"));
  const auto ended = host().Call(&v1::SecondmentService::Stub::End, end);
  ASSERT_TRUE(ended.ok()) << ended.status();
  ASSERT_TRUE(WaitForStatus(circle_["bzk-flex"], exchange_, v1::EXCHANGE_STATUS_ENDED));
}

void ErasureTest::DeclineAnother() {
  const auto assignment = Publish(host(), "Nog een opdracht");
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  const auto proposed = WhenSeen([&] { return Propose(home(), *assignment, professional_); });
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  v1::DeclineCandidacyRequest decline;
  *decline.mutable_header() = Header();
  decline.set_exchange_id(*proposed);
  decline.set_reason(canaries_.Plant("reason of a decline"));
  const auto declined =
      WhenSeen([&] { return host().Call(&v1::SecondmentService::Stub::Decline, decline); });
  ASSERT_TRUE(declined.ok()) << declined.status();
  const auto again = Publish(host(), "Een derde opdracht");
  ASSERT_TRUE(again.ok()) << again.status();
  const auto withdrawn = WhenSeen([&] { return Propose(home(), *again, professional_); });
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  v1::WithdrawProposalRequest withdraw;
  *withdraw.mutable_header() = Header();
  withdraw.set_exchange_id(*withdrawn);
  withdraw.set_reason(canaries_.Plant("reason of a withdrawal"));
  ASSERT_TRUE(home().Call(&v1::SecondmentService::Stub::Withdraw, withdraw).ok());
}

void ErasureTest::SignUpAndAsk() {
  v1::IssueTokenRequest issue;
  issue.set_user(pseudonym_);
  issue.set_role("professional");
  issue.set_circle(kCircle);
  const auto issued = home().Call(&v1::NodeService::Stub::IssueToken, issue);
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto session = Announce(host(), "Lunch");
  ASSERT_TRUE(session.ok()) << session.status();
  v1::SignUpRequest sign_up;
  *sign_up.mutable_header() = Header();
  sign_up.set_session_id(*session);
  sign_up.set_participant(pseudonym_);
  const auto signed_up = WhenSeen(
      [&] { return home().CallAs(issued->token(), &v1::SessionService::Stub::SignUp, sign_up); });
  ASSERT_TRUE(signed_up.ok()) << signed_up.status();
  // The person reads who saw it, and nothing about others.
  v1::ListDisclosuresRequest list;
  *list.mutable_header() = Asking();
  const auto own =
      home().CallAs(issued->token(), &v1::ProfessionalService::Stub::ListDisclosures, list);
  ASSERT_TRUE(own.ok()) << own.status();
  ASSERT_FALSE(own->disclosures().empty());
  bool by_host = false;
  for (const auto& row : own->disclosures()) {
    EXPECT_EQ(row.professional_id(), professional_);
    by_host |= row.to().short_name() == "rotterdam";
  }
  EXPECT_TRUE(by_host);
}

TEST_F(ErasureTest, NothingOfThePersonIsLeftAndTheFiguresStay) {
  RegisterWithCanaries();
  LendAndEnd();
  DeclineAnother();
  SignUpAndAsk();
  if (HasFatalFailure()) return;
  ASSERT_TRUE(circle_.WaitUntilEqual());
  // Otherwise nothing below would mean anything: every canary can be read now, somewhere.
  std::string answers = Answers(home(), exchange_).All() + Answers(host(), exchange_).All();
  EXPECT_THAT(canaries_.In(answers), testing::UnorderedElementsAreArray(canaries_.Fields()));
  EXPECT_NE(FirstSearch(absent()).find(pseudonym_), std::string::npos);
  const std::string figures = Figures();

  ASSERT_TRUE(absent().Terminate());
  ASSERT_TRUE(HasKey(absent()));
  const auto old_data = circle_.folder().path() / "old-data";
  const auto old_keys = circle_.folder().path() / "old-keys";
  const std::string keys = services::node::Paths(absent().data()).ClassKeys();
  std::filesystem::copy(absent().data(), old_data, std::filesystem::copy_options::recursive);
  std::filesystem::copy(keys, old_keys, std::filesystem::copy_options::recursive);

  const auto erased = WhenSeen([&] { return Erase(); });
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_THAT(erased->circles(), testing::ElementsAre("randstad"));
  EXPECT_EQ(ReasonOf(Erase().status()), "ALREADY_ERASED");
  const std::vector<std::string> present = {"amsterdam", "bzk-flex", "rotterdam"};
  for (const std::string& name : present) {
    ASSERT_TRUE(Eventually([&] { return Acknowledged(circle_[name]) == present; })) << name;
  }
  for (const std::string& name : present) {
    EXPECT_THAT(canaries_.In(Answers(circle_[name], exchange_).All()), testing::IsEmpty()) << name;
    EXPECT_THAT(canaries_.In(FilesOf(circle_[name].data().parent_path())), testing::IsEmpty())
        << name;
  }
  EXPECT_EQ(Figures(), figures);

  // A member that was down does it before it tells anything.
  absent().Start();
  EXPECT_THAT(canaries_.In(FirstSearch(absent())), testing::IsEmpty());
  EXPECT_TRUE(Eventually([&] { return Acknowledged(home()).size() == 4; }));
  EXPECT_THAT(canaries_.In(Answers(absent(), exchange_).All()), testing::IsEmpty());
  EXPECT_THAT(canaries_.In(FilesOf(absent().data().parent_path())), testing::IsEmpty());

  // Keys put back from before, and everything put back from before: destroyed again.
  const std::vector<std::pair<std::filesystem::path, std::filesystem::path>> restores = {
      {old_keys, keys}, {old_data, absent().data()}};
  for (const auto& [from, to] : restores) {
    ASSERT_TRUE(absent().Terminate());
    Restore(from, to);
    ASSERT_TRUE(HasKey(absent())) << "the copy is from before";
    absent().Start();
    EXPECT_THAT(canaries_.In(FirstSearch(absent())), testing::IsEmpty()) << from;
    ASSERT_TRUE(absent().Terminate());
    EXPECT_FALSE(HasKey(absent())) << from;
    absent().Start();
  }
}

TEST_F(ErasureTest, TheProofStillHolds) {
  RegisterWithCanaries();
  LendAndEnd();
  if (HasFatalFailure()) return;
  // The lender's node frees the hours when it has read the host's end.
  ASSERT_TRUE(WhenSeen([&] { return Erase(); }).ok());
  ASSERT_TRUE(Eventually([&] { return Acknowledged(circle_["bzk-flex"]).size() == 4; }));
  v1::AuditExportRequest request;
  *request.mutable_header() = Asking();
  request.set_exchange_id(exchange_);
  const auto exported = circle_["bzk-flex"].Call(&v1::AuditService::Stub::Export, request);
  ASSERT_TRUE(exported.ok()) << exported.status();
  v1::ShowCircleRequest show;
  show.set_circle(kCircle);
  const auto circle = circle_["bzk-flex"].Call(&v1::CircleService::Stub::Show, show);
  ASSERT_TRUE(circle.ok()) << circle.status();
  const auto id =
      eventstore::log::CircleId::FromBytes(*base::FromHex(circle->circle().circle_id()));
  const auto report =
      services::audit::verify::VerifyBundle(exported->bundle().SerializeAsString(), *id);
  EXPECT_TRUE(report.ok);
  for (const auto& claim : report.claims) EXPECT_TRUE(claim.ok) << claim.sentence;
  ASSERT_TRUE(report.terms.has_value()) << "terms and figures survive";
  EXPECT_GT(report.terms->weeks_size(), 0);
}

}  // namespace
}  // namespace tests::scenarios
