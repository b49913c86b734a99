#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"

namespace eventstore::crypto {

// What a node needs of an X.509 certificate. The chain is never used: a peer is
// known by the hash of its key, which the charter pins.
struct Certificate {
  Digest key_hash;           // SHA-256 of the DER SubjectPublicKeyInfo
  std::string organisation;  // subject O
  std::string oin;           // subject serialNumber, 20 digits
  absl::Time not_before;
  absl::Time not_after;
};

// Reads the first certificate of a PEM text. INVALID_ARGUMENT on anything else.
absl::StatusOr<Certificate> ParseCertificate(std::string_view pem);

// A new ECDSA P-256 key with a self-signed certificate over it, both as PEM.
struct KeyAndCertificate {
  std::string private_key_pem;
  std::string certificate_pem;
};
struct CertificateRequest {
  std::string organisation;
  std::string oin;
  std::vector<std::string> dns_names;     // subject alternative names
  std::vector<std::string> ip_addresses;  // as text, "127.0.0.1"
  absl::Time not_before;
  absl::Time not_after;
};
absl::StatusOr<KeyAndCertificate> MakeCertificate(const CertificateRequest& request);

}  // namespace eventstore::crypto
