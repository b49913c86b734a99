#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/cli/tool.h"

namespace services::cli {

// Asks whom the node told who its professionals are, and shows it: of one professional
// (UUID text), or of all when the id is empty. A professional sees itself only.
absl::Status ShowDisclosures(Tool& tool, const std::string& professional_id);

}  // namespace services::cli
