#include "services/cli/log_keys.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"

namespace services::cli {
namespace {

using eventstore::merkle::NoteAlgorithm;

// Two members: the first in its second epoch, the second suspended after its first.
poolcirkel::api::v1::ShowCircleResponse Shown() {
  poolcirkel::api::v1::ShowCircleResponse shown;
  shown.mutable_circle()->set_circle_id(std::string(64, 'c'));
  for (const char* name : {"rotterdam", "leiden"}) {
    auto& member = *shown.mutable_charter()->add_members();
    member.set_short_name(name);
    member.set_member_id(std::string(16, name[0]));
    auto& closed = *member.add_closed_epochs();
    closed.set_epoch(0);
    closed.set_log_key(std::string(32, 'o'));
  }
  auto& present = *shown.mutable_charter()->mutable_members(0);
  present.set_epoch(1);
  present.set_log_key(std::string(32, 'n'));
  shown.mutable_charter()->mutable_members(1)->set_suspended(true);
  shown.mutable_charter()->mutable_members(1)->set_log_key(std::string(32, 'o'));
  return shown;
}

TEST(LogKeysOf, GivesEveryEpochItsKeysUnderItsName) {
  const auto keys = LogKeysOf(Shown(), "");
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 3u);
  EXPECT_EQ(keys->at(1).member, "rotterdam");
  EXPECT_EQ(keys->at(1).epoch, 1u);
  EXPECT_EQ(keys->at(1).log.key.bytes(), std::string(32, 'n'));
  EXPECT_EQ(keys->at(1).log.algorithm, NoteAlgorithm::kEd25519);
  EXPECT_EQ(keys->at(1).witness.algorithm, NoteAlgorithm::kCosignatureV1);
  EXPECT_TRUE(keys->at(1).log.name.ends_with("/1")) << keys->at(1).log.name;
  EXPECT_EQ(keys->at(2).member, "leiden");
  for (const LogKeys& one : *keys) {
    const auto read = eventstore::merkle::ParseVkey(one.log.ToVkey());
    ASSERT_TRUE(read.ok()) << one.log.ToVkey();
    EXPECT_EQ(read->name, one.log.name);
  }
}

TEST(LogKeysOf, KnowsMembersByTheirShortName) {
  EXPECT_EQ(LogKeysOf(Shown(), "leiden")->size(), 1u);
  EXPECT_EQ(eventstore::base::DetailsOf(LogKeysOf(Shown(), "utrecht").status()).reason,
            "MEMBER_UNKNOWN");
}

TEST(LogKeysOf, RefusesAnAnswerWithoutIdOrKeys) {
  auto shown = Shown();
  shown.mutable_charter()->mutable_members(0)->set_log_key("kort");
  EXPECT_FALSE(LogKeysOf(shown, "").ok());
  shown.mutable_circle()->set_circle_id("cccc");
  EXPECT_FALSE(LogKeysOf(shown, "leiden").ok());
}

}  // namespace
}  // namespace services::cli
