#include "services/durability/background_check.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/durability/folder_check.h"

namespace services::durability {
namespace {

namespace base = ::eventstore::base;
namespace check = ::eventstore::check;
namespace log = ::eventstore::log;

constexpr size_t kFindingsShown = 10;

// Whether the side of the log that holds it is not to be trusted. Not so for what other
// members signed: they choose what else stands in such a note, and a node must not stop
// for that. A damaged place of the head file is written over by the next commit.
bool IsDamage(const check::Finding& finding) {
  switch (finding.part) {
    case check::Part::kRecord:
    case check::Part::kFeedName:
    case check::Part::kStreamIndex:
    case check::Part::kRequestIndex:
    case check::Part::kTile:
    case check::Part::kDatabase:
      return true;
    case check::Part::kCheckpoint:
      return finding.database == "own";
    case check::Part::kCosignature:
    case check::Part::kHeadFile:
    case check::Part::kKeyFile:
      return false;
  }
  return false;
}

}  // namespace

BackgroundCheck::BackgroundCheck(Options options) : options_(std::move(options)) {}

BackgroundCheck::~BackgroundCheck() { Stop(); }

void BackgroundCheck::Start() {
  thread_ = std::thread([this] { Run(); });
}

void BackgroundCheck::Stop() {
  {
    const base::MutexLock lock(mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

BackgroundCheck::State BackgroundCheck::state() const {
  const base::MutexLock lock(mutex_);
  return state_;
}

bool BackgroundCheck::Rest(absl::Duration duration) {
  const base::MutexLock lock(mutex_);
  if (!stopping_) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(duration));
  return !stopping_;
}

void BackgroundCheck::Run() {
  absl::Time due = options_.clock->Now() + options_.before_first;
  for (;;) {
    // In steps, as the clock of the machine may be put forward.
    while (options_.clock->Now() < due) {
      if (!Rest(absl::Seconds(1))) return;
    }
    const absl::Status checked = CheckOnce();
    if (absl::IsCancelled(checked)) return;
    due = options_.clock->Now() + options_.between;
  }
}

absl::Status BackgroundCheck::CheckOnce() {
  {
    const base::MutexLock lock(mutex_);
    state_.running = true;
  }
  const auto report = CheckFolder(options_.data_directory, [this](const check::Progress& progress) {
    {
      const base::MutexLock lock(mutex_);
      state_.done = progress.done;
      state_.total = progress.total;
    }
    return Rest(options_.rest);
  });
  const bool stopped = report.ok() && report->stopped;
  if (report.ok() && !stopped) Report(*report);
  const base::MutexLock lock(mutex_);
  state_.running = false;
  if (stopped) return absl::CancelledError("de controle is gestopt");
  return report.status();
}

void BackgroundCheck::Report(const check::Report& report) {
  bool own = false;
  bool replicas = false;
  for (const check::Finding& finding : report.findings) {
    if (!IsDamage(finding)) continue;
    bool& told = finding.database == "own" ? own : replicas;
    if (!std::exchange(told, true)) {
      options_.log->ReportDamage(
          finding.database == "own" ? log::EventLog::Part::kOwn : log::EventLog::Part::kReplicas,
          absl::DataLossError(check::ToText(finding)));
    }
  }
  std::vector<std::string> findings = check::ToLines(report.findings);
  const size_t shown = std::min(findings.size(), kFindingsShown);
  const size_t more = findings.size() - shown + report.left_out;
  findings.resize(shown);
  if (more > 0) findings.push_back(absl::StrCat("en nog ", more, " bevindingen"));
  const base::MutexLock lock(mutex_);
  state_.finished = options_.clock->Now();
  state_.findings = std::move(findings);
}

}  // namespace services::durability
