#include "projections/views/exchanges/professionals.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "eventstore/base/file.h"
#include "eventstore/privacy/sealing.h"
#include "tests/testing/seams.h"

namespace projections::views::exchanges {
namespace {

using eventstore::log::CircleId;
using eventstore::log::EventId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using eventstore::privacy::KeyFile;
using eventstore::privacy::KeyOf;

class ProfessionalsTest : public testing::Test {
 protected:
  ProfessionalsTest() {
    maker_ = OpenKeys("maker");
    reader_ = OpenKeys("reader");
    eventstore::privacy::ClassKey key;
    key.id = KeyOf(professional_);
    key.key_class = poolcirkel::log::v1::KEY_CLASS_PERSON;
    key.circle = circle_;
    key.made_by = lender_;
    EXPECT_TRUE(maker_->Create(key).ok());
    exchange_.lender = {circle_, lender_, eventstore::log::Epoch(0)};
    exchange_.proposed.feed = exchange_.lender;
    exchange_.proposed.id = EventId(std::array<uint8_t, 16>{7});
    exchange_.proposed.stream = StreamId(std::array<uint8_t, 16>{8});
    auto& proposed = *exchange_.proposed.body.mutable_secondment_proposed();
    proposed.set_professional_id(professional_.bytes());
    eventstore::privacy::SealingKeys names;
    names.person = key.id;
    const auto sealed = eventstore::privacy::Seal(proposed, exchange_.proposed.stream,
                                                  exchange_.proposed.id, names, *maker_, entropy_);
    EXPECT_TRUE(sealed.ok()) << sealed;
    EXPECT_EQ(proposed.professional_id(), "");
  }
  ~ProfessionalsTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<KeyFile> OpenKeys(const std::string& name) {
    EXPECT_TRUE(eventstore::base::MakeFolders(directory_ + name).ok());
    auto keys = KeyFile::Open(directory_ + name, entropy_);
    EXPECT_TRUE(keys.ok()) << keys.status();
    return *std::move(keys);
  }

  const std::string directory_ = testing::TempDir() + "professionals_test/";
  tests::testing::SeededEntropy entropy_{5};
  const CircleId circle_{std::array<uint8_t, 32>{1}};
  const MemberId lender_{std::array<uint8_t, 16>{2}};
  const StreamId professional_{std::array<uint8_t, 16>{3}};
  std::unique_ptr<KeyFile> maker_;
  std::unique_ptr<KeyFile> reader_;
  Exchange exchange_;
};

TEST_F(ProfessionalsTest, FollowsKeysThatComeAndAreDestroyed) {
  Professionals professionals(*reader_);
  EXPECT_FALSE(professionals.Of(exchange_).has_value());
  EXPECT_FALSE(professionals.Of(exchange_).has_value());
  ASSERT_TRUE(reader_->Keep({*maker_->Find(KeyOf(professional_))}).ok());
  EXPECT_EQ(professionals.Of(exchange_), professional_);
  EXPECT_EQ(professionals.Of(exchange_), professional_);
  ASSERT_TRUE(reader_->Destroy(KeyOf(professional_)).ok());
  EXPECT_FALSE(professionals.Of(exchange_).has_value());
}

}  // namespace
}  // namespace projections::views::exchanges
