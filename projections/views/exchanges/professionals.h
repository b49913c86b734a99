#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "projections/views/exchanges/exchanges.h"

namespace projections::views::exchanges {

// Remembers which professional an exchange is about, in memory only. A proposal does
// not say whose key seals the professional, so opening one tries all keys of the
// lender. What was opened is forgotten when the person's key is destroyed; what could
// not be opened is tried again when the key file changed. Thread-safe.
class Professionals {
 public:
  // Does not own `keys`, which must outlive it.
  explicit Professionals(const eventstore::privacy::KeyFile& keys) : keys_(keys) {}

  // The professional's id in the circle; nothing without its key.
  std::optional<eventstore::log::StreamId> Of(const Exchange& exchange);

  // Drops all that is remembered.
  void ForgetOpened() {
    eventstore::base::MutexLock lock(mutex_);
    entries_.clear();
  }

 private:
  struct Entry {
    uint64_t keys_version = 0;
    std::optional<eventstore::log::StreamId> professional;
  };
  // A proposal, as the event that stands in the lender's feed: another member can
  // write an event with the same id.
  using Name = std::pair<eventstore::log::FeedId, eventstore::log::Sequence>;

  const eventstore::privacy::KeyFile& keys_;
  eventstore::base::Mutex mutex_;
  std::map<Name, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace projections::views::exchanges
