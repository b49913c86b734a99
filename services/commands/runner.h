#pragma once

#include <functional>
#include <memory>
#include <optional>
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
  // The private key of the professional that acts, when it is one of this pool: the actor
  // is sealed with it too, so that erasing the person erases this.
  std::optional<eventstore::privacy::KeyId> person = {};
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
    // All events of one stream in the history that `feed` is a part of (over all epochs
    // of its member), opened as far as possible. The same answer each time within one
    // decision. RESOURCE_EXHAUSTED above
    // kMaximumStreamEvents.
    virtual absl::StatusOr<std::vector<domain::PastEvent>> Stream(
        const eventstore::log::FeedId& feed, const eventstore::log::StreamId& stream) = 0;
    // The decider's result depends on this revision, over all epochs; STALE_REVISION when
    // it is not.
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
  // A member that is suspended in a circle writes nothing there: FAILED_PRECONDITION
  // MEMBER_SUSPENDED; one that ends its own epoch nothing but about charters until that is
  // agreed on: UNAVAILABLE EPOCH_ENDING (epoch_gate.h).
  // A request that was executed before answers as it did then, without deciding;
  // ALREADY_EXISTS REQUEST_ID_REUSED when it was another request by the same id.
  virtual absl::StatusOr<Result> Run(const CommandRequest& request, const Decide& decide) = 0;
  // As Run; while it decides and appends, no other command does. For ending the own
  // epoch, whose last head the decision states.
  virtual absl::StatusOr<Result> RunAlone(const CommandRequest& request, const Decide& decide) = 0;
  // Whether a command may write in the circle now: false for a suspended member and while
  // the own epoch ends. For those who can wait.
  virtual bool MayWrite(const membership::CirclePtr& circle);
  // Does `work` while no command decides or appends. It may not run commands.
  virtual absl::Status Alone(const std::function<absl::Status()>& work) = 0;
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
