#include "services/commands/erasure_commands.h"

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/domain/professional/professional.h"

namespace services::commands {

namespace api = poolcirkel::api::v1;
namespace professional = services::domain::professional;

absl::StatusOr<api::EraseResponse> ErasureCommands::Erase(const api::EraseRequest& request,
                                                          const Actor& actor,
                                                          absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto id, ParseId("professional_id", request.professional_id()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state,
                     LoadProfessional(*professionals_, reader, *circle, context.private_feed, id));
    if (state.registered) ExpectPrivateRevision(reader, request.header(), context, state);
    return professional::Erase(state, {request.ground()}, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::EraseResponse response;
  *response.mutable_receipt() = MakeReceipt(command, result, *circle, id, result.revision);
  for (const auto& written : result.events) {
    if (!written.past.event.has_erasure_ordered()) continue;
    const auto told = parts_.circles->Find(written.past.feed.circle);
    if (told == nullptr) continue;
    RETURN_IF_ERROR(eraser_->Destroy(*told, written.past.feed, written.past.stream).status());
    response.add_circles(told->charter.short_name());
  }
  return response;
}

}  // namespace services::commands
