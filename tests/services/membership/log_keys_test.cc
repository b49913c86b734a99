#include "services/membership/log_keys.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/crypto/entropy.h"

namespace services::membership {
namespace {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;

class LogKeysTest : public ::testing::Test {
 protected:
  LogKeysTest() {
    directory_ = (std::filesystem::temp_directory_path() /
                  ("poolcirkel-log-keys-" + eventstore::base::ToHex(entropy_.Bytes(8))))
                     .string();
    EXPECT_TRUE(eventstore::base::MakeFolders(directory_).ok());
  }
  ~LogKeysTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::unique_ptr<LogKeys> Open() {
    auto keys = LogKeys::Open(directory_, &first_);
    EXPECT_TRUE(keys.ok()) << keys.status();
    return keys.ok() ? *std::move(keys) : nullptr;
  }
  std::string OnlyFile() {
    return std::filesystem::directory_iterator(directory_)->path().string();
  }

  crypto::SystemEntropy entropy_;
  const crypto::PrivateKey first_ = crypto::PrivateKey::Generate(entropy_);
  std::string directory_;
};

TEST_F(LogKeysTest, KeepsWhatItMadeOverARestart) {
  const auto made = Open()->Make(entropy_);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto keys = Open();
  ASSERT_NE(keys, nullptr);
  EXPECT_EQ(keys->Find(first_.public_key()), &first_);
  const auto* found = keys->Find(*made);
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(crypto::Verify(*made, "bericht", found->Sign("bericht")));
  EXPECT_EQ(keys->All(), (std::vector<crypto::PublicKey>{first_.public_key(), *made}));
}

TEST_F(LogKeysTest, AFeedIsSignedWithItsOwnKeyOrWithNone) {
  const auto keys = Open();
  const auto made = keys->Make(entropy_);
  ASSERT_TRUE(made.ok()) << made.status();
  const log::FeedId feed{log::CircleId(), log::MemberId(), log::Epoch(1)};
  EXPECT_EQ(keys->KeyOf(feed), &first_) << "nobody said anything about it";
  keys->Assign(feed, *made);
  EXPECT_EQ(keys->KeyOf(feed), keys->Find(*made));
  keys->Assign(feed, crypto::PrivateKey::Generate(entropy_).public_key());
  EXPECT_EQ(keys->KeyOf(feed), nullptr);
}

TEST_F(LogKeysTest, RefusesFilesThatOthersReadOrThatAreDamaged) {
  ASSERT_TRUE(Open()->Make(entropy_).ok());
  const std::string path = OnlyFile();
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(eventstore::base::DetailsOf(LogKeys::Open(directory_, &first_).status()).reason,
            "KEY_FILE_OPEN");
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::remove);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).put('x').put('y');
  EXPECT_TRUE(absl::IsDataLoss(LogKeys::Open(directory_, &first_).status()));
}

}  // namespace
}  // namespace services::membership
