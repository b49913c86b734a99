#include "services/cli/heads_check.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace merkle = eventstore::merkle;
using audit::verify::ProvenFeed;

// The checkpoint in a note that the writer of the feed signed.
absl::StatusOr<merkle::Checkpoint> Signed(const std::string& note_text, const ProvenFeed& feed) {
  const std::string origin = eventstore::log::Origin(feed.id);
  ASSIGN_OR_RETURN(const merkle::Note note, merkle::ParseNote(note_text));
  ASSIGN_OR_RETURN(const auto signatures,
                   merkle::VerifyNote(note, {{origin, merkle::NoteAlgorithm::kEd25519, feed.key}}));
  if (signatures.empty()) return absl::DataLossError("niet getekend door de schrijver");
  ASSIGN_OR_RETURN(merkle::Checkpoint checkpoint, merkle::ParseCheckpoint(note.text));
  if (checkpoint.origin != origin) return absl::DataLossError("van een ander log");
  return checkpoint;
}

HeadClaim Compare(const ProvenFeed& feed, const api::LogHeadsResponse::FeedHead& head) {
  const std::string name = Clean(feed.name);
  const auto now = Signed(head.checkpoint_note(), feed);
  if (!now.ok()) {
    return {false, "Het huidige hoofd van " + name + " is niet goed getekend."};
  }
  if (now->size < feed.size) {
    return {false, "Het huidige hoofd van " + name + " is korter dan dat van de bundel."};
  }
  if (now->size == feed.size && now->root != feed.root) {
    return {false, name + " tekende twee verschillende logs van gelijke lengte."};
  }
  return {true,
          absl::StrCat("Het hoofd van ", name, " (", now->size, " gebeurtenissen, ",
                       head.cosignatures(), " medeondertekeningen) is door ", name, " getekend.")};
}

}  // namespace

std::vector<HeadClaim> CheckHeads(const std::vector<ProvenFeed>& feeds,
                                  const api::LogHeadsResponse& heads) {
  std::vector<HeadClaim> claims;
  for (const ProvenFeed& feed : feeds) {
    if (feed.closed) continue;
    HeadClaim claim = {false, "Het knooppunt toont geen hoofd van " + Clean(feed.name) + "."};
    for (const auto& head : heads.heads()) {
      const auto id = eventstore::log::FromProto(head.feed());
      if (id.ok() && *id == feed.id) claim = Compare(feed, head);
    }
    claims.push_back(claim);
  }
  return claims;
}

}  // namespace services::cli
