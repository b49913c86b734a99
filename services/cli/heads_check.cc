#include "services/cli/heads_check.h"

#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;
namespace merkle = eventstore::merkle;

struct Member {
  std::string short_name;
  eventstore::crypto::PublicKey log_key;
};

// By member id, as the newest charter has them.
std::map<std::string, Member> MembersOf(const api::AuditEvidenceResponse& evidence) {
  std::map<std::string, Member> members;
  event::Charter charter;
  if (evidence.charters().empty() ||
      !charter.ParseFromString(evidence.charters(evidence.charters_size() - 1).charter())) {
    return members;
  }
  for (const auto& member : charter.members()) {
    const auto key = eventstore::crypto::PublicKey::FromBytes(member.log_key());
    if (key.ok()) members[member.member_id()] = {Clean(member.short_name()), *key};
  }
  return members;
}

// The checkpoint in a note that `origin` signed.
absl::StatusOr<merkle::Checkpoint> Signed(const std::string& note_text, const std::string& origin,
                                          const eventstore::crypto::PublicKey& key) {
  ASSIGN_OR_RETURN(const merkle::Note note, merkle::ParseNote(note_text));
  ASSIGN_OR_RETURN(const auto signatures,
                   merkle::VerifyNote(note, {{origin, merkle::NoteAlgorithm::kEd25519, key}}));
  if (signatures.empty()) return absl::DataLossError("niet getekend door de schrijver");
  ASSIGN_OR_RETURN(merkle::Checkpoint checkpoint, merkle::ParseCheckpoint(note.text));
  if (checkpoint.origin != origin) return absl::DataLossError("van een ander log");
  return checkpoint;
}

HeadClaim Compare(const std::string& name, const merkle::Checkpoint& proved,
                  const api::LogHeadsResponse::FeedHead& head,
                  const absl::StatusOr<merkle::Checkpoint>& now) {
  if (!now.ok()) {
    return {false, "Het huidige hoofd van " + name + " is niet goed getekend."};
  }
  if (now->size < proved.size) {
    return {false, "Het huidige hoofd van " + name + " is korter dan dat van het bewijs."};
  }
  if (now->size == proved.size && now->root != proved.root) {
    return {false, name + " tekende twee verschillende logs van gelijke lengte."};
  }
  return {true,
          absl::StrCat("Het hoofd van ", name, " (", now->size, " gebeurtenissen, ",
                       head.cosignatures(), " medeondertekeningen) is door ", name, " getekend.")};
}

}  // namespace

std::vector<HeadClaim> CheckHeads(const api::AuditEvidenceResponse& evidence,
                                  const api::LogHeadsResponse& heads) {
  const std::map<std::string, Member> members = MembersOf(evidence);
  std::map<std::string, const api::ProvenEvent*> feeds;
  for (const auto& proven : evidence.events()) {
    feeds.emplace(proven.feed().SerializeAsString(), &proven);
  }
  std::vector<HeadClaim> claims;
  for (const auto& [key, proven] : feeds) {
    const auto member = members.find(proven->feed().member_id());
    const auto feed = eventstore::log::FromProto(proven->feed());
    if (member == members.end() || !feed.ok()) {
      claims.push_back({false, "Een log in het bewijs is van niemand uit de afspraken."});
      continue;
    }
    const Member& writer = member->second;
    const std::string origin = eventstore::log::Origin(*feed);
    const auto proved = Signed(proven->checkpoint_note(), origin, writer.log_key);
    if (!proved.ok()) {
      claims.push_back(
          {false, "Het hoofd in het bewijs van " + writer.short_name + " is niet goed getekend."});
      continue;
    }
    HeadClaim claim = {false, "Het knooppunt toont geen hoofd van " + writer.short_name + "."};
    for (const auto& head : heads.heads()) {
      if (head.feed().SerializeAsString() != key) continue;
      claim = Compare(writer.short_name, *proved, head,
                      Signed(head.checkpoint_note(), origin, writer.log_key));
    }
    claims.push_back(claim);
  }
  return claims;
}

}  // namespace services::cli
