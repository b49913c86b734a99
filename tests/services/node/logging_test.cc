#include "services/node/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace services::node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Logged(const std::string& format, const std::string& level) {
  testing::internal::CaptureStderr();
  {
    Logger logger("rotterdam", format, level);
    logger.Debug("hidden");
    logger.Warning("peer_lost", {{"member", "amsterdam"}, {"reason", "a \"b\"\nc"}});
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Logger, WritesTextOnOneLine) {
  const std::string line = Logged("text", "info");
  EXPECT_THAT(line, HasSubstr("[rotterdam] peer_lost member=amsterdam reason=\"a \\\"b\\\"\\nc\"\n"));
  EXPECT_THAT(line, Not(HasSubstr("hidden")));
}

TEST(Logger, WritesOneJsonObjectForEachLine) {
  const std::string line = Logged("json", "info");
  EXPECT_THAT(line, HasSubstr(R"("node":"rotterdam","event":"peer_lost","member":"amsterdam")"));
  EXPECT_THAT(line, HasSubstr(R"("reason":"a \"b\"\nc"})"));
}

TEST(Logger, ShowsWhatTheLevelAllows) {
  EXPECT_THAT(Logged("text", "debug"), HasSubstr("hidden"));
  EXPECT_THAT(Logged("text", "error"), Not(HasSubstr("peer_lost")));
}

TEST(JsonString, EscapesWhatJsonDoesNotAllow) {
  EXPECT_EQ(JsonString("a\"\\\n\t\x01"), R"("a\"\\\n\u0009\u0001")");
  EXPECT_EQ(JsonString("é"), "\"é\"");
}

}  // namespace
}  // namespace services::node
