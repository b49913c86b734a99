#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "poolcirkel/api/v1/common.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/own_professionals.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/circle/circle.h"
#include "services/domain/context.h"
#include "services/domain/professional/professional.h"
#include "services/domain/secondment/secondment.h"

// What every command does around its decider: ids in, states loaded, receipt out.
namespace services::commands {

// The state of one stream; Evolve is found in the state's own namespace.
template <typename State>
absl::StatusOr<State> Fold(Runner::Reader& reader, const eventstore::log::FeedId& feed,
                           const eventstore::log::StreamId& stream) {
  auto events = reader.Stream(feed, stream);
  if (!events.ok()) return events.status();
  State state;
  for (const auto& event : *events) Evolve(state, event);
  return state;
}

// Both sides of an exchange as this node knows them; empty states where it knows
// nothing.
struct Exchange {
  domain::secondment::State candidacy;     // the lender's side
  domain::assignment::State assignment;    // the host's side
  domain::secondment::HostWord host_word;  // what the host's side says about it
};

// The time, a fresh pair of ids and a salt for deciders. Points into `circle`.
domain::Context MakeContext(const Dependencies& parts, const membership::Circle& circle);

// A UUID of a request. INVALID_ARGUMENT names `field`.
absl::StatusOr<eventstore::log::StreamId> ParseId(std::string_view field, const std::string& text);

// Hands the caller's expected revision, when it gave one, to the reader: of the own
// stream that the command writes.
void ExpectRevision(Runner::Reader& reader, const poolcirkel::api::v1::CommandHeader& header,
                    const membership::Circle& circle, const eventstore::log::StreamId& stream);

// An assignment at whichever member it stands.
absl::StatusOr<domain::assignment::State> LoadAssignment(
    const Dependencies& parts, Runner::Reader& reader, const membership::Circle& circle,
    const eventstore::log::StreamId& assignment);

// NOT_FOUND EXCHANGE_UNKNOWN when its proposal is not here.
absl::StatusOr<Exchange> LoadExchange(const Dependencies& parts, Runner::Reader& reader,
                                      const membership::Circle& circle,
                                      const eventstore::log::StreamId& exchange);

// The ledger of a professional of this member by its id in the circle; an empty state
// when there is none. `id` may be unset.
absl::StatusOr<domain::professional::State> LoadProfessional(
    OwnProfessionals& professionals, Runner::Reader& reader, const membership::Circle& circle,
    const eventstore::log::FeedId& private_feed,
    const std::optional<eventstore::log::StreamId>& id);

// A command about one professional of this member, executed.
struct ProfessionalCommand {
  membership::CirclePtr circle;
  eventstore::log::StreamId id;
  CommandRequest command;
  Runner::Result result;
};
using DecideProfessional = std::function<absl::StatusOr<domain::Decision>(
    const domain::professional::State&, const domain::Context&)>;
// Runs `decide` on the ledger of the professional that `id` names in the circle of `header`,
// an empty one when there is none. Expects the caller's revision of that ledger.
// `message` is the whole request.
absl::StatusOr<ProfessionalCommand> RunAboutProfessional(
    const Dependencies& parts, OwnProfessionals& professionals,
    const google::protobuf::Message& message, const poolcirkel::api::v1::CommandHeader& header,
    const std::string& id, const Actor& actor, const DecideProfessional& decide);

// The circle's proposals and signatures, from the feeds of all its members.
absl::StatusOr<domain::circle::State> LoadCircle(Runner::Reader& reader,
                                                 const membership::Circle& circle);

// `id` is what was made or changed. The cursor tells feeds of this circle only: what
// the command did in another circle is nobody's business here.
poolcirkel::api::v1::Receipt MakeReceipt(const CommandRequest& command,
                                         const Runner::Result& result,
                                         const membership::Circle& circle,
                                         const eventstore::log::StreamId& id, uint64_t revision);

// The event of a kind that the command must have written. INTERNAL when it has not.
absl::StatusOr<const Runner::Written*> FindWritten(const Runner::Result& result,
                                                   poolcirkel::event::v1::Event::BodyCase body);

// The charter that the command must have proposed.
struct ProposedCharter {
  poolcirkel::event::v1::Charter charter;
  eventstore::crypto::Digest digest;
};
absl::StatusOr<ProposedCharter> FindProposed(const Runner::Result& result);

}  // namespace services::commands
