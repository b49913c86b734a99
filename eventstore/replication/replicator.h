#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/replication/membership.h"
#include "eventstore/replication/synchronizer.h"
#include "eventstore/replication/transport.h"
#include "eventstore/replication/verify.h"

namespace eventstore::replication {

// Keeps the feeds of one circle in a log equal to those of the peers: does what a
// Synchronizer decides. Verifies before it stores, stores before it shows. Not
// thread-safe: one thread gives it everything that Transport tells. Owns none of
// its arguments; they must outlive it.
class Replicator {
 public:
  struct Options {
    log::EventLog* log = nullptr;
    const crypto::PrivateKey* log_key = nullptr;  // cosigns
    // The own key that belongs to a public one, where epochs have keys of their own;
    // nullptr from it: it is not here, and nothing is cosigned. Unset: log_key always.
    std::function<const crypto::PrivateKey*(const crypto::PublicKey&)> find_key{};
    base::Entropy* entropy = nullptr;
    Transport* transport = nullptr;
    // Before the first event of the own feed that comes back from a peer is stored; not
    // stored when it fails. And whether that happened before this start. Unset: nothing.
    std::function<absl::Status()> before_restore{};
    std::function<bool()> restored{};
    // Where proofs of forks are kept; not owned. nullptr: in memory only.
    EvidenceFile* evidence = nullptr;
    Synchronizer::Options synchronizer;
  };

  Replicator(const Options& options, Membership membership, absl::Time now);

  void SetMembership(Membership membership, absl::Time now);
  void OnPeerUp(const log::MemberId& peer, absl::Time now);
  void OnPeerDown(const log::MemberId& peer, absl::Time now);
  void OnHeard(const log::MemberId& peer, const poolcirkel::log::v1::Head& head);
  void OnHeads(const log::MemberId& peer, const std::vector<poolcirkel::log::v1::Head>& heads,
               absl::Time now);
  // OK when it was verified or held already. It is stored with the next ones, because
  // each time is synced: at the latest when the fetch ended, when it leads up to the head
  // that came with it, or a moment later (Tick). Otherwise the transport ends the fetch.
  absl::Status OnPackage(const log::MemberId& peer, const log::FeedId& feed,
                         const poolcirkel::log::v1::Package& package, absl::Time now);
  void OnFetchEnded(const log::MemberId& peer, const log::FeedId& feed, const absl::Status& status,
                    absl::Time now);
  // Something of `feed` was stored, by whomever.
  void OnLogChange(const log::FeedId& feed, absl::Time now);
  void Tick(absl::Time now);
  absl::Time NextTick() const;

  const Synchronizer& synchronizer() const { return synchronizer_; }
  // The last thing that the log refused to do; OK when nothing was.
  const absl::Status& log_error() const { return log_error_; }

 private:
  struct Fetch {
    log::MemberId peer;
    std::string head_note{};  // the checkpoint note of the last package
    SignedHead head{};        // what it says
    // Verified and not stored yet, from several packages.
    std::optional<VerifiedPackage> waiting{};
    absl::Time waiting_since{};
    absl::Status refusal{};   // of VerifyPackage
    std::string contested{};  // the checkpoint note of the package that was refused
    // Only looks, from the first event on; what was seen, and what came of it.
    bool check = false;
    Tail tail{};
    bool forked = false;
  };

  void Do(const Actions& actions, absl::Time now);
  absl::Status CosignHead(const log::FeedId& feed, absl::Time now);
  absl::StatusOr<VerifiedPackage> Verify(const log::FeedId& feed, const FeedAuthority& authority,
                                         const Tail& tail,
                                         const poolcirkel::log::v1::Package& package,
                                         absl::Time now, Fetch& fetch);
  absl::Status Store(const log::FeedId& feed, const VerifiedPackage& package);
  // Whether that package, which waits, is to be stored now.
  bool IsEnough(const log::FeedId& feed, const VerifiedPackage& waiting) const;
  // What waits is stored.
  absl::Status StoreWaiting(const log::FeedId& feed, Fetch& fetch, absl::Time now);
  void StoreWaiting(absl::Time since_before, absl::Time now);
  absl::Status Check(const log::FeedId& feed, const crypto::PublicKey& log_key,
                     const poolcirkel::log::v1::Package& package, absl::Time now, Fetch& fetch);
  absl::StatusOr<const Tail*> TailOf(const log::FeedId& feed);
  void Note(const absl::Status& status);

  const Options options_;
  Synchronizer synchronizer_;
  std::map<log::FeedId, Tail> tails_;
  std::map<log::FeedId, Fetch> fetches_;
  absl::Status log_error_;
};

}  // namespace eventstore::replication
