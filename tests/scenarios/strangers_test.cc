// Who is not a member of a circle learns nothing, whatever certificate it shows; and
// a circle that one is not in answers as one that does not exist.
#include <gtest/gtest.h>

#include "eventstore/base/clock.h"
#include "eventstore/crypto/certificate.h"
#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "services/node/identity.h"
#include "services/rpc/credentials.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story

namespace crypto = ::eventstore::crypto;
namespace peer = ::poolcirkel::peer::v1;

crypto::KeyAndCertificate IdentityOf(const Node& node) {
  const services::node::Paths paths(node.data());
  return {ReadText(paths.PeerKey()), ReadText(paths.PeerCertificate())};
}

crypto::KeyAndCertificate NewIdentity(const std::string& oin, absl::Time not_after) {
  crypto::CertificateRequest request;
  request.organisation = "Gemeente Vreemd";
  request.oin = oin;
  request.ip_addresses = {"127.0.0.1"};
  request.not_before = absl::Now() - absl::Hours(48);
  request.not_after = not_after;
  return *crypto::MakeCertificate(request);
}

std::string CircleIdOf(Node& node, const std::string& circle) {
  v1::ShowCircleRequest request;
  request.set_circle(circle);
  const auto shown = node.Call(&v1::CircleService::Stub::Show, request);
  EXPECT_TRUE(shown.ok()) << shown.status();
  return *eventstore::base::FromHex(shown->circle().circle_id());
}

// What `node` answers on its peer port to somebody with this identity.
absl::Status AskCharters(Node& node, const crypto::KeyAndCertificate& identity,
                         const std::string& circle_id) {
  const eventstore::base::SystemClock clock;
  const auto certificate =
      crypto::ParseCertificate(ReadText(services::node::Paths(node.data()).PeerCertificate()));
  const auto channel = grpc::CreateChannel(
      node.peer_address(),
      services::rpc::PeerChannelCredentials(identity, certificate->key_hash, clock));
  peer::PeerService::Stub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  peer::FetchChartersRequest request;
  request.set_circle_id(circle_id);
  peer::FetchChartersResponse response;
  const grpc::Status status = stub.FetchCharters(&context, request, &response);
  EXPECT_EQ(response.charters_size() > 0, status.ok());
  return Node::ToAbsl(status);
}

class Strangers : public testing::Test {
 protected:
  Strangers() : circle_({"rotterdam", "zuid-holland", "amsterdam"}) {}

  Circle circle_;
};

TEST_F(Strangers, LearnNothing) {
  Node& node = circle_["rotterdam"];
  const std::string randstad = CircleIdOf(node, "randstad");
  const std::string nowhere(32, 'x');
  const auto zuid_holland = IdentityOf(circle_["zuid-holland"]);
  ASSERT_TRUE(AskCharters(node, zuid_holland, randstad).ok());
  const absl::Status unknown = AskCharters(node, zuid_holland, nowhere);
  EXPECT_EQ(ReasonOf(unknown), "CIRCLE_UNKNOWN");

  // A certificate of its own; the right OIN with another key.
  const std::string oin = crypto::ParseCertificate(zuid_holland.certificate_pem)->oin;
  for (const std::string& claimed : {std::string("00000000000000000009"), oin}) {
    const auto stranger = NewIdentity(claimed, absl::Now() + absl::Hours(1));
    const absl::Status refused = AskCharters(node, stranger, randstad);
    EXPECT_EQ(refused, AskCharters(node, stranger, nowhere)) << refused;
    EXPECT_EQ(ReasonOf(refused), "CIRCLE_UNKNOWN") << refused;
  }
  EXPECT_FALSE(AskCharters(node, NewIdentity(oin, absl::Now() - absl::Hours(1)), randstad).ok());
}

TEST_F(Strangers, CannotEvenConnectWithoutACertificate) {
  const auto channel = grpc::CreateChannel(
      circle_["rotterdam"].peer_address(),
      services::rpc::ApiChannelCredentials(
          ReadText(services::node::Paths(circle_["rotterdam"].data()).PeerCertificate())));
  peer::PeerService::Stub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(5)));
  peer::FetchChartersResponse response;
  const grpc::Status status = stub.FetchCharters(&context, peer::FetchChartersRequest(), &response);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(response.charters_size(), 0);
}

TEST_F(Strangers, OfAnotherCircleGetNothingAndLearnNothing) {
  circle_.Found("rijk", {"zuid-holland", "amsterdam"});
  ASSERT_TRUE(Announce(circle_["zuid-holland"], "In de Randstad").ok());
  const std::string rijk = CircleIdOf(circle_["amsterdam"], "rijk");
  const auto rotterdam = IdentityOf(circle_["rotterdam"]);
  Node& asked = circle_["amsterdam"];
  EXPECT_EQ(AskCharters(asked, rotterdam, rijk),
            AskCharters(asked, rotterdam, std::string(32, 'x')));
  EXPECT_EQ(ReasonOf(AskCharters(asked, rotterdam, rijk)), "CIRCLE_UNKNOWN");

  // Its own node does not know it either, and nothing of it is on its disk.
  v1::ShowCircleRequest show;
  show.set_circle("rijk");
  EXPECT_EQ(ReasonOf(circle_["rotterdam"].Call(&v1::CircleService::Stub::Show, show).status()),
            "CIRCLE_UNKNOWN");
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(circle_["rotterdam"].data())) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(ReadText(file.path()).find(rijk), std::string::npos) << file.path();
  }
}

TEST_F(Strangers, NeedATokenThatFits) {
  Node& node = circle_["rotterdam"];
  v1::ListAssignmentsRequest list;
  list.mutable_header()->set_circle("randstad");
  for (const std::string& token :
       {std::string(), std::string("pc_0"), circle_["amsterdam"].admin_token()}) {
    const auto refused = node.CallAs(token, &v1::AssignmentService::Stub::List, list);
    EXPECT_TRUE(absl::IsUnauthenticated(refused.status())) << refused.status();
  }
  // An auditor reads and does not write.
  v1::IssueTokenRequest issue;
  issue.set_user("controleur");
  issue.set_role("auditor");
  issue.set_circle("randstad");
  const auto auditor = node.Call(&v1::NodeService::Stub::IssueToken, issue);
  ASSERT_TRUE(auditor.ok()) << auditor.status();
  EXPECT_TRUE(node.CallAs(auditor->token(), &v1::AssignmentService::Stub::List, list).ok());
  v1::AnnounceSessionRequest announce;
  announce.mutable_header()->set_circle("randstad");
  EXPECT_EQ(
      ReasonOf(
          node.CallAs(auditor->token(), &v1::SessionService::Stub::Announce, announce).status()),
      "ROLE_NOT_ALLOWED");
  v1::RevokeTokenRequest revoke;
  revoke.set_token_id(auditor->row().token_id());
  ASSERT_TRUE(node.Call(&v1::NodeService::Stub::RevokeToken, revoke).ok());
  EXPECT_EQ(
      ReasonOf(node.CallAs(auditor->token(), &v1::AssignmentService::Stub::List, list).status()),
      "TOKEN_REVOKED");
}

}  // namespace
}  // namespace tests::scenarios
