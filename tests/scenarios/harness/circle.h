#pragma once

#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "tests/scenarios/harness/process.h"
#include "tests/scenarios/harness/proxy.h"

// Real nodes for scenarios: separate processes with their own folder, certificates and
// ports on loopback, talked to over api/v1 as a user would.
namespace tests::scenarios::harness {

namespace v1 = ::poolcirkel::api::v1;

// A folder that is removed at the end, except when the test failed.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Makes `target` a copy of the folder `source`, whatever it was.
void ReplaceFolder(const std::filesystem::path& target, const std::filesystem::path& source);

// One member's node.
class Node {
 public:
  // Makes its folder, configuration, keys and administrator's token. With a proxy the
  // charter tells its address as that of the node.
  Node(const std::filesystem::path& folder, std::string short_name, std::string organisation,
       bool with_proxy = false);

  // Starts the process and waits until it answers.
  void Start();
  void Kill() { process_.Kill(); }
  // Runs `poolcirkeld COMMAND --config` of a node that does not run; its exit code.
  int RunOnce(const std::string& command) const;
  // True when it ended by itself with exit code 0.
  bool Terminate() { return process_.Terminate(absl::Seconds(20)); }
  bool running() const { return process_.running(); }
  // Removes everything but its identity, its keys and its tokens; it does not run.
  void LoseData() const;

  const std::string& short_name() const { return short_name_; }
  std::filesystem::path data() const { return folder_ / "data"; }
  std::filesystem::path log_path() const { return folder_ / "node.log"; }
  std::string peer_address() const;
  std::string api_address() const;
  std::string api_certificate() const;
  const std::string& admin_token() const { return admin_token_; }
  // What stands before its peer port; only when it was made with a proxy.
  Proxy& proxy() { return *proxy_; }

  // One call as the administrator, at most `timeout`; the error has its details.
  //   node.Call(&v1::NodeService::Stub::Status, request)
  template <typename Service, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                                const Request& request,
                                absl::Duration timeout = absl::Seconds(20)) {
    return CallAs(admin_token_, method, request, timeout);
  }
  template <typename Service, typename Request, typename Response>
  absl::StatusOr<Response> CallAs(const std::string& token,
                                  grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                                  const Request& request,
                                  absl::Duration timeout = absl::Seconds(20)) {
    Service stub(channel());
    grpc::ClientContext context;
    Prepare(context, token, timeout);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return ToAbsl(status);
    return response;
  }

  // A new channel on each call after a restart; shared otherwise.
  std::shared_ptr<grpc::Channel> channel();
  static void Prepare(grpc::ClientContext& context, const std::string& token,
                      absl::Duration timeout);
  static absl::Status ToAbsl(const grpc::Status& status);

 private:
  std::filesystem::path folder_;
  std::string short_name_;
  int api_port_;
  int peer_port_;
  std::unique_ptr<Proxy> proxy_;
  std::string admin_token_;
  Process process_;
  std::shared_ptr<grpc::Channel> channel_;
};

// What grpc.health.v1 says of a part of a node ("storage", "views", "peers", or "" for the
// whole): 1 serving, 2 not; 0 when there is no answer. It asks no token.
int HealthOf(Node& node, const std::string& service);

// Starts nodes and founds a circle of them. Names are short names; "bzk-flex" or, when
// it is not there, the last one coordinates.
class Circle {
 public:
  using ChangeRules = std::function<void(poolcirkel::event::v1::CharterRules&)>;
  explicit Circle(const std::vector<std::string>& names, ChangeRules change = nullptr,
                  bool with_proxies = false);

  Node& operator[](const std::string& name);
  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  const Folder& folder() const { return folder_; }

  // Founds another circle of some of the nodes; all of them must run.
  void Found(const std::string& short_name, const std::vector<std::string>& names,
             const ChangeRules& change = nullptr);
  // Waits until every running node of the circle knows it, may write in it and holds the
  // same heads as every other, and its views have no lag. Returns whether that came about.
  bool WaitUntilEqual(const std::string& circle = "randstad",
                      absl::Duration timeout = absl::Seconds(30));

 private:
  Folder folder_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::string, std::set<std::string>> members_;  // of each circle
};

}  // namespace tests::scenarios::harness
