#include "services/cli/log_keys.h"

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;
using eventstore::merkle::NoteAlgorithm;

absl::StatusOr<LogKeys> KeysIn(const log::CircleId& circle,
                               const poolcirkel::event::v1::CharterMember& member, uint32_t epoch,
                               const std::string& key_bytes) {
  ASSIGN_OR_RETURN(const auto id, log::MemberId::FromBytes(member.member_id()));
  ASSIGN_OR_RETURN(const auto key, eventstore::crypto::PublicKey::FromBytes(key_bytes));
  const std::string name = log::Origin({circle, id, log::Epoch(epoch)});
  return LogKeys{member.short_name(),
                 epoch,
                 {name, NoteAlgorithm::kEd25519, key},
                 {name, NoteAlgorithm::kCosignatureV1, key}};
}

}  // namespace

absl::StatusOr<std::vector<LogKeys>> LogKeysOf(
    const poolcirkel::api::v1::ShowCircleResponse& circle, const std::string& member) {
  ASSIGN_OR_RETURN(const std::string bytes, base::FromHex(circle.circle().circle_id()));
  ASSIGN_OR_RETURN(const auto id, log::CircleId::FromBytes(bytes));
  std::vector<LogKeys> keys;
  for (const auto& entry : circle.charter().members()) {
    if (!member.empty() && entry.short_name() != member) continue;
    for (const auto& closed : entry.closed_epochs()) {
      ASSIGN_OR_RETURN(keys.emplace_back(), KeysIn(id, entry, closed.epoch(), closed.log_key()));
    }
    if (entry.suspended()) continue;  // its last epoch is closed
    ASSIGN_OR_RETURN(keys.emplace_back(), KeysIn(id, entry, entry.epoch(), entry.log_key()));
  }
  if (!keys.empty()) return keys;
  return base::Refusal(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                       "geen lid van deze poolcirkel heet " + member)
      .Field("--member", "is de korte naam van een lid")
      .Remedy("bekijk de leden met: poolcirkel circle show");
}

}  // namespace services::cli
