#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/targets/targets.h"

namespace {

constexpr std::string_view kOption = "--target=";

const tests::fuzz::Target*& Chosen() {
  static const tests::fuzz::Target* target = nullptr;
  return target;
}

}  // namespace

// libFuzzer knows these two by name. It leaves options with two dashes to the program.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (!argument.starts_with(kOption)) continue;
    for (const auto& target : tests::fuzz::Targets()) {
      if (argument.substr(kOption.size()) == target.name) Chosen() = &target;
    }
  }
  if (Chosen() != nullptr) return 0;
  std::fprintf(stderr, "choose with --target=NAME one of:\n");
  for (const auto& target : tests::fuzz::Targets()) std::fprintf(stderr, "  %s\n", target.name);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Chosen()->run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
