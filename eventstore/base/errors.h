#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventstore::base {

// A refusal that a caller can act on: an absl::Status whose payload holds the
// details of google.rpc (ErrorInfo, BadRequest, RetryInfo). The one place where
// services and tools make and read them; services/rpc only moves them over gRPC.
//
//   return base::Refusal(absl::StatusCode::kAborted, "STALE_REVISION",
//                        "de opdracht is intussen veranderd")
//       .Metadata("current_revision", "7")
//       .Remedy("lees de opdracht opnieuw en probeer het nog eens")
//       .Retry(absl::ZeroDuration());
//
// Text that a user may read is Dutch; `reason` is upper snake case and stays the
// same for ever. Several refusals of one request are joined with Join.
class Refusal {
 public:
  Refusal(absl::StatusCode code, std::string_view reason, std::string_view message);

  // Which field of the request breaks which rule, as a path: "terms.end_date".
  Refusal& Field(std::string_view field, std::string_view rule);
  // A fact for programs.
  Refusal& Metadata(std::string_view key, std::string_view value);
  // What the caller can do now.
  Refusal& Remedy(std::string_view remedy);
  // The same request may be tried again after `delay`.
  Refusal& Retry(absl::Duration delay);

  absl::Status Status() const;
  operator absl::Status() const { return Status(); }  // NOLINT: meant to convert

 private:
  absl::StatusCode code_;
  std::string reason_;
  std::string message_;
  std::map<std::string, std::string> metadata_;
  std::vector<std::pair<std::string, std::string>> fields_;
  std::optional<absl::Duration> retry_;
};

// What a Refusal carries, read back. Empty parts where the status has none.
struct ErrorDetails {
  std::string reason;
  std::map<std::string, std::string> metadata;  // "remedy" among them
  std::vector<std::pair<std::string, std::string>> field_violations;
  std::optional<absl::Duration> retry_delay;
};
ErrorDetails DetailsOf(const absl::Status& status);

// INVALID_ARGUMENT on one field of a request.
absl::Status InvalidField(std::string_view field, std::string_view rule);

// One status for all failed checks: the code of the first, all field
// violations and metadata, the messages one after the other. OK when all are.
absl::Status Join(const std::vector<absl::Status>& statuses);

// The serialised google.rpc.Status of `status`, for the wire; and back.
std::string EncodeDetails(const absl::Status& status);
absl::Status DecodeDetails(absl::StatusCode code, std::string_view message,
                           std::string_view encoded);

}  // namespace eventstore::base

// Returns early with the error of a Status, or assigns the value of a StatusOr.
#define POOLCIRKEL_CONCAT_INNER(a, b) a##b
#define POOLCIRKEL_CONCAT(a, b) POOLCIRKEL_CONCAT_INNER(a, b)
#define RETURN_IF_ERROR(expression)                                   \
  do {                                                                \
    if (absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)
#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_INNER(POOLCIRKEL_CONCAT(status_or_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                   \
  if (!temporary.ok()) return temporary.status();                  \
  declaration = *std::move(temporary)
