#include "tests/architecture/call_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/architecture/testing_tree.h"

namespace architecture {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Violations CheckLine(const std::string& path, const std::string& line) {
  return CheckBannedCalls({{path, "void F() {\n" + line + "\n}\n"}});
}

TEST(BannedCallsTest, HoldInTheProject) { EXPECT_THAT(CheckBannedCalls(RealTree()), IsEmpty()); }

TEST(BannedCallsTest, FindsTheClock) {
  EXPECT_THAT(CheckLine("services/node/a.cc", "auto now = absl::Now();"), SizeIs(1));
  EXPECT_THAT(CheckLine("services/node/a.cc", "std::chrono::system_clock::now();"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "std::chrono::steady_clock::now();"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "x = time(nullptr);"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/base/clock.cc", "auto now = absl::Now();"), IsEmpty());
  EXPECT_THAT(CheckLine("services/rpc/a.cc", "std::chrono::system_clock::time_point end;"),
              IsEmpty());
}

TEST(BannedCallsTest, FindsRandomness) {
  EXPECT_THAT(CheckLine("eventstore/base/id.cc", "std::random_device device;"), SizeIs(1));
  EXPECT_THAT(CheckLine("services/node/a.cc", "x = rand();"), SizeIs(1));
  EXPECT_THAT(CheckLine("services/node/a.cc", "std::mt19937 engine;"), SizeIs(1));
}

TEST(BannedCallsTest, FindsSleeping) {
  EXPECT_THAT(CheckLine("services/peer/a.cc", "std::this_thread::sleep_for(x);"), SizeIs(1));
  EXPECT_THAT(CheckLine("services/peer/a.cc", "absl::SleepFor(x);"), SizeIs(1));
  EXPECT_THAT(CheckLine("tests/eventstore/log/a_test.cc", "usleep(1);"), SizeIs(1));
}

TEST(BannedCallsTest, FindsOtherLocks) {
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "absl::Mutex mutex;"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "std::mutex mutex;"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/base/mutex.h", "std::mutex mutex;"), IsEmpty());
}

TEST(BannedCallsTest, FindsFiles) {
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "FILE* file = fopen(path, mode);"), SizeIs(1));
  EXPECT_THAT(CheckLine("projections/engine/a.cc", "std::ofstream file(path);"), SizeIs(1));
  EXPECT_THAT(CheckLine("services/peer/a.cc", "int file = ::open(path, 0);"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/storage/a.cc", "int file = ::open(path, 0);"), IsEmpty());
  EXPECT_THAT(CheckLine("services/peer/a.cc", "index.open(path); Store::open(path);"), IsEmpty());
}

TEST(BannedCallsTest, FindsTheTerminalTheEnvironmentAndExceptions) {
  EXPECT_THAT(CheckLine("services/queries/a.cc", "std::cout << x;"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "std::fprintf(stderr, text);"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "std::getenv(name);"), SizeIs(1));
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "throw 1;"), SizeIs(1));
}

TEST(BannedCallsTest, LeavesCommentsAndLiteralsAlone) {
  EXPECT_THAT(CheckLine("eventstore/log/a.cc", "x(\"absl::Now\");  // not rand()"), IsEmpty());
}

}  // namespace
}  // namespace architecture
