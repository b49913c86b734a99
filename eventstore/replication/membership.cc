#include "eventstore/replication/membership.h"

#include <algorithm>

namespace eventstore::replication {
namespace {

// The number of the feed that a member writes now, or wrote last.
uint64_t PresentEpoch(const Member& member) {
  return member.suspended && !member.closed.empty() ? member.closed.size() - 1
                                                    : member.closed.size();
}

}  // namespace

const Member* Membership::Find(const log::MemberId& id) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&id](const Member& member) { return member.id == id; });
  return found == members.end() ? nullptr : &*found;
}

log::FeedId Membership::FeedOf(const log::MemberId& id) const {
  const Member* member = Find(id);
  return log::FeedId{circle, id, log::Epoch(member == nullptr ? 0 : PresentEpoch(*member))};
}

std::vector<log::FeedId> Membership::FeedsOf(const log::MemberId& id) const {
  std::vector<log::FeedId> feeds;
  const log::FeedId present = FeedOf(id);
  for (uint64_t epoch = 0; epoch <= present.epoch.value(); ++epoch) {
    feeds.push_back(log::FeedId{circle, id, log::Epoch(epoch)});
  }
  return feeds;
}

const Member* Membership::WriterOf(const log::FeedId& feed) const {
  if (feed != FeedOf(feed.member)) return nullptr;
  const Member* member = Find(feed.member);
  return member == nullptr || member->suspended ? nullptr : member;
}

std::optional<FeedAuthority> Membership::AuthorityOf(const log::FeedId& feed) const {
  const Member* member = feed.circle == circle ? Find(feed.member) : nullptr;
  if (member == nullptr) return std::nullopt;
  const uint64_t epoch = feed.epoch.value();
  if (epoch < member->closed.size()) {
    const ClosedFeed& closed = member->closed[epoch];
    FeedAuthority authority{.log_key = closed.log_key};
    if (!closed.by_member) authority.limit = closed.final_size;
    authority.final_root = closed.final_root;
    return authority;
  }
  if (WriterOf(feed) == nullptr) return std::nullopt;
  return FeedAuthority{.log_key = member->log_key};
}

size_t Membership::Others() const {
  return static_cast<size_t>(std::count_if(
      members.begin(), members.end(),
      [this](const Member& member) { return member.id != self && !member.suspended; }));
}

merkle::NoteVerifier CheckpointVerifier(const log::FeedId& feed, const crypto::PublicKey& key) {
  return {log::Origin(feed), merkle::NoteAlgorithm::kEd25519, key};
}

std::string WitnessName(const Membership& membership, const log::MemberId& witness) {
  return log::Origin(membership.FeedOf(witness));
}

merkle::NoteVerifier WitnessVerifier(const Membership& membership, const Member& witness) {
  return {WitnessName(membership, witness.id), merkle::NoteAlgorithm::kCosignatureV1,
          witness.log_key};
}

std::vector<merkle::NoteVerifier> WitnessVerifiers(const Membership& membership,
                                                   const Member& witness) {
  std::vector<merkle::NoteVerifier> verifiers;
  for (const log::FeedId& feed : membership.FeedsOf(witness.id)) {
    const auto authority = membership.AuthorityOf(feed);
    if (!authority.has_value()) continue;
    verifiers.push_back(
        {log::Origin(feed), merkle::NoteAlgorithm::kCosignatureV1, authority->log_key});
  }
  return verifiers;
}

}  // namespace eventstore::replication
