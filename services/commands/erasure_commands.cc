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
  ASSIGN_OR_RETURN(
      const auto run,
      RunAboutProfessional(parts_, *professionals_, request, request.header(),
                           request.professional_id(), actor,
                           [&](const professional::State& state, const domain::Context& context) {
                             return professional::Erase(state, {request.ground()}, context);
                           }));
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
