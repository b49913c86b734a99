// The proof of one event, from the tool's hands into a file and out of it again, without a
// node.
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <gtest/gtest.h>

#include "tests/scenarios/harness/flow.h"
#include "tests/scenarios/harness/tool.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
using ::testing::HasSubstr;

TEST(AProof, VerifiesWithTheKeysThatTheToolShows) {
  Circle circle({"rotterdam", "bzk-flex"});
  Node& node = circle["bzk-flex"];
  const auto run = [&](const std::vector<std::string>& arguments) {
    return RunTool(circle.folder(), node, arguments);
  };
  ASSERT_TRUE(Announce(circle["rotterdam"], "Lunch").ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  const std::string proof = circle.folder().path() / "0.tlog-proof";
  const std::string record = circle.folder().path() / "0.record";
  const Told written =
      run({"audit", "proof", "0", "--member", "rotterdam", "--out", proof, "--record", record});
  ASSERT_TRUE(written.ok()) << written.text;
  EXPECT_THAT(written.text, HasSubstr("audit keys"));

  const auto keys = AskTool<google::protobuf::Struct>(circle.folder(), node,
                                                      {"audit", "keys", "--member", "rotterdam"})
                        .fields()
                        .at("keys")
                        .list_value();
  ASSERT_EQ(keys.values_size(), 1);
  const auto& fields = keys.values(0).struct_value().fields();
  const std::string log_key = fields.at("log").string_value();
  EXPECT_THAT(run({"audit", "keys"}).text, HasSubstr(log_key));
  EXPECT_EQ(run({"audit", "keys", "--member", "leiden"}).exit_code, 4);

  const auto verify = [&](const std::string& key) {
    return RunTool(circle.folder(),
                   {"audit", "verify", "--proof", proof, "--record", record, "--key", key});
  };
  const Told right = verify(log_key);
  EXPECT_TRUE(right.ok()) << right.text;
  EXPECT_THAT(right.text, HasSubstr("Het bewijs klopt."));
  // The key of a witness is none of the log's.
  EXPECT_FALSE(verify(fields.at("witness").string_value()).ok());
}

}  // namespace
}  // namespace tests::scenarios
