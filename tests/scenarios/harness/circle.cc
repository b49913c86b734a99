#include "tests/scenarios/harness/circle.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/node/identity.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"

namespace tests::scenarios::harness {
namespace {

// A broken harness is no result: stop the program with what is wrong.
[[noreturn]] void Give(const std::string& problem) {
  std::cerr << "harness: " << problem << std::endl;
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value, const std::string& what) {
  if (!value.ok()) Give(absl::StrCat(what, ": ", value.status().ToString()));
  return *std::move(value);
}

}  // namespace

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "poolcirkel-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) Give("cannot make a folder");
  path_ = name;
}

Folder::~Folder() {
  if (testing::Test::HasFailure()) {
    std::cerr << "kept: " << path_ << std::endl;
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void ReplaceFolder(const std::filesystem::path& target, const std::filesystem::path& source) {
  std::filesystem::remove_all(target);
  std::filesystem::copy(source, target, std::filesystem::copy_options::recursive);
}

Node::Node(const std::filesystem::path& folder, std::string short_name, std::string organisation,
           bool with_proxy)
    : folder_(folder / short_name),
      short_name_(std::move(short_name)),
      api_port_(FreePort()),
      peer_port_(FreePort()),
      proxy_(with_proxy ? std::make_unique<Proxy>(peer_port_) : nullptr) {
  std::filesystem::create_directories(folder_);
  // A fictitious OIN: its last ten digits are made from the name.
  const auto digits = std::hash<std::string>{}(short_name_) % 10'000'000'000ULL;
  std::ofstream(folder_ / "node.yaml")
      << "member:\n  short_name: " << short_name_ << "\n  organisation: " << organisation
      << "\n  oin: \"" << absl::StrFormat("%020d", digits) << "\"\n"
      << "data_directory: data\n"
      << "api: {listen: '" << api_address() << "'}\n"
      << "peer: {listen: '" << peer_address() << "', addresses: ['"
      << (with_proxy ? proxy_->address() : peer_address()) << "']}\n"
      << "logging: {format: text, level: debug}\n";
  const int code = RunProgram(
      {ProgramPath("poolcirkeld"), "init", "--config", folder_ / "node.yaml"}, log_path());
  if (code != 0) Give(absl::StrCat("init failed: ", ReadText(log_path())));
  admin_token_ = ReadText(data() / "admin.token");
  while (!admin_token_.empty() && admin_token_.back() == '\n') admin_token_.pop_back();
}

std::string Node::peer_address() const { return absl::StrCat("127.0.0.1:", peer_port_); }
std::string Node::api_address() const { return absl::StrCat("127.0.0.1:", api_port_); }
std::string Node::api_certificate() const {
  return ReadText(services::node::Paths(data()).ApiCertificate());
}

std::shared_ptr<grpc::Channel> Node::channel() {
  if (channel_ == nullptr) {
    channel_ =
        grpc::CreateChannel(api_address(), services::rpc::ApiChannelCredentials(api_certificate()));
  }
  return channel_;
}

void Node::Prepare(grpc::ClientContext& context, const std::string& token, absl::Duration timeout) {
  context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  context.set_wait_for_ready(true);
}

absl::Status Node::ToAbsl(const grpc::Status& status) { return services::rpc::FromGrpc(status); }

int Node::RunOnce(const std::string& command) const {
  return RunProgram({ProgramPath("poolcirkeld"), command, "--config", folder_ / "node.yaml"},
                    log_path());
}

void Node::LoseData() const {
  const std::set<std::string> kept = {"identity", "keys", "tokens", "admin.token"};
  for (const auto& entry : std::filesystem::directory_iterator(data())) {
    if (!kept.contains(entry.path().filename().string())) {
      std::filesystem::remove_all(entry.path());
    }
  }
}

void Node::Start() {
  channel_.reset();
  process_ =
      Process::Start({ProgramPath("poolcirkeld"), "--config", folder_ / "node.yaml"}, log_path());
  const bool answers = Eventually([&] {
    return Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest(), absl::Seconds(2)).ok();
  });
  if (!answers) Give(absl::StrCat(short_name_, " does not answer: ", ReadText(log_path())));
}

// grpc.health.v1 has one field in its request and one in its answer, of the same numbers
// and forms as these wrappers.
int HealthOf(Node& node, const std::string& service) {
  using google::protobuf::Int32Value;
  using google::protobuf::StringValue;
  grpc::TemplatedGenericStub<StringValue, Int32Value> stub(node.channel());
  grpc::ClientContext context;
  Node::Prepare(context, "", absl::Seconds(5));
  StringValue request;
  request.set_value(service);
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
  call->StartCall();
  Int32Value answer;
  grpc::Status status;
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status.ok() ? answer.value() : 0;
}

Circle::Circle(const std::vector<std::string>& names, ChangeRules change, bool with_proxies) {
  for (const auto& name : names) {
    nodes_.push_back(
        std::make_unique<Node>(folder_.path(), name, "Organisatie " + name, with_proxies));
    nodes_.back()->Start();
  }
  Found("randstad", names, change);
}

Node& Circle::operator[](const std::string& name) {
  for (auto& node : nodes_) {
    if (node->short_name() == name) return *node;
  }
  Give("no node " + name);
}

void Circle::Found(const std::string& short_name, const std::vector<std::string>& names,
                   const ChangeRules& change) {
  const bool has_bzk = std::find(names.begin(), names.end(), "bzk-flex") != names.end();
  const std::string coordinator = has_bzk ? "bzk-flex" : names.back();
  poolcirkel::event::v1::Charter charter;
  charter.set_name("Poolcirkel " + short_name);
  charter.set_short_name(short_name);
  charter.set_quorum(static_cast<uint32_t>(names.size() / 2 + 1));
  charter.set_nonce("0123456789abcdef");
  auto& rules = *charter.mutable_rules();
  rules.set_confirm_within_seconds(3600);
  rules.set_accept_within_seconds(3600);
  rules.set_notice_days(28);
  rules.set_fresh_head_seconds(60);
  rules.add_required_consents(poolcirkel::event::v1::CONSENT_PROFESSIONAL);
  if (change) change(rules);
  for (const auto& name : names) {
    v1::MakeMemberEntryRequest request;
    request.set_circle_short_name(short_name);
    request.set_short_name(name);
    request.set_coordinator(name == coordinator);
    *charter.add_members() =
        Must((*this)[name].Call(&v1::CircleService::Stub::MakeMemberEntry, request), "entry")
            .member();
  }
  v1::FoundCircleRequest found;
  found.mutable_charter()->set_charter(charter.SerializeAsString());
  for (const auto& name : names) {
    v1::SignCharterRequest request;
    request.set_charter(found.charter().charter());
    *found.mutable_charter()->add_signatures() =
        Must((*this)[name].Call(&v1::CircleService::Stub::SignCharter, request), "sign")
            .signature();
  }
  for (const auto& name : names) {
    Must((*this)[name].Call(&v1::CircleService::Stub::Found, found), "found");
  }
  members_[short_name] = {names.begin(), names.end()};
  if (!WaitUntilEqual(short_name)) Give("the circle " + short_name + " does not come about");
}

bool Circle::WaitUntilEqual(const std::string& circle, absl::Duration timeout) {
  return Eventually(
      [&] {
        std::map<std::string, uint64_t> sizes;
        for (auto& node : nodes_) {
          if (!node->running()) continue;
          const auto status = node->Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest());
          if (!status.ok()) return false;
          // A node that lost its data learns of its circles again from the others.
          const bool knows_it = std::ranges::any_of(
              status->circles(), [&](const auto& row) { return row.short_name() == circle; });
          if (!knows_it && members_[circle].contains(node->short_name())) return false;
          for (const auto& row : status->circles()) {
            if (row.short_name() != circle) continue;
            for (const auto& feed : row.feeds()) {
              if (feed.state() == v1::FEED_STATE_OWN_UNCONFIRMED) return false;
              const auto [known, added] = sizes.emplace(feed.member(), feed.size());
              if (!added && known->second != feed.size()) return false;
            }
            for (const auto& view : row.views()) {
              if (view.lag() > 0) return false;
            }
          }
        }
        return true;
      },
      timeout);
}

}  // namespace tests::scenarios::harness
