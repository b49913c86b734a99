// What heads tell: forks, cosignatures, checkpoints.

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/replication/synchronizer.h"

namespace eventstore::replication {

namespace {

// How many verified checkpoints of one feed are remembered.
constexpr size_t kRememberedCheckpoints = 8;

// The checkpoint with its writer's signature and at most one more.
std::string NoteOf(const SignedHead& head, const merkle::NoteSignature* cosignature = nullptr) {
  merkle::Note note{head.note.text, {head.signature}};
  if (cosignature != nullptr) note.signatures.push_back(*cosignature);
  return merkle::FormatNote(note);
}

// The size that a checkpoint note states; 0 when it is none.
uint64_t SizeIn(const std::string& text) {
  const auto note = merkle::ParseNote(text);
  if (!note.ok()) return 0;
  const auto checkpoint = merkle::ParseCheckpoint(note->text);
  return checkpoint.ok() ? checkpoint->size : 0;
}

}  // namespace

Synchronizer::Feed& Synchronizer::StateOf(const log::FeedId& feed) {
  Feed& state = feeds_[feed];
  if (!state.cosigned_loaded) {
    state.cosigned_loaded = true;
    state.cosigned = holdings_.cosigned(feed);
    if (holdings_.evidence) state.evidence = holdings_.evidence(feed);
  }
  return state;
}

absl::StatusOr<SignedHead> Synchronizer::Verify(const log::FeedId& feed,
                                                const crypto::PublicKey& log_key,
                                                const std::string& text) {
  ASSIGN_OR_RETURN(merkle::Note note, merkle::ParseNote(text));
  Feed& state = StateOf(feed);
  std::vector<SignedHead>& verified = state.verified;
  const auto known = std::find_if(verified.begin(), verified.end(), [&note](const SignedHead& h) {
    return h.note.text == note.text;
  });
  if (known != verified.end()) {
    return SignedHead{known->checkpoint, std::move(note), known->signature};
  }
  ASSIGN_OR_RETURN(SignedHead head, VerifyHead(feed, log_key, text));
  // Two stories of one size are a fork, also when neither is held here.
  const auto other = std::find_if(verified.begin(), verified.end(), [&head](const SignedHead& h) {
    return h.checkpoint.size == head.checkpoint.size && h.checkpoint.root != head.checkpoint.root;
  });
  if (other != verified.end()) Freeze(feed, NoteOf(*other), NoteOf(head));
  if (verified.size() == kRememberedCheckpoints) verified.erase(verified.begin());
  verified.push_back(head);
  if (!state.largest || head.checkpoint.size > state.largest->checkpoint.size) {
    state.largest = head;
  }
  return head;
}

void Synchronizer::OnHeard(const log::MemberId& peer, const poolcirkel::log::v1::Head& head) {
  const auto feed = log::FromProto(head.feed());
  const auto authority = membership_.AuthorityOf(membership_.OwnFeed());
  const auto known = peers_.find(peer);
  if (known == peers_.end() || !known->second.up || !authority.has_value()) return;
  if (!feed.ok() || *feed != membership_.OwnFeed()) return;
  // Remembers the largest. What this node did not sign is nothing that it could have lost.
  Verify(*feed, authority->log_key, head.checkpoint_note()).IgnoreError();
}

std::string Synchronizer::HeardBeyond(const log::FeedId& feed) const {
  const SignedHead* largest = LargestBeyond(feed);
  return largest == nullptr ? "" : NoteOf(*largest);
}

void Synchronizer::Hear(const log::MemberId& from, const poolcirkel::log::v1::Head& head,
                        std::set<log::FeedId>& changed, Actions& actions) {
  const auto feed = log::FromProto(head.feed());
  if (!feed.ok()) return;
  const std::optional<FeedAuthority> authority = membership_.AuthorityOf(*feed);
  if (!authority.has_value()) {
    KeepEarly(from, *feed, head);
    return;
  }
  auto verified = Verify(*feed, authority->log_key, head.checkpoint_note());
  if (!verified.ok()) return;
  Told& told = peers_[from].told[*feed];
  if (verified->checkpoint.size < told.head.checkpoint.size) {
    // An older word that came late takes nothing back, but may hold a fork.
    if (verified->checkpoint.size <= holdings_.size(*feed)) JudgeOne(*feed, *verified, actions);
    return;
  }
  told = Told{*std::move(verified), false};
  changed.insert(*feed);
}

void Synchronizer::KeepEarly(const log::MemberId& from, const log::FeedId& feed,
                             const poolcirkel::log::v1::Head& head) {
  if (feed.circle != membership_.circle || membership_.Find(feed.member) == nullptr) return;
  if (feed.epoch.value() != membership_.FeedOf(feed.member).epoch.value() + 1) return;
  if (head.checkpoint_note().size() > merkle::kMaximumNoteSize) return;
  early_[{from, feed}] = head;
}

void Synchronizer::Judge(const log::FeedId& feed, Actions& actions) {
  const uint64_t size = holdings_.size(feed);
  for (auto& [id, peer] : peers_) {
    const auto told = peer.told.find(feed);
    if (told == peer.told.end() || told->second.judged) continue;
    if (told->second.head.checkpoint.size > size) continue;
    told->second.judged = JudgeOne(feed, told->second.head, actions);
  }
}

bool Synchronizer::JudgeOne(const log::FeedId& feed, const SignedHead& head, Actions& actions) {
  const merkle::Checkpoint& checkpoint = head.checkpoint;
  if (checkpoint.size == 0) return true;
  const auto root = holdings_.root_at(feed, checkpoint.size);
  if (!root.ok()) return false;
  if (*root != checkpoint.root) {
    Freeze(feed, holdings_.note(feed).value_or(""), NoteOf(head));
    return true;
  }
  Feed& state = StateOf(feed);
  // Also of a frozen feed: by the head of what is held here the others find the fork.
  if (feed != membership_.OwnFeed() && checkpoint.size > state.checkpoint_size) {
    actions.push_back(KeepCheckpoint{feed, NoteOf(head)});
    state.checkpoint_size = checkpoint.size;
  }
  if (state.evidence.has_value()) {
    Strengthen(feed, head);
  } else {
    TakeCosignatures(feed, head, actions);
  }
  return true;
}

// The head that was known when the feed was frozen may be older than the fork, and then
// contradicts nothing. `head` is of the story that is held here.
void Synchronizer::Strengthen(const log::FeedId& feed, const SignedHead& head) {
  Evidence& evidence = *StateOf(feed).evidence;
  const uint64_t held = SizeIn(evidence.held);
  if (held >= SizeIn(evidence.contested) || held >= head.checkpoint.size) return;
  evidence.held = NoteOf(head);
  found_[feed] = evidence;
}

void Synchronizer::TakeCosignatures(const log::FeedId& feed, const SignedHead& head,
                                    Actions& actions) {
  Feed& state = StateOf(feed);
  for (const merkle::NoteSignature& signature : head.note.signatures) {
    const auto name = witnesses_.find(signature.name);
    if (name == witnesses_.end() || name->second == feed.member) continue;
    const log::MemberId& witness = name->second;
    if (state.cosigned[witness] >= head.checkpoint.size) continue;
    const auto verifiers = WitnessVerifiers(membership_, *membership_.Find(witness));
    const bool known =
        std::any_of(verifiers.begin(), verifiers.end(), [&signature](const auto& verifier) {
          return verifier.name == signature.name && verifier.KeyId() == signature.key_id;
        });
    if (!known) continue;
    const auto verified = merkle::VerifyNote({head.note.text, {signature}}, verifiers);
    if (!verified.ok() || verified->empty()) continue;
    state.cosigned[witness] = head.checkpoint.size;
    actions.push_back(KeepCosignature{feed, witness, NoteOf(head, &signature)});
  }
}

void Synchronizer::Freeze(const log::FeedId& feed, const std::string& held,
                          const std::string& contested) {
  Feed& state = StateOf(feed);
  if (state.evidence.has_value()) return;
  state.evidence = Evidence{held, contested};
  found_[feed] = *state.evidence;
}

void Synchronizer::RefreshCheckpoint(const log::FeedId& feed) {
  Feed& state = StateOf(feed);
  if (state.checkpoint_size >= holdings_.size(feed)) return;
  const auto text = holdings_.note(feed);
  if (!text.ok()) return;
  const auto note = merkle::ParseNote(*text);
  if (!note.ok()) return;
  const auto checkpoint = merkle::ParseCheckpoint(note->text);
  if (checkpoint.ok()) {
    state.checkpoint_size = std::max(state.checkpoint_size, checkpoint->size);
  }
}

}  // namespace eventstore::replication
