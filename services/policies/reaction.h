#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/commands/loading.h"
#include "services/policies/policy.h"

namespace services::policies {

// When to look again at what happened in a circle that this member does not work in: a node
// that lost its log hears the others before its own feed of the circle is back.
inline constexpr absl::Duration kUnknownCircle = absl::Seconds(5);

// Whether this member wrote the feed. After a loss its closed epochs are copies in its log.
bool IsMine(const PolicyParts& parts, const eventstore::log::FeedId& feed);

// Runs a decider as a request whose id follows from the policy and the cause: the
// same reaction is executed once, also after a restart.
absl::StatusOr<commands::Runner::Result> React(const commands::Dependencies& parts,
                                               std::string_view policy, const std::string& cause,
                                               const commands::Runner::Decide& decide);

// The cause of a reaction to one selection of an exchange. The event id alone would
// not do: it is the other member's choice.
std::string CauseOf(const eventstore::log::CircleId& circle,
                    const eventstore::log::StreamId& exchange, uint32_t selection,
                    const eventstore::log::EventId& event);

// An exchange, read outside a command, to see whether there is anything to do.
absl::StatusOr<commands::Exchange> LookAt(const commands::Dependencies& parts,
                                          const membership::Circle& circle,
                                          const eventstore::log::StreamId& exchange);

// A Reader of the log as it is, which expects nothing.
class LogReader final : public commands::Runner::Reader {
 public:
  // Does not own `parts`' members.
  explicit LogReader(const commands::Dependencies& parts) : parts_(parts) {}
  absl::StatusOr<std::vector<domain::PastEvent>> Stream(
      const eventstore::log::FeedId& feed, const eventstore::log::StreamId& stream) override;
  void Expect(const eventstore::log::FeedId&, const eventstore::log::StreamId&, uint64_t) override {
  }

 private:
  const commands::Dependencies& parts_;
};

// When the feeds that a reaction writes may not be written yet: look again then.
// Nothing when they may.
std::optional<absl::Time> WaitForFeeds(const commands::Dependencies& parts,
                                       const membership::Circle& circle, absl::Time now);

// How old a head may be to count as fresh: the charter's rule, or a minute.
absl::Duration FreshLimit(const poolcirkel::event::v1::Charter& charter);

// The id that a field of an event holds; the empty one when it holds none.
eventstore::log::StreamId IdIn(const std::string& bytes);

}  // namespace services::policies
