#include "services/api/gate.h"

#include "eventstore/base/errors.h"
#include "services/rpc/channel.h"

namespace services::api {
namespace {

namespace base = ::eventstore::base;

constexpr char kHeader[] = "authorization";
constexpr std::string_view kScheme = "Bearer ";

absl::StatusOr<std::string> TokenOf(const grpc::ServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kHeader);
  if (found != metadata.end() && metadata.count(kHeader) == 1) {
    const std::string value(found->second.data(), found->second.size());
    if (value.compare(0, kScheme.size(), kScheme) == 0) return value.substr(kScheme.size());
  }
  return base::Refusal(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                       "deze vraag heeft geen toegangsbewijs")
      .Remedy("stuur het mee: --token-file BESTAND, of een profiel");
}

}  // namespace

commands::Actor Gate::Call::ActorWith(const std::string& mandate) const {
  return {.user = principal.user,
          .role = std::string(access::RoleName(principal.role)),
          .mandate = mandate};
}

absl::StatusOr<Gate::Call> Gate::Admit(const grpc::ServerContext& context,
                                       const std::string& method, const std::string& circle) const {
  ASSIGN_OR_RETURN(const std::string token, TokenOf(context));
  Call call;
  ASSIGN_OR_RETURN(call.principal, options_.tokens->Authenticate(token, options_.clock->Now()));
  std::optional<eventstore::log::CircleId> circle_id;
  if (!circle.empty()) {
    ASSIGN_OR_RETURN(const auto found, options_.circles->Resolve(circle));
    circle_id = found->id;
  }
  RETURN_IF_ERROR(access::Authorize(call.principal, method, circle_id));
  if (options_.may_tell && access::IsPersonal(method)) {
    RETURN_IF_ERROR(options_.may_tell(circle_id));
  }
  call.deadline = rpc::DeadlineOf(context, *options_.clock, options_.default_deadline);
  return call;
}

void Gate::Ended(const std::string& method, const absl::StatusOr<Call>& call,
                 const absl::Status& status, absl::Time start) const {
  if (!options_.on_call) return;
  options_.on_call(method, call.ok() ? call->principal.token_id : "", status,
                   options_.clock->Now() - start);
}

}  // namespace services::api
