#include "services/domain/agreement.h"

#include <algorithm>

#include "services/domain/bytes.h"
#include "services/domain/epochs.h"

namespace services::domain {
namespace {

using eventstore::crypto::Digest;

constexpr char kTermsDomain[] = "poolcirkel.example/v1/terms\n";
constexpr char kAgreementDomain[] = "poolcirkel.example/v1/agreement\n";

}  // namespace

Digest TermsDigest(const poolcirkel::event::v1::Terms& terms) {
  return eventstore::crypto::Sha256({kTermsDomain, DeterministicBytes(terms)});
}

std::string AgreementMessage(const Agreement& agreement) {
  poolcirkel::event::v1::TermsToSign message;
  message.set_circle_id(agreement.circle.bytes());
  message.set_exchange_id(agreement.exchange.bytes());
  message.set_selection(agreement.selection);
  message.set_terms_digest(agreement.terms_digest);
  message.set_party(agreement.party);
  return kAgreementDomain + DeterministicBytes(message);
}

std::string SignAgreement(const eventstore::crypto::PrivateKey& log_key,
                          const Agreement& agreement) {
  return log_key.Sign(AgreementMessage(agreement)).bytes();
}

bool VerifyAgreement(const poolcirkel::event::v1::CharterMember& party, const Agreement& agreement,
                     const std::string& signature) {
  const auto keys = LogKeysOf(party);
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return VerifyAgreement(key.second.bytes(), agreement, signature);
  });
}

bool VerifyAgreement(const std::string& log_key, const Agreement& agreement,
                     const std::string& signature) {
  const auto key = eventstore::crypto::PublicKey::FromBytes(log_key);
  const auto signed_with = eventstore::crypto::Signature::FromBytes(signature);
  return key.ok() && signed_with.ok() &&
         eventstore::crypto::Verify(*key, AgreementMessage(agreement), *signed_with);
}

}  // namespace services::domain
