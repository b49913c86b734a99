#include "services/audit/tiles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tiles.h"
#include "eventstore/merkle/tlog_proof.h"
#include "eventstore/merkle/tree.h"

namespace services::audit {

using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::merkle::Frontier;
using eventstore::merkle::kTileWidth;
using eventstore::merkle::TlogFile;
using poolcirkel::api::v1::AuditProofResponse;
using poolcirkel::api::v1::AuditTilesResponse;
using Kind = TlogFile::Kind;

namespace {

constexpr size_t kPieceSize = 1024 * 1024;
constexpr uint32_t kLevels = 8;  // a tree of 64-bit size has no more

struct SignedHead {
  std::string bytes;
  eventstore::merkle::Note note;
  eventstore::merkle::Checkpoint checkpoint;
};

absl::StatusOr<SignedHead> NewestHead(const EventLog& log, const FeedId& feed) {
  auto bytes = log.CheckpointNote(feed);
  if (absl::IsNotFound(bytes.status())) {
    return eventstore::base::Refusal(absl::StatusCode::kNotFound, "HEAD_UNKNOWN",
                                     "van dit log is hier geen ondertekende stand")
        .Remedy("kijk met `poolcirkel log heads` welke er zijn")
        .Status();
  }
  RETURN_IF_ERROR(bytes.status());
  SignedHead head{*std::move(bytes), {}, {}};
  ASSIGN_OR_RETURN(head.note, eventstore::merkle::ParseNote(head.bytes));
  ASSIGN_OR_RETURN(head.checkpoint, eventstore::merkle::ParseCheckpoint(head.note.text));
  return head;
}

uint64_t CountFiles(uint64_t size) {
  const auto files = [](uint64_t hashes) { return (hashes + kTileWidth - 1) / kTileWidth; };
  uint64_t count = 1 + files(size);
  for (uint64_t hashes = size; hashes > 0; hashes /= kTileWidth) count += files(hashes);
  return count;
}

class Exporter {
 public:
  Exporter(const EventLog& log, const FeedId& feed, const TakeFile& take)
      : log_(log), feed_(feed), take_(take) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(const SignedHead head, NewestHead(log_, feed_));
    total_ = CountFiles(head.checkpoint.size);
    while (tree_.size() < head.checkpoint.size) {
      const uint64_t width = std::min(kTileWidth, head.checkpoint.size - tree_.size());
      RETURN_IF_ERROR(HandOverEntries(width));
    }
    for (uint32_t level = 0; level < kLevels; ++level) {
      const auto& tile = tree_.Unfinished(level);
      const uint64_t index = (tree_.size() >> (8 * level)) / kTileWidth;
      if (!tile.empty()) RETURN_IF_ERROR(HandOverTile({level, index}, tile));
    }
    if (tree_.Root() != head.checkpoint.root) {
      return absl::DataLossError(absl::StrCat("de gebeurtenissen van ",
                                              eventstore::log::Origin(feed_),
                                              " leiden niet tot de ondertekende stand"));
    }
    return HandOver({Kind::kCheckpoint, {}, 0}, head.bytes);
  }

 private:
  // The next `width` events, which begin at the edge of a tile, and the tiles they finish.
  absl::Status HandOverEntries(uint64_t width) {
    const uint64_t first = tree_.size();
    std::string bundle;
    std::vector<Frontier::FullTile> finished;
    while (tree_.size() < first + width) {
      ASSIGN_OR_RETURN(const auto events,
                       log_.ReadFeed(feed_, Sequence(tree_.size()), first + width - tree_.size()));
      if (events.empty()) return absl::DataLossError("er ontbreken gebeurtenissen in het log");
      for (const auto& event : events) {
        eventstore::merkle::AppendEntry(bundle, event.bytes);
        tree_.Append(eventstore::merkle::LeafHash(event.bytes), finished);
      }
    }
    RETURN_IF_ERROR(HandOver({Kind::kEntries, {0, first / kTileWidth}, width}, bundle));
    for (const auto& tile : finished) RETURN_IF_ERROR(HandOverTile(tile.id, tile.hashes));
    return absl::OkStatus();
  }

  absl::Status HandOverTile(eventstore::merkle::TileId id, const eventstore::merkle::Tile& tile) {
    return HandOver({Kind::kTile, id, tile.size()}, eventstore::merkle::FormatTile(tile));
  }

  absl::Status HandOver(const TlogFile& file, std::string_view content) {
    AuditTilesResponse piece;
    piece.set_path(eventstore::merkle::FormatTlogPath(file));
    piece.set_files_total(total_);
    do {
      piece.set_content(std::string(content.substr(0, kPieceSize)));
      content.remove_prefix(std::min(content.size(), kPieceSize));
      RETURN_IF_ERROR(take_(piece));
    } while (!content.empty());
    return absl::OkStatus();
  }

  const EventLog& log_;
  const FeedId& feed_;
  const TakeFile& take_;
  Frontier tree_;
  uint64_t total_ = 0;
};

}  // namespace

absl::Status ExportTiles(const EventLog& log, const FeedId& feed, const TakeFile& take) {
  return Exporter(log, feed, take).Run();
}

absl::StatusOr<AuditProofResponse> ProveEvent(const EventLog& log, const FeedId& feed,
                                              uint64_t sequence) {
  ASSIGN_OR_RETURN(SignedHead head, NewestHead(log, feed));
  if (sequence >= head.checkpoint.size) {
    return eventstore::base::Refusal(
               absl::StatusCode::kNotFound, "EVENT_UNKNOWN",
               absl::StrCat("de ondertekende stand van dit log gaat tot ", head.checkpoint.size))
        .Field("sequence", "is kleiner dan de grootte van de stand")
        .Remedy("kijk met `poolcirkel log heads` hoe ver het log hier is")
        .Status();
  }
  eventstore::merkle::TlogProof proof;
  proof.index = sequence;
  ASSIGN_OR_RETURN(proof.path, log.InclusionProof(feed, Sequence(sequence), head.checkpoint.size));
  proof.note = std::move(head.note);
  ASSIGN_OR_RETURN(const auto events, log.ReadFeed(feed, Sequence(sequence), 1));
  if (events.empty()) return absl::DataLossError("de gebeurtenis ontbreekt in het log");
  AuditProofResponse response;
  response.set_proof(eventstore::merkle::FormatTlogProof(proof));
  response.set_record(events.front().bytes);
  return response;
}

}  // namespace services::audit
