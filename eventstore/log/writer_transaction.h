#pragma once

#include <map>

#include "eventstore/log/growth.h"
#include "eventstore/log/request_index.h"
#include "eventstore/log/writer.h"

namespace eventstore::log {

// What one batch changes. Thrown away when nothing was added. For the sources of Writer.
struct Writer::Transaction {
  storage::Batch& batch;
  std::map<FeedId, Growth> growths = {};
  // In order: requests that were made one after the other are neighbours in the database.
  std::map<RequestId, ExecutedRequest> executed = {};
};

}  // namespace eventstore::log
