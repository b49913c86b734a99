#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/circle.pb.h"

// Which key signs which feed of a circle, and how far a closed feed counts. Pure.
namespace services::audit::verify {

// How the circle ended a feed.
struct FeedEnd {
  uint64_t size = 0;
  eventstore::crypto::Digest root;
  poolcirkel::event::v1::EpochEnd reason = poolcirkel::event::v1::EPOCH_END_UNSPECIFIED;

  // The member ended it by itself: heads past the end are real, and hold nothing that counts.
  bool by_member() const;
  // Somebody else may have had its key.
  bool doubtful() const;
};

struct FeedKey {
  eventstore::crypto::PublicKey key;
  std::optional<FeedEnd> end;
};

class FeedKeys {
 public:
  // Verified versions of a charter, oldest first. What a newer one says of a feed counts.
  explicit FeedKeys(const std::vector<poolcirkel::event::v1::Charter>& charters);

  // nullptr when the charters do not know the feed.
  const FeedKey* Find(const eventstore::log::FeedId& feed) const;
  // For heads of `feed`: its writer, and all other members under each of their names.
  std::vector<eventstore::merkle::NoteVerifier> VerifiersOf(
      const eventstore::log::FeedId& feed) const;

 private:
  std::map<std::pair<eventstore::log::MemberId, eventstore::log::Epoch>, FeedKey> keys_;
};

}  // namespace services::audit::verify
