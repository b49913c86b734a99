#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// What the tool says to people and to scripts. Pure, thread-safe.
namespace services::cli {

// Exit codes; `poolcirkel --help` and README.md list them.
enum ExitCode : int {
  kExitOk = 0,
  kExitNegative = 1,     // the answer is no: evidence that does not hold
  kExitUsage = 2,        // wrong use, or a field of the request that is wrong
  kExitRefused = 3,      // a rule forbids it
  kExitNotFound = 4,     // what was named does not exist
  kExitNotAllowed = 5,   // this user may not, or the node does not know the user
  kExitUnreachable = 6,  // no answer: node not there, too slow or too busy
  kExitInternal = 7,     // a defect
};
int ExitCodeOf(const absl::Status& status);

// One document on one line, names as in the proto file, also fields without a value.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);
// The other way. INVALID_ARGUMENT names `what` was read and where it is wrong.
absl::Status FromJson(const std::string& json, const std::string& what,
                      google::protobuf::Message& message);

// The error as people read it: message, fields, what to do, whether to try again.
// `request_id` is named when trying again makes sense; may be empty. `name_of` says how the
// user wrote a field.
using FieldName = std::function<std::string(const std::string& field)>;
void PrintError(const absl::Status& status, const std::string& request_id, bool color,
                const FieldName& name_of, std::ostream& out);
// {"error": {...}} on one line.
void PrintErrorJson(const absl::Status& status, const std::string& request_id, std::ostream& out);

// A string as JSON.
std::string JsonString(std::string_view text);

}  // namespace services::cli
