#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/membership/circles.h"

namespace services::commands {

// What commands and policies need of other members' nodes. The node composes it
// from services/peer; tests from logs in memory. Thread-safe.
class Peers {
 public:
  virtual ~Peers() = default;

  // How long ago the member that writes `feed` itself told its head, and this node
  // held all of it. InfiniteDuration when it has not since the node started.
  virtual absl::Duration HeadAge(const eventstore::log::FeedId& feed) const = 0;

  // Returns OK when the key of an exchange is in the key file, fetching it from the
  // member that made it when it is not. UNAVAILABLE when that does not answer in
  // time; a retry helps.
  virtual absl::Status EnsureExchangeKey(const membership::CirclePtr& circle,
                                         const eventstore::log::MemberId& made_by,
                                         const eventstore::privacy::KeyId& exchange,
                                         absl::Time deadline) = 0;

  // The charters of a circle, version 0 first, as a contact of an invitation tells
  // them; tries the contacts in turn. The answer is foreign: not verified here.
  virtual absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      const eventstore::log::CircleId& circle,
      const std::vector<poolcirkel::event::v1::CharterMember>& contacts, absl::Time deadline) = 0;
};

}  // namespace services::commands
