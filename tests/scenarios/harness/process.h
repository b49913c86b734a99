#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace tests::scenarios::harness {

// A program that a scenario started. Killed on destruction; never ends anything else.
// Not thread-safe.
class Process {
 public:
  Process() = default;
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  // Starts `command`; its standard output and error are appended to `log_path`, or its standard
  // error to `errors_path` when that is given. Aborts the test program when it cannot be started.
  static Process Start(const std::vector<std::string>& command, const std::string& log_path,
                       const std::string& errors_path = "");

  // Sends a signal; nothing when it does not run.
  void Signal(int signal);
  // kill -9, and waits.
  void Kill();
  // SIGTERM, waits at most `timeout`; true with exit code 0.
  bool Terminate(absl::Duration timeout);
  // Waits; returns the exit code, or -1 when it ended by a signal or did not end.
  int Wait(absl::Duration timeout);
  bool running() const { return pid_ > 0; }

 private:
  pid_t pid_ = -1;
};

// A loopback port that was free a moment ago.
int FreePort();

// Runs a program to its end and returns its exit code; output as in Process::Start.
int RunProgram(const std::vector<std::string>& command, const std::string& log_path,
               const std::string& errors_path = "");

// The whole file; empty when there is none.
std::string ReadText(const std::filesystem::path& path);

// The program `name` of the build that this test belongs to.
std::string ProgramPath(const std::string& name);

// Polls `condition` until it holds or `timeout` passed; returns whether it held.
template <typename Condition>
bool Eventually(Condition condition, absl::Duration timeout = absl::Seconds(30)) {
  const absl::Time end = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() > end) return condition();
    absl::SleepFor(absl::Milliseconds(20));
  }
  return true;
}

}  // namespace tests::scenarios::harness
