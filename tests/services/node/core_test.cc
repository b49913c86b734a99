#include "services/node/core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "eventstore/base/errors.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
using ::testing::HasSubstr;

class CoreTest : public ::testing::Test {
 protected:
  CoreTest() {
    config_.member.short_name = "leiden";
    config_.member.organisation = "Gemeente Leiden";
    config_.member.oin = "99999999100000009000";
    config_.data_directory = ::testing::TempDir() + "/core-test";
    std::filesystem::remove_all(config_.data_directory);
    const base::SystemClock clock;
    eventstore::crypto::SystemEntropy entropy;
    EXPECT_TRUE(InitialiseDataDirectory(config_, clock, entropy).ok());
  }

  Config config_;
};

TEST_F(CoreTest, AFolderInUseIsRefusedWithWhatToDo) {
  auto first = Core::Open(config_);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = Core::Open(config_).status();
  const auto details = base::DetailsOf(second);
  EXPECT_EQ(details.reason, "DATA_DIRECTORY_IN_USE");
  EXPECT_THAT(std::string(second.message()), HasSubstr(config_.data_directory));
  EXPECT_THAT(details.metadata.at("remedy"), HasSubstr("stop"));
  first->reset();
  EXPECT_TRUE(Core::Open(config_).ok());
}

TEST_F(CoreTest, TheFolderOfAnotherMemberIsRefused) {
  Config other = config_;
  other.member.organisation = "Gemeente Delft";
  other.member.oin = "99999999100000008000";
  const absl::Status refused = Core::Open(other).status();
  EXPECT_EQ(base::DetailsOf(refused).reason, "OTHER_MEMBER");
  for (const std::string& part : {config_.data_directory, config_.member.organisation,
                                  config_.member.oin, other.member.oin}) {
    EXPECT_THAT(std::string(refused.message()), HasSubstr(part));
  }
  // A member may get another name.
  other.member.oin = config_.member.oin;
  EXPECT_TRUE(Core::Open(other).ok());
}

}  // namespace
}  // namespace services::node
