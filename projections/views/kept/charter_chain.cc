#include "projections/views/kept/charter_chain.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"

namespace projections::views::kept {

using eventstore::crypto::Digest;
using eventstore::crypto::PublicKey;
using eventstore::crypto::Sha256;
using eventstore::crypto::Signature;
using eventstore::log::CircleId;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::CharterSignature;
using poolcirkel::event::v1::SignedCharter;

namespace {

constexpr std::string_view kCharterContext = "poolcirkel.example/v1/charter\n";
constexpr int kMaximumMembers = 100;
constexpr int kMaximumSignatures = 2 * kMaximumMembers;

bool SignedBy(const Charter& signers, const Digest& digest, const CharterSignature& given) {
  const auto signature = Signature::FromBytes(given.signature());
  if (!signature.ok()) return false;
  for (const auto& member : signers.members()) {
    if (member.member_id() != given.member_id() || member.suspended()) continue;
    const auto key = PublicKey::FromBytes(member.log_key());
    const std::string message = std::string(kCharterContext) + digest.bytes();
    return key.ok() && eventstore::crypto::Verify(*key, message, *signature);
  }
  return false;
}

// How many different members of `signers` signed.
size_t CountSigners(const Charter& signers, const Digest& digest, const SignedCharter& charter) {
  std::set<std::string> members;
  for (const auto& signature : charter.signatures()) {
    if (SignedBy(signers, digest, signature)) members.insert(signature.member_id());
  }
  return members.size();
}

}  // namespace

std::optional<Charter> FollowingCharter(const CircleId& circle,
                                        const std::optional<std::string>& previous_bytes,
                                        const SignedCharter& next) {
  Charter charter;
  if (!charter.ParseFromString(next.charter())) return std::nullopt;
  if (charter.members_size() == 0 || charter.members_size() > kMaximumMembers ||
      next.signatures_size() > kMaximumSignatures) {
    return std::nullopt;
  }
  const Digest digest = Sha256(next.charter());
  if (!previous_bytes.has_value()) {
    const bool founded =
        charter.version() == 0 && digest.view() == circle.view() &&
        CountSigners(charter, digest, next) == static_cast<size_t>(charter.members_size());
    return founded ? std::optional(charter) : std::nullopt;
  }
  Charter previous;
  if (!previous.ParseFromString(*previous_bytes)) return std::nullopt;
  const auto active =
      static_cast<size_t>(std::count_if(previous.members().begin(), previous.members().end(),
                                        [](const auto& member) { return !member.suspended(); }));
  const size_t needed = std::max<size_t>(previous.quorum(), active / 2 + 1);
  const bool follows = charter.version() == previous.version() + 1 &&
                       charter.previous() == Sha256(*previous_bytes).view() &&
                       CountSigners(previous, digest, next) >= needed;
  return follows ? std::optional(charter) : std::nullopt;
}

}  // namespace projections::views::kept
