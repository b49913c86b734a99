#pragma once

#include <map>

#include "absl/container/flat_hash_map.h"
#include "eventstore/log/growth.h"
#include "eventstore/log/request_index.h"
#include "eventstore/log/writer.h"

namespace eventstore::log {

// What one batch changes. Thrown away when nothing was added. For the sources of Writer.
struct Writer::Transaction {
  storage::Batch batch;
  std::map<FeedId, Growth> growths;
  absl::flat_hash_map<RequestId, ExecutedRequest> executed;
};

}  // namespace eventstore::log
