#include "services/cli/output.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "eventstore/base/errors.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;

// English words of upper snake case, as google.rpc.Code has them.
std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

std::string_view Heading(const absl::Status& status) {
  switch (ExitCodeOf(status)) {
    case kExitUsage:
      return "Niet goed ingevuld";
    case kExitRefused:
      return "Geweigerd";
    case kExitNotFound:
      return "Niet gevonden";
    case kExitNotAllowed:
      return "Geen toegang";
    case kExitUnreachable:
      return "Geen antwoord";
    default:
      return "Er ging iets mis";
  }
}

std::string Seconds(absl::Duration delay) {
  const double seconds = absl::ToDoubleSeconds(delay);
  return seconds < 1 ? "meteen" : absl::StrCat("na ", static_cast<int64_t>(seconds + 0.5), " s");
}

}  // namespace

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kExitUsage;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kAlreadyExists:
      return kExitRefused;
    case absl::StatusCode::kNotFound:
      return kExitNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kExitNotAllowed;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
      return kExitUnreachable;
    default:
      return kExitInternal;
  }
}

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError("het antwoord is niet als JSON te schrijven");
  return json;
}

absl::Status FromJson(const std::string& json, const std::string& what,
                      google::protobuf::Message& message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, &message);
  if (status.ok()) return absl::OkStatus();
  const std::string english(status.message());
  const size_t unknown = english.find(": Cannot find field.");
  return base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_JSON",
                       what + " is geen JSON van " + message.GetDescriptor()->full_name() + ": " +
                           (unknown == std::string::npos
                                ? "de schrijfwijze of een waarde klopt niet"
                                : "het veld " + english.substr(0, unknown) + " bestaat niet"))
      .Remedy("vergelijk het met het antwoord van hetzelfde onderwerp met --json");
}

void PrintError(const absl::Status& status, const std::string& request_id, bool color,
                const FieldName& name_of, std::ostream& out) {
  const base::ErrorDetails details = base::DetailsOf(status);
  const char* const bold = color ? "\033[1;31m" : "";
  const char* const plain = color ? "\033[0m" : "";
  const std::string message(status.message());
  std::string all_fields;
  for (const auto& [field, rule] : details.field_violations) {
    all_fields += (all_fields.empty() ? "" : "; ") + field + ": " + rule;
  }
  const size_t fields = details.field_violations.size();
  out << bold << Heading(status) << ":" << plain << " ";
  if (fields > 1 && message == all_fields) {
    out << fields << " velden kloppen niet\n";
  } else if (fields == 1 && message == all_fields) {
    const auto& [field, rule] = details.field_violations.front();
    out << Clean(name_of(field)) << ": " << Clean(rule) << "\n";
  } else {
    out << Clean(message) << "\n";
  }
  for (const auto& [field, rule] : details.field_violations) {
    if (message == field + ": " + rule) continue;  // said already
    out << "  " << Clean(name_of(field)) << ": " << Clean(rule) << "\n";
  }
  if (const auto remedy = details.metadata.find("remedy"); remedy != details.metadata.end()) {
    out << "Wat nu: " << Clean(remedy->second) << "\n";
  }
  if (details.retry_delay.has_value()) {
    out << "Opnieuw proberen: ja, " << Seconds(*details.retry_delay);
    if (!request_id.empty()) out << ", met --request-id " << request_id;
    out << "; of geef --wait SECONDEN mee\n";
  } else if (ExitCodeOf(status) == kExitRefused) {
    out << "Opnieuw proberen: heeft geen zin zolang dit zo is\n";
  }
  if (!details.reason.empty()) out << "(" << Clean(details.reason) << ")\n";
}

void PrintErrorJson(const absl::Status& status, const std::string& request_id, std::ostream& out) {
  const base::ErrorDetails details = base::DetailsOf(status);
  const std::string message(status.message());
  out << R"({"error":{"code":)" << JsonString(CodeName(status.code())) << R"(,"reason":)"
      << JsonString(details.reason) << R"(,"message":)" << JsonString(message) << R"(,"exit_code":)"
      << ExitCodeOf(status) << R"(,"request_id":)" << JsonString(request_id) << R"(,"retry":)"
      << (details.retry_delay.has_value() ? "true" : "false") << R"(,"metadata":{)";
  bool first = true;
  for (const auto& [key, value] : details.metadata) {
    out << (first ? "" : ",") << JsonString(key) << ":" << JsonString(value);
    first = false;
  }
  out << R"(},"field_violations":[)";
  first = true;
  for (const auto& [field, rule] : details.field_violations) {
    out << (first ? "" : ",") << R"({"field":)" << JsonString(field) << R"(,"rule":)"
        << JsonString(rule) << "}";
    first = false;
  }
  out << "]}}\n";
}

std::string JsonString(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += "\\u00";
      json += kHex[byte >> 4];
      json += kHex[byte & 15];
    } else {
      json += c;
    }
  }
  return json + "\"";
}

}  // namespace services::cli
