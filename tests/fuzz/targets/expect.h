#pragma once

#include <cstdio>
#include <cstdlib>

namespace tests::fuzz {

// Ends the process with what did not hold: the fuzzer keeps the input, a test fails.
inline void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace tests::fuzz
