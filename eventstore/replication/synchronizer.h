#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/replication/evidence_file.h"
#include "eventstore/replication/membership.h"
#include "eventstore/replication/verify.h"
#include "poolcirkel/log/v1/package.pb.h"

namespace eventstore::replication {

// How far the copy of another member's feed is.
enum class FeedState {
  kUnknown,     // nobody told of it and nothing is held
  kCatchingUp,  // a connected peer holds more
  kLive,        // its member is connected and tells of nothing more
  kStale,       // its member is not connected, or what is known to exist cannot be had
  kFrozen,      // its member signed two stories; only a new epoch goes on
};

struct FeedStatus {
  log::FeedId feed;
  FeedState state = FeedState::kUnknown;
  uint64_t size = 0;
  uint64_t known_size = 0;  // the largest that any peer told of
  std::string detail{};     // Dutch; empty when there is nothing to say
  std::optional<Evidence> evidence{};
};

// Whether peers agree with what this node holds of its own feed.
struct OwnHeadStatus {
  bool confirmed = false;
  // A peer holds more or another story, or heard of more: the disk was rolled back.
  bool contested = false;
  size_t told = 0;          // other members that told what they hold
  size_t needed = 0;        // how many must
  uint64_t known_size = 0;  // the largest that any peer holds or heard of
  // Events of the own closed epochs that are not here: nothing is written before they are.
  uint64_t missing = 0;
  std::string detail;  // Dutch
  std::optional<Evidence> evidence;
};

// What the owner of a Synchronizer is to do, in the order given.
struct StartFetch {
  log::MemberId peer;
  log::FeedId feed;
  log::Sequence first;
  // From the first event on, and only to hold it against what is stored: does the peer
  // hold another story that the writer signed?
  bool check = false;
};
struct KeepCheckpoint {  // EventLog::StoreCheckpoint
  log::FeedId feed;
  std::string note;
};
struct KeepCosignature {  // EventLog::StoreCosignature
  log::FeedId feed;
  log::MemberId witness;
  std::string note;
};
struct Cosign {  // the head that the log holds; store before anybody sees it
  log::FeedId feed;
};
struct Unlock {  // EventLog::UnlockFeed
  log::FeedId feed;
};
using Action = std::variant<StartFetch, KeepCheckpoint, KeepCosignature, Cosign, Unlock>;
using Actions = std::vector<Action>;

// Decides who is asked for what, when a head is cosigned, when a feed is frozen, and
// when the own feed may be written: one circle, seen from one member. Pure: no
// sockets, threads, clock or disk; inputs carry the time, outputs are actions. Not
// thread-safe. Time does not have to increase.
//
// Heads are foreign: their signatures are verified here, once for each text.
class Synchronizer {
 public:
  struct Options {
    absl::Duration retry_minimum = absl::Milliseconds(50);
    absl::Duration retry_maximum = absl::Seconds(2);
    absl::Duration cosign_interval = absl::Milliseconds(50);  // for each feed
    absl::Duration silence = absl::Seconds(15);  // a member that told nothing so long is not live
    size_t fetches_per_peer = 4;
  };

  // What the log holds; called during inputs.
  struct Holdings {
    std::function<uint64_t(const log::FeedId&)> size;
    std::function<absl::StatusOr<crypto::Digest>(const log::FeedId&, uint64_t size)> root_at;
    // The latest checkpoint note; any error when there is none.
    std::function<absl::StatusOr<std::string>(const log::FeedId&)> note;
    // The largest size of the feed that each witness is known to have cosigned.
    std::function<std::map<log::MemberId, uint64_t>(const log::FeedId&)> cosigned;
    std::function<bool(const log::FeedId&)> is_locked;
    // Whether this node writes the feed, or wrote it; unset: every feed of the own member.
    // One that lost its node has its closed feeds as replicas.
    std::function<bool(const log::FeedId&)> is_own{};
    // Whether some of the own feed came back from peers before this start; unset: no.
    std::function<bool()> restored{};
    // What proved a fork of the feed before this start; unset: nothing.
    std::function<std::optional<Evidence>(const log::FeedId&)> evidence{};
  };

  // How a fetch ended.
  enum class FetchOutcome {
    kComplete,     // up to what the peer held
    kUnavailable,  // the peer could not be reached, or broke off
    kRefused,      // what it sent did not verify
    kContradicts,  // all of it verified but the proof to the signed checkpoint
    kForked,       // of a check: the peer holds another story, signed by the writer
  };

  Synchronizer(const Options& options, Holdings holdings, base::Entropy& entropy,
               Membership membership);

  // A newer charter. What is known of members that stay, stays.
  Actions SetMembership(Membership membership, absl::Time now);

  Actions OnPeerUp(const log::MemberId& peer, absl::Time now);
  Actions OnPeerDown(const log::MemberId& peer, absl::Time now);
  // The latest head of the own feed that the peer heard of and does not hold itself; call
  // before OnHeads with what came with it. Skipped when it does not verify.
  void OnHeard(const log::MemberId& peer, const poolcirkel::log::v1::Head& head);
  // The first after OnPeerUp holds all of the peer's feeds: one that is not in it has
  // size 0 there. Heads of foreign circles and heads that do not verify are skipped.
  Actions OnHeads(const log::MemberId& peer, const std::vector<poolcirkel::log::v1::Head>& heads,
                  absl::Time now);
  // The log holds more of `feed`, own or replica, or its lock changed.
  Actions OnLocalChange(const log::FeedId& feed, absl::Time now);
  // `contested` is the checkpoint note of the package, for kContradicts and kForked.
  Actions OnFetchEnded(const log::MemberId& peer, const log::FeedId& feed, FetchOutcome outcome,
                       const std::string& contested, absl::Time now);
  // Call at NextTick() or later; early is harmless.
  Actions Tick(absl::Time now);
  // absl::InfiniteFuture() when only an input can change anything.
  absl::Time NextTick() const;

  // The feeds that were frozen since the last call, or whose evidence got better, with that
  // evidence: to be kept.
  std::map<log::FeedId, Evidence> TakeFound() { return std::exchange(found_, {}); }

  const Membership& membership() const { return membership_; }
  // Other members' feeds, in the order of the membership.
  std::vector<FeedStatus> Feeds(absl::Time now) const;
  OwnHeadStatus OwnHead() const;
  // The checkpoint note of the latest head of the feed that anybody told of since this object
  // is there, when less of the feed is held here; otherwise empty.
  std::string HeardBeyond(const log::FeedId& feed) const;
  // The largest size of the feed that any peer holds.
  uint64_t KnownSize(const log::FeedId& feed) const;
  // When the feed's member itself last told its head, and all of it is held here;
  // absl::InfinitePast() when never.
  absl::Time HeadToldAt(const log::FeedId& feed) const;

 private:
  // What one peer told of one feed.
  struct Told {
    SignedHead head;
    bool judged = false;  // held against the own tree, cosignatures taken
  };
  struct Peer {
    bool up = false;
    bool told_all = false;  // since it came up
    bool told_ever = false;
    absl::Time told_at = absl::InfinitePast();
    size_t fetches = 0;
    std::map<log::FeedId, Told> told;
  };
  struct Retry {
    int failures = 0;
    absl::Time not_before = absl::InfinitePast();
  };
  struct Feed {
    bool fetching = false;
    uint64_t fetch_first = 0;
    std::map<log::MemberId, Retry> retries;
    absl::Time fetch_at = absl::InfiniteFuture();  // when a peer may be asked again
    bool slot_wanted = false;                      // every peer that holds more is busy
    std::set<log::MemberId> contradicting;         // peers to be checked

    std::optional<Evidence> evidence;
    // Checkpoints whose signature was verified, the newest last; a few.
    std::vector<SignedHead> verified;
    // The largest that ever was, also when whoever told it does not hold it any more.
    std::optional<SignedHead> largest;
    uint64_t checkpoint_size = 0;  // of the note in the log

    bool cosigned_loaded = false;
    std::map<log::MemberId, uint64_t> cosigned;  // largest size for each witness
    absl::Time cosigned_at = absl::InfinitePast();
    absl::Time cosign_at = absl::InfiniteFuture();  // when the head is due
    absl::Time fresh_at = absl::InfinitePast();
  };

  // Heads: synchronizer_heads.cc.
  absl::StatusOr<SignedHead> Verify(const log::FeedId& feed, const crypto::PublicKey& log_key,
                                    const std::string& text);
  void Hear(const log::MemberId& from, const poolcirkel::log::v1::Head& head,
            std::set<log::FeedId>& changed, Actions& actions);
  void KeepEarly(const log::MemberId& from, const log::FeedId& feed,
                 const poolcirkel::log::v1::Head& head);
  void Judge(const log::FeedId& feed, Actions& actions);
  bool JudgeOne(const log::FeedId& feed, const SignedHead& head, Actions& actions);
  void TakeCosignatures(const log::FeedId& feed, const SignedHead& head, Actions& actions);
  void Freeze(const log::FeedId& feed, const std::string& held, const std::string& contested);
  void Strengthen(const log::FeedId& feed, const SignedHead& head);
  void RefreshCheckpoint(const log::FeedId& feed);
  Feed& StateOf(const log::FeedId& feed);

  // Plans: synchronizer.cc.
  void Plan(const log::FeedId& feed, absl::Time now, Actions& actions);
  Actions PlanAll(absl::Time now);
  void PlanFetch(const log::FeedId& feed, absl::Time now, Actions& actions);
  std::optional<log::MemberId> ChoosePeer(const log::FeedId& feed, uint64_t size, absl::Time now);
  void PlanCosign(const log::FeedId& feed, absl::Time now, Actions& actions);
  void PlanUnlock(Actions& actions);
  bool IsOwn(const log::FeedId& feed) const;
  void NoteFreshness(const log::FeedId& feed);
  void NoteFailure(const log::MemberId& peer, const log::FeedId& feed, absl::Time now);

  // Status: synchronizer_status.cc.
  uint64_t MissingOfClosed() const;
  // The largest head that anybody told of; nullptr when all up to it is held here.
  const SignedHead* LargestBeyond(const log::FeedId& feed) const;
  bool SomebodyOffersMore(const log::FeedId& feed, uint64_t size) const;
  FeedStatus StatusOf(const log::FeedId& feed, absl::Time now) const;
  std::optional<FeedStatus> ProblemOfClosed(const log::FeedId& feed,
                                            const ClosedFeed& closed) const;

  const Options options_;
  const Holdings holdings_;
  base::Entropy& entropy_;
  Membership membership_;
  std::map<log::FeedId, Evidence> found_;
  bool restored_ = false;  // some of the own feed was asked back from a peer
  std::map<std::string, log::MemberId> witnesses_;  // by the name that they cosign under
  std::map<log::MemberId, Peer> peers_;
  // Heads of epochs that no charter here knows of yet, by peer: told once, and needed as
  // soon as the charter is. At most one epoch ahead for each member.
  std::map<std::pair<log::MemberId, log::FeedId>, poolcirkel::log::v1::Head> early_;
  std::map<log::FeedId, Feed> feeds_;
};

}  // namespace eventstore::replication
