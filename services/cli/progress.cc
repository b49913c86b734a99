#include "services/cli/progress.h"

#include <array>
#include <chrono>
#include <utility>

namespace services::cli {
namespace {

using eventstore::base::MutexLock;

constexpr std::chrono::seconds kBeforeFirst(2);
constexpr std::chrono::milliseconds kBetweenOnTerminal(120);
constexpr std::chrono::seconds kBetweenElsewhere(5);
constexpr std::array<const char*, 4> kSpinner = {"|", "/", "-", "\\"};

}  // namespace

Progress::Progress(std::ostream& out, bool is_terminal, std::string label)
    : out_(out), is_terminal_(is_terminal), label_(std::move(label)), thread_([this] { Run(); }) {}

Progress::~Progress() { Stop(); }

void Progress::Show(std::string label, size_t done, size_t total) {
  MutexLock lock(mutex_);
  label_ = std::move(label);
  done_ = done;
  total_ = total;
}

void Progress::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.SignalAll();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  MutexLock lock(mutex_);
  if (printed_ && is_terminal_) out_ << "\r\033[K" << std::flush;
}

void Progress::Run() {
  using Steady = std::chrono::steady_clock;
  auto next = Steady::now() + kBeforeFirst;
  MutexLock lock(mutex_);
  for (size_t tick = 0; !stopped_;) {
    const auto now = Steady::now();
    if (now < next) {
      changed_.WaitFor(mutex_, next - now);
      continue;
    }
    Print(tick++);
    next = now + (is_terminal_ ? std::chrono::milliseconds(kBetweenOnTerminal)
                               : std::chrono::milliseconds(kBetweenElsewhere));
  }
}

void Progress::Print(size_t tick) {
  printed_ = true;
  if (is_terminal_) out_ << "\r\033[K" << kSpinner[tick % kSpinner.size()] << " ";
  out_ << label_;
  if (total_ != 0) {
    out_ << " " << done_ << " van " << total_;
  } else if (done_ != 0) {
    out_ << " " << done_;
  }
  out_ << (is_terminal_ ? "" : " …\n") << std::flush;
}

}  // namespace services::cli
