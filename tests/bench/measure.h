#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// What every measurement needs. A measurement that cannot go on ends the process: it
// has no caller that could do anything about it.
namespace tests::bench {

[[noreturn]] void Fail(const std::string& what);
void Check(const absl::Status& status);
template <typename T>
T Need(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

// "--name value" pairs. Fails on anything else.
class Arguments {
 public:
  Arguments(int count, char** values, int first);
  // Fails when it is not given.
  std::string Text(const std::string& name) const;
  std::string Text(const std::string& name, const std::string& otherwise) const;
  uint64_t Number(const std::string& name, uint64_t otherwise) const;

 private:
  std::map<std::string, std::string> values_;
};

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One line "name: value unit" on standard output.
void Report(std::string_view name, double value, std::string_view unit);
// "name.p50" and "name.p99".
void ReportPercentiles(const std::string& name, std::vector<double> values, std::string_view unit);

// A folder under `parent` that is gone with the object.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& parent);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace tests::bench
