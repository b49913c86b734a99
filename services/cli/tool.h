#pragma once

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/file.h"
#include "poolcirkel/api/v1/common.pb.h"
#include "services/cli/connection.h"
#include "services/cli/environment.h"
#include "services/cli/output.h"
#include "services/cli/profiles.h"
#include "services/cli/progress.h"

namespace services::cli {

// Options that every verb takes.
struct Globals {
  std::string profile;
  std::string profiles_file;
  std::string address;
  std::string certificate;
  std::string token_file;
  std::string circle;
  std::string request_id;
  std::string mandate;
  std::string at_least;
  double deadline_seconds = 30;
  double wait_seconds = 0;
  bool json = false;
  bool no_color = false;
};

// What the verbs share: who speaks to which node, and how an answer is shown. Made once
// for each run of the program; not thread-safe.
class Tool {
 public:
  explicit Tool(const Environment& given) : environment(given) {}

  const Environment environment;
  Globals globals;
  // What the chosen verb does. It may be run again while its error says that this helps
  // (--wait), so it prints only at its end. Set by the verb's callback.
  std::function<absl::Status()> action;
  // The answer was no: exit code 1 without an error.
  bool negative = false;
  Progress* progress = nullptr;

  // The node, over the profile and the options. INVALID_ARGUMENT when something is missing.
  absl::StatusOr<const Connection*> Node();
  // The chosen profile with the options over it.
  absl::StatusOr<Profile> Settings() const;
  std::string ProfilesFile() const;

  // Headers with the circle; INVALID_ARGUMENT when there is none.
  absl::StatusOr<poolcirkel::api::v1::CommandHeader> Command();
  absl::StatusOr<poolcirkel::api::v1::QueryHeader> Query() const;
  absl::StatusOr<std::string> Circle() const;
  // The same during one run, also when the action is run again.
  const std::string& RequestId();
  // That id when one was used; else empty.
  const std::string& request_id() const { return request_id_; }

  // Prints the answer: as JSON, or by `people`.
  absl::Status Show(const google::protobuf::Message& answer, const std::function<void()>& people);
  // A sentence, and what to do with the id.
  absl::Status ShowReceipt(const google::protobuf::Message& answer,
                           const poolcirkel::api::v1::Receipt& receipt,
                           const std::string& sentence);

  std::ostream& out() const { return *environment.out; }
  bool color() const;

  // Calls the node and returns the answer.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request) {
    auto node = Node();
    if (!node.ok()) return node.status();
    Response response;
    absl::Status status = (*node)->Call(method, request, response);
    if (!status.ok()) return status;
    return response;
  }

 private:
  std::unique_ptr<Connection> connection_;
  std::string request_id_;
};

// A verb below a noun; `options` is made by the caller and kept by the action.
CLI::App* AddVerb(CLI::App* noun, const std::string& name, const std::string& description,
                  const std::string& example);
CLI::App* AddNoun(CLI::App* root, const std::string& name, const std::string& description);

// Lets `verb` run `action` when it is chosen.
void OnChosen(Tool& tool, CLI::App* verb, std::function<absl::Status()> action);

// An option that may be given more than once, one value each.
CLI::Option* AddList(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                     const std::string& description);

// --epoch, for what a member's log holds.
void AddEpoch(CLI::App* verb, std::optional<uint32_t>& epoch);

// Reads the file of --from into `request`; does nothing when `path` is empty.
absl::Status ReadRequest(const std::string& path, google::protobuf::Message& request);
absl::StatusOr<std::string> ReadInput(const std::string& path);

// Whether `path`, the value of `option`, can be the name of a file to write. For before a
// request whose answer is given once.
absl::Status CheckOutput(const std::string& option, const std::string& path);
// Writes the file at once, as base::WriteFileDurably; errors say what to change.
absl::Status WriteOutput(
    const std::string& option, const std::string& path, std::string_view bytes,
    eventstore::base::FileAccess access = eventstore::base::FileAccess::kEverybody);

}  // namespace services::cli
