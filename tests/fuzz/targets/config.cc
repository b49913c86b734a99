#include "services/node/config.h"

#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

// The configuration of a node: bounded as config.h says, whatever stands in the file.
void Config(std::string_view input) {
  const auto config = services::node::ParseConfig(std::string(input), "/folder");
  if (!config.ok()) {
    Expect(!config.status().message().empty(), "a refusal says what is wrong");
    return;
  }
  Expect(!config->member.short_name.empty() && config->member.short_name.size() <= 40 &&
             config->member.short_name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                 std::string::npos,
         "a short name is one");
  Expect(config->member.oin.size() == 20, "an OIN has 20 digits");
  Expect(config->member.latitude >= -90 && config->member.latitude <= 90, "latitude");
  Expect(config->member.longitude >= -180 && config->member.longitude <= 180, "longitude");
  Expect(config->data_directory.substr(0, 1) == "/", "the data folder is absolute");
  Expect(config->api.threads >= 8 && config->api.threads <= 1024, "api.threads");
  Expect(config->peer.threads >= 8 && config->peer.threads <= 1024, "peer.threads");
  Expect(config->peer.addresses.size() >= 1 && config->peer.addresses.size() <= 4, "addresses");
  Expect(
      config->limits.message_bytes >= 64 * 1024 && config->limits.message_bytes <= 64 * 1024 * 1024,
      "limits.message_bytes");
  Expect(config->limits.append_queue >= 1 && config->limits.append_queue <= 1'000'000,
         "limits.append_queue");
  Expect(config->limits.deadline > absl::ZeroDuration(), "limits.deadline");
  Expect(config->limits.shutdown >= absl::ZeroDuration(), "limits.shutdown");
}

}  // namespace tests::fuzz
