#include "services/commands/erasure_commands.h"

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/domain/professional/professional.h"

namespace services::commands {

namespace api = poolcirkel::api::v1;
namespace log = eventstore::log;
namespace professional = services::domain::professional;

absl::StatusOr<ProfessionalCommand> ErasureCommands::EraseListed(const api::EraseRequest& request,
                                                                 const Actor& actor) {
  return RunAboutProfessional(
      parts_, *professionals_, request, request.header(), request.professional_id(), actor,
      [&](const professional::State& state, const domain::Context& context) {
        return professional::Erase(state, {request.ground()}, context);
      });
}

absl::StatusOr<ProfessionalCommand> ErasureCommands::EraseOffered(
    const api::EraseRequest& request, const Actor& actor, const membership::CirclePtr& circle,
    const log::StreamId& id) {
  ProfessionalCommand run;
  run.circle = circle;
  run.id = id;
  ASSIGN_OR_RETURN(run.command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state,
                     Fold<professional::CircleState>(reader, circle->OwnFeed(), id));
    return professional::EraseOffered(state, {request.ground()}, context);
  };
  ASSIGN_OR_RETURN(run.result, parts_.runner->Run(run.command, decide));
  return run;
}

absl::StatusOr<api::EraseResponse> ErasureCommands::Erase(const api::EraseRequest& request,
                                                          const Actor& actor,
                                                          absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const log::StreamId id, ParseId("professional_id", request.professional_id()));
  ASSIGN_OR_RETURN(const auto listing, professionals_->Find(circle->id, id));
  ASSIGN_OR_RETURN(const ProfessionalCommand run, listing.has_value()
                                                      ? EraseListed(request, actor)
                                                      : EraseOffered(request, actor, circle, id));
  api::EraseResponse response;
  *response.mutable_receipt() =
      MakeReceipt(run.command, run.result, *run.circle, run.id, run.result.revision);
  for (const auto& written : run.result.events) {
    if (!written.past.event.has_erasure_ordered()) continue;
    const auto told = parts_.circles->Find(written.past.feed.circle);
    if (told == nullptr) continue;
    RETURN_IF_ERROR(eraser_->Destroy(*told, written.past.feed, written.past.stream).status());
    response.add_circles(told->charter.short_name());
  }
  return response;
}

}  // namespace services::commands
