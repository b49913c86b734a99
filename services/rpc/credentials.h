#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/crypto/digest.h"

// TLS of the two ports of a node. Users trust one certificate of their node and show
// a token. Peers have no authority in common: each pins the hash of the other's key,
// as the charter states it (crypto::Certificate::key_hash).
//
// A key or certificate that is no PEM shows only when the server or the channel
// starts: crypto::ParseCertificate says so before.
namespace services::rpc {

// API port: TLS, no certificate asked of the client.
std::shared_ptr<grpc::ServerCredentials> ApiServerCredentials(
    const eventstore::crypto::KeyAndCertificate& identity);

// A client of the API port that trusts just `certificate_pem`. The name or address
// in the target must stand in it.
std::shared_ptr<grpc::ChannelCredentials> ApiChannelCredentials(const std::string& certificate_pem);

// Peer port: a client without a certificate is refused during the handshake; one
// with any certificate comes through, so each call must be checked with
// PeerCertificate and CheckPin or the charter.
std::shared_ptr<grpc::ServerCredentials> PeerServerCredentials(
    const eventstore::crypto::KeyAndCertificate& identity);

// A client of the peer port with its own identity, that goes on only when the
// server's certificate holds the key with hash `pin` and is valid now by `clock`. No
// name is checked. `clock` must outlive the channels made with the result.
std::shared_ptr<grpc::ChannelCredentials> PeerChannelCredentials(
    const eventstore::crypto::KeyAndCertificate& identity, const eventstore::crypto::Digest& pin,
    const eventstore::base::Clock& clock);

// The certificate that the caller showed in the handshake; that it has the key is
// proved by then. UNAUTHENTICATED (PEER_CERTIFICATE_MISSING, PEER_CERTIFICATE_UNREADABLE).
absl::StatusOr<eventstore::crypto::Certificate> PeerCertificate(
    const grpc::ServerContextBase& context);

// UNAUTHENTICATED when the certificate is not valid at `now`
// (PEER_CERTIFICATE_EXPIRED, PEER_CERTIFICATE_NOT_YET_VALID).
absl::Status CheckValidity(const eventstore::crypto::Certificate& certificate, absl::Time now);

// As CheckValidity, and UNAUTHENTICATED (PEER_KEY_UNKNOWN) when the key is not `pin`.
absl::Status CheckPin(const eventstore::crypto::Certificate& certificate,
                      const eventstore::crypto::Digest& pin, absl::Time now);

}  // namespace services::rpc
