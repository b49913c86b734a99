#include "eventstore/replication/replicator.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::replication {

namespace {

// So much of a feed is stored at once, when it comes fast enough; and so much waits of all
// feeds together.
constexpr size_t kStoredTogether = 65'536;
constexpr size_t kBytesStoredTogether = 16 << 20;
constexpr size_t kMaximumBytesWaiting = 32 << 20;
constexpr absl::Duration kLongestWait = absl::Milliseconds(200);

Synchronizer::Holdings HoldingsOf(const Replicator::Options& options) {
  const log::EventLog& log = *options.log;
  return {
      .size = [&log](const log::FeedId& feed) { return log.Size(feed); },
      .root_at = [&log](const log::FeedId& feed, uint64_t size) { return log.RootAt(feed, size); },
      .note = [&log](const log::FeedId& feed) { return log.CheckpointNote(feed); },
      .cosigned =
          [&log](const log::FeedId& feed) {
            std::map<log::MemberId, uint64_t> sizes;
            for (const log::Cosigned& entry : log.Cosignatures(feed)) {
              sizes[entry.witness] = entry.size;
            }
            return sizes;
          },
      .is_locked = [&log](const log::FeedId& feed) { return log.IsLocked(feed); },
      .is_own = [&log](const log::FeedId& feed) { return log.IsOwn(feed); },
      .restored = options.restored,
      .evidence =
          [file = options.evidence](const log::FeedId& feed) {
            return file == nullptr ? std::nullopt : file->Find(feed);
          },
  };
}

Synchronizer::FetchOutcome OutcomeOf(const absl::Status& refusal, const absl::Status& status) {
  using Outcome = Synchronizer::FetchOutcome;
  if (absl::IsDataLoss(refusal)) return Outcome::kContradicts;
  if (!refusal.ok() && !absl::IsAborted(refusal)) return Outcome::kRefused;
  return refusal.ok() && status.ok() ? Outcome::kComplete : Outcome::kUnavailable;
}

// What the circle closed is taken in up to its end, and only when it leads there.
absl::Status CheckLimit(const FeedAuthority& authority, const VerifiedPackage& package) {
  if (!authority.limit.has_value()) return absl::OkStatus();
  if (package.after.size() > *authority.limit) {
    return absl::InvalidArgumentError("het pakket gaat over het einde van het tijdvak heen");
  }
  if (package.after.size() == *authority.limit && package.root_after != authority.final_root) {
    return absl::PermissionDeniedError("het pakket leidt niet naar het vastgestelde einde");
  }
  return absl::OkStatus();
}

}  // namespace

Replicator::Replicator(const Options& options, Membership membership, absl::Time now)
    : options_(options),
      synchronizer_(options.synchronizer, HoldingsOf(options), *options.entropy, membership) {
  // The same membership again: now that it can act, everything is planned.
  SetMembership(std::move(membership), now);
}

void Replicator::SetMembership(Membership membership, absl::Time now) {
  StoreWaiting(absl::InfiniteFuture(), now);
  Do(synchronizer_.SetMembership(std::move(membership), now), now);
}

void Replicator::OnPeerUp(const log::MemberId& peer, absl::Time now) {
  Do(synchronizer_.OnPeerUp(peer, now), now);
}

void Replicator::OnPeerDown(const log::MemberId& peer, absl::Time now) {
  Do(synchronizer_.OnPeerDown(peer, now), now);
}

void Replicator::OnHeard(const log::MemberId& peer, const poolcirkel::log::v1::Head& head) {
  synchronizer_.OnHeard(peer, head);
}

void Replicator::OnHeads(const log::MemberId& peer,
                         const std::vector<poolcirkel::log::v1::Head>& heads, absl::Time now) {
  Do(synchronizer_.OnHeads(peer, heads, now), now);
}

void Replicator::OnLogChange(const log::FeedId& feed, absl::Time now) {
  Do(synchronizer_.OnLocalChange(feed, now), now);
}

void Replicator::Tick(absl::Time now) {
  StoreWaiting(now - kLongestWait, now);
  Do(synchronizer_.Tick(now), now);
}

absl::Time Replicator::NextTick() const {
  absl::Time next = synchronizer_.NextTick();
  for (const auto& [feed, fetch] : fetches_) {
    if (fetch.waiting) next = std::min(next, fetch.waiting_since + kLongestWait);
  }
  return next;
}

absl::Status Replicator::OnPackage(const log::MemberId& peer, const log::FeedId& feed,
                                   const poolcirkel::log::v1::Package& package, absl::Time now) {
  const auto fetch = fetches_.find(feed);
  const auto authority = synchronizer_.membership().AuthorityOf(feed);
  if (fetch == fetches_.end() || fetch->second.peer != peer || !authority.has_value()) {
    return absl::CancelledError("naar dit pakket wordt niet meer gevraagd");
  }
  // What was sent on before the fetch could be ended changes nothing.
  const absl::Status& refusal = fetch->second.refusal;
  if (!refusal.ok() && !absl::IsAborted(refusal)) return refusal;
  if (fetch->second.check) {
    fetch->second.refusal = Check(feed, authority->log_key, package, now, fetch->second);
    return fetch->second.refusal;
  }
  ASSIGN_OR_RETURN(const Tail* tail, TailOf(feed));
  if (package.first_sequence() < tail->size() &&
      package.first_sequence() + static_cast<uint64_t>(package.records_size()) <= tail->size()) {
    return absl::OkStatus();
  }
  auto verified = Verify(feed, *authority, *tail, package, now, fetch->second);
  if (!verified.ok()) {
    fetch->second.refusal = verified.status();
    fetch->second.contested = package.checkpoint_note();
    return verified.status();
  }
  tails_[feed] = verified->after;
  auto& waiting = fetch->second.waiting;
  if (!waiting) {
    waiting = *std::move(verified);
    fetch->second.waiting_since = now;
  } else {
    waiting->records.Append(std::move(verified->records));
    waiting->root_after = verified->root_after;
    waiting->after = std::move(verified->after);
    waiting->head = std::move(verified->head);
  }
  return IsEnough(feed, *waiting) ? StoreWaiting(feed, fetch->second, now) : absl::OkStatus();
}

namespace {
// With what is kept of each of them.
size_t MemoryOf(const log::CheckedRecords& records) {
  return records.size_bytes() + records.size() * sizeof(log::CheckedRecords::Entry);
}
}  // namespace

bool Replicator::IsEnough(const log::FeedId& feed, const VerifiedPackage& waiting) const {
  if (waiting.after.size() >= synchronizer_.KnownSize(feed)) return true;
  if (waiting.records.size() >= kStoredTogether) return true;
  if (MemoryOf(waiting.records) >= kBytesStoredTogether) return true;
  size_t bytes = 0;
  for (const auto& [other, fetch] : fetches_) {
    if (fetch.waiting) bytes += MemoryOf(fetch.waiting->records);
  }
  return bytes >= kMaximumBytesWaiting;
}

absl::StatusOr<VerifiedPackage> Replicator::Verify(const log::FeedId& feed,
                                                   const FeedAuthority& authority, const Tail& tail,
                                                   const poolcirkel::log::v1::Package& package,
                                                   absl::Time now, Fetch& fetch) {
  auto verified = package.checkpoint_note() == fetch.head_note
                      ? VerifyPackageUnder(feed, fetch.head, tail, package, now)
                      : VerifyPackage(feed, authority.log_key, tail, package, now);
  RETURN_IF_ERROR(verified.status());
  RETURN_IF_ERROR(CheckLimit(authority, *verified));
  fetch.head_note = package.checkpoint_note();
  fetch.head = verified->head;
  return verified;
}

absl::Status Replicator::StoreWaiting(const log::FeedId& feed, Fetch& fetch, absl::Time now) {
  if (!fetch.waiting) return absl::OkStatus();
  const VerifiedPackage waiting = *std::exchange(fetch.waiting, std::nullopt);
  const absl::Status stored = Store(feed, waiting);
  Note(stored);
  if (!stored.ok()) {
    tails_.erase(feed);
    return stored;
  }
  OnLogChange(feed, now);
  return absl::OkStatus();
}

void Replicator::StoreWaiting(absl::Time since_before, absl::Time now) {
  std::vector<log::FeedId> due;
  for (const auto& [feed, fetch] : fetches_) {
    if (fetch.waiting && fetch.waiting_since <= since_before) due.push_back(feed);
  }
  for (const log::FeedId& feed : due) {
    const auto fetch = fetches_.find(feed);
    if (fetch == fetches_.end()) continue;
    // A failure is noted, and the next package will not start where it must.
    StoreWaiting(feed, fetch->second, now).IgnoreError();
  }
}

absl::Status Replicator::Store(const log::FeedId& feed, const VerifiedPackage& package) {
  if (options_.before_restore && options_.log->IsOwn(feed)) {
    RETURN_IF_ERROR(options_.before_restore());
  }
  // Only the head of just this much can be shown.
  const SignedHead& head = package.head;
  const bool complete = head.checkpoint.size == package.after.size();
  return options_.log->StoreVerified(
      package.records, package.root_after,
      complete ? merkle::FormatNote({head.note.text, {head.signature}}) : "");
}

// Follows the whole story that a peer holds up to the signed head that is held here.
absl::Status Replicator::Check(const log::FeedId& feed, const crypto::PublicKey& log_key,
                               const poolcirkel::log::v1::Package& package, absl::Time now,
                               Fetch& fetch) {
  auto verified = VerifyPackage(feed, log_key, fetch.tail, package, now);
  if (!verified.ok()) return absl::InvalidArgumentError(verified.status().message());
  ASSIGN_OR_RETURN(const std::string note, options_.log->CheckpointNote(feed));
  ASSIGN_OR_RETURN(const SignedHead held, VerifyHead(feed, log_key, note));
  for (const log::CheckedRecords::Entry& record : verified->records.entries()) {
    if (fetch.tail.tree.size() == held.checkpoint.size) break;
    fetch.tail.tree.Append(record.leaf_hash);
  }
  if (fetch.tail.tree.size() < held.checkpoint.size) {
    fetch.tail = std::move(verified->after);
    return absl::OkStatus();
  }
  // The package leads to a head that the writer signed, so what stands before that head
  // is what the writer wrote.
  if (fetch.tail.tree.Root() == held.checkpoint.root) {
    return absl::CancelledError("het lid heeft hetzelfde begin");
  }
  fetch.contested = package.checkpoint_note();
  fetch.forked = true;
  return absl::DataLossError("de schrijver ondertekende een ander begin");
}

void Replicator::OnFetchEnded(const log::MemberId& peer, const log::FeedId& feed,
                              const absl::Status& status, absl::Time now) {
  const auto found = fetches_.find(feed);
  if (found == fetches_.end() || found->second.peer != peer) return;
  const absl::Status stored = StoreWaiting(feed, found->second, now);
  const Fetch fetch = std::move(found->second);
  fetches_.erase(found);
  const auto outcome = fetch.forked ? Synchronizer::FetchOutcome::kForked
                                    : OutcomeOf(fetch.refusal, status.ok() ? stored : status);
  Do(synchronizer_.OnFetchEnded(peer, feed, outcome, fetch.contested, now), now);
}

absl::StatusOr<const Tail*> Replicator::TailOf(const log::FeedId& feed) {
  const auto known = tails_.find(feed);
  if (known != tails_.end()) return &known->second;
  auto tail = LoadTail(*options_.log, feed);
  Note(tail.status());
  RETURN_IF_ERROR(tail.status());
  return &tails_.emplace(feed, *std::move(tail)).first->second;
}

void Replicator::Do(const Actions& actions, absl::Time now) {
  for (const Action& action : actions) {
    if (const auto* fetch = std::get_if<StartFetch>(&action)) {
      fetches_[fetch->feed] = Fetch{.peer = fetch->peer, .check = fetch->check};
      // A log that was opened again may hold more than was known when a store failed.
      const auto tail = tails_.find(fetch->feed);
      if (!fetch->check && tail != tails_.end() && tail->second.size() != fetch->first.value()) {
        tails_.erase(tail);
      }
      options_.transport->StartFetch(fetch->peer, fetch->feed, fetch->first);
    } else if (const auto* checkpoint = std::get_if<KeepCheckpoint>(&action)) {
      Note(options_.log->StoreCheckpoint(checkpoint->feed, checkpoint->note));
    } else if (const auto* cosignature = std::get_if<KeepCosignature>(&action)) {
      Note(options_.log->StoreCosignature(cosignature->feed, cosignature->witness,
                                          cosignature->note));
    } else if (const auto* cosign = std::get_if<Cosign>(&action)) {
      Note(CosignHead(cosign->feed, now));
    } else if (const auto* unlock = std::get_if<Unlock>(&action)) {
      Note(options_.log->UnlockFeed(unlock->feed));
    }
  }
  for (const auto& [feed, evidence] : synchronizer_.TakeFound()) {
    if (options_.evidence != nullptr) Note(options_.evidence->Keep({feed, evidence, now}));
  }
}

absl::Status Replicator::CosignHead(const log::FeedId& feed, absl::Time now) {
  const Membership& membership = synchronizer_.membership();
  const auto authority = membership.AuthorityOf(feed);
  const Member* self = membership.Find(membership.self);
  if (!authority.has_value() || self == nullptr) return absl::OkStatus();
  const crypto::PrivateKey* key =
      options_.find_key ? options_.find_key(self->log_key) : options_.log_key;
  if (key == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text, options_.log->CheckpointNote(feed));
  // Read back from the disk, so nothing about it is taken for granted.
  ASSIGN_OR_RETURN(const SignedHead head, VerifyHead(feed, authority->log_key, text));
  ASSIGN_OR_RETURN(const crypto::Digest root, options_.log->RootAt(feed, head.checkpoint.size));
  if (root != head.checkpoint.root) {
    return absl::DataLossError("de bewaarde stand van een feed past niet bij zijn boom");
  }
  merkle::Note note{head.note.text, {head.signature}};
  merkle::CosignNote(note, WitnessName(membership, membership.self), *key, now);
  return options_.log->StoreCosignature(feed, membership.self, merkle::FormatNote(note));
}

void Replicator::Note(const absl::Status& status) {
  if (!status.ok()) log_error_ = status;
}

}  // namespace eventstore::replication
