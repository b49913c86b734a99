#include "services/cli/profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace services::cli {
namespace {

using ::testing::HasSubstr;

class ProfilesTest : public ::testing::Test {
 protected:
  ProfilesTest() : folder_(::testing::TempDir() + "/profiles") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  std::string Write(const std::string& text) {
    std::ofstream(folder_ + "/profiles.yaml") << text;
    return folder_ + "/profiles.yaml";
  }
  const std::string folder_;
};

TEST_F(ProfilesTest, NoFileHoldsNoProfiles) {
  const auto profiles = ReadProfiles(folder_ + "/none.yaml");
  ASSERT_TRUE(profiles.ok());
  EXPECT_TRUE(profiles->empty());
}

TEST_F(ProfilesTest, PathsStartAtTheFile) {
  const auto profiles = ReadProfiles(
      Write("profiles:\n  rotterdam:\n    address: 127.0.0.1:7101\n    certificate: keys/api.pem\n"
            "    token_file: /etc/token\n    circle: randstad\n"));
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  const Profile& profile = profiles->at("rotterdam");
  EXPECT_EQ(profile.address, "127.0.0.1:7101");
  EXPECT_EQ(profile.certificate, folder_ + "/keys/api.pem");
  EXPECT_EQ(profile.token_file, "/etc/token");
  EXPECT_EQ(profile.circle, "randstad");
}

TEST_F(ProfilesTest, WritesWhatItReads) {
  const std::string path = folder_ + "/new/profiles.yaml";
  std::map<std::string, Profile> profiles;
  profiles["a b: #1"] = {"[::1]:7101", "/c.pem", "/t", "randstad", "4f0c"};
  ASSERT_TRUE(WriteProfiles(path, profiles).ok());
  const auto read = ReadProfiles(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->at("a b: #1").address, "[::1]:7101");
  EXPECT_EQ(read->at("a b: #1").circle_id, "4f0c");
}

TEST_F(ProfilesTest, SaysWhatIsWrong) {
  for (const char* text :
       {"profiles: [", "rotterdam: {}", "profiles:\n  a: 1\n", "profiles:\n  a:\n    adres: x\n"}) {
    const auto profiles = ReadProfiles(Write(text));
    ASSERT_FALSE(profiles.ok()) << text;
    EXPECT_EQ(profiles.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(profiles.status().message()), HasSubstr("profiles.yaml"));
  }
}

}  // namespace
}  // namespace services::cli
