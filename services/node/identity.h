#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "services/node/config.h"

namespace services::node {

// Where a member's things stand in its data directory. One home for the paths.
struct Paths {
  explicit Paths(const std::string& data_directory) : root(data_directory) {}

  std::string root;
  std::string Identity() const { return root + "/identity"; }
  std::string Keys() const { return root + "/keys"; }
  std::string LogKey() const { return root + "/keys/log.key"; }
  std::string PeerKey() const { return root + "/keys/peer.key.pem"; }
  std::string PeerCertificate() const { return root + "/keys/peer.crt.pem"; }
  std::string ApiKey() const { return root + "/keys/api.key.pem"; }
  std::string ApiCertificate() const { return root + "/keys/api.crt.pem"; }
  std::string ClassKeys() const { return root + "/keys/class"; }
  // Beside the keys, because a node that lost its log needs both.
  std::string KeptCircles() const { return root + "/keys/circles"; }
  std::string Forks() const { return root + "/forks"; }
  std::string PrivateFeedDoubt() const { return root + "/private-feed-doubt"; }
  std::string Log() const { return root + "/log"; }
  std::string Views() const { return root + "/views"; }
  std::string Tokens() const { return root + "/tokens"; }
  std::string AccessLog() const { return root + "/access.log"; }
  std::string PendingJoins() const { return root + "/pending-joins"; }
};

// Who a node is: its keys, its certificates and the name of its private feed.
struct Identity {
  eventstore::crypto::PrivateKey log_key;
  std::string peer_key_pem;
  std::string peer_certificate_pem;
  eventstore::crypto::Digest peer_key_hash;
  std::string api_key_pem;
  std::string api_certificate_pem;
  eventstore::log::FeedId private_feed;
};

// Makes the data directory of a new member: keys (readable by the owner only),
// certificates for ten years, a random private feed. ALREADY_EXISTS when it is
// there: nothing is changed then.
absl::Status InitialiseDataDirectory(const Config& config, const eventstore::base::Clock& clock,
                                     eventstore::base::Entropy& entropy);

// Makes another first log key when the one of InitialiseDataDirectory is lost. Feeds that
// the lost one signed cannot be written until their circles replaced it. ALREADY_EXISTS
// while there is one.
absl::Status MakeLogKey(const Config& config, eventstore::base::Entropy& entropy);

// Reads what InitialiseDataDirectory made. NOT_FOUND tells to run `init` first;
// FAILED_PRECONDITION when a private key is readable by others.
absl::StatusOr<Identity> LoadIdentity(const std::string& data_directory);

// Whether the data directory is of the member that the configuration names: the OIN stands
// in the certificate that InitialiseDataDirectory made. FAILED_PRECONDITION OTHER_MEMBER.
absl::Status CheckMember(const Identity& identity, const Config& config);

}  // namespace services::node
