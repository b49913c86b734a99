#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/commands/runner.h"
#include "services/domain/event.h"

namespace services::commands {

// What a record is made with. Nothing is owned.
struct RecordMakerParts {
  eventstore::privacy::KeyFile* keys = nullptr;
  eventstore::base::IdGenerator* ids = nullptr;
  eventstore::base::Entropy* entropy = nullptr;
  // Its member id names the member's own key.
  eventstore::log::FeedId private_feed;
};

// Gives a decided event its id, seals it and its actor. INTERNAL when a field that
// must be sealed would stand in clear, INVALID_ARGUMENT when the mandate is too long.
absl::StatusOr<eventstore::log::NewRecord> MakeRecord(const RecordMakerParts& parts,
                                                      const eventstore::log::FeedId& feed,
                                                      const domain::NewEvent& event,
                                                      const Actor& actor);

// HMAC-SHA256 over a request's bytes, by a key derived from the member's own key:
// a plain hash of a request with a name in it could be guessed. FAILED_PRECONDITION
// while the member has no key.
absl::StatusOr<std::string> RequestDigest(const eventstore::privacy::KeyFile& keys,
                                          const eventstore::log::FeedId& private_feed,
                                          const std::string& request_bytes);

}  // namespace services::commands
