#include "services/cli/charter_draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"

namespace services::cli {
namespace {

namespace event = poolcirkel::event::v1;
using ::testing::HasSubstr;

std::vector<event::CharterMember> Entries(const std::vector<std::string>& names) {
  std::vector<event::CharterMember> entries;
  for (const std::string& name : names) entries.emplace_back().set_short_name(name);
  return entries;
}

constexpr char kRules[] =
    "name: Proef\nshort_name: proef\nmembers: [a, b]\ncoordinators: [b]\nquorum: 2\n"
    "rules:\n  notice_days: 28\n  confirm_within_seconds: 259200\n"
    "  required_consents: [professional, line_manager]\n";

TEST(DraftCharter, TakesRulesAndEntries) {
  const auto charter = DraftCharter(kRules, Entries({"a", "b", "c", "d", "e"}), "0123456789abcdef");
  ASSERT_TRUE(charter.ok()) << charter.status();
  EXPECT_EQ(charter->name(), "Proef");
  EXPECT_EQ(charter->version(), 0u);
  EXPECT_EQ(charter->members_size(), 5);
  EXPECT_FALSE(charter->members(0).coordinator());
  EXPECT_TRUE(charter->members(1).coordinator());
  EXPECT_EQ(charter->quorum(), 3u);  // never less than more than half
  EXPECT_EQ(charter->rules().notice_days(), 28);
  EXPECT_EQ(charter->rules().confirm_within_seconds(), 259200);
  ASSERT_EQ(charter->rules().required_consents_size(), 2);
  EXPECT_EQ(charter->rules().required_consents(1), event::CONSENT_LINE_MANAGER);
  EXPECT_EQ(charter->nonce(), "0123456789abcdef");
}

TEST(DraftCharter, ReadsTheSampleRules) {
  for (const char* path :
       {"deploy/sample/charter-randstad.yaml", "deploy/sample/charter-rijk.yaml"}) {
    const auto yaml = eventstore::base::ReadFile(path, 100'000);
    ASSERT_TRUE(yaml.ok()) << yaml.status();
    const auto charter = DraftCharter(
        *yaml, Entries({"zuid-holland", "rotterdam", "amsterdam", "haarlemmermeer", "bzk-flex"}),
        "0123456789abcdef");
    if (std::string(path).find("randstad") != std::string::npos) {
      ASSERT_TRUE(charter.ok()) << charter.status();
      EXPECT_EQ(charter->rules().fixed_eurocents_per_hour(), 9250);
    } else if (!charter.ok()) {
      // Its members are others; every rule of it was known.
      EXPECT_EQ(eventstore::base::DetailsOf(charter.status()).field_violations.at(0).first,
                "members");
    }
  }
}

TEST(DraftCharter, SaysWhichKeyIsWrong) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"[", "rules"},
      {"just text", "rules"},
      {"short_name: x", "name"},
      {"name: x\nshort_name: x\nmembers: [z]", "members"},
      {"name: x\nshort_name: x\nonbekend: 1", "onbekend"},
      {"name: x\nshort_name: x\nrules: {notice_day: 1}", "rules.notice_day"},
      {"name: x\nshort_name: x\nrules: {notice_days: -1}", "rules.notice_days"},
      {"name: x\nshort_name: x\nrules: {notice_days: 99999999999}", "rules.notice_days"},
      {"name: x\nshort_name: x\nrules: {notice_days: veel}", "rules"},
      {"name: x\nshort_name: x\nrules: {required_consents: [buurman]}", "rules.required_consents"}};
  for (const auto& [yaml, field] : wrong) {
    const auto charter = DraftCharter(yaml, Entries({"a"}), "0123456789abcdef");
    ASSERT_FALSE(charter.ok()) << yaml;
    EXPECT_EQ(eventstore::base::DetailsOf(charter.status()).field_violations.at(0).first, field)
        << yaml;
  }
}

}  // namespace
}  // namespace services::cli
