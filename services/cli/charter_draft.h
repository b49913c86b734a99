#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/event/v1/circle.pb.h"

namespace services::cli {

// Version 0 of a charter from the rules of a circle as YAML (deploy/sample/charter-*.yaml:
// name, short_name, members, coordinators, quorum, rules) and the entries of its members, in
// the order given. Every member that the rules name must have an entry; more entries are
// fine. The quorum is at least more than half. `nonce` is 16 random bytes. INVALID_ARGUMENT
// names the key that is wrong. Pure.
absl::StatusOr<poolcirkel::event::v1::Charter> DraftCharter(
    const std::string& rules_yaml, const std::vector<poolcirkel::event::v1::CharterMember>& entries,
    const std::string& nonce);

}  // namespace services::cli
