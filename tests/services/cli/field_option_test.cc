#include "services/cli/field_option.h"

#include <gtest/gtest.h>

namespace services::cli {
namespace {

class OptionOfTest : public ::testing::Test {
 protected:
  OptionOfTest() {
    root_.add_option("--circle", text_);
    root_.add_option("--request-id", text_);
    root_.add_option("--profile", text_);
    for (const char* name : {"--start", "--skill", "--tariff", "--rate", "--short-name",
                             "--invitation", "--from", "professional", "--dir", "--keys"}) {
      verb_.add_option(name, text_);
    }
  }

  std::string text_;
  CLI::App root_{"", "poolcirkel"};
  CLI::App& verb_ = *root_.add_subcommand("noun")->add_subcommand("verb");
};

TEST_F(OptionOfTest, NamesWhatTheUserWrote) {
  EXPECT_EQ(OptionOf(verb_, "assignment.start_date"), "--start");
  EXPECT_EQ(OptionOf(verb_, "short_name"), "--short-name");
  EXPECT_EQ(OptionOf(verb_, "directory"), "--dir");
  EXPECT_EQ(OptionOf(verb_, "key_directory"), "--keys");
  EXPECT_EQ(OptionOf(verb_, "assignment.tariff.eurocents_per_hour"),
            "--rate (assignment.tariff.eurocents_per_hour)");
  EXPECT_EQ(OptionOf(verb_, "assignment.tariff.kind"), "--tariff (assignment.tariff.kind)");
  EXPECT_EQ(OptionOf(verb_, "assignment.skills[1].uri"), "--skill (assignment.skills[1].uri)");
  EXPECT_EQ(OptionOf(verb_, "assignment.skills[1]"), "--skill (assignment.skills[1])");
  EXPECT_EQ(OptionOf(verb_, "professional_id"), "professional");
  EXPECT_EQ(OptionOf(verb_, "header.request_id"), "--request-id");
  EXPECT_EQ(OptionOf(verb_, "circle_short_name"), "--circle");
}

// The short name of somebody in the invitation is not that of --short-name.
TEST_F(OptionOfTest, WhatStandsInAListHasNoOptionOfItsOwn) {
  EXPECT_EQ(OptionOf(verb_, "invitation.contacts[0].short_name"),
            "--invitation (invitation.contacts[0].short_name)");
}

TEST_F(OptionOfTest, OtherFieldsKeepTheirName) {
  for (const char* field : {"charter.nonce", "profile.summary", "", ".", "[", "--start", "a..b"}) {
    EXPECT_EQ(OptionOf(verb_, field), field);
  }
}

TEST_F(OptionOfTest, AFileHasTheFieldsThemselves) {
  root_.parse(std::vector<std::string>{"verzoek.json", "--from", "verb", "noun"});
  EXPECT_EQ(OptionOf(verb_, "assignment.start_date"), "assignment.start_date");
}

}  // namespace
}  // namespace services::cli
