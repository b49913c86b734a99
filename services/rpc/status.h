#pragma once

#include <grpcpp/support/status.h>

#include <cstddef>

#include "absl/status/status.h"

// The one place that turns an absl::Status into a grpc::Status and back. Pure.
namespace services::rpc {

// Longer messages are cut at a whole character.
inline constexpr size_t kMaximumMessageBytes = 4096;
// Details that do not fit in a trailer are left out, except the reason.
inline constexpr size_t kMaximumDetailsBytes = 16 * 1024;

// Code, message and the details of google.rpc (base::Refusal), the last in the
// trailer grpc-status-details-bin. A status without a reason was not made for users:
// INTERNAL, UNKNOWN and DATA_LOSS get a general text with the reason INTERNAL, and
// from others the names of files are taken out. So log the status before it is mapped.
grpc::Status ToGrpc(const absl::Status& status);

// The other way, for clients. The answer of a server is foreign: what is too large
// is cut, what is no text is replaced, and details that cannot be read are dropped.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace services::rpc
