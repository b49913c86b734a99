#include "projections/views/exchanges/professionals.h"

namespace projections::views::exchanges {

using eventstore::base::MutexLock;
using eventstore::log::StreamId;

std::optional<StreamId> Professionals::Of(const Exchange& exchange) {
  const Name name(exchange.lender, exchange.proposed.sequence);
  const uint64_t version = keys_.version();
  {
    MutexLock lock(mutex_);
    const auto it = entries_.find(name);
    if (it != entries_.end()) {
      const auto& known = it->second.professional;
      const bool erased =
          known.has_value() && keys_.IsDestroyed(eventstore::privacy::KeyOf(*known));
      if (known.has_value() && !erased) return known;
      if (it->second.keys_version == version) return std::nullopt;
    }
  }
  const auto opened = OpenProfessional(exchange, keys_);
  MutexLock lock(mutex_);
  entries_[name] = {version, opened};
  return opened;
}

}  // namespace projections::views::exchanges
