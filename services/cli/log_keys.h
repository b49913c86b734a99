#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/api/v1/circle_service.pb.h"

namespace services::cli {

// What verifies the signatures of a member in one epoch.
struct LogKeys {
  std::string member;  // short name
  uint32_t epoch = 0;
  eventstore::merkle::NoteVerifier log;      // of its own checkpoints
  eventstore::merkle::NoteVerifier witness;  // of its cosignatures of others'
};

// The keys of all members, or of the one with that short name, in every epoch, as a node
// shows its circle. MEMBER_UNKNOWN; INVALID_ARGUMENT when the answer makes no sense. Pure.
absl::StatusOr<std::vector<LogKeys>> LogKeysOf(
    const poolcirkel::api::v1::ShowCircleResponse& circle, const std::string& member);

}  // namespace services::cli
