#include "services/commands/session_commands.h"

#include <vector>

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/commands/streams.h"
#include "services/domain/session/session.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace log = eventstore::log;
namespace session = services::domain::session;
using poolcirkel::event::v1::Event;

constexpr char kProfessionalRole[] = "professional";

absl::StatusOr<session::State> LoadSession(const Dependencies& parts, Runner::Reader& reader,
                                           const membership::Circle& circle,
                                           const log::StreamId& id) {
  ASSIGN_OR_RETURN(const auto host, OwnerOfStream(*parts.log, circle, id));
  return Fold<session::State>(reader, circle.FeedOf(host.value_or(circle.self)), id);
}

}  // namespace

absl::StatusOr<std::optional<eventstore::privacy::KeyId>> SessionCommands::KeyOfPerson(
    const std::string& pseudonym) const {
  ASSIGN_OR_RETURN(const auto professional, professionals_->FindPseudonym(pseudonym, *parts_.keys));
  if (!professional) return std::optional<eventstore::privacy::KeyId>();
  return std::optional<eventstore::privacy::KeyId>(eventstore::privacy::KeyOf(*professional));
}

absl::StatusOr<Actor> SessionCommands::WithKey(const Actor& actor) const {
  Actor acting = actor;
  if (actor.role == kProfessionalRole) {
    ASSIGN_OR_RETURN(acting.person, KeyOfPerson(actor.user));
  }
  return acting;
}

absl::StatusOr<api::AnnounceSessionResponse> SessionCommands::Announce(
    const api::AnnounceSessionRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const Actor acting, WithKey(actor));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, acting, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, context.new_id);
    ASSIGN_OR_RETURN(const auto state,
                     Fold<session::State>(reader, circle->OwnFeed(), context.new_id));
    return session::Announce(state, {request.session()}, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::AnnounceSessionResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, result.stream, result.revision);
  return response;
}

absl::StatusOr<api::CancelSessionResponse> SessionCommands::Cancel(
    const api::CancelSessionRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto id, ParseId("session_id", request.session_id()));
  ASSIGN_OR_RETURN(const Actor acting, WithKey(actor));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, acting, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, id);
    ASSIGN_OR_RETURN(const auto state, LoadSession(parts_, reader, *circle, id));
    return session::Cancel(state, {request.reason()}, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::CancelSessionResponse response;
  *response.mutable_receipt() = MakeReceipt(command, result, *circle, id, result.revision);
  return response;
}

absl::StatusOr<api::SignUpResponse> SessionCommands::SignUp(const api::SignUpRequest& request,
                                                            const Actor& actor,
                                                            absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto id, ParseId("session_id", request.session_id()));
  ASSIGN_OR_RETURN(const Actor acting, WithKey(actor));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, acting, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  ASSIGN_OR_RETURN(const auto participant, KeyOfPerson(request.participant()));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, context.new_id);
    ASSIGN_OR_RETURN(const auto state, LoadSession(parts_, reader, *circle, id));
    std::vector<session::SignUpState> sign_ups;
    for (const auto& part : circle->FeedsOf(circle->self)) {
      ASSIGN_OR_RETURN(const auto own, own_sign_ups_.OfSession(part.feed, id));
      for (const log::StreamId& sign_up : own) {
        ASSIGN_OR_RETURN(auto folded, Fold<session::SignUpState>(reader, part.feed, sign_up));
        sign_ups.push_back(std::move(folded));
      }
    }
    return session::SignUp(state, sign_ups, {request.participant(), participant}, context);
  };
  eventstore::base::MutexLock lock(sign_up_mutex_);
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::SignUpResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, result.stream, result.revision);
  return response;
}

absl::StatusOr<api::WithdrawSignUpResponse> SessionCommands::WithdrawSignUp(
    const api::WithdrawSignUpRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto id, ParseId("sign_up_id", request.sign_up_id()));
  ASSIGN_OR_RETURN(const Actor acting, WithKey(actor));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, acting, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, id);
    ASSIGN_OR_RETURN(const auto state, Fold<session::SignUpState>(reader, circle->OwnFeed(), id));
    return session::WithdrawSignUp(state, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  api::WithdrawSignUpResponse response;
  *response.mutable_receipt() = MakeReceipt(command, result, *circle, id, result.revision);
  return response;
}

}  // namespace services::commands
