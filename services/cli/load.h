#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/api/v1/assignment_service.pb.h"
#include "poolcirkel/api/v1/professional_service.pb.h"
#include "poolcirkel/api/v1/session_service.pb.h"

namespace services::cli {

// One row of a file of deploy/sample/generate, as the request that loads it. Its header
// holds a request id that follows from circle and row, so that loading twice changes
// nothing.
using LoadRequest = std::variant<poolcirkel::api::v1::RegisterProfessionalRequest,
                                 poolcirkel::api::v1::PublishAssignmentRequest,
                                 poolcirkel::api::v1::AnnounceSessionRequest>;

// The rows of `json`, a list of professionals, assignments or sessions, that belong to
// `member` (short name). `what` names the file in errors: INVALID_ARGUMENT with the row.
// Pure.
absl::StatusOr<std::vector<LoadRequest>> ReadRows(const std::string& json, const std::string& what,
                                                  const std::string& member,
                                                  const std::string& circle);

}  // namespace services::cli
