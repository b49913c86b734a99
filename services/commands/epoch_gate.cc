#include "services/commands/epoch_gate.h"

#include <vector>

#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;

using base::MutexLock;

constexpr size_t kPage = 256;
constexpr absl::Duration kRetry = absl::Seconds(1);

absl::Status Suspended() {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "MEMBER_SUSPENDED",
                       "de poolcirkel heeft dit lid geschorst; wat het nu schrijft, telt niet")
      .Remedy("neem contact op met de coördinator van de poolcirkel");
}

absl::Status Ending() {
  return base::Refusal(absl::StatusCode::kUnavailable, "EPOCH_ENDING",
                       "dit lid sluit zijn tijdvak af; de andere leden moeten dat nog tekenen")
      .Remedy("probeer het zo nog eens; `poolcirkel circle show` laat zien wie er tekende")
      .Retry(kRetry);
}

// Also that an administrator let the feed be written, without which nothing can be signed.
bool IsAboutCharter(const domain::NewEvent& event) {
  if (!event.circle.has_value()) return false;
  if (event.stream != circle_domain::StreamOf(*event.circle)) return false;
  const auto& body = event.event;
  return body.has_charter_proposed() || body.has_charter_signed() || body.has_charter_adopted() ||
         body.has_head_overridden();
}

}  // namespace

EpochGate::Pass::Pass(EpochGate& gate, bool alone) : gate_(gate), alone_(alone) {
  MutexLock lock(gate_.mutex_);
  while (gate_.alone_) gate_.changed_.Wait(gate_.mutex_);
  if (!alone_) {
    ++gate_.running_;
    return;
  }
  gate_.alone_ = true;  // nobody comes in any more
  while (gate_.running_ > 0) gate_.changed_.Wait(gate_.mutex_);
}

EpochGate::Pass::~Pass() {
  MutexLock lock(gate_.mutex_);
  if (alone_) {
    gate_.alone_ = false;
  } else {
    --gate_.running_;
  }
  gate_.changed_.SignalAll();
}

absl::StatusOr<bool> EpochGate::IsEnding(const membership::CirclePtr& circle) {
  {
    MutexLock lock(mutex_);
    const auto known = ending_.find(circle->id);
    if (known != ending_.end() && known->second.first == circle) return known->second.second;
  }
  circle_domain::State state;
  const auto stream = circle_domain::StreamOf(circle->id);
  for (uint64_t next = 0;; next += kPage) {
    ASSIGN_OR_RETURN(const auto page,
                     log_->ReadStream(circle->OwnFeed(), stream, log::Revision(next), kPage));
    for (const auto& stored : page) {
      domain::PastEvent past;
      past.feed = stored.feed;
      past.sequence = stored.sequence;
      past.stream = stored.stream;
      // Nothing of a charter is sealed.
      if (past.event.ParseFromString(stored.payload)) Evolve(state, past);
    }
    if (page.size() < kPage) break;
  }
  domain::Context context;
  context.circle = circle->id;
  context.self = circle->self;
  context.charter = &circle->charter;
  const bool ending =
      circle_domain::EndsOwnEpoch(state, circle->chain.back().charter(), context) != nullptr;
  MutexLock lock(mutex_);
  ending_[circle->id] = {circle, ending};
  return ending;
}

absl::StatusOr<bool> EpochGate::IsOpen(const membership::CirclePtr& circle) {
  if (circle->IsSuspended(circle->self)) return false;
  ASSIGN_OR_RETURN(const bool ending, IsEnding(circle));
  return !ending;
}

absl::Status EpochGate::Check(const domain::Decision& decision) {
  membership::CirclePtr checked;
  bool ending = false;
  for (const auto& event : decision.events) {
    if (!event.circle.has_value()) continue;
    if (checked == nullptr || checked->id != *event.circle) {
      checked = circles_->Find(*event.circle);
      if (checked == nullptr) return absl::InternalError("an event for a circle of others");
      ASSIGN_OR_RETURN(ending, IsEnding(checked));
    }
    // What is about charters counts without the feed: its signatures speak for themselves.
    if (IsAboutCharter(event)) continue;
    if (checked->IsSuspended(checked->self)) return Suspended();
    if (ending) return Ending();
  }
  return absl::OkStatus();
}

void EpochGate::Forget(const domain::Decision& decision) {
  MutexLock lock(mutex_);
  for (const auto& event : decision.events) {
    if (IsAboutCharter(event)) ending_.erase(*event.circle);
  }
}

}  // namespace services::commands
