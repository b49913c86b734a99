#include "services/peer/peer_service.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/rpc/channel.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"
#include "tests/services/peer/peer_node.h"
#include "tests/testing/eventually.h"

namespace services::peer {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace proto = poolcirkel::peer::v1;
using testing::Each;
using testing::SizeIs;
using tests::testing::Eventually;

// A client that shows whatever certificate the test likes.
class Client {
 public:
  Client(const PeerNode& server, const crypto::KeyAndCertificate& identity) {
    const auto pin = crypto::ParseCertificate(server.identity.certificate_pem)->key_hash;
    const auto channel = grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", server.port()),
        rpc::PeerChannelCredentials(identity, pin, clock_), rpc::ChannelArguments());
    stub_ = proto::PeerService::NewStub(channel);
  }

  absl::Status WatchHeads(const std::string& circle, proto::WatchHeadsResponse* first = nullptr) {
    grpc::ClientContext context;
    rpc::SetTimeout(context, absl::Seconds(20));
    proto::WatchHeadsRequest request;
    request.set_circle_id(circle);
    const auto reader = stub_->WatchHeads(&context, request);
    proto::WatchHeadsResponse response;
    if (reader->Read(first != nullptr ? first : &response)) {
      context.TryCancel();
      reader->Finish();
      return absl::OkStatus();
    }
    return rpc::FromGrpc(reader->Finish());
  }
  absl::Status FetchPackages(const log::FeedId& feed, uint64_t first,
                             std::vector<poolcirkel::log::v1::Package>* packages = nullptr) {
    grpc::ClientContext context;
    rpc::SetTimeout(context, absl::Seconds(20));
    proto::FetchPackagesRequest request;
    *request.mutable_feed() = log::ToProto(feed);
    request.set_first_sequence(first);
    const auto reader = stub_->FetchPackages(&context, request);
    proto::FetchPackagesResponse response;
    while (reader->Read(&response)) {
      if (packages != nullptr) packages->push_back(response.package());
    }
    return rpc::FromGrpc(reader->Finish());
  }
  absl::Status FetchCharters(const std::string& circle) {
    proto::FetchChartersRequest request;
    request.set_circle_id(circle);
    proto::FetchChartersResponse response;
    return Unary([&](grpc::ClientContext& context) {
      return stub_->FetchCharters(&context, request, &response);
    });
  }
  absl::Status FetchKeys(const proto::FetchKeysRequest& request,
                         proto::FetchKeysResponse* response) {
    return Unary([&](grpc::ClientContext& context) {
      return stub_->FetchKeys(&context, request, response);
    });
  }
  absl::Status Disclose(const proto::DiscloseRequest& request) {
    proto::DiscloseResponse response;
    return Unary([&](grpc::ClientContext& context) {
      return stub_->Disclose(&context, request, &response);
    });
  }
  // What each method answers about a circle.
  std::vector<absl::Status> AskAll(const log::CircleId& circle, const log::MemberId& member) {
    proto::FetchKeysRequest keys;
    keys.set_circle_id(circle.bytes());
    proto::FetchKeysResponse response;
    proto::DiscloseRequest disclose;
    disclose.set_circle_id(circle.bytes());
    disclose.set_professional_id(std::string(16, 'p'));
    return {WatchHeads(circle.bytes()), FetchPackages({circle, member, log::Epoch(0)}, 0),
            FetchCharters(circle.bytes()), FetchKeys(keys, &response), Disclose(disclose)};
  }

 private:
  absl::Status Unary(const std::function<grpc::Status(grpc::ClientContext&)>& call) {
    grpc::ClientContext context;
    rpc::SetTimeout(context, absl::Seconds(20));
    return rpc::FromGrpc(call(context));
  }

  base::SystemClock clock_;
  std::unique_ptr<proto::PeerService::Stub> stub_;
};

// Everything that a caller can see of an answer.
std::string Visible(const absl::Status& status) {
  return absl::StrCat(static_cast<int>(status.code()), " ", status.message(), " ",
                      base::EncodeDetails(status));
}

class PeerServiceTest : public testing::Test {
 protected:
  PeerServiceTest() {
    // Of two streams of heads of one member the newer stays: the tests' own must not meet b_'s.
    b_.network->Stop();
    circle_ = MakeCircle("randstad", {&a_, &b_}, {&a_, &b_});
    other_circle_ = MakeCircle("elders", {&c_}, {&c_});
    EXPECT_TRUE(a_.Append(circle_, 3).ok());
  }
  log::FeedId FeedOf(const PeerNode& node) const { return {circle_, node.id(), log::Epoch(0)}; }

  PeerNode a_{1}, b_{2}, c_{3};
  log::CircleId circle_;
  log::CircleId other_circle_;
  const log::CircleId nowhere_{crypto::Sha256("nowhere").array()};
};

TEST_F(PeerServiceTest, AMemberOfAnotherCircleCannotTellAForbiddenCircleFromNone) {
  Client outsider(a_, c_.identity);
  const auto forbidden = outsider.AskAll(circle_, a_.id());
  const auto unknown = outsider.AskAll(nowhere_, a_.id());
  ASSERT_EQ(forbidden.size(), unknown.size());
  for (size_t i = 0; i < forbidden.size(); ++i) {
    EXPECT_TRUE(absl::IsNotFound(forbidden[i])) << i << forbidden[i];
    EXPECT_EQ(base::DetailsOf(forbidden[i]).reason, "CIRCLE_UNKNOWN");
    EXPECT_EQ(Visible(forbidden[i]), Visible(unknown[i])) << i;
  }
  // A member gets the same about circles of others, which exist elsewhere.
  for (const absl::Status& status : Client(a_, b_.identity).AskAll(other_circle_, c_.id())) {
    EXPECT_EQ(Visible(status), Visible(unknown[0]));
  }
}

TEST_F(PeerServiceTest, TheRightOinWithAnotherKeyIsAStranger) {
  Client impostor(a_, MakeIdentity(b_.oin));
  for (const absl::Status& status : impostor.AskAll(circle_, a_.id())) {
    EXPECT_EQ(base::DetailsOf(status).reason, "CIRCLE_UNKNOWN") << status;
  }
}

TEST_F(PeerServiceTest, AnExpiredCertificateIsRefusedWhateverIsAsked) {
  PeerNode late(4);
  const auto expired = MakeIdentity(late.oin, -absl::Hours(48), -absl::Hours(1));
  const auto early = MakeIdentity(late.oin, absl::Hours(1), absl::Hours(48));
  for (const auto& [identity, reason] : {std::pair(expired, "PEER_CERTIFICATE_EXPIRED"),
                                         std::pair(early, "PEER_CERTIFICATE_NOT_YET_VALID")}) {
    Client client(a_, identity);
    for (const log::CircleId& circle : {circle_, nowhere_}) {
      for (const absl::Status& status : client.AskAll(circle, a_.id())) {
        EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
        EXPECT_EQ(base::DetailsOf(status).reason, reason);
      }
    }
  }
}

TEST_F(PeerServiceTest, ClientsWithoutACertificateDoNotGetIn) {
  const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", a_.port()),
                                           rpc::ApiChannelCredentials(a_.identity.certificate_pem));
  const auto stub = proto::PeerService::NewStub(channel);
  grpc::ClientContext context;
  rpc::SetTimeout(context, absl::Seconds(20));
  proto::FetchChartersRequest request;
  request.set_circle_id(circle_.bytes());
  proto::FetchChartersResponse response;
  EXPECT_EQ(stub->FetchCharters(&context, request, &response).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(PeerServiceTest, TellsAllHeadsAtOnceAtFirst) {
  ASSERT_TRUE(b_.Append(circle_, 2).ok());
  ASSERT_TRUE(Eventually([&] { return a_.log->Size(FeedOf(b_)) == 2; }));
  proto::WatchHeadsResponse first;
  ASSERT_TRUE(Client(a_, b_.identity).WatchHeads(circle_.bytes(), &first).ok());
  EXPECT_THAT(first.heads(), SizeIs(2));
}

TEST_F(PeerServiceTest, ServesPackagesFromAnySequence) {
  Client client(a_, b_.identity);
  std::vector<poolcirkel::log::v1::Package> packages;
  EXPECT_TRUE(client.FetchPackages(FeedOf(a_), 1, &packages).ok());
  ASSERT_THAT(packages, SizeIs(1));
  EXPECT_EQ(packages[0].first_sequence(), 1u);
  EXPECT_EQ(packages[0].records_size(), 2);
  packages.clear();
  EXPECT_TRUE(client.FetchPackages(FeedOf(a_), 3, &packages).ok());
  EXPECT_TRUE(client.FetchPackages(FeedOf(a_), ~uint64_t{0}, &packages).ok());
  EXPECT_TRUE(client.FetchPackages(FeedOf(b_), 0, &packages).ok()) << "nothing there";
  EXPECT_THAT(packages, SizeIs(0));
  log::FeedId other_epoch = FeedOf(a_);
  other_epoch.epoch = log::Epoch(1);
  EXPECT_EQ(base::DetailsOf(client.FetchPackages(other_epoch, 0)).reason, "FEED_UNKNOWN");
  EXPECT_EQ(base::DetailsOf(client.FetchPackages({circle_, c_.id(), log::Epoch(0)}, 0)).reason,
            "FEED_UNKNOWN");
}

TEST_F(PeerServiceTest, BoundsEveryRequest) {
  Client client(a_, b_.identity);
  EXPECT_TRUE(absl::IsInvalidArgument(client.WatchHeads("")));
  EXPECT_TRUE(absl::IsInvalidArgument(client.FetchCharters(std::string(33, 'x'))));
  proto::FetchKeysResponse response;
  proto::FetchKeysRequest keys;
  keys.set_circle_id(circle_.bytes());
  keys.add_key_ids("short");
  EXPECT_TRUE(absl::IsInvalidArgument(client.FetchKeys(keys, &response)));
  keys.clear_key_ids();
  for (int i = 0; i < 1001; ++i) keys.add_key_ids(std::string(16, 'k'));
  EXPECT_TRUE(absl::IsInvalidArgument(client.FetchKeys(keys, &response)));
  keys.clear_key_ids();
  keys.set_after_key_id("short");
  EXPECT_TRUE(absl::IsInvalidArgument(client.FetchKeys(keys, &response)));
  proto::DiscloseRequest disclose;
  disclose.set_circle_id(circle_.bytes());
  EXPECT_TRUE(absl::IsInvalidArgument(client.Disclose(disclose))) << "nobody asked about";
  disclose.set_professional_id(std::string(16, 'p'));
  EXPECT_TRUE(client.Disclose(disclose).ok());
  disclose.set_purpose(std::string(501, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(client.Disclose(disclose)));
  disclose.clear_purpose();
  disclose.set_exchange_id(std::string(16, 'e'));
  EXPECT_TRUE(absl::IsInvalidArgument(client.Disclose(disclose))) << "both";
}

TEST_F(PeerServiceTest, ListsTheKeysThatTheCallerMayHavePageByPage) {
  std::vector<std::string> entitled;
  const auto create = [&](poolcirkel::log::v1::KeyClass key_class, const log::CircleId& circle,
                          const std::vector<log::MemberId>& to) {
    const auto id = a_.ids.New<eventstore::privacy::KeyId>();
    return eventstore::privacy::ClassKey{id, key_class, circle, a_.id(), to, ""};
  };
  std::vector<eventstore::privacy::ClassKey> made;
  for (int i = 0; i < 1003; ++i) {
    made.push_back(create(poolcirkel::log::v1::KEY_CLASS_PERSON, circle_, {}));
    entitled.push_back(made.back().id.bytes());
  }
  made.push_back(create(poolcirkel::log::v1::KEY_CLASS_EXCHANGE, circle_, {c_.id()}));
  made.push_back(create(poolcirkel::log::v1::KEY_CLASS_PERSON, other_circle_, {}));
  made.push_back(create(poolcirkel::log::v1::KEY_CLASS_MEMBER, circle_, {}));
  ASSERT_TRUE(a_.keys->CreateAll(made).ok());
  Client client(a_, b_.identity);
  proto::FetchKeysRequest request;
  request.set_circle_id(circle_.bytes());
  std::vector<std::string> listed;
  proto::FetchKeysResponse response;
  do {
    ASSERT_TRUE(client.FetchKeys(request, &response).ok());
    for (const auto& key : response.keys()) listed.push_back(key.key_id());
    ASSERT_FALSE(listed.empty());
    request.set_after_key_id(listed.back());
  } while (response.more());
  EXPECT_EQ(listed, entitled);
  // By name the others are left out as if they were not there.
  request.Clear();
  request.set_circle_id(circle_.bytes());
  for (size_t i = 1002; i < made.size(); ++i) request.add_key_ids(made[i].id.bytes());
  request.add_key_ids(std::string(16, '?'));
  ASSERT_TRUE(client.FetchKeys(request, &response).ok());
  ASSERT_THAT(response.keys(), SizeIs(1));
  EXPECT_EQ(response.keys(0).key(), a_.keys->Find(made[1002].id)->secret);
}

TEST_F(PeerServiceTest, StopEndsStreamsThatWait) {
  Client client(a_, b_.identity);
  ASSERT_EQ(client.WatchHeads(circle_.bytes()), absl::OkStatus());
  a_.service->Stop();
  EXPECT_TRUE(absl::IsUnavailable(client.WatchHeads(circle_.bytes())));
  EXPECT_EQ(base::DetailsOf(client.FetchCharters(circle_.bytes())).reason, "NODE_STOPPING");
}

}  // namespace
}  // namespace services::peer
