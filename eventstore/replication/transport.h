#pragma once

#include "eventstore/log/types.h"

namespace eventstore::replication {

// How a node reaches the peers of one circle; one of the seams for testing.
// services/peer is the real one, over gRPC; tests simulate it.
//
// What comes back goes to the Replicator, never from inside StartFetch:
//   OnPeerUp      once, when a peer answers, before its first OnHeads
//   OnHeard       before the OnHeads of the message that it came with, if it held one
//   OnHeads       all heads of the peer first, then what changes; empty: no change
//   OnPeerDown    once, after which it may come up again
//   OnPackage     zero or more for each StartFetch
//   OnFetchEnded  exactly once for each StartFetch, after its last OnPackage, whether
//                 it went well, failed, or its peer went away
class Transport {
 public:
  virtual ~Transport() = default;

  // Asks `peer` for the packages of `feed` from `first` up to the head that it holds.
  virtual void StartFetch(const log::MemberId& peer, const log::FeedId& feed,
                          log::Sequence first) = 0;
};

}  // namespace eventstore::replication
