#include "tests/architecture/call_rules.h"

#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/code_text.h"

namespace architecture {
namespace {

enum class Use { kWord, kCall };

struct Ban {
  Use use;
  std::vector<std::string_view> names;
  std::vector<std::string_view> homes;
  std::string_view instead;
};

const std::vector<Ban>& Bans() {
  static const auto& bans = *new std::vector<Ban>{
      {Use::kWord,
       {"absl::Now", "system_clock::now", "GetCurrentTimeNanos"},
       // Scenarios run real processes, which live by the real clock.
       {"eventstore/base/clock.cc", "tests/eventstore/base", "tests/scenarios"},
       "take the time from a base::Clock"},
      {Use::kCall,
       {"gettimeofday", "clock_gettime", "time"},
       {"eventstore/base/clock.cc"},
       "take the time from a base::Clock"},
      {Use::kWord,
       {"steady_clock", "high_resolution_clock"},
       // The hub counts down how long a reader waits.
       {"eventstore/base", "eventstore/log/hub.h", "eventstore/log/hub.cc", "services", "tests"},
       "take the time from a base::Clock"},
      {Use::kWord,
       {"random_device", "BitGen", "InsecureBitGen"},
       {"eventstore/crypto"},
       "take randomness from a base::Entropy"},
      {Use::kCall,
       {"rand", "srand", "getrandom", "getentropy"},
       {"eventstore/crypto"},
       "take randomness from a base::Entropy"},
      {Use::kWord,
       {"mt19937", "mt19937_64", "default_random_engine"},
       {"tests"},
       "take randomness from a base::Entropy"},
      {Use::kWord,
       {"sleep_for", "sleep_until", "SleepFor"},
       {"tests/testing", "tests/scenarios"},
       "wait on a base::CondVar; in tests use what tests/testing has"},
      {Use::kCall,
       {"sleep", "usleep", "nanosleep"},
       {"tests/testing", "tests/scenarios"},
       "wait on a base::CondVar; in tests use what tests/testing has"},
      {Use::kWord,
       {"absl::Mutex", "absl::MutexLock", "absl::CondVar", "absl::Notification"},
       {},
       "use base::Mutex, which the thread sanitizer understands"},
      {Use::kWord,
       {"std::mutex", "std::shared_mutex", "std::recursive_mutex", "std::condition_variable"},
       {"eventstore/base", "tests"},
       "use base::Mutex, which carries annotations"},
      {Use::kWord,
       {"ifstream", "ofstream", "fstream"},
       {"eventstore/base/file.cc", "eventstore/storage", "tests"},
       "use eventstore/base/file.h"},
      {Use::kCall,
       {"fopen", "open", "openat", "creat", "mkstemp"},
       {"eventstore/base/file.cc", "eventstore/storage", "tests"},
       "use eventstore/base/file.h"},
      {Use::kWord,
       {"std::cout", "std::cerr", "std::clog"},
       {"services/cli", "services/node", "tests"},
       "only programs speak to the terminal; services log"},
      {Use::kCall,
       {"printf", "fprintf", "puts", "perror"},
       // Require() has a last word before abort().
       {"services/cli", "services/node", "tests", "eventstore/crypto/openssl.h"},
       "only programs speak to the terminal; services log"},
      {Use::kCall,
       {"getenv", "secure_getenv", "setenv"},
       {"services/cli", "services/node", "tests"},
       "settings come in as arguments"},
      {Use::kWord, {"throw"}, {"tests"}, "return an absl::Status"},
  };
  return bans;
}

bool Uses(std::string_view line, const Ban& ban, std::string_view name) {
  return ban.use == Use::kCall ? CallsFreeFunction(line, name)
                               : FindWord(line, name) != std::string_view::npos;
}

}  // namespace

Violations CheckBannedCalls(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file.path)) {
      continue;
    }
    const std::string code = BlankAllButCode(file.text);
    int number = 0;
    for (std::string_view line : Lines(code)) {
      ++number;
      for (const Ban& ban : Bans()) {
        for (std::string_view name : ban.names) {
          if (Uses(line, ban, name) && !IsIn(file.path, ban.homes)) {
            violations.push_back(
                {file.path, number, std::string(name) + ": " + std::string(ban.instead)});
          }
        }
      }
    }
  }
  return violations;
}

}  // namespace architecture
