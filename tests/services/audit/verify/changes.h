#pragma once

#include <string>
#include <thread>
#include <vector>

#include "eventstore/log/types.h"
#include "services/audit/verify/verify.h"

namespace tests::audit::verify {

// Under a sanitizer, where everything is ten times slower, one bit of these many is tried.
#if defined(__SANITIZE_ADDRESS__) || defined(_GLIBCXX_TSAN)
inline constexpr size_t kBitStep = 11;
#else
inline constexpr size_t kBitStep = 1;
#endif

// The bits of a bundle that can be flipped without the verifier refusing it. Tries all of
// them, on two threads.
inline std::vector<size_t> AcceptedFlips(const std::string& bytes,
                                         const eventstore::log::CircleId& circle) {
  constexpr size_t kThreads = 2;
  std::vector<std::vector<size_t>> accepted(kThreads);
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::string flipped = bytes;
      for (size_t bit = thread; bit < bytes.size() * 8; bit += kThreads * kBitStep) {
        const char original = flipped[bit / 8];
        flipped[bit / 8] = static_cast<char>(original ^ (1 << bit % 8));
        if (services::audit::verify::VerifyBundle(flipped, circle).ok) {
          accepted[thread].push_back(bit);
        }
        flipped[bit / 8] = original;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  accepted[0].insert(accepted[0].end(), accepted[1].begin(), accepted[1].end());
  return accepted[0];
}

}  // namespace tests::audit::verify
