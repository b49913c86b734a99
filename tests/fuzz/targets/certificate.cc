#include "eventstore/crypto/certificate.h"

#include "eventstore/crypto/digest.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

// The certificate that a peer shows.
void Certificate(std::string_view input) {
  const auto certificate = eventstore::crypto::ParseCertificate(input);
  if (!certificate.ok()) return;
  Expect(certificate->oin.size() == 20 &&
             certificate->oin.find_first_not_of("0123456789") == std::string::npos,
         "an OIN has 20 digits");
  Expect(!certificate->organisation.empty(), "an organisation has a name");
  Expect(certificate->key_hash != eventstore::crypto::Digest(), "there is a key");
}

}  // namespace tests::fuzz
