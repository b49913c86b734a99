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

// What one stream of heads has to tell, and when. The own feed's head, and a head that
// this node cosigned, go at once, but not sooner than `coalesce` after the last message.
// The head of another's feed waits a moment for the cosignature that follows it.
// Cosignatures of others, which their makers tell themselves, may wait longer. When
// there is nothing to tell an empty message says so, so that the reader knows how old
// its heads are. The time is given. Not thread-safe.
class HeadStream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    absl::Duration coalesce;
    absl::Duration hearsay = absl::Seconds(1);  // between cosignatures of others
    absl::Duration heartbeat;
  };

  // The present note of a feed; empty when it has none.
  using NoteOf = std::function<std::shared_ptr<const std::string>(const eventstore::log::FeedId&)>;

  HeadStream(const Options& options, NoteOf note_of)
      : options_(options), note_of_(std::move(note_of)) {}

  // Looks which of these feeds have a head that was not told.
  void Look(const eventstore::replication::Membership& membership,
            const std::set<eventstore::log::FeedId>& feeds, Time now);
  // When the next message is due.
  Time Due() const;
  // When it makes sense to look again.
  Time NextLook() const;
  // The message; call when it is due.
  poolcirkel::peer::v1::WatchHeadsResponse Take(Time now);

 private:
  std::chrono::milliseconds Moment() const { return absl::ToChronoMilliseconds(options_.coalesce); }

  struct Told {
    std::shared_ptr<const std::string> note;
    bool cosigned = false;  // by this node
  };

  const Options options_;
  const NoteOf note_of_;
  std::map<eventstore::log::FeedId, Told> told_;
  std::map<eventstore::log::FeedId, Told> pending_;
  bool urgent_ = true;   // the first message
  bool awaits_ = false;  // a head waits for the own cosignature
  Time awaits_since_{};
  Time looked_{};
  Time last_{};
};

}  // namespace services::peer
