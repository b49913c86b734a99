#include "eventstore/log/feed.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::log {

absl::StatusOr<SignedCheckpoint> ParseSignedCheckpoint(const FeedId& feed,
                                                       const std::string& note) {
  ASSIGN_OR_RETURN(const merkle::Note parsed, merkle::ParseNote(note));
  ASSIGN_OR_RETURN(merkle::Checkpoint checkpoint, merkle::ParseCheckpoint(parsed.text));
  if (checkpoint.origin != Origin(feed)) {
    return base::InvalidField("checkpoint_note", "is van een andere reeks");
  }
  return SignedCheckpoint{note, std::move(checkpoint)};
}

SignedCheckpoint SignCheckpoint(const FeedId& feed, uint64_t size, const crypto::Digest& root,
                                const crypto::PrivateKey& key) {
  SignedCheckpoint checkpoint{"", {Origin(feed), size, root, ""}};
  merkle::Note note{merkle::FormatCheckpoint(checkpoint.checkpoint), {}};
  merkle::SignNote(note, checkpoint.checkpoint.origin, key);
  checkpoint.note = merkle::FormatNote(note);
  return checkpoint;
}

merkle::Frontier Feed::frontier() const {
  base::MutexLock lock(mutex_);
  return frontier_;
}

std::optional<SignedCheckpoint> Feed::checkpoint() const {
  base::MutexLock lock(mutex_);
  return checkpoint_;
}

std::vector<Cosigned> Feed::cosigned() const {
  base::MutexLock lock(mutex_);
  std::vector<Cosigned> all;
  for (const auto& [witness, cosigned] : cosigned_) all.push_back(cosigned);
  return all;
}

std::optional<Cosigned> Feed::CosignedBy(const MemberId& witness) const {
  base::MutexLock lock(mutex_);
  const auto found = cosigned_.find(witness);
  if (found == cosigned_.end()) return std::nullopt;
  return found->second;
}

std::optional<SignedCheckpoint> Feed::CosignedCheckpoint() const {
  base::MutexLock lock(mutex_);
  if (!cosigned_checkpoint_) cosigned_checkpoint_ = MakeCosignedCheckpoint();
  return cosigned_checkpoint_;
}

std::optional<SignedCheckpoint> Feed::MakeCosignedCheckpoint() const {
  std::optional<SignedCheckpoint> latest = checkpoint_;
  if (!latest) return std::nullopt;
  auto note = merkle::ParseNote(latest->note);
  if (!note.ok()) return latest;
  for (const auto& [witness, cosigned] : cosigned_) {
    if (cosigned.size != latest->checkpoint.size) continue;
    const auto other = merkle::ParseNote(cosigned.note);
    if (!other.ok() || other->text != note->text) continue;
    for (const merkle::NoteSignature& signature : other->signatures) {
      const bool known = std::ranges::find(note->signatures, signature) != note->signatures.end();
      if (!known && note->signatures.size() < merkle::kMaximumNoteSignatures) {
        note->signatures.push_back(signature);
      }
    }
  }
  latest->note = merkle::FormatNote(*note);
  return latest;
}

void Feed::Publish(merkle::Frontier frontier, std::optional<SignedCheckpoint> checkpoint) {
  base::MutexLock lock(mutex_);
  size_.store(frontier.size(), std::memory_order_release);
  frontier_ = std::move(frontier);
  if (!checkpoint) return;
  checkpoint_ = std::move(checkpoint);
  cosigned_checkpoint_.reset();
}

void Feed::PublishCheckpoint(SignedCheckpoint checkpoint) {
  base::MutexLock lock(mutex_);
  checkpoint_ = std::move(checkpoint);
  cosigned_checkpoint_.reset();
}

void Feed::PublishCosigned(Cosigned cosigned) {
  base::MutexLock lock(mutex_);
  cosigned_checkpoint_.reset();
  cosigned_[cosigned.witness] = std::move(cosigned);
}

}  // namespace eventstore::log
