#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "services/access/policy.h"
#include "services/access/tokens.h"
#include "services/commands/runner.h"
#include "services/membership/circles.h"
#include "services/rpc/status.h"

namespace services::api {

// What every call of api/v1 passes: the token tells who it is, the table of
// services/access whether that role may, and the call gets a deadline. Thread-safe.
class Gate {
 public:
  // Told of every call that ended: method, id of the token, outcome, duration.
  using CallListener = std::function<void(const std::string& method, const std::string& token,
                                          const absl::Status& outcome, absl::Duration duration)>;
  struct Options {  // nothing is owned
    access::TokenStore* tokens = nullptr;
    const membership::Circles* circles = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    absl::Duration default_deadline = absl::Seconds(30);
    CallListener on_call;
    // Whether this node may answer about persons of a circle (nothing: of any) yet. May be
    // empty: it may.
    std::function<absl::Status(const std::optional<eventstore::log::CircleId>&)> may_tell;
  };
  explicit Gate(Options options) : options_(std::move(options)) {}

  // A call that was let in.
  struct Call {
    access::Principal principal;
    absl::Time deadline;
    commands::Actor ActorWith(const std::string& mandate) const;
  };

  // `circle` as the request names it; empty when it names none.
  absl::StatusOr<Call> Admit(const grpc::ServerContext& context, const std::string& method,
                             const std::string& circle) const;

  // Admits, runs `answer(call)` -> StatusOr<Response>, and maps what it returns.
  template <typename Request, typename Response, typename Function>
  grpc::Status Answer(const grpc::ServerContext& context, const std::string& method,
                      const Request& request, Response* response, Function answer) const {
    const absl::Time start = options_.clock->Now();
    const auto call = Admit(context, method, CircleOf(request));
    absl::Status status = call.status();
    if (status.ok()) {
      auto result = answer(*call);
      status = result.status();
      if (status.ok()) *response = *std::move(result);
    }
    Ended(method, call, status, start);
    return rpc::ToGrpc(status);
  }

  // As Answer for calls that write to a stream: `run(call)` -> Status.
  template <typename Request, typename Function>
  grpc::Status Stream(const grpc::ServerContext& context, const std::string& method,
                      const Request& request, Function run) const {
    const absl::Time start = options_.clock->Now();
    const auto call = Admit(context, method, CircleOf(request));
    const absl::Status status = call.ok() ? run(*call) : call.status();
    Ended(method, call, status, start);
    return rpc::ToGrpc(status);
  }

 private:
  template <typename Request>
  static std::string CircleOf(const Request& request) {
    if constexpr (requires { request.header().circle(); }) {
      return request.header().circle();
    } else if constexpr (requires {
                           { request.circle() } -> std::convertible_to<std::string>;
                         }) {
      return request.circle();
    } else {
      return "";
    }
  }
  void Ended(const std::string& method, const absl::StatusOr<Call>& call,
             const absl::Status& status, absl::Time start) const;

  const Options options_;
};

}  // namespace services::api
