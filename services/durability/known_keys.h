#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/record.h"

namespace services::durability {

// Which keys may have signed a feed, for checking a log without a node: those that the
// charters among its records name, and the member's own. The charters are not verified
// here; a key that is in none of them proves nothing. Not thread-safe.
class KnownKeys {
 public:
  explicit KnownKeys(std::vector<eventstore::crypto::PublicKey> own) : own_(std::move(own)) {}

  // Takes the keys out of a record that adopts or proposes a charter.
  void See(const eventstore::log::StoredEvent& event);
  // The keys of the feed's member in its circle. Of a circle without charters, which is
  // what a private feed is, the own ones.
  std::vector<eventstore::crypto::PublicKey> Of(const eventstore::log::FeedId& feed) const;
  // Whether a charter of it was seen. A private feed has none.
  bool IsCircle(const eventstore::log::CircleId& circle) const { return circles_.contains(circle); }

 private:
  using Member = std::pair<eventstore::log::CircleId, eventstore::log::MemberId>;

  const std::vector<eventstore::crypto::PublicKey> own_;
  std::map<Member, std::set<eventstore::crypto::PublicKey>> members_;
  std::set<eventstore::log::CircleId> circles_;
};

// The public halves of the log keys in a node's folder of keys: log.key and log-*.key.
// DATA_LOSS, naming the file, when one is no key.
absl::StatusOr<std::vector<eventstore::crypto::PublicKey>> ReadLogKeys(
    const std::string& key_directory);

}  // namespace services::durability
