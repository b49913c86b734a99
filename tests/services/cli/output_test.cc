#include "services/cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/assignment_service.pb.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
using ::testing::HasSubstr;
using ::testing::Not;

absl::Status SeatTaken() {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "SEAT_TAKEN", "plaats 1 is vervuld")
      .Remedy("kies een andere plaats");
}

TEST(ExitCodeOf, TellsKindsOfErrorsApart) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(SeatTaken()), 3);
  EXPECT_EQ(ExitCodeOf(absl::AbortedError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::AlreadyExistsError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 4);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), 5);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 6);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 7);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("")), 7);
}

TEST(ToJson, KeepsNamesAndPrintsZero) {
  api::AssignmentRow row;
  row.set_assignment_id("a");
  const auto json = ToJson(row);
  ASSERT_TRUE(json.ok());
  EXPECT_THAT(*json, HasSubstr(R"("assignment_id":"a")"));
  EXPECT_THAT(*json, HasSubstr(R"("seats_free":0)"));
  EXPECT_THAT(*json, Not(HasSubstr("\n")));
  api::AssignmentRow back;
  EXPECT_TRUE(FromJson(*json, "het antwoord", back).ok());
  EXPECT_EQ(back.assignment_id(), "a");
}

TEST(FromJson, NamesTheFileAndRefusesUnknownFields) {
  api::AssignmentRow row;
  for (const char* json : {"", "[", R"({"onbekend":1})", R"({"seats_free":"veel"})"}) {
    const absl::Status status = FromJson(json, "rij.json", row);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_THAT(std::string(status.message()), HasSubstr("rij.json"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("Cannot find")));
  }
}

const FieldName kAsGiven = [](const std::string& field) { return field; };

TEST(PrintError, SaysWhatToDoAndWhetherToTryAgain) {
  std::ostringstream out;
  PrintError(SeatTaken(), "", false, kAsGiven, out);
  EXPECT_EQ(out.str(),
            "Geweigerd: plaats 1 is vervuld\n"
            "Wat nu: kies een andere plaats\n"
            "Opnieuw proberen: heeft geen zin zolang dit zo is\n"
            "(SEAT_TAKEN)\n");
}

TEST(PrintError, NamesEveryFieldAndTheRequestToRepeat) {
  const absl::Status status =
      base::Refusal(absl::StatusCode::kAborted, "STALE_REVISION", "veranderd")
          .Field("terms.end_date", "ligt na start_date")
          .Field("terms.weeks", "heeft geen week twee keer")
          .Retry(absl::Seconds(2));
  std::ostringstream out;
  PrintError(status, "0190a6e4-3f1c-7abc-8def-0123456789ab", false, kAsGiven, out);
  EXPECT_THAT(out.str(), HasSubstr("  terms.end_date: ligt na start_date\n"));
  EXPECT_THAT(out.str(), HasSubstr("  terms.weeks: heeft geen week twee keer\n"));
  EXPECT_THAT(out.str(), HasSubstr("na 2 s"));
  EXPECT_THAT(out.str(), HasSubstr("--request-id 0190a6e4-3f1c-7abc-8def-0123456789ab"));
}

TEST(PrintError, SaysSeveralWrongFieldsOnce) {
  const absl::Status status =
      base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_FIELD", "a: is nodig; b: is nodig")
          .Field("a", "is nodig")
          .Field("b", "is nodig");
  std::ostringstream out;
  PrintError(status, "", false, kAsGiven, out);
  EXPECT_EQ(out.str(),
            "Niet goed ingevuld: 2 velden kloppen niet\n"
            "  a: is nodig\n"
            "  b: is nodig\n"
            "(INVALID_FIELD)\n");
}

TEST(PrintError, NamesFieldsAsTheUserWroteThem) {
  const FieldName option = [](const std::string& field) { return "--" + field; };
  std::ostringstream one;
  PrintError(base::InvalidField("start", "is nodig"), "", false, option, one);
  EXPECT_EQ(one.str(), "Niet goed ingevuld: --start: is nodig\n(INVALID_FIELD)\n");
  std::ostringstream more;
  PrintError(
      base::Join({base::InvalidField("start", "is nodig"), base::InvalidField("end", "is nodig")}),
      "", false, option, more);
  EXPECT_THAT(more.str(),
              HasSubstr("2 velden kloppen niet\n  --start: is nodig\n  --end: is nodig\n"));
}

TEST(PrintError, DoesNotPassOnWhatSteersATerminal) {
  std::ostringstream out;
  PrintError(absl::NotFoundError("weg\033[2J"), "", false, kAsGiven, out);
  EXPECT_THAT(out.str(), Not(HasSubstr("\033")));
}

TEST(PrintErrorJson, IsOneDocument) {
  std::ostringstream out;
  PrintErrorJson(SeatTaken(), "r", out);
  EXPECT_EQ(out.str(),
            R"({"error":{"code":"FAILED_PRECONDITION","reason":"SEAT_TAKEN",)"
            R"("message":"plaats 1 is vervuld","exit_code":3,"request_id":"r","retry":false,)"
            R"("metadata":{"remedy":"kies een andere plaats"},"field_violations":[]}})"
            "\n");
}

TEST(JsonString, Escapes) { EXPECT_EQ(JsonString("a\"\\\n€"), "\"a\\\"\\\\\\u000a€\""); }

}  // namespace
}  // namespace services::cli
