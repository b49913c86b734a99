#pragma once

#include <string>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"

// What lender and host sign, made and checked in one place for both sides.
namespace services::domain {

// SHA-256("poolcirkel.example/v1/terms\n" || Terms, serialised deterministically).
eventstore::crypto::Digest TermsDigest(const poolcirkel::event::v1::Terms& terms);

// The agreement of one party.
struct Agreement {
  eventstore::log::CircleId circle;
  eventstore::log::StreamId exchange;
  uint32_t selection = 0;
  std::string terms_digest;  // 32 bytes
  poolcirkel::event::v1::TermsToSign::Party party =
      poolcirkel::event::v1::TermsToSign::PARTY_UNSPECIFIED;
};

// "poolcirkel.example/v1/agreement\n" || TermsToSign, serialised deterministically.
std::string AgreementMessage(const Agreement& agreement);
// 64 bytes, by the party's log key.
std::string SignAgreement(const eventstore::crypto::PrivateKey& log_key,
                          const Agreement& agreement);
// By any log key that `party` ever had in the circle: it may have signed in an earlier
// epoch. What an old key signs now stands in a feed that counts no more.
bool VerifyAgreement(const poolcirkel::event::v1::CharterMember& party, const Agreement& agreement,
                     const std::string& signature);
// `log_key` is the party's in the charter; both may be foreign bytes of any length.
bool VerifyAgreement(const std::string& log_key, const Agreement& agreement,
                     const std::string& signature);

}  // namespace services::domain
