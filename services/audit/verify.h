#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eventstore/log/types.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "poolcirkel/event/v1/common.pb.h"

namespace services::audit {

// One thing that the evidence says about an exchange.
struct Claim {
  enum class Kind {
    kProven,    // follows from signatures and hashes
    kAttested,  // a member says so and is bound to it by its signature
    kUnknown,   // cannot be seen from this evidence
  };
  Kind kind = Kind::kUnknown;
  // False when the evidence contradicts it, or does not show it although it should.
  bool ok = false;
  std::string sentence;  // Dutch, for a reader
};

struct VerificationReport {
  // Every check that had to hold did.
  bool ok = false;
  std::vector<Claim> claims;
  // When the evidence holds the exchange's key and the terms fit the digest that
  // both sides signed.
  std::optional<poolcirkel::event::v1::Terms> terms;
};

// Verifies evidence without trusting who handed it over: the charter chain up to
// `circle`, the signed heads of both feeds, that every event stands in them, that
// both sides signed the same terms, and that more than half of the others
// cosigned a head with the acceptance. Pure; foreign input is fine.
VerificationReport VerifyEvidence(const poolcirkel::api::v1::AuditEvidenceResponse& evidence,
                                  const eventstore::log::CircleId& circle);

}  // namespace services::audit
