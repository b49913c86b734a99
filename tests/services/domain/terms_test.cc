#include "services/domain/terms.h"

#include <string>

#include "gtest/gtest.h"
#include "services/domain/agreement.h"
#include "services/domain/bytes.h"
#include "services/domain/weeks.h"

namespace tests::domain {
namespace {

namespace sd = services::domain;
using eventstore::base::IsoWeek;

TEST(BytesTest, KnowsUtf8) {
  EXPECT_TRUE(sd::IsUtf8("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82"));
  for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"}) {
    EXPECT_FALSE(sd::IsUtf8(bad));
  }
}

TEST(WeeksTest, KnowsWhichWeeksExist) {
  EXPECT_TRUE(sd::WeekExists(2026, 53));
  EXPECT_FALSE(sd::WeekExists(2027, 53));
  EXPECT_FALSE(sd::WeekExists(2027, 0));
  EXPECT_FALSE(sd::WeekExists(-1, 10));
  EXPECT_FALSE(sd::WeekExists(2'000'000'000, 10));
}

TEST(WeeksTest, TouchesEveryWeekOfATermOverTheNewYear) {
  const auto weeks = sd::EveryWeek(absl::CivilDay(2026, 12, 31), absl::CivilDay(2027, 1, 4), 60);
  EXPECT_EQ(weeks, (sd::WeekMap{{IsoWeek{2026, 53}, 60}, {IsoWeek{2027, 1}, 60}}));
  EXPECT_TRUE(sd::EveryWeek(absl::CivilDay(2027, 1, 4), absl::CivilDay(2027, 1, 3), 60).empty());
}

TEST(WeeksTest, SaysHoursInDutch) {
  EXPECT_EQ(sd::HoursText(24 * 60), "24 uur");
  EXPECT_EQ(sd::HoursText(450), "7,5 uur");
  EXPECT_EQ(sd::HoursText(441), "7 uur en 21 minuten");
}

TEST(ViolationsTest, TextsHaveSizesAndNoControlCharacters) {
  const auto broken = [](const std::string& text, sd::TextKind kind) {
    sd::Violations violations;
    violations.CheckText("field", text, 1, 10, kind);
    return !violations.empty();
  };
  EXPECT_FALSE(broken("tien bytes", sd::TextKind::kLine));
  EXPECT_TRUE(broken("elf bytes..", sd::TextKind::kLine));
  EXPECT_TRUE(broken("", sd::TextKind::kLine));
  EXPECT_TRUE(broken("   ", sd::TextKind::kLine));
  EXPECT_TRUE(broken("a\nb", sd::TextKind::kLine));
  EXPECT_FALSE(broken("a\nb", sd::TextKind::kParagraph));
  EXPECT_TRUE(broken(std::string("a\0b", 3), sd::TextKind::kParagraph));
  EXPECT_TRUE(broken("a\xc2\x85", sd::TextKind::kParagraph));
}

TEST(ViolationsTest, ManyBrokenWeeksGiveAShortAnswer) {
  sd::WeekList weeks;
  for (int i = 0; i < 500; ++i) weeks.Add()->set_iso_week(60);
  sd::Violations violations;
  violations.CheckWeeks("weeks", weeks, absl::CivilDay(2026, 11, 20));
  EXPECT_LT(violations.Status().ToString().size(), 4'000u);
  for (int i = 0; i < 500; ++i) weeks.Add();
  sd::Violations more;
  more.CheckWeeks("weeks", weeks, absl::CivilDay(2026, 11, 20));
  EXPECT_FALSE(more.empty());
}

TEST(AgreementTest, TheDigestDependsOnEveryTermAndTheSalt) {
  poolcirkel::event::v1::Terms terms;
  terms.set_salt(std::string(16, 'a'));
  const auto digest = sd::TermsDigest(terms);
  terms.set_goals("x");
  EXPECT_NE(sd::TermsDigest(terms), digest);
  terms.clear_goals();
  EXPECT_EQ(sd::TermsDigest(terms), digest);
  terms.set_salt(std::string(16, 'b'));
  EXPECT_NE(sd::TermsDigest(terms), digest);
}

TEST(AgreementTest, ForeignBytesOfAnyLengthDoNotVerify) {
  EXPECT_FALSE(sd::VerifyAgreement("", {}, ""));
  EXPECT_FALSE(sd::VerifyAgreement(std::string(32, 'k'), {}, std::string(63, 's')));
  EXPECT_FALSE(sd::VerifyAgreement(std::string(32, '\xff'), {}, std::string(64, '\xff')));
}

}  // namespace
}  // namespace tests::domain
