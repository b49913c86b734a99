#include "services/cli/tiles_writer.h"

#include <utility>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tiles.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace merkle = eventstore::merkle;

// A bundle of 256 of the largest records.
constexpr size_t kMaximumFileSize = 256 * (merkle::kMaximumEntrySize + 2);

absl::Status Wrong(const char* what) { return absl::DataLossError(what); }

absl::Status OtherLog(const std::string& folder) {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "OTHER_LOG",
                       "in " + folder + " staat een ander logboek")
      .Remedy("kies voor elk logboek een eigen map");
}

}  // namespace

absl::Status TilesWriter::Take(const poolcirkel::api::v1::AuditTilesResponse& piece) {
  if (piece.path() != path_) {
    if (!path_.empty()) RETURN_IF_ERROR(WriteFile());
    path_ = piece.path();
    content_.clear();
  }
  if (piece.content().size() > kMaximumFileSize - content_.size()) {
    return Wrong("het knooppunt stuurt een te groot bestand");
  }
  content_ += piece.content();
  return absl::OkStatus();
}

absl::Status TilesWriter::Finish() {
  if (!path_.empty()) RETURN_IF_ERROR(WriteFile());
  return complete_ ? absl::OkStatus() : Wrong("het knooppunt stuurde geen ijkpunt");
}

absl::Status TilesWriter::CheckEntries(uint64_t index, uint64_t width) {
  if (index * merkle::kTileWidth != tree_.size()) return Wrong("er ontbreken gebeurtenissen");
  ASSIGN_OR_RETURN(const auto entries, merkle::ParseEntries(content_, width));
  std::vector<merkle::Frontier::FullTile> finished;
  for (const auto entry : entries) tree_.Append(merkle::LeafHash(entry), finished);
  return absl::OkStatus();
}

absl::Status TilesWriter::CheckUnchanged(const std::string& path) const {
  const auto before = base::ReadFile(path, kMaximumFileSize);
  return !before.ok() || *before == content_ ? absl::OkStatus() : OtherLog(folder_);
}

absl::Status TilesWriter::CheckCheckpoint(const std::string& path) const {
  ASSIGN_OR_RETURN(const auto note, merkle::ParseNote(content_));
  ASSIGN_OR_RETURN(const auto head, merkle::ParseCheckpoint(note.text));
  if (const auto before = base::ReadFile(path, kMaximumFileSize); before.ok()) {
    const auto known = merkle::ParseNote(*before);
    const auto known_head = known.ok() ? merkle::ParseCheckpoint(known->text) : known.status();
    if (!known_head.ok() || known_head->origin != head.origin) return OtherLog(folder_);
  }
  if (head.size != tree_.size() || head.root != tree_.Root()) {
    return Wrong("de gebeurtenissen leiden niet tot het ondertekende ijkpunt");
  }
  return absl::OkStatus();
}

absl::Status TilesWriter::WriteFile() {
  const auto file = merkle::ParseTlogPath(path_);
  if (!file.ok() || complete_) return Wrong("het knooppunt stuurt een bestand dat er niet hoort");
  using Kind = merkle::TlogFile::Kind;
  const std::string path = folder_ + "/" + path_;
  if (file->kind == Kind::kEntries) {
    RETURN_IF_ERROR(CheckEntries(file->id.index, file->width));
    RETURN_IF_ERROR(CheckUnchanged(path));
  } else if (file->kind == Kind::kTile) {
    RETURN_IF_ERROR(merkle::ParseTile(content_, file->width).status());
    RETURN_IF_ERROR(CheckUnchanged(path));
  } else {
    RETURN_IF_ERROR(CheckCheckpoint(path));
    complete_ = true;
  }
  RETURN_IF_ERROR(base::MakeFolders(path.substr(0, path.rfind('/'))));
  RETURN_IF_ERROR(base::WriteFileDurably(path, content_, base::FileAccess::kOwnerOnly));
  ++files_;
  return absl::OkStatus();
}

}  // namespace services::cli
