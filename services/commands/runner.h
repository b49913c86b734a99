#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/common.pb.h"
#include "services/domain/event.h"
#include "services/membership/circles.h"

namespace services::commands {

// Who asks, as authenticated; sealed into every event.
struct Actor {
  std::string user;
  std::string role;
  std::string mandate;
};

// One command as the runner sees it.
struct CommandRequest {
  // From the header; a new one when the header has none.
  eventstore::log::RequestId request;
  // The whole request's bytes without header: what "the same request" means.
  std::string bytes;
  Actor actor;
};

// Loads streams, lets a decider decide, makes keys, seals and appends. When a
// stream that the decider read has grown meanwhile, it loads and decides again
// (at most 8 times), unless the caller asked for a revision. Thread-safe.
class Runner {
 public:
  // Reads streams for a decider, and remembers them as expected revisions when
  // they are the member's own.
  class Reader {
   public:
    virtual ~Reader() = default;
    // All events of one stream of one feed, opened as far as possible.
    virtual absl::StatusOr<std::vector<domain::PastEvent>> Stream(
        const eventstore::log::FeedId& feed, const eventstore::log::StreamId& stream) = 0;
    // The decider's result depends on this revision; STALE_REVISION when it is not.
    virtual void Expect(const eventstore::log::FeedId& feed,
                        const eventstore::log::StreamId& stream, uint64_t revision) = 0;
  };
  using Decide = std::function<absl::StatusOr<domain::Decision>(Reader&)>;

  struct Result {
    eventstore::log::AppendResult append;
    // The last event's stream and its revision after this command.
    eventstore::log::StreamId stream;
    uint64_t revision = 0;
  };

  virtual ~Runner() = default;
  // A request that was executed before answers as it did then, without deciding.
  virtual absl::StatusOr<Result> Run(const CommandRequest& request, const Decide& decide) = 0;
};

}  // namespace services::commands
