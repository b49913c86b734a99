#include "services/rpc/credentials.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <functional>
#include <vector>

#include "eventstore/base/errors.h"
#include "services/rpc/status.h"

namespace services::rpc {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;

absl::Status Refused(const char* reason, const char* message, const char* remedy) {
  return base::Refusal(absl::StatusCode::kUnauthenticated, reason, message).Remedy(remedy);
}

// Runs after the handshake, in which the server proved that it has the key of the
// certificate that it showed.
class PinVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  PinVerifier(const crypto::Digest& pin, const base::Clock& clock) : pin_(pin), clock_(clock) {}
  ~PinVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* status) override {
    *status = ToGrpc(Check(request->peer_cert()));
    return true;
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  absl::Status Check(grpc::string_ref pem) const {
    ASSIGN_OR_RETURN(const auto certificate,
                     crypto::ParseCertificate(std::string_view(pem.data(), pem.size())));
    return CheckPin(certificate, pin_, clock_.Now());
  }

  const crypto::Digest pin_;
  const base::Clock& clock_;
};

std::shared_ptr<grpc::ServerCredentials> TlsServer(const crypto::KeyAndCertificate& identity,
                                                   grpc_ssl_client_certificate_request_type type) {
  grpc::SslServerCredentialsOptions options(type);
  options.pem_key_cert_pairs.push_back({identity.private_key_pem, identity.certificate_pem});
  return grpc::SslServerCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::ServerCredentials> ApiServerCredentials(
    const crypto::KeyAndCertificate& identity) {
  return TlsServer(identity, GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
}

std::shared_ptr<grpc::ChannelCredentials> ApiChannelCredentials(
    const std::string& certificate_pem) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = certificate_pem;
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::ServerCredentials> PeerServerCredentials(
    const crypto::KeyAndCertificate& identity) {
  return TlsServer(identity, GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
}

std::shared_ptr<grpc::ChannelCredentials> PeerChannelCredentials(
    const crypto::KeyAndCertificate& identity, const crypto::Digest& pin,
    const base::Clock& clock) {
  using grpc::experimental::ExternalCertificateVerifier;
  using grpc::experimental::IdentityKeyCertPair;
  using grpc::experimental::StaticDataCertificateProvider;
  const std::vector<IdentityKeyCertPair> pairs = {
      {identity.private_key_pem, identity.certificate_pem}};
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(pairs));
  options.watch_identity_key_cert_pairs();
  // No authority signs a peer's certificate; the pin takes the place of both checks.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(ExternalCertificateVerifier::Create<PinVerifier>(pin, clock));
  return grpc::experimental::TlsCredentials(options);
}

absl::StatusOr<crypto::Certificate> PeerCertificate(const grpc::ServerContextBase& context) {
  constexpr char kRemedy[] = "verbind met het certificaat van een lid van de poolcirkel";
  const auto auth = context.auth_context();
  const auto shown = auth == nullptr ? std::vector<grpc::string_ref>()
                                     : auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (shown.size() != 1) {
    return Refused("PEER_CERTIFICATE_MISSING", "er is geen certificaat getoond", kRemedy);
  }
  auto certificate =
      crypto::ParseCertificate(std::string_view(shown.front().data(), shown.front().size()));
  if (!certificate.ok()) {
    return Refused("PEER_CERTIFICATE_UNREADABLE",
                   std::string(certificate.status().message()).c_str(), kRemedy);
  }
  return certificate;
}

absl::Status CheckValidity(const crypto::Certificate& certificate, absl::Time now) {
  if (now > certificate.not_after) {
    return Refused("PEER_CERTIFICATE_EXPIRED", "het certificaat is verlopen",
                   "maak een nieuw certificaat over dezelfde sleutel");
  }
  if (now < certificate.not_before) {
    return Refused("PEER_CERTIFICATE_NOT_YET_VALID", "het certificaat is nog niet geldig",
                   "kijk of de klokken gelijk lopen");
  }
  return absl::OkStatus();
}

absl::Status CheckPin(const crypto::Certificate& certificate, const crypto::Digest& pin,
                      absl::Time now) {
  if (certificate.key_hash != pin) {
    return Refused("PEER_KEY_UNKNOWN",
                   "dit is een andere sleutel dan de samenwerkingsafspraken noemen",
                   "vergelijk de sleutel van het lid met de samenwerkingsafspraken");
  }
  return CheckValidity(certificate, now);
}

}  // namespace services::rpc
