#include "services/policies/work_list.h"

#include <vector>

#include "gtest/gtest.h"

namespace services::policies {
namespace {

namespace log = eventstore::log;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

WorkItem Item(char name) {
  return {log::CircleId(), *log::StreamId::FromBytes(std::string(16, name))};
}

TEST(WorkListTest, DoesWhatWasTouchedOnce) {
  WorkList list;
  list.Touch(Item('a'));
  list.Touch(Item('a'));
  int done = 0;
  const auto work = [&](const WorkItem&) -> absl::StatusOr<absl::Time> {
    ++done;
    return absl::InfiniteFuture();
  };
  EXPECT_EQ(*list.Run(kNow, work), absl::InfiniteFuture());
  EXPECT_EQ(*list.Run(kNow, work), absl::InfiniteFuture());
  EXPECT_EQ(done, 1);
}

TEST(WorkListTest, WaitsUntilAnItemIsDue) {
  WorkList list;
  list.Touch(Item('a'));
  int asked = 0;
  const auto work = [&](const WorkItem&) -> absl::StatusOr<absl::Time> {
    ++asked;
    return kNow + absl::Seconds(10);
  };
  EXPECT_EQ(*list.Run(kNow, work), kNow + absl::Seconds(10));
  EXPECT_EQ(*list.Run(kNow + absl::Seconds(9), work), kNow + absl::Seconds(10));
  EXPECT_EQ(asked, 1);
  ASSERT_TRUE(list.Run(kNow + absl::Seconds(10), work).ok());
  EXPECT_EQ(asked, 2);
}

TEST(WorkListTest, AFailureKeepsNothingElseWaitingAndIsTriedLaterAndLater) {
  WorkList list;
  list.Touch(Item('a'));
  list.Touch(Item('b'));
  int failed = 0;
  int done = 0;
  const auto work = [&](const WorkItem& item) -> absl::StatusOr<absl::Time> {
    if (item == Item('a')) {
      ++failed;
      return absl::UnavailableError("not now");
    }
    ++done;
    return absl::InfiniteFuture();
  };
  EXPECT_EQ(list.Run(kNow, work).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(list.NextDue(), kNow + absl::Seconds(1));
  // Not due: not tried, and still failing.
  EXPECT_FALSE(list.Run(kNow, work).ok());
  EXPECT_EQ(failed, 1);
  EXPECT_FALSE(list.Run(kNow + absl::Seconds(1), work).ok());
  EXPECT_EQ(list.NextDue(), kNow + absl::Seconds(3));
  absl::Time now = kNow;
  for (int i = 0; i < 20; ++i) {
    now = list.NextDue();
    EXPECT_FALSE(list.Run(now, work).ok());
  }
  EXPECT_EQ(list.NextDue(), now + WorkList::kLastRetry);
  // Touched, it is looked at again at once.
  list.Touch(Item('a'));
  EXPECT_EQ(list.NextDue(), absl::InfinitePast());
}

}  // namespace
}  // namespace services::policies
