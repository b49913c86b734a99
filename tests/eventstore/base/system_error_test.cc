#include "eventstore/base/system_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace eventstore::base {
namespace {

TEST(SystemErrorText, IsDutchForWhatPeopleCanMend) {
  EXPECT_EQ(SystemErrorText(ENOSPC), "de schijf is vol");
  EXPECT_EQ(SystemErrorText("No space left on device"), "de schijf is vol");
  EXPECT_EQ(SystemErrorText(EPIPE), "Broken pipe");
  EXPECT_EQ(SystemErrorText("Something else"), "Something else");
}

}  // namespace
}  // namespace eventstore::base
