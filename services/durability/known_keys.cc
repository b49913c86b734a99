#include "services/durability/known_keys.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/digest.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace services::durability {
namespace {

namespace base = ::eventstore::base;
namespace crypto = ::eventstore::crypto;
namespace log = ::eventstore::log;
namespace event = ::poolcirkel::event::v1;

constexpr size_t kSeedSize = 32;

}  // namespace

void KnownKeys::See(const log::StoredEvent& stored) {
  if (stored.type != "charter_adopted" && stored.type != "charter_proposed") return;
  event::Event parsed;
  if (!parsed.ParseFromString(stored.payload)) return;
  event::Charter charter;
  const bool read = parsed.has_charter_adopted()
                        ? charter.ParseFromString(parsed.charter_adopted().charter().charter())
                        : charter.ParseFromString(parsed.charter_proposed().charter());
  if (!read) return;
  circles_.insert(stored.feed.circle);
  for (const event::CharterMember& row : charter.members()) {
    const auto member = log::MemberId::FromBytes(row.member_id());
    if (!member.ok()) continue;
    auto& keys = members_[{stored.feed.circle, *member}];
    const auto add = [&](const std::string& bytes) {
      if (const auto key = crypto::PublicKey::FromBytes(bytes); key.ok()) keys.insert(*key);
    };
    add(row.log_key());
    for (const event::ClosedEpoch& closed : row.closed_epochs()) add(closed.log_key());
  }
}

std::vector<crypto::PublicKey> KnownKeys::Of(const log::FeedId& feed) const {
  if (!circles_.contains(feed.circle)) return own_;
  const auto found = members_.find({feed.circle, feed.member});
  if (found == members_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

absl::StatusOr<std::vector<crypto::PublicKey>> ReadLogKeys(const std::string& key_directory) {
  std::vector<crypto::PublicKey> keys;
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(key_directory));
  for (const std::string& name : names) {
    const bool is_log_key =
        name == "log.key" || (name.starts_with("log-") && name.ends_with(".key"));
    if (!is_log_key) continue;
    ASSIGN_OR_RETURN(std::string seed, base::ReadFile(key_directory + "/" + name, kSeedSize * 4));
    const auto key = crypto::PrivateKey::FromSeed(seed);
    crypto::Wipe(seed);
    if (!key.ok()) return absl::DataLossError(absl::StrCat(name, " is geen sleutel"));
    // The name of a later key says which it is.
    const std::string start = base::ToHex(key->public_key().view().substr(0, 8));
    if (name != "log.key" && name != "log-" + start + ".key") {
      return absl::DataLossError(absl::StrCat(name, " is een andere sleutel dan de naam zegt"));
    }
    keys.push_back(key->public_key());
  }
  return keys;
}

}  // namespace services::durability
