#include "services/node/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/entropy.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() : paths_(::testing::TempDir() + "/identity-test") {
    std::filesystem::remove_all(paths_.root);
    config_.member.short_name = "leiden";
    config_.member.organisation = "Gemeente Leiden";
    config_.member.oin = "99999999100000009000";
    config_.data_directory = paths_.root;
    config_.api.names = {"localhost"};
  }

  absl::Status Initialise() { return InitialiseDataDirectory(config_, clock_, entropy_); }
  std::string LogKey() const { return base::ReadFile(paths_.LogKey(), 64).value_or(""); }
  static std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

  const Paths paths_;
  Config config_;
  base::SystemClock clock_;
  eventstore::crypto::SystemEntropy entropy_;
};

TEST_F(IdentityTest, AnInitialisationThatWasCutOffIsMadeAgain) {
  ASSERT_TRUE(Initialise().ok());
  std::filesystem::remove(paths_.Identity());
  EXPECT_EQ(ReasonOf(LoadIdentity(paths_.root).status()), "NOT_INITIALISED");
  EXPECT_TRUE(Initialise().ok());
  EXPECT_TRUE(LoadIdentity(paths_.root).ok());
  EXPECT_EQ(ReasonOf(Initialise()), "ALREADY_INITIALISED");
}

TEST_F(IdentityTest, KeysOfANodeThatRanAreNeverReplaced) {
  ASSERT_TRUE(Initialise().ok());
  const std::string key = LogKey();
  for (const std::string& left : {paths_.Log(), paths_.KeptCircles()}) {
    std::filesystem::create_directories(left);
    std::filesystem::remove(paths_.Identity());
    EXPECT_EQ(ReasonOf(Initialise()), "IDENTITY_MISSING");
    EXPECT_EQ(ReasonOf(LoadIdentity(paths_.root).status()), "IDENTITY_MISSING");
    EXPECT_EQ(LogKey(), key);
    std::filesystem::remove_all(left);
  }
}

TEST_F(IdentityTest, DamagedFilesAreNamed) {
  ASSERT_TRUE(Initialise().ok());
  std::ofstream(paths_.ApiCertificate()) << "rommel";
  const absl::Status certificate = LoadIdentity(paths_.root).status();
  EXPECT_THAT(std::string(certificate.message()), ::testing::HasSubstr(paths_.ApiCertificate()));
  std::ofstream(paths_.Identity()) << "rommel";
  EXPECT_EQ(ReasonOf(LoadIdentity(paths_.root).status()), "IDENTITY_DAMAGED");
}

}  // namespace
}  // namespace services::node
