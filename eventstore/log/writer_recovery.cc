// Going on after a disk failed.
#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/log/append_checks.h"
#include "eventstore/log/opening.h"
#include "eventstore/log/writer.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {

absl::Status Writer::MayWrite(std::vector<FeedId>& grown) {
  if (const absl::Status damage = own_.health(); absl::IsDataLoss(damage)) {
    return OwnDamaged(damage);
  }
  if (health().ok()) return absl::OkStatus();
  const absl::Status reopened = Reopen(grown);
  if (absl::IsDataLoss(reopened)) {
    SetHealth(own_.Remember(reopened));
    return OwnDamaged(reopened);
  }
  if (!reopened.ok()) {
    SetHealth(reopened);
    return WritingStopped(reopened);
  }
  own_.ForgetTrouble();
  SetHealth(absl::OkStatus());
  return absl::OkStatus();
}

// As opening a log does: the failed batch is there as a whole or not at all, everything
// acknowledged is there, and then the head file follows the database.
absl::Status Writer::Reopen(std::vector<FeedId>& grown) {
  // A database that is closed and does not open again cannot be read either.
  RETURN_IF_ERROR(storage::ProbeDisk(directory_, environment_));
  // What was written before the failure is acknowledged, or never will be.
  acknowledger_.Settle().IgnoreError();
  written_.clear();
  auto more = own_.Reopen();
  if (!more.ok()) return more.status();
  grown = *std::move(more);
  ASSIGN_OR_RETURN(auto head_file,
                   storage::HeadFile::Open(directory_ + "/heads", environment_));
  ASSIGN_OR_RETURN(const Heads remembered, DecodeHeads(head_file->value()));
  RETURN_IF_ERROR(CheckHeads(own_, remembered));
  // What this process acknowledged counts, also when the head file forgot it.
  RETURN_IF_ERROR(CheckHeads(own_, acknowledger_.heads()));
  RETURN_IF_ERROR(requests_.Repair());
  ASSIGN_OR_RETURN(const absl::Time latest, LastRecorded(own_));
  last_recorded_ = std::max(last_recorded_, latest);
  heads_ = HeadsOf(own_);
  // Both slots: what the failing disk did with the last one is not known.
  RETURN_IF_ERROR(head_file->Write(EncodeHeads(heads_)));
  RETURN_IF_ERROR(head_file->Write(EncodeHeads(heads_)));
  acknowledger_.Adopt(std::move(head_file), heads_);
  return absl::OkStatus();
}

absl::Status Writer::Recover() {
  std::vector<FeedId> grown;
  absl::Status recovered;
  {
    base::MutexLock lock(commit_mutex_);
    recovered = MayWrite(grown);
  }
  if (!grown.empty()) announce_(grown);
  return recovered;
}

std::string Writer::EncodedHeads() const { return EncodeHeads(acknowledger_.heads()); }

}  // namespace eventstore::log
