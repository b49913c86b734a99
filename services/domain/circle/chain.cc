#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"

namespace services::domain::circle {
namespace {

using eventstore::base::Refusal;

constexpr char kDomain[] = "poolcirkel.example/v1/charter\n";

absl::Status Invalid(uint32_t version, std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "CHARTER_INVALID",
                 absl::StrCat("versie ", version,
                              " van de samenwerkingsafspraken is ongeldig: ", std::string(why)))
      .Metadata("version", absl::StrCat(version))
      .Remedy("vraag de leden om de juiste, volledig ondertekende afspraken");
}

// How many members of `signers` signed; every signature must be right, and of another.
absl::StatusOr<uint32_t> CountSignatures(uint32_t version, const Charter& signers,
                                         const SignedCharter& charter) {
  if (charter.signatures_size() > signers.members_size()) {
    return Invalid(version, "er zijn meer handtekeningen dan leden");
  }
  std::set<std::string> seen;
  for (const CharterSignature& signature : charter.signatures()) {
    if (!seen.insert(signature.member_id()).second) {
      return Invalid(version, "een lid ondertekende twee keer");
    }
    if (!VerifyCharterSignature(signers, charter.charter(), signature)) {
      return Invalid(version, "een handtekening klopt niet, of is niet van een lid");
    }
  }
  return static_cast<uint32_t>(seen.size());
}

absl::StatusOr<Charter> VerifyFirst(const SignedCharter& first) {
  const auto charter = ParseCharter(first.charter());
  if (!charter.ok()) return Invalid(0, std::string(charter.status().message()));
  if (charter->version() != 0) return Invalid(0, "het eerste stuk is geen versie 0");
  ASSIGN_OR_RETURN(const uint32_t signatures, CountSignatures(0, *charter, first));
  if (signatures != static_cast<uint32_t>(charter->members_size())) {
    return Invalid(0, absl::StrCat(signatures, " van de ", charter->members_size(),
                                   " oprichters ondertekenden"));
  }
  return *charter;
}

}  // namespace

Digest CharterDigest(std::string_view bytes) { return eventstore::crypto::Sha256(bytes); }

CircleId CircleIdOf(std::string_view version_0_bytes) {
  return CircleId(CharterDigest(version_0_bytes).array());
}

StreamId StreamOf(const CircleId& circle) {
  std::array<uint8_t, StreamId::kSize> bytes;
  std::copy_n(circle.array().begin(), bytes.size(), bytes.begin());
  return StreamId(bytes);
}

std::string CharterMessage(std::string_view bytes) {
  return kDomain + CharterDigest(bytes).bytes();
}

CharterSignature SignCharter(const MemberId& member, const eventstore::crypto::PrivateKey& log_key,
                             std::string_view bytes) {
  CharterSignature signature;
  signature.set_member_id(member.bytes());
  signature.set_signature(log_key.Sign(CharterMessage(bytes)).bytes());
  return signature;
}

bool VerifyCharterSignature(const Charter& charter, std::string_view bytes,
                            const CharterSignature& signature) {
  const auto id = MemberId::FromBytes(signature.member_id());
  if (!id.ok()) return false;
  const CharterMember* member = FindMember(charter, *id);
  if (member == nullptr || member->suspended()) return false;
  const auto key = eventstore::crypto::PublicKey::FromBytes(member->log_key());
  const auto made = eventstore::crypto::Signature::FromBytes(signature.signature());
  return key.ok() && made.ok() && eventstore::crypto::Verify(*key, CharterMessage(bytes), *made);
}

absl::StatusOr<Charter> VerifyNext(const Charter& previous, std::string_view previous_bytes,
                                   const SignedCharter& next) {
  const uint32_t version = previous.version() + 1;
  const auto charter = ParseCharter(next.charter());
  if (!charter.ok()) return Invalid(version, std::string(charter.status().message()));
  if (charter->version() != version) {
    return Invalid(version, absl::StrCat("het draagt versienummer ", charter->version()));
  }
  if (charter->previous() != CharterDigest(previous_bytes).view()) {
    return Invalid(version, "het noemt een andere vorige versie");
  }
  ASSIGN_OR_RETURN(const uint32_t signatures, CountSignatures(version, previous, next));
  if (signatures < previous.quorum()) {
    return Invalid(version, absl::StrCat(signatures, " van de ", previous.quorum(),
                                         " nodige leden ondertekenden"));
  }
  const absl::Status epochs = CheckEpochs(previous, *charter);
  if (!epochs.ok()) return Invalid(version, std::string(epochs.message()));
  return *charter;
}

absl::StatusOr<Charter> VerifyChain(const Chain& chain) {
  if (chain.empty()) return Invalid(0, "er zijn geen afspraken");
  if (chain.size() > kMaximumChainLength) return Invalid(0, "er zijn te veel versies");
  ASSIGN_OR_RETURN(Charter newest, VerifyFirst(chain.front()));
  for (size_t i = 1; i < chain.size(); ++i) {
    ASSIGN_OR_RETURN(newest, VerifyNext(newest, chain[i - 1].charter(), chain[i]));
  }
  return newest;
}

}  // namespace services::domain::circle
