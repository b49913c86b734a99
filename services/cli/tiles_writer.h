#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "eventstore/merkle/tree.h"
#include "poolcirkel/api/v1/audit_service.pb.h"

namespace services::cli {

// Writes the files of AuditService.Tiles below a folder, and checks what it can without a
// key: paths are those of tlog-tiles, and the entries lead to the root of the checkpoint,
// which is written last. A folder holds one log: FAILED_PRECONDITION OTHER_LOG when another one
// stands there. The node may be hostile. Not thread-safe.
class TilesWriter {
 public:
  explicit TilesWriter(std::string folder) : folder_(std::move(folder)) {}

  // Takes the next piece. DATA_LOSS when the node sends something else than it should.
  absl::Status Take(const poolcirkel::api::v1::AuditTilesResponse& piece);
  // Writes the last file. DATA_LOSS when that is no checkpoint.
  absl::Status Finish();

  uint64_t files() const { return files_; }
  uint64_t events() const { return tree_.size(); }

 private:
  absl::Status WriteFile();
  absl::Status CheckEntries(uint64_t index, uint64_t width);
  // A tile never changes, so one of other content is of another log.
  absl::Status CheckUnchanged(const std::string& path) const;
  absl::Status CheckCheckpoint(const std::string& path) const;

  const std::string folder_;
  std::string path_;
  std::string content_;
  uint64_t files_ = 0;
  bool complete_ = false;
  eventstore::merkle::Frontier tree_;
};

}  // namespace services::cli
