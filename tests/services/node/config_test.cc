#include "services/node/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"

namespace services::node {
namespace {

using ::testing::Contains;
using ::testing::Pair;

constexpr char kSmallest[] = R"(
member:
  short_name: rotterdam
  organisation: Gemeente Rotterdam
  oin: "00000001001002003004"
data_directory: data
)";

std::vector<std::pair<std::string, std::string>> Violations(const std::string& yaml) {
  return eventstore::base::DetailsOf(ParseConfig(yaml, "/base").status()).field_violations;
}

TEST(Config, HasDefaultsForEverythingElse) {
  const auto config = ParseConfig(kSmallest, "/base");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->member.short_name, "rotterdam");
  EXPECT_EQ(config->data_directory, "/base/data");
  EXPECT_EQ(config->api.listen, "127.0.0.1:7101");
  EXPECT_EQ(config->limits.deadline, absl::Seconds(30));
}

TEST(Config, ReadsEveryKey) {
  const auto config = ParseConfig(std::string(kSmallest) + R"(
api: {listen: "0.0.0.0:1", names: [node.example], threads: 30}
peer: {listen: "[::1]:2", addresses: ["a.example:2", "b.example:3"], threads: 9}
limits: {message_bytes: 65536, append_queue: 7, deadline_seconds: 8, shutdown_seconds: 0}
privacy: {key_backup_days: 0, catch_up_seconds: 3}
logging: {format: json, level: debug}
)",
                                  "/base");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->api.names, std::vector<std::string>{"node.example"});
  EXPECT_EQ(config->peer.addresses.size(), 2u);
  EXPECT_EQ(config->limits.append_queue, 7);
  EXPECT_EQ(config->limits.shutdown, absl::ZeroDuration());
  EXPECT_EQ(config->privacy.key_backup_days, 0);
  EXPECT_EQ(config->privacy.catch_up, absl::Seconds(3));
  EXPECT_EQ(config->logging.format, "json");
}

TEST(Config, NamesEveryWrongKeyAtOnce) {
  const auto violations = Violations(R"(
member: {short_name: "Rotterdam!", oin: "12", latitude: 91}
api: {threads: many, portt: 3}
limits: {deadline_seconds: 0}
logging: {format: xml}
)");
  EXPECT_THAT(violations, Contains(Pair("member.short_name", testing::_)));
  EXPECT_THAT(violations, Contains(Pair("member.organisation", "ontbreekt")));
  EXPECT_THAT(violations, Contains(Pair("member.oin", "heeft 20 cijfers")));
  EXPECT_THAT(violations, Contains(Pair("member.latitude", testing::_)));
  EXPECT_THAT(violations, Contains(Pair("data_directory", "ontbreekt")));
  EXPECT_THAT(violations, Contains(Pair("api.threads", testing::_)));
  EXPECT_THAT(violations, Contains(Pair("api.portt", "is geen bekende sleutel")));
  EXPECT_THAT(violations, Contains(Pair("limits.deadline_seconds", testing::_)));
  EXPECT_THAT(violations, Contains(Pair("logging.format", testing::_)));
}

TEST(Config, RefusesWhatIsNoYamlOrNoMap) {
  EXPECT_FALSE(ParseConfig("member: [", "/base").ok());
  EXPECT_FALSE(ParseConfig("just text", "/base").ok());
  EXPECT_FALSE(ParseConfig("", "/base").ok());
  EXPECT_FALSE(ParseConfig("member: 3\ndata_directory: x", "/base").ok());
  EXPECT_TRUE(absl::IsNotFound(ReadConfig("/nowhere/node.yaml").status()));
}

}  // namespace
}  // namespace services::node
