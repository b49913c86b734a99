#include "services/node/erasure_gate.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "projections/views/erasures/erasures.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace erasures = ::projections::views::erasures;
using eventstore::replication::FeedState;

absl::Status Pending() {
  return base::Refusal(absl::StatusCode::kUnavailable, "ERASURES_PENDING",
                       "dit knooppunt is nog bezig met bijwerken: het gaat na wie gewist moest "
                       "worden terwijl het uit stond")
      .Remedy("probeer het over enkele seconden opnieuw")
      .Retry(absl::Seconds(1));
}

}  // namespace

ErasureGate::ErasureGate(Options options)
    : options_(std::move(options)), give_up_at_(options_.clock->Now() + options_.longest_wait) {
  const base::MutexLock lock(mutex_);
  for (const auto& circle : options_.circles->All()) closed_.push_back(circle->id);
}

absl::Status ErasureGate::MayTell(const std::optional<log::CircleId>& circle) {
  const base::MutexLock lock(mutex_);
  absl::Status result;
  for (auto closed = closed_.begin(); closed != closed_.end();) {
    if (circle && *circle != *closed) {
      ++closed;
      continue;
    }
    const absl::Status opened = Open(*closed);
    if (!opened.ok()) result = opened;
    closed = opened.ok() ? closed_.erase(closed) : closed + 1;
  }
  return result;
}

absl::Status ErasureGate::Open(const log::CircleId& id) const {
  const auto circle = options_.circles->Find(id);
  if (circle == nullptr) return absl::OkStatus();
  if (!HasCaughtUp(*circle)) return Pending();
  return CarryOut(*circle);
}

bool ErasureGate::HasCaughtUp(const membership::Circle& circle) const {
  if (circle.Members().size() == 1) return true;
  const auto statuses = options_.network_status();
  const auto status = std::find_if(statuses.begin(), statuses.end(),
                                   [&](const auto& entry) { return entry.circle == circle.id; });
  const bool heard =
      status != statuses.end() && std::any_of(status->peers.begin(), status->peers.end(),
                                              [](const auto& peer) { return peer.connected; });
  if (!heard) return options_.clock->Now() >= give_up_at_;
  // Orders of this member itself may stand in what its own disk lost.
  if (status->own_head.contested && options_.log->IsLocked(circle.OwnFeed())) return false;
  return std::none_of(status->feeds.begin(), status->feeds.end(),
                      [](const auto& feed) { return feed.state == FeedState::kCatchingUp; });
}

absl::Status ErasureGate::CarryOut(const membership::Circle& circle) const {
  const auto snapshot = options_.engine->Read();
  const auto reader = snapshot->View(erasures::kViewName);
  if (!reader.ok()) return Pending();
  const log::Cursor folded = (*reader)->CursorOf(circle.id);
  for (const log::FeedId& feed : options_.log->Feeds()) {
    if (feed.circle != circle.id) continue;
    if (folded.At(feed).value() < options_.log->Size(feed)) return Pending();
  }
  ASSIGN_OR_RETURN(const auto known, erasures::Read(**reader, circle.id));
  for (const auto& order : known.orders) {
    RETURN_IF_ERROR(options_.eraser->Destroy(circle, order.feed, order.professional).status());
  }
  return absl::OkStatus();
}

}  // namespace services::node
