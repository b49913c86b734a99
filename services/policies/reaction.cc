#include "services/policies/reaction.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/founding.h"
#include "services/commands/streams.h"

namespace services::policies {
namespace {

namespace log = eventstore::log;

constexpr absl::Duration kLockedRetry = absl::Milliseconds(500);
constexpr absl::Duration kSuspendedRetry = absl::Seconds(30);
constexpr absl::Duration kFreshWithoutRule = absl::Minutes(1);

}  // namespace

bool IsMine(const PolicyParts& parts, const log::FeedId& feed) {
  if (parts.commands.log->IsOwn(feed)) return true;
  const auto kept = parts.kept == nullptr ? nullptr : parts.kept->Find(feed.circle);
  return kept != nullptr && kept->self == feed.member;
}

absl::StatusOr<commands::Runner::Result> React(const commands::Dependencies& parts,
                                               std::string_view policy, const std::string& cause,
                                               const commands::Runner::Decide& decide) {
  commands::CommandRequest request;
  request.request = commands::RequestOf(policy, cause);
  request.bytes = std::string(policy) + "\n" + cause;
  request.actor = {"poolcirkeld", "policy", std::string(policy)};
  return parts.runner->Run(request, decide);
}

std::string CauseOf(const log::CircleId& circle, const log::StreamId& exchange, uint32_t selection,
                    const log::EventId& event) {
  return absl::StrCat(circle.bytes(), exchange.bytes(), event.bytes(), selection);
}

absl::StatusOr<std::vector<domain::PastEvent>> LogReader::Stream(const log::FeedId& feed,
                                                                 const log::StreamId& stream) {
  return commands::ReadHistory(*parts_.log, *parts_.keys,
                               membership::HistoryOf(*parts_.circles, feed), stream);
}

absl::StatusOr<commands::Exchange> LookAt(const commands::Dependencies& parts,
                                          const membership::Circle& circle,
                                          const log::StreamId& exchange) {
  LogReader reader(parts);
  return commands::LoadExchange(parts, reader, circle, exchange);
}

std::optional<absl::Time> WaitForFeeds(const commands::Dependencies& parts,
                                       const membership::Circle& circle, absl::Time now) {
  const log::FeedId private_feed = parts.circles->PrivateFeed();
  // A suspended member reacts to nothing, and one whose epoch ends waits for the next.
  if (circle.IsSuspended(circle.self)) return now + kSuspendedRetry;
  const auto present = parts.circles->Find(circle.id);
  if (present != nullptr && !parts.runner->MayWrite(present)) return now + kLockedRetry;
  if (!parts.log->IsLocked(circle.OwnFeed()) && !parts.log->IsLocked(private_feed)) {
    return std::nullopt;
  }
  return now + kLockedRetry;
}

absl::Duration FreshLimit(const poolcirkel::event::v1::Charter& charter) {
  const int64_t seconds = charter.rules().fresh_head_seconds();
  return seconds > 0 ? absl::Seconds(seconds) : kFreshWithoutRule;
}

log::StreamId IdIn(const std::string& bytes) {
  return log::StreamId::FromBytes(bytes).value_or(log::StreamId());
}

}  // namespace services::policies
