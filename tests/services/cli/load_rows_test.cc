#include <gtest/gtest.h>

#include <cstdlib>

#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "services/cli/load.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

constexpr char kAssignments[] = R"([
  {"member":"rotterdam","title":"Een","role":"interim-manager","level":"tactical",
   "skills":[{"uri":"http://x/1","label":"leiden"}],
   "location":{"name":"Rotterdam","latitude_e4":519268,"longitude_e4":43045},
   "start_date":"2026-12-14","end_date":"2027-03-14","minutes_per_week":2160,"seats":1,
   "tariff":{"kind":"hourly","eurocents_per_hour":9250}},
  {"member":"amsterdam","title":"Twee","level":"tactical","start_date":"2026-12-14",
   "tariff":{"kind":"hourly"}}])";

TEST(ReadRows, TakesOnlyTheRowsOfTheMember) {
  const auto rows = ReadRows(kAssignments, "opdrachten.json", "rotterdam", "randstad");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 1u);
  const auto& request = std::get<api::PublishAssignmentRequest>(rows->front());
  EXPECT_EQ(request.header().circle(), "randstad");
  EXPECT_EQ(request.assignment().title(), "Een");
  EXPECT_EQ(request.assignment().level(), event::LEVEL_TACTICAL);
  EXPECT_EQ(request.assignment().skills(0).uri(), "http://x/1");
  EXPECT_EQ(request.assignment().location().latitude_e4(), 519268);
  EXPECT_EQ(request.assignment().tariff().eurocents_per_hour(), 9250);
  EXPECT_TRUE(eventstore::base::FromUuidText(request.header().request_id()).ok());
}

TEST(ReadRows, TheRequestIdFollowsFromCircleAndRow) {
  const auto id = [](const std::string& member, const std::string& circle) {
    const auto rows = ReadRows(kAssignments, "opdrachten.json", member, circle);
    return std::get<api::PublishAssignmentRequest>(rows->front()).header().request_id();
  };
  const std::string first = id("rotterdam", "randstad");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(id("rotterdam", "randstad"), first);
  EXPECT_NE(id("rotterdam", "randstad"), id("rotterdam", "rijk"));
  EXPECT_NE(id("rotterdam", "randstad"), id("amsterdam", "randstad"));
}

TEST(ReadRows, NamesTheRowThatIsWrong) {
  for (const char* json : {R"([{"member":"a","start_date":"2026-01-01","level":"hoog"}])",
                           R"([{"member":"a"}])", R"([{"member":"a","start_time":"10:00"}])"}) {
    const auto rows = ReadRows(json, "x.json", "a", "randstad");
    ASSERT_FALSE(rows.ok()) << json;
    EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(ReadRows("{", "x.json", "a", "randstad").ok());
  EXPECT_TRUE(ReadRows(R"([1, null, "x"])", "x.json", "a", "randstad")->empty());
}

TEST(ReadRows, ReadsWhatTheGeneratorWrites) {
  const std::string folder = ::testing::TempDir() + "/sample";
  const std::string command =
      "deploy/sample/generate --start 2026-11-23 --out '" + folder + "' >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (const char* name : {"professionals", "assignments", "sessions"}) {
    const auto json =
        eventstore::base::ReadFile(folder + "/" + name + ".json", size_t{64} * 1024 * 1024);
    ASSERT_TRUE(json.ok());
    const auto rows = ReadRows(*json, name, "rotterdam", "randstad");
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_FALSE(rows->empty()) << name;
  }
}

}  // namespace
}  // namespace services::cli
