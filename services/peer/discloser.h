#pragma once

#include "absl/status/statusor.h"
#include "eventstore/log/types.h"
#include "poolcirkel/peer/v1/peer.pb.h"

namespace services::peer {

// Answers who a professional of this member's pool is. Thread-safe.
class Discloser {
 public:
  virtual ~Discloser() = default;

  // `caller` is a member of `circle`, as its certificate proved; whether it may know
  // is decided here. The answer is logged before it is given.
  virtual absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> Disclose(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& caller,
      const poolcirkel::peer::v1::DiscloseRequest& request) = 0;
};

}  // namespace services::peer
