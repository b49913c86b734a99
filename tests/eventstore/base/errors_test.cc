#include "eventstore/base/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/statusor.h"

namespace eventstore::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

absl::Status Stale() {
  return Refusal(absl::StatusCode::kAborted, "STALE_REVISION", "de opdracht is veranderd")
      .Field("revision", "is 7")
      .Metadata("current_revision", "7")
      .Remedy("lees opnieuw")
      .Retry(absl::Milliseconds(1500));
}

void ExpectStale(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "de opdracht is veranderd");
  const ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "STALE_REVISION");
  EXPECT_THAT(details.metadata,
              UnorderedElementsAre(Pair("current_revision", "7"), Pair("remedy", "lees opnieuw")));
  EXPECT_THAT(details.field_violations, ElementsAre(Pair("revision", "is 7")));
  EXPECT_EQ(details.retry_delay, absl::Milliseconds(1500));
}

TEST(Refusal, CarriesWhatACallerCanActOn) { ExpectStale(Stale()); }

TEST(Refusal, WithoutPartsHasNone) {
  const ErrorDetails details =
      DetailsOf(Refusal(absl::StatusCode::kNotFound, "NO_SUCH_ASSIGNMENT", "onbekend"));
  EXPECT_EQ(details.reason, "NO_SUCH_ASSIGNMENT");
  EXPECT_THAT(details.metadata, IsEmpty());
  EXPECT_THAT(details.field_violations, IsEmpty());
  EXPECT_FALSE(details.retry_delay.has_value());
}

TEST(DetailsOf, APlainStatusIsEmpty) {
  EXPECT_EQ(DetailsOf(absl::InternalError("stuk")).reason, "");
  EXPECT_EQ(DetailsOf(absl::OkStatus()).reason, "");
}

TEST(Refusal, CrossesTheWire) {
  const absl::Status status = Stale();
  ExpectStale(DecodeDetails(status.code(), "de opdracht is veranderd", EncodeDetails(status)));
}

TEST(DecodeDetails, TakesForeignBytesAsNoDetails) {
  const absl::Status status = DecodeDetails(absl::StatusCode::kUnknown, "wat", "\xff\xff\xff");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(status.message(), "wat");
  EXPECT_EQ(DetailsOf(status).reason, "");
}

TEST(InvalidField, NamesFieldAndRule) {
  const absl::Status status = InvalidField("terms.end_date", "ligt na het begin");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "terms.end_date: ligt na het begin");
  EXPECT_THAT(DetailsOf(status).field_violations,
              ElementsAre(Pair("terms.end_date", "ligt na het begin")));
}

TEST(Join, OfGoodChecksIsGood) {
  EXPECT_TRUE(Join({}).ok());
  EXPECT_TRUE(Join({absl::OkStatus(), absl::OkStatus()}).ok());
}

TEST(Join, TellsEverythingThatFailed) {
  const absl::Status joined = Join({absl::OkStatus(), InvalidField("a", "leeg"), Stale(),
                                    absl::OkStatus(), InvalidField("b", "te lang")});
  EXPECT_EQ(joined.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(joined.message(), "a: leeg; de opdracht is veranderd; b: te lang");
  const ErrorDetails details = DetailsOf(joined);
  EXPECT_EQ(details.reason, "INVALID_FIELD");
  EXPECT_THAT(details.field_violations,
              ElementsAre(Pair("a", "leeg"), Pair("revision", "is 7"), Pair("b", "te lang")));
  EXPECT_EQ(details.metadata.at("current_revision"), "7");
  EXPECT_EQ(details.retry_delay, absl::Milliseconds(1500));
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) return InvalidField("number", "is even");
  return number / 2;
}
absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  RETURN_IF_ERROR(Half(quarter * 2).status());
  return quarter;
}

TEST(Macros, PassOnTheFirstErrorOrTheValue) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).status(), InvalidField("number", "is even"));
  EXPECT_FALSE(Quarter(7).ok());
}

}  // namespace
}  // namespace eventstore::base
