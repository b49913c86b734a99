#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/api/v1/node_service.pb.h"
#include "services/node/config.h"
#include "services/node/core.h"
#include "services/peer/network.h"

namespace services::node {

// What grpc.health.v1 tells, part by part.
struct Health {
  bool storage = false;  // both databases of the log serve
  bool views = false;    // every view runs
  bool peers = false;    // every circle: own head confirmed, no feed frozen
  // What is wrong, as Dutch sentences.
  std::vector<std::string> problems;

  // Users get answers. Writing may still have to wait: see `peers`.
  bool serving() const { return storage && views; }
};
Health CheckHealth(const Core& core, const peer::Network& network,
                   const std::vector<std::string>& policy_problems);

// NodeService.Status.
poolcirkel::api::v1::NodeStatusResponse MakeStatus(const Config& config, const Core& core,
                                                   const peer::Network& network,
                                                   const Health& health, absl::Time started_at);

}  // namespace services::node
