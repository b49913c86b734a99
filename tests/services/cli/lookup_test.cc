#include "services/cli/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"

namespace services::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::vector<Candidate>& Candidates() {
  static const auto& candidates = *new std::vector<Candidate>{
      {"0190a6e4-3f1c-7abc-8def-0123456789ab", "zuid-holland-01 (reiger)"},
      {"0190a6e4-3f1c-7abc-8def-9876543210cd", "zuid-holland-02 (otter)"},
      {"0190a6e5-0000-7abc-8def-000000000000", ""}};
  return candidates;
}

absl::StatusOr<std::string> PickOne(const std::string& text) {
  return Pick("--professional", "professional", text, Candidates());
}

TEST(Pick, TakesBeginEndAndName) {
  EXPECT_EQ(*PickOne("456789ab"), Candidates()[0].id);
  EXPECT_EQ(*PickOne("456789AB"), Candidates()[0].id);
  EXPECT_EQ(*PickOne("0190a6e5"), Candidates()[2].id);
  EXPECT_EQ(*PickOne("zuid-holland-02"), Candidates()[1].id);
  EXPECT_EQ(*PickOne("zuid-holland-01 (reiger)"), Candidates()[0].id);
}

TEST(Pick, TakesTheBeginOfAWordOfAName) {
  EXPECT_EQ(*PickOne("reiger"), Candidates()[0].id);
  EXPECT_EQ(*PickOne("Ott"), Candidates()[1].id);
  EXPECT_EQ(*PickOne("02 (otter"), Candidates()[1].id);
  EXPECT_EQ(PickOne("re").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PickOne("iger").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PickOne("holland").status().code(), absl::StatusCode::kInvalidArgument) << "both";
  const std::vector<Candidate> short_names = {{"0190a6e4-3f1c-7abc-8def-0123456789ab", "uil"},
                                              {"0190a6e4-3f1c-7abc-8def-9876543210cd", "uiltje"},
                                              {"0190a6e4-3f1c-7abc-8def-9876543210ce", "geëerd"}};
  EXPECT_EQ(*Pick("--professional", "professional", "uil", short_names), short_names[0].id);
  EXPECT_FALSE(Pick("--professional", "professional", "erd", short_names).ok());
}

TEST(Pick, NeverGuesses) {
  const auto both = PickOne("0190a6e4");
  ASSERT_FALSE(both.ok());
  EXPECT_EQ(both.status().code(), absl::StatusCode::kInvalidArgument);
  const auto details = eventstore::base::DetailsOf(both.status());
  EXPECT_THAT(details.field_violations.at(0).second, HasSubstr("456789ab (zuid-holland-01"));
  EXPECT_EQ(PickOne("6789a").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(PickOne("").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Pick, AsksWhichOfTwoOfOneName) {
  const std::vector<Candidate> candidates = {
      {"0190a6e4-3f1c-7abc-8def-0123456789ab", "Projectleider wijkaanpak"},
      {"0190a6e4-3f1c-7abc-8def-9876543210cd", "Projectleider wijkaanpak"},
      {"0190a6e4-3f1c-7abc-8def-00000000abcd", "Projectleider wijkaanpak noord"}};
  const auto both = Pick("--assignment", "opdracht", "projectleider wijkaanpak", candidates);
  ASSERT_FALSE(both.ok());
  const auto details = eventstore::base::DetailsOf(both.status());
  EXPECT_THAT(details.field_violations.at(0).second, HasSubstr("543210cd"));
  EXPECT_THAT(details.field_violations.at(0).second, Not(HasSubstr("0000abcd")));
  EXPECT_EQ(*Pick("--assignment", "opdracht", "Projectleider wijkaanpak noord", candidates),
            candidates[2].id);
}

TEST(Pick, MeansWhatWasNotWithdrawn) {
  const std::vector<Candidate> candidates = {
      {"0190a6e4-3f1c-7abc-8def-0123456789ab", "Projectleider wijkaanpak", true},
      {"0190a6e4-3f1c-7abc-8def-9876543210cd", "Projectleider wijkaanpak"},
      {"0190a6e4-3f1c-7abc-8def-00000000abcd", "Adviseur wijkaanpak", true}};
  const auto pick = [&](const std::string& text) {
    return Pick("--assignment", "opdracht", text, candidates);
  };
  EXPECT_EQ(*pick("Projectleider wijkaanpak"), candidates[1].id);
  EXPECT_EQ(*pick("wijkaanpak"), candidates[1].id);
  EXPECT_EQ(*pick("456789ab"), candidates[0].id);
  EXPECT_EQ(*pick("adviseur"), candidates[2].id);
}

TEST(Pick, MayBeTriedAgainWhenNothingFits) {
  const auto none = PickOne("ffffffff");
  EXPECT_EQ(none.status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(eventstore::base::DetailsOf(none.status()).retry_delay.has_value());
}

TEST(IsWholeId, IsAUuid) {
  EXPECT_TRUE(IsWholeId(Candidates()[0].id));
  EXPECT_FALSE(IsWholeId("0190a6e4"));
}

}  // namespace
}  // namespace services::cli
