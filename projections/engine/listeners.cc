#include "projections/engine/listeners.h"

#include <utility>

namespace projections::engine {

using eventstore::base::MutexLock;

std::shared_ptr<void> Listeners::Add(std::string_view view, Engine::Listener listener) {
  MutexLock lock(mutex_);
  const uint64_t number = next_++;
  entries_[number] = {std::string(view), std::move(listener)};
  return std::shared_ptr<void>(nullptr, [registry = weak_from_this(), number](void*) {
    if (const auto listeners = registry.lock(); listeners != nullptr) {
      MutexLock ending(listeners->mutex_);
      listeners->entries_.erase(number);
    }
  });
}

void Listeners::Tell(std::string_view view, const RowsChanged& changed) {
  MutexLock lock(mutex_);
  for (const auto& [number, entry] : entries_) {
    if (entry.view == view) entry.listener(changed);
  }
}

}  // namespace projections::engine
