#include "tests/bench/measure.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/numbers.h"

namespace tests::bench {

void Fail(const std::string& what) {
  std::fprintf(stderr, "poolcirkel_bench: %s\n", what.c_str());
  std::exit(1);
}

void Check(const absl::Status& status) {
  if (!status.ok()) Fail(status.ToString());
}

Arguments::Arguments(int count, char** values, int first) {
  for (int i = first; i < count; i += 2) {
    const std::string name = values[i];
    if (!name.starts_with("--") || i + 1 >= count) Fail("not an option with a value: " + name);
    values_[name.substr(2)] = values[i + 1];
  }
}

std::string Arguments::Text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) Fail("--" + name + " is missing");
  return found->second;
}

std::string Arguments::Text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

uint64_t Arguments::Number(const std::string& name, uint64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(found->second, &number)) Fail("--" + name + " is not a number");
  return number;
}

void Report(std::string_view name, double value, std::string_view unit) {
  const int decimals = value >= 1000 ? 0 : 3;
  std::printf("%.*s: %.*f %.*s\n", static_cast<int>(name.size()), name.data(), decimals, value,
              static_cast<int>(unit.size()), unit.data());
  std::fflush(stdout);
}

void ReportPercentiles(const std::string& name, std::vector<double> values, std::string_view unit) {
  if (values.empty()) Fail(name + " measured nothing");
  std::sort(values.begin(), values.end());
  const auto at = [&](size_t percent) { return values[(values.size() - 1) * percent / 100]; };
  Report(name + ".p50", at(50), unit);
  Report(name + ".p99", at(99), unit);
}

ScratchFolder::ScratchFolder(const std::string& parent) {
  std::filesystem::create_directories(parent);
  path_ = parent + "/bench-XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) Fail("no folder can be made in " + parent);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tests::bench
