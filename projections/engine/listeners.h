#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "eventstore/base/mutex.h"
#include "projections/engine/engine.h"

namespace projections::engine {

// Who wants to know about changed rows. A handle may outlive it. Thread-safe.
class Listeners : public std::enable_shared_from_this<Listeners> {
 public:
  std::shared_ptr<void> Add(std::string_view view, Engine::Listener listener);
  void Tell(std::string_view view, const RowsChanged& changed);

 private:
  struct Entry {
    std::string view;
    Engine::Listener listener;
  };

  eventstore::base::Mutex mutex_;
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace projections::engine
