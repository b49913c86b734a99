#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

// What the files of this folder share of OpenSSL. Not for use outside it.
namespace eventstore::crypto {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* value) const {
    Free(value);
  }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

// Takes away the errors that OpenSSL queued for this thread during its lifetime.
// TLS on the same thread would otherwise read a refused signature as its own error.
class ErrorMark {
 public:
  ErrorMark() { ERR_set_mark(); }
  ~ErrorMark() { ERR_pop_to_mark(); }
  ErrorMark(const ErrorMark&) = delete;
  ErrorMark& operator=(const ErrorMark&) = delete;
};

// Ends the process when `held` is false: for calls that fail only when memory or
// the library itself is broken, after which no answer can be trusted.
inline void Require(bool held, const char* what) {
  if (held) return;
  std::fprintf(stderr, "OpenSSL: %s\n", what);
  std::abort();
}

// OpenSSL wants a pointer that is not null, also for nothing.
inline const uint8_t* Bytes(std::string_view view) {
  return reinterpret_cast<const uint8_t*>(view.empty() ? "" : view.data());
}

}  // namespace eventstore::crypto
