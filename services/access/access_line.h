#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "eventstore/base/entropy.h"
#include "services/access/access_log.h"

// One line of the disclosure log: an OTLP/JSON ExportTraceServiceRequest with one span.
// Pure. Only for use inside this folder.
namespace services::access {

// INVALID_ARGUMENT names every field that is too long or no text.
absl::Status CheckEntry(const AccessEntry& entry);
// With the end of the line. `span_id` has 16 hexadecimal digits.
std::string LineOf(const AccessEntry& entry, const std::string& span_id);
// Nothing when it is no such line.
std::optional<AccessEntry> ParseLine(std::string_view line);

}  // namespace services::access
