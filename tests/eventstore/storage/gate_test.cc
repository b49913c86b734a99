#include "eventstore/storage/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace eventstore::storage {
namespace {

TEST(GateTest, WhoClosesIsAloneAndReadersComeBack) {
  Gate gate;
  std::atomic<int> inside{0};
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const Gate::Pass outer(gate);
        ++inside;
        {
          // While one is inside, the same thread may pass again.
          const Gate::Pass inner(gate);
        }
        --inside;
      }
    });
  }
  int closed = 0;
  for (int i = 0; i < 50; ++i) {
    const Gate::Closing closing(gate);
    if (!closing.alone()) continue;
    ++closed;
    EXPECT_EQ(inside, 0);
    std::this_thread::yield();
    EXPECT_EQ(inside, 0);
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GT(closed, 0);
}

TEST(GateTest, APassThatIsMovedIsLeftOnce) {
  Gate gate;
  {
    Gate::Pass first(gate);
    const Gate::Pass second(std::move(first));
  }
  const Gate::Closing closing(gate);
  EXPECT_TRUE(closing.alone());
}

}  // namespace
}  // namespace eventstore::storage
