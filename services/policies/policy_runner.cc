#include "services/policies/policy_runner.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "services/policies/adopt_charters.h"
#include "services/policies/answer_sign_ups.h"
#include "services/policies/destroy_keys.h"
#include "services/policies/expire_selections.h"
#include "services/policies/follow_charters.h"
#include "services/policies/follow_lender.h"
#include "services/policies/join_circles.h"
#include "services/policies/record_cosignatures.h"
#include "services/policies/release_hours.h"
#include "services/policies/restart_private_feed.h"
#include "services/policies/restore_circles.h"
#include "services/policies/sign_epochs.h"

namespace services::policies {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

// However far away the next due time is: clocks jump.
constexpr absl::Duration kLongestWait = absl::Seconds(30);
constexpr absl::Duration kShortestWait = absl::Milliseconds(10);

// The clear part of an event; policies load what they need to read opened.
domain::PastEvent ClearPart(const log::StoredEvent& stored) {
  domain::PastEvent past;
  past.id = stored.id;
  past.feed = stored.feed;
  past.sequence = stored.sequence;
  past.stream = stored.stream;
  past.recorded_at = stored.recorded_at;
  if (!past.event.ParseFromString(stored.payload)) past.event.Clear();
  return past;
}

}  // namespace

std::vector<std::unique_ptr<Policy>> MakePolicies(const PolicyParts& parts) {
  std::vector<std::unique_ptr<Policy>> policies;
  // First: nothing else may keep a person's data a moment longer.
  policies.push_back(std::make_unique<DestroyKeys>(parts));
  policies.push_back(std::make_unique<SignEpochs>(parts));
  policies.push_back(std::make_unique<AdoptCharters>(parts));
  policies.push_back(std::make_unique<FollowCharters>(parts));
  policies.push_back(std::make_unique<RecordCosignatures>(parts));
  policies.push_back(std::make_unique<ReleaseHours>(parts));
  policies.push_back(std::make_unique<FollowLender>(parts));
  policies.push_back(std::make_unique<ExpireSelections>(parts));
  policies.push_back(std::make_unique<AnswerSignUps>(parts));
  policies.push_back(std::make_unique<JoinCircles>(parts));
  policies.push_back(std::make_unique<RestoreCircles>(parts));
  policies.push_back(std::make_unique<RestartPrivateFeed>(parts));
  return policies;
}

PolicyRunner::PolicyRunner(Options options) : options_(std::move(options)) {
  subscription_ = options_.log->Subscribe(log::Cursor(), log::Filter());
  base::MutexLock lock(mutex_);
  for (const auto& policy : options_.policies) {
    PolicyStatus status;
    status.name = std::string(policy->name());
    status_.push_back(std::move(status));
  }
}

PolicyRunner::~PolicyRunner() { Stop(); }

void PolicyRunner::Start() {
  // Cosignatures and charters are no events, or not of a feed that is read yet.
  listeners_.push_back(
      options_.log->OnChange([alarm = alarm_](const log::FeedId&) { alarm->Ring(); }));
  listeners_.push_back(options_.circles->OnChange([alarm = alarm_] { alarm->Ring(); }));
  thread_ = std::thread([this] { Loop(); });
}

void PolicyRunner::Stop() {
  listeners_.clear();
  alarm_->Stop();
  subscription_->Cancel();
  if (thread_.joinable()) thread_.join();
}

void PolicyRunner::Alarm::Ring() {
  base::MutexLock lock(mutex_);
  rung_ = true;
  changed_.SignalAll();
}

void PolicyRunner::Alarm::Stop() {
  base::MutexLock lock(mutex_);
  stopped_ = true;
  changed_.SignalAll();
}

bool PolicyRunner::Alarm::Wait(absl::Duration longest) {
  base::MutexLock lock(mutex_);
  while (!rung_ && !stopped_) {
    if (!changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(longest))) break;
  }
  rung_ = false;
  return !stopped_;
}

void PolicyRunner::RunOnce() {
  if (ReadNews()) ActAll();
}

std::vector<PolicyStatus> PolicyRunner::Status() const {
  base::MutexLock lock(mutex_);
  return status_;
}

void PolicyRunner::Loop() {
  do {
    if (!ReadNews()) return;
    ActAll();
  } while (
      alarm_->Wait(std::clamp(next_due_ - options_.clock->Now(), kShortestWait, kLongestWait)));
}

bool PolicyRunner::ReadNews() {
  while (true) {
    const auto batch = subscription_->Next(absl::ZeroDuration());
    if (absl::IsCancelled(batch.status())) return false;
    // The log does not serve now: what was read is acted on, the rest comes later.
    if (!batch.ok() || batch->events.empty()) return true;
    for (const auto& stored : batch->events) {
      const domain::PastEvent past = ClearPart(stored);
      for (const auto& policy : options_.policies) policy->Observe(past);
    }
  }
}

void PolicyRunner::ActAll() {
  next_due_ = absl::InfiniteFuture();
  for (size_t i = 0; i < options_.policies.size(); ++i) {
    const absl::Time now = options_.clock->Now();
    Policy& policy = *options_.policies[i];
    const auto due = policy.Act(now);
    next_due_ = std::min(next_due_, due.ok() ? *due : policy.RetryAt(now));
    Note(i, due.status());
  }
}

void PolicyRunner::Note(size_t policy, const absl::Status& status) {
  bool changed = false;
  std::string name;
  {
    base::MutexLock lock(mutex_);
    PolicyStatus& known = status_[policy];
    changed = known.last != status;
    name = known.name;
    if (status.ok()) {
      known.failing_since = absl::InfiniteFuture();
    } else {
      ++known.failures;
      if (known.last.ok()) known.failing_since = options_.clock->Now();
    }
    known.last = status;
  }
  if (changed && options_.on_change) options_.on_change(name, status);
}

}  // namespace services::policies
