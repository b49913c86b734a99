#include "services/commands/pending_circles.h"

#include <filesystem>
#include <string>

#include "eventstore/base/file.h"
#include "gtest/gtest.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;

class PendingCirclesTest : public ::testing::Test {
 protected:
  PendingCirclesTest() {
    std::string pattern = ::testing::TempDir() + "/pending_test.XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~PendingCirclesTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<PendingCircles> Open() {
    auto opened = PendingCircles::Open(folder_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  static poolcirkel::event::v1::CharterMember Named(const std::string& name) {
    poolcirkel::event::v1::CharterMember member;
    member.set_short_name(name);
    return member;
  }
  static PendingCircles::Application Application(const std::string& circle) {
    PendingCircles::Application application;
    application.invitation.set_circle_id(circle);
    application.member = Named("rotterdam");
    return application;
  }

  std::string folder_;
};

TEST_F(PendingCirclesTest, KeepsEntriesAndApplicationsOverARestart) {
  {
    const auto pending = Open();
    ASSERT_TRUE(pending->KeepEntry("randstad", Named("rotterdam")).ok());
    ASSERT_TRUE(pending->KeepApplication(Application("ab")).ok());
    ASSERT_TRUE(pending->KeepApplication(Application("cd")).ok());
  }
  const auto pending = Open();
  ASSERT_TRUE(pending->FindEntry("randstad").has_value());
  EXPECT_EQ(pending->FindEntry("randstad")->short_name(), "rotterdam");
  EXPECT_FALSE(pending->FindEntry("rijk").has_value());
  ASSERT_EQ(pending->Applications().size(), 2);
  EXPECT_EQ(pending->Applications()[1].member.short_name(), "rotterdam");
}

TEST_F(PendingCirclesTest, ForgetsForEver) {
  {
    const auto pending = Open();
    ASSERT_TRUE(pending->KeepEntry("randstad", Named("rotterdam")).ok());
    ASSERT_TRUE(pending->KeepApplication(Application("ab")).ok());
    ASSERT_TRUE(pending->ForgetEntry("randstad").ok());
    ASSERT_TRUE(pending->ForgetEntry("never there").ok());
    ASSERT_TRUE(pending->ForgetApplication("ab").ok());
  }
  const auto pending = Open();
  EXPECT_FALSE(pending->FindEntry("randstad").has_value());
  EXPECT_TRUE(pending->Applications().empty());
}

TEST_F(PendingCirclesTest, ADamagedFileIsSaidToBeDamaged) {
  for (const std::string text : {"entry randstad", "guess a b\n", "application !! !!\n"}) {
    ASSERT_TRUE(base::WriteFileDurably(folder_ + "/pending-joins", text).ok());
    EXPECT_EQ(PendingCircles::Open(folder_).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

TEST_F(PendingCirclesTest, HasABound) {
  const auto pending = Open();
  for (size_t i = 0; i < PendingCircles::kMaximumEntries; ++i) {
    ASSERT_TRUE(pending->KeepApplication(Application(std::to_string(i))).ok());
  }
  EXPECT_EQ(pending->KeepApplication(Application("one more")).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(pending->Applications().size(), PendingCircles::kMaximumEntries);
}

}  // namespace
}  // namespace services::commands
