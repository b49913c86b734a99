#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eventstore/crypto/digest.h"
#include "poolcirkel/event/v1/circle.pb.h"

namespace services::commands {

// Who this member is, as it stands in the charters of its circles; from the
// node's configuration and certificate. The log key is Dependencies::log_key.
struct MemberIdentity {
  std::string organisation;
  std::string oin;                          // 20 digits
  eventstore::crypto::Digest tls_key_hash;  // of the SubjectPublicKeyInfo
  std::vector<std::string> addresses;       // "host:port" of the peer service
  std::optional<poolcirkel::event::v1::CharterMember::Position> position;
};

}  // namespace services::commands
