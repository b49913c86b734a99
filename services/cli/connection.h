#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/rpc/channel.h"
#include "services/rpc/runtime.h"
#include "services/rpc/status.h"

namespace services::cli {

// A connection to the API port of one node, as one user. Calls may be made from any
// thread. Statuses are those of the node; when the node did not answer they say so in
// Dutch, with what to check (NODE_UNREACHABLE, DEADLINE_EXCEEDED, ...).
class Connection {
 public:
  struct Settings {
    std::string address;
    std::string certificate_pem;
    std::string token;
    absl::Duration deadline = absl::Seconds(30);  // of each call
  };
  explicit Connection(Settings settings);

  // One request, one answer: Call(&api::NodeService::Stub::Status, request, response).
  template <typename Stub, typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) const {
    grpc::ClientContext context;
    Prepare(context, settings_.deadline);
    Stub stub(channel_);
    return Explain((stub.*method)(&context, request, &response));
  }

  // One request, answers until the node ends them or `take` returns something else than
  // OK; no deadline when `endless`.
  template <typename Stub, typename Request, typename Response, typename Take>
  absl::Status Stream(std::unique_ptr<grpc::ClientReader<Response>> (Stub::*method)(
                          grpc::ClientContext*, const Request&),
                      const Request& request, bool endless, Take take) const {
    grpc::ClientContext context;
    Prepare(context, endless ? absl::InfiniteDuration() : settings_.deadline);
    Stub stub(channel_);
    const auto reader = (stub.*method)(&context, request);
    Response response;
    absl::Status taken;
    while (taken.ok() && reader->Read(&response)) taken = take(response);
    if (!taken.ok()) context.TryCancel();
    const grpc::Status status = reader->Finish();
    return taken.ok() ? Explain(status) : taken;
  }

  const std::string& address() const { return settings_.address; }

 private:
  void Prepare(grpc::ClientContext& context, absl::Duration timeout) const;
  absl::Status Explain(const grpc::Status& status) const;

  const Settings settings_;
  const rpc::Runtime runtime_;  // outlives the channel
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace services::cli
