#include "services/rpc/credentials.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "tests/services/rpc/loopback.h"

namespace services::rpc {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;

class FixedClock final : public base::Clock {
 public:
  explicit FixedClock(absl::Time now) : now_(now) {}
  absl::Time Now() const override { return now_; }

 private:
  const absl::Time now_;
};

crypto::KeyAndCertificate Identity(const std::string& oin, absl::Duration valid_from,
                                   absl::Duration valid_until) {
  const absl::Time now = base::SystemClock().Now();
  auto made = crypto::MakeCertificate({.organisation = "Gemeente Rotterdam",
                                       .oin = oin,
                                       .dns_names = {"localhost"},
                                       .ip_addresses = {"127.0.0.1"},
                                       .not_before = now + valid_from,
                                       .not_after = now + valid_until});
  EXPECT_TRUE(made.ok()) << made.status();
  return *made;
}

crypto::Digest KeyHash(const crypto::KeyAndCertificate& identity) {
  return crypto::ParseCertificate(identity.certificate_pem)->key_hash;
}

class CredentialsTest : public testing::Test {
 protected:
  const base::SystemClock clock_;
  const crypto::KeyAndCertificate server_ =
      Identity("00000001001234567000", -absl::Hours(1), absl::Hours(24));
  const crypto::KeyAndCertificate client_ =
      Identity("00000001007654321000", -absl::Hours(1), absl::Hours(24));
  // Tells which key the caller showed.
  const Answer answer_ =
      [](const grpc::GenericCallbackServerContext& context) -> absl::StatusOr<std::string> {
    const auto certificate = PeerCertificate(context);
    if (!certificate.ok()) return certificate.status();
    return certificate->oin + " " + base::ToText(certificate->key_hash);
  };
};

TEST_F(CredentialsTest, TheRightPinConnectsAndTheServerSeesTheClient) {
  const LoopbackServer server(PeerServerCredentials(server_), answer_);
  const auto channel = server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_));
  const auto answer = Call(channel);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "00000001007654321000 " + base::ToText(KeyHash(client_)));
}

TEST_F(CredentialsTest, TheNameInTheTargetDoesNotMatterToAPin) {
  const auto elsewhere = *crypto::MakeCertificate({.organisation = "Elders",
                                                   .oin = "00000001001234567000",
                                                   .dns_names = {"elders.example"},
                                                   .ip_addresses = {},
                                                   .not_before = clock_.Now() - absl::Hours(1),
                                                   .not_after = clock_.Now() + absl::Hours(1)});
  const LoopbackServer server(PeerServerCredentials(elsewhere), answer_);
  EXPECT_TRUE(
      Call(server.Connect(PeerChannelCredentials(client_, KeyHash(elsewhere), clock_))).ok());
}

TEST_F(CredentialsTest, AnotherKeyDoesNotConnect) {
  // The same organisation and OIN, a certificate that is valid, another key.
  const auto impostor = Identity("00000001001234567000", -absl::Hours(1), absl::Hours(24));
  const LoopbackServer server(PeerServerCredentials(impostor), answer_);
  const auto answer =
      Call(server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_)));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
}

TEST_F(CredentialsTest, AnExpiredCertificateDoesNotConnect) {
  const auto expired = Identity("00000001001234567000", -absl::Hours(48), -absl::Hours(24));
  const LoopbackServer server(PeerServerCredentials(expired), answer_);
  const auto answer =
      Call(server.Connect(PeerChannelCredentials(client_, KeyHash(expired), clock_)));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
}

TEST_F(CredentialsTest, ValidityIsReadOnTheGivenClock) {
  const auto old = Identity("00000001001234567000", -absl::Hours(48), -absl::Hours(24));
  const FixedClock then(clock_.Now() - absl::Hours(36));
  const FixedClock before(clock_.Now() - absl::Hours(60));
  const LoopbackServer server(PeerServerCredentials(old), answer_);
  EXPECT_TRUE(Call(server.Connect(PeerChannelCredentials(client_, KeyHash(old), then))).ok());
  EXPECT_FALSE(Call(server.Connect(PeerChannelCredentials(client_, KeyHash(old), before))).ok());
}

TEST_F(CredentialsTest, AClientWithoutACertificateIsRefused) {
  const LoopbackServer server(PeerServerCredentials(server_), answer_);
  const auto answer = Call(server.Connect(ApiChannelCredentials(server_.certificate_pem)));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
  EXPECT_FALSE(Call(server.Connect(grpc::InsecureChannelCredentials())).ok());
  EXPECT_TRUE(Call(server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_))).ok())
      << "the server goes on";
}

// The server's TLS lets any certificate in; the check of each call is what refuses.
TEST_F(CredentialsTest, AStrangersCertificateIsForTheCallToRefuse) {
  const crypto::Digest known = KeyHash(client_);
  const LoopbackServer server(
      PeerServerCredentials(server_),
      [&](const grpc::GenericCallbackServerContext& context) -> absl::StatusOr<std::string> {
        const auto certificate = PeerCertificate(context);
        if (!certificate.ok()) return certificate.status();
        if (auto status = CheckPin(*certificate, known, clock_.Now()); !status.ok()) return status;
        return "welcome";
      });
  const auto call = [&](const crypto::KeyAndCertificate& identity) {
    return Call(server.Connect(PeerChannelCredentials(identity, KeyHash(server_), clock_)));
  };
  EXPECT_EQ(*call(client_), "welcome");
  const auto stranger = call(Identity("00000001007654321000", -absl::Hours(1), absl::Hours(1)));
  EXPECT_EQ(stranger.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(base::DetailsOf(stranger.status()).reason, "PEER_KEY_UNKNOWN");
}

TEST_F(CredentialsTest, ApiClientTrustsOneCertificateAndItsNames) {
  const LoopbackServer server(
      ApiServerCredentials(server_),
      [](const grpc::GenericCallbackServerContext& context) -> absl::StatusOr<std::string> {
        return PeerCertificate(context).ok() ? "certificate" : "none";
      });
  const auto call = [&](const std::string& pem) {
    return Call(server.Connect(ApiChannelCredentials(pem)));
  };
  const auto answer = call(server_.certificate_pem);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "none");
  EXPECT_TRUE(
      Call(server.Connect(ApiChannelCredentials(server_.certificate_pem), "localhost")).ok());
  EXPECT_FALSE(call(client_.certificate_pem).ok()) << "another certificate";
  const LoopbackServer other(
      ApiServerCredentials(*crypto::MakeCertificate({.organisation = "Elders",
                                                     .oin = "00000001001234567000",
                                                     .dns_names = {"elders.example"},
                                                     .ip_addresses = {},
                                                     .not_before = clock_.Now() - absl::Hours(1),
                                                     .not_after = clock_.Now() + absl::Hours(1)})),
      answer_);
  EXPECT_FALSE(Call(other.Connect(ApiChannelCredentials(server_.certificate_pem))).ok());
}

TEST_F(CredentialsTest, TheApiPortAsksNoCertificate) {
  const LoopbackServer server(ApiServerCredentials(server_), answer_);
  const auto answer =
      Call(server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_)));
  EXPECT_EQ(base::DetailsOf(answer.status()).reason, "PEER_CERTIFICATE_MISSING");
}

TEST_F(CredentialsTest, ARefusalCrossesARealConnection) {
  const LoopbackServer server(
      PeerServerCredentials(server_),
      [](const grpc::GenericCallbackServerContext&) -> absl::StatusOr<std::string> {
        base::Refusal refusal(absl::StatusCode::kFailedPrecondition, "HOURS_PROMISED",
                              std::string(4096, 'x') + "é");
        refusal.Remedy("kies andere weken");
        for (int i = 0; i < 100; ++i) refusal.Field("weeks", "in deze week zijn er geen uren vrij");
        return refusal.Status();
      });
  const auto answer =
      Call(server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_)));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition) << answer.status();
  EXPECT_EQ(answer.status().message().size(), 4096U);
  const base::ErrorDetails details = base::DetailsOf(answer.status());
  EXPECT_EQ(details.reason, "HOURS_PROMISED");
  EXPECT_EQ(details.field_violations.size(), 100U);
  EXPECT_EQ(details.metadata.at("remedy"), "kies andere weken");
}

TEST_F(CredentialsTest, CallsHaveDeadlinesAndLimits) {
  std::string answer(Limits().maximum_message_bytes + 1, 'x');
  const FixedClock now(clock_.Now());
  absl::Duration left;
  const LoopbackServer server(
      PeerServerCredentials(server_),
      [&](const grpc::GenericCallbackServerContext& context) -> absl::StatusOr<std::string> {
        left = DeadlineOf(context, now, absl::Seconds(7)) - now.Now();
        return answer;
      });
  const auto channel = server.Connect(PeerChannelCredentials(client_, KeyHash(server_), clock_));
  EXPECT_EQ(Call(channel).status().code(), absl::StatusCode::kResourceExhausted);
  answer = "short";
  ASSERT_TRUE(Call(channel, absl::Seconds(60)).ok());
  EXPECT_EQ(left, absl::Seconds(7)) << "the server's own limit is the nearer one";
  ASSERT_TRUE(Call(channel, absl::Seconds(5)).ok());
  EXPECT_LT(left, absl::Seconds(7)) << "the caller's is";
}

TEST_F(CredentialsTest, ATimeoutEndsACallToNobody) {
  const auto credentials = PeerChannelCredentials(client_, KeyHash(server_), clock_);
  std::shared_ptr<grpc::Channel> channel;
  {
    const LoopbackServer gone(PeerServerCredentials(server_), answer_);
    channel = gone.Connect(credentials);
  }
  const auto code = Call(channel, absl::Milliseconds(200)).status().code();
  EXPECT_TRUE(code == absl::StatusCode::kUnavailable ||
              code == absl::StatusCode::kDeadlineExceeded);
}

TEST(CheckPin, SaysWhatIsWrong) {
  crypto::Certificate certificate;
  certificate.key_hash = crypto::Sha256("key");
  certificate.not_before = absl::FromUnixSeconds(1000);
  certificate.not_after = absl::FromUnixSeconds(2000);
  const auto reason = [&](const crypto::Digest& pin, int64_t now) {
    return base::DetailsOf(CheckPin(certificate, pin, absl::FromUnixSeconds(now))).reason;
  };
  EXPECT_EQ(reason(crypto::Sha256("key"), 1000), "");
  EXPECT_EQ(reason(crypto::Sha256("key"), 2000), "");
  EXPECT_EQ(reason(crypto::Sha256("key"), 999), "PEER_CERTIFICATE_NOT_YET_VALID");
  EXPECT_EQ(reason(crypto::Sha256("key"), 2001), "PEER_CERTIFICATE_EXPIRED");
  EXPECT_EQ(reason(crypto::Sha256("other"), 1500), "PEER_KEY_UNKNOWN");
  EXPECT_EQ(reason(crypto::Digest(), 1500), "PEER_KEY_UNKNOWN");
}

}  // namespace
}  // namespace services::rpc
