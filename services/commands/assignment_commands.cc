#include "services/commands/assignment_commands.h"

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"

namespace services::commands {

namespace api = poolcirkel::api::v1;
using poolcirkel::event::v1::Event;

absl::StatusOr<api::PublishAssignmentResponse> AssignmentCommands::Publish(
    const api::PublishAssignmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, context.new_id);
    ASSIGN_OR_RETURN(const auto state,
                     Fold<domain::assignment::State>(reader, circle->OwnFeed(), context.new_id));
    return domain::assignment::Publish(state, {request.assignment()}, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  ASSIGN_OR_RETURN(const auto* written, FindWritten(result, Event::kAssignmentPublished));
  api::PublishAssignmentResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, written->past.stream, written->revision);
  return response;
}

absl::StatusOr<api::WithdrawAssignmentResponse> AssignmentCommands::Withdraw(
    const api::WithdrawAssignmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto assignment, ParseId("assignment_id", request.assignment_id()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, assignment);
    ASSIGN_OR_RETURN(const auto state, LoadAssignment(parts_, reader, *circle, assignment));
    return domain::assignment::Withdraw(state, {request.reason()}, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::WithdrawAssignmentResponse response;
  *response.mutable_receipt() = MakeReceipt(command, result, *circle, assignment, result.revision);
  return response;
}

}  // namespace services::commands
