#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/node/config.h"
#include "services/node/logging.h"

namespace services::node {

// One member's node: log, views, replication, services. No global state: a process
// may hold several. The only place that names concrete classes.
class Node {
 public:
  // Opens the data directory, starts serving on both ports. Fails with what is
  // wrong: NOT_INITIALISED, a port that is taken, a damaged database.
  static absl::StatusOr<std::unique_ptr<Node>> Start(const Config& config, Logger& logger);
  // Stops as Stop does.
  virtual ~Node() = default;

  // Takes no new calls, lets running ones end within limits.shutdown, then closes
  // everything. Once.
  virtual void Stop() = 0;
};

// Makes the first token of a new node, for its administrator: for the whole node,
// valid for a year. The data directory must be initialised.
absl::StatusOr<std::string> IssueFirstToken(const Config& config);

}  // namespace services::node
