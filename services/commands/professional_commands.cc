#include "services/commands/professional_commands.h"

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/domain/professional/professional.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace log = eventstore::log;
namespace professional = services::domain::professional;
using poolcirkel::event::v1::Event;

// An identity that was given must be the one that is known: otherwise two persons
// would get one ledger.
absl::Status CheckSamePerson(const professional::State& state,
                             const poolcirkel::event::v1::Identity& given) {
  if (!state.registered || given.ByteSizeLong() == 0 ||
      given.SerializeAsString() == state.identity.SerializeAsString()) {
    return absl::OkStatus();
  }
  return base::Refusal(absl::StatusCode::kAlreadyExists, "PSEUDONYM_TAKEN",
                       "deze schuilnaam hoort in de eigen pool al bij iemand anders")
      .Field("profile.pseudonym", "is al in gebruik")
      .Remedy("kies een andere schuilnaam");
}

// The last revision in the private feed: what ListOwn shows.
uint64_t PrivateRevision(const Runner::Result& result, const log::FeedId& private_feed) {
  uint64_t revision = result.revision;
  for (const auto& written : result.events) {
    if (written.past.feed == private_feed) revision = written.revision;
  }
  return revision;
}

api::Receipt LedgerReceipt(const ProfessionalCommand& run, const log::FeedId& private_feed) {
  return MakeReceipt(run.command, run.result, *run.circle, run.id,
                     PrivateRevision(run.result, private_feed));
}

}  // namespace

absl::StatusOr<api::RegisterProfessionalResponse> ProfessionalCommands::Register(
    const api::RegisterProfessionalRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  base::MutexLock lock(register_mutex_);
  domain::Context context = MakeContext(parts_, *circle);
  ASSIGN_OR_RETURN(const auto known,
                   professionals_->FindPseudonym(request.profile().pseudonym(), *parts_.keys));
  if (known.has_value()) context.new_private_id = *known;
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, Fold<professional::State>(reader, context.private_feed,
                                                                 context.new_private_id));
    if (request.header().has_expected_revision()) {
      reader.Expect(context.private_feed, context.new_private_id,
                    request.header().expected_revision());
    }
    RETURN_IF_ERROR(CheckSamePerson(state, request.identity()));
    professional::RegisterProfessional registration;
    registration.identity = state.registered ? state.identity : request.identity();
    registration.profile = request.profile();
    registration.capacity = request.capacity();
    return professional::Register(state, registration, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  ASSIGN_OR_RETURN(const auto* stated, FindWritten(result, Event::kProfileStated));
  api::RegisterProfessionalResponse response;
  *response.mutable_receipt() = MakeReceipt(command, result, *circle, stated->past.stream,
                                            PrivateRevision(result, parts_.circles->PrivateFeed()));
  return response;
}

absl::StatusOr<api::StateCapacityResponse> ProfessionalCommands::StateCapacity(
    const api::StateCapacityRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(
      const auto run,
      RunAboutProfessional(parts_, *professionals_, request, request.header(),
                           request.professional_id(), actor,
                           [&](const professional::State& state, const domain::Context& context) {
                             return professional::StateCapacity(state, {request.weeks()}, context);
                           }));
  api::StateCapacityResponse response;
  *response.mutable_receipt() = LedgerReceipt(run, parts_.circles->PrivateFeed());
  return response;
}

absl::StatusOr<api::OpenIdentityResponse> ProfessionalCommands::OpenIdentity(
    const api::OpenIdentityRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto member, circle->FindMember(request.member()));
  ASSIGN_OR_RETURN(
      const auto run,
      RunAboutProfessional(parts_, *professionals_, request, request.header(),
                           request.professional_id(), actor,
                           [&](const professional::State& state, const domain::Context& context) {
                             return professional::OpenIdentity(state, {member}, context);
                           }));
  api::OpenIdentityResponse response;
  *response.mutable_receipt() = LedgerReceipt(run, parts_.circles->PrivateFeed());
  return response;
}

}  // namespace services::commands
