#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace tests::testing {

// Asks again and again until `condition` holds, for at least twenty seconds; for what
// another thread or process does. Answers whether it held.
inline bool Eventually(const std::function<bool()>& condition) {
  constexpr int kTries = 4000;
  for (int i = 0; i < kTries; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

}  // namespace tests::testing
