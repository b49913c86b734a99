#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "eventstore/crypto/certificate.h"
#include "services/membership/circles.h"

namespace tests::bench {

// The two nodes of all measurements: 1 serves, 2 asks. Their TLS identities are made
// once for a folder and read by both processes.
eventstore::crypto::KeyAndCertificate IdentityOf(const std::string& folder, int node);
eventstore::crypto::Digest PinOf(const eventstore::crypto::KeyAndCertificate& identity);

// The circle of both, as `self` sees it; node 1 can be reached at `address`.
std::unique_ptr<services::membership::Circles> CircleOfTwo(const std::string& folder, int self,
                                                           const std::string& address);

}  // namespace tests::bench
