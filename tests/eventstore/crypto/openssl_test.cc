#include "eventstore/crypto/openssl.h"

#include <gtest/gtest.h>

#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/crypto/signature.h"

namespace eventstore::crypto {
namespace {

// TLS on the same thread reads the queue after each call; what a refusal leaves
// there would end a connection that has nothing to do with it.
TEST(ErrorQueue, StaysAsItWasWhateverIsRefused) {
  ERR_clear_error();
  const std::string key(32, 'k');
  EXPECT_FALSE(AeadOpen(key, std::string(12, 'n'), std::string(32, 'c'), "").ok());
  EXPECT_FALSE(Verify(*PublicKey::FromBytes(std::string(32, '\xff')), "", Signature()));
  EXPECT_FALSE(Verify(*PublicKey::FromBytes(key), "", *Signature::FromBytes(key + key)));
  EXPECT_FALSE(ParseCertificate("niets").ok());
  EXPECT_FALSE(
      ParseCertificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace eventstore::crypto
