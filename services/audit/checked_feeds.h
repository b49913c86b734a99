#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/event.pb.h"

// Events of evidence, held against the signed heads that came with them. Pure; the
// evidence may be foreign. Only for use inside this folder.
namespace services::audit {

struct CheckedEvent {
  eventstore::log::StoredEvent stored;
  poolcirkel::event::v1::Event body;
  // Sizes of the signed heads that it was shown to stand in.
  std::set<uint64_t> heads;
  // Members, other than the writer, that cosigned one of these heads.
  std::set<eventstore::log::MemberId> witnesses;
};

struct CheckedFeed {
  std::map<uint64_t, CheckedEvent> events;  // by sequence
  uint64_t head_size = 0;                   // of the largest signed head
  // What is wrong with it, as a Dutch clause; empty when all events stand in the
  // largest head, signed by the writer.
  std::string problem;
};

struct CheckedFeeds {
  std::map<eventstore::log::FeedId, CheckedFeed> feeds;
  // Something belongs to no feed of the circle, as a Dutch clause; or empty.
  std::string problem;
};

// `charters` are the verified versions of the circle, oldest first.
CheckedFeeds CheckFeeds(const poolcirkel::api::v1::AuditEvidenceResponse& evidence,
                        const eventstore::log::CircleId& circle,
                        const std::vector<poolcirkel::event::v1::Charter>& charters);

}  // namespace services::audit
