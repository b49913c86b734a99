#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "google/protobuf/message.h"
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

// Reads the request id and the mandate of `header`, and makes the bytes of
// `message` without its field `header`, behind its type and the circle.
// INVALID_ARGUMENT when the request id is no UUID.
absl::StatusOr<CommandRequest> MakeCommand(const google::protobuf::Message& message,
                                           const poolcirkel::api::v1::CommandHeader& header,
                                           const eventstore::log::CircleId& circle,
                                           const Actor& actor, eventstore::base::IdGenerator& ids);

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
    // All events of one stream of one feed, opened as far as possible. The same
    // answer each time within one decision. RESOURCE_EXHAUSTED above
    // kMaximumStreamEvents.
    virtual absl::StatusOr<std::vector<domain::PastEvent>> Stream(
        const eventstore::log::FeedId& feed, const eventstore::log::StreamId& stream) = 0;
    // The decider's result depends on this revision; STALE_REVISION when it is not.
    virtual void Expect(const eventstore::log::FeedId& feed,
                        const eventstore::log::StreamId& stream, uint64_t revision) = 0;
  };
  using Decide = std::function<absl::StatusOr<domain::Decision>(Reader&)>;

  // An event of this command, as it stands in the log, opened again.
  struct Written {
    domain::PastEvent past;
    // Of its stream, just after it.
    uint64_t revision = 0;
  };

  struct Result {
    eventstore::log::AppendResult append;
    // The last event's stream and its revision after this command.
    eventstore::log::StreamId stream;
    uint64_t revision = 0;
    // All events of the command in order; also when it was executed before, so
    // that an answer can be made from them alone.
    std::vector<Written> events;

    // The first event of that kind; nullptr when there is none.
    const Written* Find(poolcirkel::event::v1::Event::BodyCase body) const;
  };

  static constexpr size_t kMaximumStreamEvents = 10'000;
  static constexpr int kMaximumAttempts = 8;

  virtual ~Runner() = default;
  // A request that was executed before answers as it did then, without deciding;
  // ALREADY_EXISTS REQUEST_ID_REUSED when it was another request by the same id.
  virtual absl::StatusOr<Result> Run(const CommandRequest& request, const Decide& decide) = 0;
};

// What runners need. Nothing is owned; all of it is thread-safe.
struct RunnerParts {
  eventstore::log::EventLog* log = nullptr;
  // Holds the member's own key, by the member id of the private feed.
  eventstore::privacy::KeyFile* keys = nullptr;
  membership::Circles* circles = nullptr;
  eventstore::base::IdGenerator* ids = nullptr;
  eventstore::base::Entropy* entropy = nullptr;
};

std::unique_ptr<Runner> MakeRunner(const RunnerParts& parts);

}  // namespace services::commands
