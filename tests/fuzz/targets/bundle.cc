#include "services/audit/verify/bundle.h"

#include "google/protobuf/stubs/logging.h"
#include "services/audit/verify/verify.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace crypto = ::eventstore::crypto;
namespace verify = ::services::audit::verify;

// A file that proves an exchange: there is one way to write it, and of what is accepted no
// bit can change.
void Bundle(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const auto contents = verify::ReadBundle(input);
  // The circle that the file itself names: whose keys sign is seen from there on.
  const auto report = contents.ok() ? verify::VerifyBundle(input, contents->circle)
                                    : verify::VerifyBundle(input, TheCircle().story.feed().circle);
  if (!contents.ok()) {
    Expect(!report.ok && !report.claims.empty(), "what is no bundle proves nothing, and why");
    return;
  }
  poolcirkel::log::v1::Bundle bundle;
  Expect(bundle.ParseFromString(std::string(input)) && verify::EncodeBundle(bundle) == input,
         "a bundle has one form");
  if (!report.ok) return;
  for (const auto& claim : report.claims) Expect(claim.ok, "a proof holds as a whole");
  Expect(!verify::VerifyBundle(input, TheCircle().story.feed().circle).ok,
         "it proves nothing of another circle");
  // Eight bits that follow from the bytes; all bits of one are in tests/services/audit/verify.
  const auto places = crypto::Sha256(input).bytes();
  for (size_t i = 0; i < 8; ++i) {
    std::string changed(input);
    const size_t at = (static_cast<uint8_t>(places[3 * i]) * size_t{65'536} +
                       static_cast<uint8_t>(places[3 * i + 1]) * size_t{256} +
                       static_cast<uint8_t>(places[3 * i + 2])) %
                      changed.size();
    changed[at] = static_cast<char>(changed[at] ^ (1 << i));
    Expect(!verify::VerifyBundle(changed, contents->circle).ok, "a changed bit was accepted");
  }
}

}  // namespace tests::fuzz
