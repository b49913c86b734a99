#include "services/commands/runner.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "poolcirkel/log/v1/record.pb.h"
#include "services/commands/epoch_gate.h"
#include "services/commands/records.h"
#include "services/commands/streams.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

// The first epoch's feed stands for the whole history.
using StreamKey = std::pair<log::FeedId, log::StreamId>;

StreamKey KeyOf(const log::FeedId& feed, const log::StreamId& stream) {
  return {log::FeedId{feed.circle, feed.member, log::Epoch(0)}, stream};
}

constexpr char kStaleRevision[] = "STALE_REVISION";

// The same message gives the same bytes in every process.
std::string DeterministicBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status StaleRevision(const log::StreamId& stream, uint64_t asked, uint64_t current) {
  return base::Refusal(
             absl::StatusCode::kAborted, kStaleRevision,
             absl::StrCat("gevraagd is revisie ", asked, ", maar de huidige is ", current))
      .Metadata("stream", base::ToText(stream))
      .Metadata("current_revision", absl::StrCat(current))
      .Remedy("lees de gegevens opnieuw en probeer het met de huidige revisie")
      .Retry(absl::ZeroDuration());
}

bool IsStale(const absl::Status& status) {
  return status.code() == absl::StatusCode::kAborted &&
         base::DetailsOf(status).reason == kStaleRevision;
}

class LogReader final : public Runner::Reader {
 public:
  LogReader(const log::EventLog& log, const privacy::KeyFile& keys,
            const membership::Circles& circles)
      : log_(log), keys_(keys), circles_(circles) {}

  absl::StatusOr<std::vector<domain::PastEvent>> Stream(const log::FeedId& feed,
                                                        const log::StreamId& stream) override {
    const StreamKey key = KeyOf(feed, stream);
    if (const auto read = streams_.find(key); read != streams_.end()) return read->second.events;
    Read read;
    const auto history = membership::HistoryOf(circles_, feed);
    ASSIGN_OR_RETURN(read.events, ReadHistory(log_, keys_, history, stream));
    read.present = history.back().feed;
    for (const auto& event : read.events) {
      if (event.feed == read.present) ++read.in_present;
    }
    return (streams_[key] = std::move(read)).events;
  }

  void Expect(const log::FeedId& feed, const log::StreamId& stream, uint64_t revision) override {
    asked_[KeyOf(feed, stream)] = revision;
  }

  // What the caller asked for and is not so.
  absl::Status CheckAsked() const {
    for (const auto& [key, revision] : asked_) {
      const auto read = streams_.find(key);
      uint64_t current = 0;
      if (read != streams_.end()) {
        current = read->second.events.size();
      } else {
        ASSIGN_OR_RETURN(
            current, RevisionOver(log_, membership::HistoryOf(circles_, key.first), key.second));
      }
      if (current != revision) return StaleRevision(key.second, revision, current);
    }
    return absl::OkStatus();
  }

  // In the feeds that this member writes now. A stream that was asked for and not read
  // was found at its revision just before. ABORTED when another epoch began meanwhile.
  absl::StatusOr<std::vector<log::ExpectedRevision>> Expected() const {
    std::map<StreamKey, log::ExpectedRevision> expected;
    for (const auto& [key, read] : streams_) {
      if (!log_.IsOwn(read.present)) continue;
      if (membership::HistoryOf(circles_, key.first).back().feed != read.present) {
        return StaleRevision(key.second, read.events.size(), read.events.size());
      }
      expected[key] = {read.present, key.second, log::Revision(read.in_present)};
    }
    for (const auto& [key, revision] : asked_) {
      if (expected.count(key) > 0) continue;
      const auto history = membership::HistoryOf(circles_, key.first);
      if (!log_.IsOwn(history.back().feed)) continue;
      ASSIGN_OR_RETURN(const uint64_t all, RevisionOver(log_, history, key.second));
      ASSIGN_OR_RETURN(const uint64_t present, RevisionIn(log_, history.back(), key.second));
      if (all != revision) return StaleRevision(key.second, revision, all);
      expected[key] = {history.back().feed, key.second, log::Revision(present)};
    }
    std::vector<log::ExpectedRevision> revisions;
    for (const auto& [key, one] : expected) revisions.push_back(one);
    return revisions;
  }

 private:
  struct Read {
    std::vector<domain::PastEvent> events;
    log::FeedId present;      // the feed that the history goes on in
    uint64_t in_present = 0;  // how many of the events stand there
  };

  const log::EventLog& log_;
  const privacy::KeyFile& keys_;
  const membership::Circles& circles_;
  std::map<StreamKey, Read> streams_;
  std::map<StreamKey, uint64_t> asked_;
};

class LogRunner final : public Runner {
 public:
  explicit LogRunner(const RunnerParts& parts) : parts_(parts), gate_(parts.log, parts.circles) {}

  absl::StatusOr<Result> Run(const CommandRequest& request, const Decide& decide) override {
    return RunWith(request, decide, /*alone=*/false);
  }

  absl::StatusOr<Result> RunAlone(const CommandRequest& request, const Decide& decide) override {
    return RunWith(request, decide, /*alone=*/true);
  }

  bool MayWrite(const membership::CirclePtr& circle) override {
    return gate_.IsOpen(circle).value_or(true);  // what cannot be read is told by writing
  }

  absl::Status Alone(const std::function<absl::Status()>& work) override {
    const EpochGate::Pass pass(gate_, /*alone=*/true);
    return work();
  }

 private:
  absl::StatusOr<Result> RunWith(const CommandRequest& request, const Decide& decide, bool alone) {
    ASSIGN_OR_RETURN(const std::string digest,
                     RequestDigest(*parts_.keys, parts_.circles->PrivateFeed(), request.bytes));
    absl::Status refused;
    for (int attempt = 0; attempt < kMaximumAttempts; ++attempt) {
      // Asked again after every refusal: the same request may have run meanwhile on
      // another thread, and is what the decider then refuses.
      auto before = AnswerOfBefore(request, digest);
      if (before.ok() || !absl::IsNotFound(before.status())) return before;
      if (!refused.ok() && !IsStale(refused)) return refused;
      auto appended = RunOnce(request, digest, decide, alone);
      if (appended.ok()) return ReadBack(*std::move(appended));
      refused = appended.status();
    }
    auto before = AnswerOfBefore(request, digest);
    if (before.ok() || !absl::IsNotFound(before.status())) return before;
    return refused;
  }

  absl::StatusOr<log::AppendResult> RunOnce(const CommandRequest& request,
                                            const std::string& digest, const Decide& decide,
                                            bool alone) {
    const EpochGate::Pass pass(gate_, alone);
    LogReader reader(*parts_.log, *parts_.keys, *parts_.circles);
    auto decision = decide(reader);
    RETURN_IF_ERROR(reader.CheckAsked());
    if (!decision.ok()) return decision.status();
    if (decision->events.empty()) return absl::InternalError("a decision without events");
    RETURN_IF_ERROR(gate_.Check(*decision));
    RETURN_IF_ERROR(MakeKeys(decision->new_keys));
    log::AppendRequest append;
    append.request = request.request;
    append.request_digest = digest;
    ASSIGN_OR_RETURN(append.expected, reader.Expected());
    for (const auto& event : decision->events) {
      ASSIGN_OR_RETURN(const log::FeedId feed, FeedOf(event));
      ASSIGN_OR_RETURN(auto record, MakeRecord(RecordParts(), feed, event, request.actor));
      append.records.push_back(std::move(record));
    }
    gate_.Forget(*decision);
    auto appended = parts_.log->Append(std::move(append));
    gate_.Forget(*decision);
    return appended;
  }

  RecordMakerParts RecordParts() const {
    return {parts_.keys, parts_.ids, parts_.entropy, parts_.circles->PrivateFeed()};
  }

  absl::Status MakeKeys(const std::vector<privacy::ClassKey>& keys) {
    for (const auto& key : keys) {
      const absl::Status made = parts_.keys->Create(key);
      // There from an attempt that came too late.
      if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<log::FeedId> FeedOf(const domain::NewEvent& event) const {
    if (!event.circle.has_value()) return parts_.circles->PrivateFeed();
    const membership::CirclePtr circle = parts_.circles->Find(*event.circle);
    if (circle == nullptr) return absl::InternalError("an event for a circle of others");
    return circle->OwnFeed();
  }

  // NOT_FOUND when the request was not executed before.
  absl::StatusOr<Result> AnswerOfBefore(const CommandRequest& request, const std::string& digest) {
    ASSIGN_OR_RETURN(auto found, parts_.log->FindRequest(request.request));
    found.repeated = true;
    if (found.positions.empty()) return absl::InternalError("a request without events");
    const auto& first = found.positions.front();
    ASSIGN_OR_RETURN(const auto events, parts_.log->ReadFeed(first.feed, first.sequence, 1));
    if (events.empty() || !crypto::ConstantTimeEqual(events[0].request_digest, digest)) {
      return base::Refusal(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                           "dit request_id hoort al bij een ander verzoek")
          .Field("header.request_id", "is al gebruikt voor een ander verzoek")
          .Remedy("maak voor ieder verzoek een nieuw request_id");
    }
    return ReadBack(std::move(found));
  }

  absl::StatusOr<Result> ReadBack(log::AppendResult append) {
    Result result;
    for (const auto& position : append.positions) {
      ASSIGN_OR_RETURN(const auto stored,
                       parts_.log->ReadFeed(position.feed, position.sequence, 1));
      if (stored.empty()) return absl::DataLossError("an appended event cannot be read");
      Written written;
      ASSIGN_OR_RETURN(written.past, OpenEvent(stored[0], *parts_.keys));
      ASSIGN_OR_RETURN(written.revision, RevisionAfter(*parts_.log, *parts_.circles, stored[0]));
      result.events.push_back(std::move(written));
    }
    result.stream = result.events.back().past.stream;
    result.revision = result.events.back().revision;
    result.append = std::move(append);
    return result;
  }

  const RunnerParts parts_;
  EpochGate gate_;
};

}  // namespace

absl::StatusOr<CommandRequest> MakeCommand(const google::protobuf::Message& message,
                                           const poolcirkel::api::v1::CommandHeader& header,
                                           const log::CircleId& circle, const Actor& actor,
                                           base::IdGenerator& ids) {
  CommandRequest command;
  if (header.request_id().empty()) {
    command.request = ids.New<log::RequestId>();
  } else {
    const auto request = base::ParseUuid<log::RequestId>(header.request_id());
    if (!request.ok() || request->empty()) {
      return base::InvalidField("header.request_id", "is geen UUID");
    }
    command.request = *request;
  }
  std::unique_ptr<google::protobuf::Message> copy(message.New());
  copy->CopyFrom(message);
  if (const auto* field = copy->GetDescriptor()->FindFieldByName("header")) {
    copy->GetReflection()->ClearField(copy.get(), field);
  }
  command.bytes =
      absl::StrCat(message.GetTypeName(), "\n", circle.bytes(), DeterministicBytes(*copy));
  command.actor = actor;
  if (!header.mandate().empty()) command.actor.mandate = header.mandate();
  return command;
}

const Runner::Written* Runner::Result::Find(poolcirkel::event::v1::Event::BodyCase body) const {
  for (const auto& written : events) {
    if (written.past.event.body_case() == body) return &written;
  }
  return nullptr;
}

bool Runner::MayWrite(const membership::CirclePtr& circle) {
  return !circle->IsSuspended(circle->self);
}

std::unique_ptr<Runner> MakeRunner(const RunnerParts& parts) {
  return std::make_unique<LogRunner>(parts);
}

}  // namespace services::commands
