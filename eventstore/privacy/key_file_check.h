#pragma once

#include <string>

#include "absl/status/status.h"

namespace eventstore::privacy {

// Reads the key file and its wrapping key in `directory` from the first byte to the last
// without changing anything, also beside a node that has them open. NOT_FOUND when there
// is no key file; DATA_LOSS, with what is wrong, when one of the two is damaged.
absl::Status CheckKeyFile(const std::string& directory);

}  // namespace eventstore::privacy
