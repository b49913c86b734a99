#include "eventstore/replication/synchronizer.h"

#include <algorithm>
#include <utility>

#include "eventstore/replication/backoff.h"

namespace eventstore::replication {

namespace {

std::map<std::string, log::MemberId> WitnessNames(const Membership& membership) {
  std::map<std::string, log::MemberId> names;
  for (const Member& member : membership.members) {
    for (const auto& verifier : WitnessVerifiers(membership, member)) {
      names.emplace(verifier.name, member.id);
    }
  }
  return names;
}

}  // namespace

Synchronizer::Synchronizer(const Options& options, Holdings holdings, base::Entropy& entropy,
                           Membership membership)
    : options_(options),
      holdings_(std::move(holdings)),
      entropy_(entropy),
      membership_(std::move(membership)),
      witnesses_(WitnessNames(membership_)) {}

Actions Synchronizer::SetMembership(Membership membership, absl::Time now) {
  membership_ = std::move(membership);
  witnesses_ = WitnessNames(membership_);
  Actions actions;
  std::set<log::FeedId> changed;  // planned with all others
  const auto early = std::exchange(early_, {});
  for (const auto& [name, head] : early) Hear(name.first, head, changed, actions);
  for (Action& action : PlanAll(now)) actions.push_back(std::move(action));
  return actions;
}

Actions Synchronizer::OnPeerUp(const log::MemberId& peer, absl::Time now) {
  if (peer == membership_.self || membership_.Find(peer) == nullptr) return {};
  Peer& state = peers_[peer];
  state.up = true;
  state.told_all = false;
  for (auto& [feed, feed_state] : feeds_) feed_state.retries.erase(peer);
  return PlanAll(now);
}

Actions Synchronizer::OnPeerDown(const log::MemberId& peer, absl::Time) {
  const auto found = peers_.find(peer);
  if (found != peers_.end()) found->second.up = false;
  return {};
}

Actions Synchronizer::OnHeads(const log::MemberId& peer,
                              const std::vector<poolcirkel::log::v1::Head>& heads, absl::Time now) {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || !found->second.up) return {};
  Peer& state = found->second;
  std::set<log::FeedId> changed;
  if (!state.told_all) {
    // What it held before a restart may be more than what it holds now.
    for (const auto& [feed, told] : state.told) changed.insert(feed);
    state.told.clear();
    std::erase_if(early_, [&peer](const auto& entry) { return entry.first.first == peer; });
    changed.insert(membership_.OwnFeed());
  }
  Actions actions;
  for (const poolcirkel::log::v1::Head& head : heads) Hear(peer, head, changed, actions);
  state.told_all = true;
  state.told_ever = true;
  state.told_at = now;
  NoteFreshness(membership_.FeedOf(peer));
  for (const log::FeedId& feed : changed) Plan(feed, now, actions);
  return actions;
}

Actions Synchronizer::OnLocalChange(const log::FeedId& feed, absl::Time now) {
  Actions actions;
  if (membership_.AuthorityOf(feed).has_value()) Plan(feed, now, actions);
  return actions;
}

Actions Synchronizer::OnFetchEnded(const log::MemberId& peer, const log::FeedId& feed,
                                   FetchOutcome outcome, const std::string& contested,
                                   absl::Time now) {
  Feed& state = StateOf(feed);
  Peer& server = peers_[peer];
  if (server.fetches > 0) --server.fetches;
  state.fetching = false;
  const bool progress = holdings_.size(feed) > state.fetch_first;
  if (outcome == FetchOutcome::kContradicts && peer == feed.member) {
    // From anybody else it may be that peer's own fault, so that one could freeze
    // another's feed; the writer itself owes a proof.
    Freeze(feed, holdings_.note(feed).value_or(""), contested);
  }
  if (outcome == FetchOutcome::kForked) {
    Freeze(feed, holdings_.note(feed).value_or(""), contested);
  }
  // Whose fault it is shows when all that the peer holds is looked at.
  state.contradicting.erase(peer);
  if (outcome == FetchOutcome::kContradicts) state.contradicting.insert(peer);
  if (progress) state.retries.erase(peer);
  if (outcome != FetchOutcome::kComplete || !progress) NoteFailure(peer, feed, now);
  Actions actions;
  Plan(feed, now, actions);
  for (auto& [other, other_state] : feeds_) {
    if (other_state.slot_wanted) PlanFetch(other, now, actions);
  }
  return actions;
}

Actions Synchronizer::Tick(absl::Time now) {
  std::vector<log::FeedId> due;
  for (const auto& [feed, state] : feeds_) {
    if (std::min(state.fetch_at, state.cosign_at) <= now) due.push_back(feed);
  }
  Actions actions;
  for (const log::FeedId& feed : due) Plan(feed, now, actions);
  PlanUnlock(actions);
  return actions;
}

absl::Time Synchronizer::NextTick() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [feed, state] : feeds_) {
    next = std::min({next, state.fetch_at, state.cosign_at});
  }
  return next;
}

Actions Synchronizer::PlanAll(absl::Time now) {
  Actions actions;
  for (const Member& member : membership_.members) {
    for (const log::FeedId& feed : membership_.FeedsOf(member.id)) Plan(feed, now, actions);
  }
  return actions;
}

void Synchronizer::Plan(const log::FeedId& feed, absl::Time now, Actions& actions) {
  RefreshCheckpoint(feed);
  Judge(feed, actions);
  if (feed.member == membership_.self) PlanUnlock(actions);
  if (IsOwn(feed)) {
    // What this node lost of its own feeds comes back before it writes again.
    if (holdings_.is_locked(feed)) PlanFetch(feed, now, actions);
    return;
  }
  NoteFreshness(feed);
  PlanFetch(feed, now, actions);
  PlanCosign(feed, now, actions);
}

void Synchronizer::PlanFetch(const log::FeedId& feed, absl::Time now, Actions& actions) {
  Feed& state = StateOf(feed);
  state.fetch_at = absl::InfiniteFuture();
  state.slot_wanted = false;
  const std::optional<FeedAuthority> authority = membership_.AuthorityOf(feed);
  if (state.fetching || !authority.has_value()) return;
  const uint64_t size = holdings_.size(feed);
  // What the circle closed is known by its root, so that a fork of it stops nothing.
  if (authority->limit.has_value() ? size >= *authority->limit : state.evidence.has_value()) return;
  const std::optional<log::MemberId> peer = ChoosePeer(feed, size, now);
  if (!peer.has_value()) return;
  state.fetching = true;
  state.fetch_first = size;
  state.fetch_at = absl::InfiniteFuture();
  state.slot_wanted = false;
  ++peers_[*peer].fetches;
  if (feed == membership_.OwnFeed()) restored_ = true;
  const bool check = state.contradicting.contains(*peer);
  actions.push_back(StartFetch{*peer, feed, log::Sequence(check ? 0 : size), check});
}

std::optional<log::MemberId> Synchronizer::ChoosePeer(const log::FeedId& feed, uint64_t size,
                                                      absl::Time now) {
  Feed& state = StateOf(feed);
  std::optional<log::MemberId> best;
  uint64_t best_size = 0;
  for (const auto& [id, peer] : peers_) {
    const auto told = peer.told.find(feed);
    if (!peer.up || !peer.told_all || told == peer.told.end()) continue;
    const uint64_t offered = told->second.head.checkpoint.size;
    if (offered <= size) continue;
    const auto retry = state.retries.find(id);
    // A wait longer than the longest means that the clock went back.
    if (retry != state.retries.end() && retry->second.not_before > now &&
        retry->second.not_before <= now + options_.retry_maximum) {
      state.fetch_at = std::min(state.fetch_at, retry->second.not_before);
      continue;
    }
    if (peer.fetches >= options_.fetches_per_peer) {
      state.slot_wanted = true;
      continue;
    }
    if (id == feed.member) return id;
    if (offered > best_size) {
      best = id;
      best_size = offered;
    }
  }
  return best;
}

void Synchronizer::PlanCosign(const log::FeedId& feed, absl::Time now, Actions& actions) {
  Feed& state = StateOf(feed);
  state.cosign_at = absl::InfiniteFuture();
  const Member* self = membership_.Find(membership_.self);
  const std::optional<FeedAuthority> authority = membership_.AuthorityOf(feed);
  if (state.evidence.has_value() || self == nullptr || self->suspended) return;
  if (!authority.has_value() || authority->limit.has_value()) return;
  // Nothing smaller than what was cosigned before, whatever the disk says now.
  if (state.checkpoint_size <= state.cosigned[membership_.self]) return;
  const absl::Time due = state.cosigned_at + options_.cosign_interval;
  if (due > now && state.cosigned_at <= now) {
    state.cosign_at = due;
    return;
  }
  state.cosigned[membership_.self] = state.checkpoint_size;
  state.cosigned_at = now;
  actions.push_back(Cosign{feed});
}

void Synchronizer::PlanUnlock(Actions& actions) {
  const log::FeedId own = membership_.OwnFeed();
  // What it wrote in earlier epochs counts in all that it decides.
  if (!holdings_.is_locked(own) || MissingOfClosed() > 0) return;
  const OwnHeadStatus status = OwnHead();
  if (!status.contested && status.told >= status.needed) actions.push_back(Unlock{own});
}

bool Synchronizer::IsOwn(const log::FeedId& feed) const {
  if (feed.member != membership_.self) return false;
  if (feed == membership_.OwnFeed()) return true;
  return !holdings_.is_own || holdings_.is_own(feed);
}

void Synchronizer::NoteFreshness(const log::FeedId& feed) {
  const auto writer = peers_.find(feed.member);
  if (writer == peers_.end() || !writer->second.told_ever) return;
  const auto told = writer->second.told.find(feed);
  if (told != writer->second.told.end() &&
      told->second.head.checkpoint.size > holdings_.size(feed)) {
    return;
  }
  StateOf(feed).fresh_at = writer->second.told_at;
}

void Synchronizer::NoteFailure(const log::MemberId& peer, const log::FeedId& feed, absl::Time now) {
  Retry& retry = StateOf(feed).retries[peer];
  ++retry.failures;
  retry.not_before =
      now + Backoff(retry.failures, options_.retry_minimum, options_.retry_maximum, entropy_);
}

}  // namespace eventstore::replication
