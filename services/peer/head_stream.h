#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/replication/membership.h"
#include "poolcirkel/peer/v1/peer.pb.h"

namespace services::peer {

// What one stream of heads has to tell, and when. A grown head, and this node's own
// cosignature, go at once, but not sooner than `coalesce` after the last message;
// cosignatures of others, which their makers tell themselves, may wait. When there is
// nothing to tell an empty message says so, so that the reader knows how old its
// heads are. The time is given. Not thread-safe.
class HeadStream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    absl::Duration coalesce;
    absl::Duration hearsay = absl::Milliseconds(250);  // between cosignatures of others
    absl::Duration heartbeat;
  };

  // The present note of a feed; empty when it has none.
  using NoteOf = std::function<std::shared_ptr<const std::string>(const eventstore::log::FeedId&)>;

  HeadStream(const Options& options, NoteOf note_of)
      : options_(options), note_of_(std::move(note_of)) {}

  // Looks which of these feeds have a head that was not told.
  void Look(const eventstore::replication::Membership& membership,
            const std::set<eventstore::log::FeedId>& feeds);
  // When the next message is due.
  Time Due() const;
  // The message; call when it is due.
  poolcirkel::peer::v1::WatchHeadsResponse Take(Time now);

 private:
  struct Told {
    std::shared_ptr<const std::string> note;
    bool cosigned = false;  // by this node
  };

  const Options options_;
  const NoteOf note_of_;
  std::map<eventstore::log::FeedId, Told> told_;
  std::map<eventstore::log::FeedId, Told> pending_;
  bool urgent_ = true;  // the first message
  Time last_{};
};

}  // namespace services::peer
