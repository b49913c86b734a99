#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <thread>

#include "eventstore/base/mutex.h"

namespace services::cli {

// Tells on a stream that something is going on, once it takes longer than two seconds:
// on a terminal one line that moves, elsewhere a line every five seconds. Thread-safe;
// the line is wiped when it goes away.
class Progress {
 public:
  Progress(std::ostream& out, bool is_terminal, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // What is being done now; total 0: not known.
  void Show(std::string label, size_t done, size_t total) ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing more is shown; what is printed next stands on a clean line.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  void Print(size_t tick) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::ostream& out_;
  const bool is_terminal_;
  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar changed_;
  std::string label_ ABSL_GUARDED_BY(mutex_);
  size_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t total_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool printed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace services::cli
