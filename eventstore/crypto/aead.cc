#include "eventstore/crypto/aead.h"

#include <array>
#include <cassert>
#include <limits>

#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Require(cipher != nullptr, "no AES-256-GCM");
  return cipher;
}

// OpenSSL counts in int; everything that is sealed is far smaller.
int Length(size_t size) {
  Require(size <= static_cast<size_t>(std::numeric_limits<int>::max()), "AES-GCM input too large");
  return static_cast<int>(size);
}

CipherContext Start(std::string_view key, std::string_view nonce, std::string_view associated_data,
                    bool seal) {
  assert(key.size() == kAeadKeySize && nonce.size() == kAeadNonceSize);
  CipherContext context(EVP_CIPHER_CTX_new());
  int written = 0;
  Require(context != nullptr &&
              EVP_CipherInit_ex2(context.get(), Aes256Gcm(), Bytes(key), Bytes(nonce), seal ? 1 : 0,
                                 nullptr) == 1 &&
              EVP_CipherUpdate(context.get(), nullptr, &written, Bytes(associated_data),
                               Length(associated_data.size())) == 1,
          "AES-GCM does not start");
  return context;
}

// Writes as many bytes as it reads: GCM is a stream cipher.
void Transform(const CipherContext& context, std::string_view input, char* output) {
  int written = 0;
  Require(EVP_CipherUpdate(context.get(), reinterpret_cast<uint8_t*>(output), &written,
                           Bytes(input), Length(input.size())) == 1,
          "AES-GCM stops");
}

}  // namespace

std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view plaintext,
                     std::string_view associated_data) {
  const CipherContext context = Start(key, nonce, associated_data, true);
  std::string sealed(plaintext.size() + kAeadTagSize, '\0');
  Transform(context, plaintext, sealed.data());
  char* const tag = sealed.data() + plaintext.size();
  int written = 0;
  Require(EVP_CipherFinal_ex(context.get(), reinterpret_cast<uint8_t*>(tag), &written) == 1 &&
              EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag) == 1,
          "AES-GCM does not finish");
  return sealed;
}

absl::StatusOr<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                                     std::string_view ciphertext,
                                     std::string_view associated_data) {
  const auto broken = [] {
    return absl::DataLossError(
        "het verzegelde gegeven is beschadigd of hoort bij een andere sleutel");
  };
  if (ciphertext.size() < kAeadTagSize) return broken();
  const ErrorMark mark;
  const CipherContext context = Start(key, nonce, associated_data, false);
  const size_t size = ciphertext.size() - kAeadTagSize;
  std::string plaintext(size, '\0');
  Transform(context, ciphertext.substr(0, size), plaintext.data());
  std::string tag(ciphertext.substr(size));
  std::array<uint8_t, kAeadTagSize> rest;
  int written = 0;
  Require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, tag.data()) == 1,
          "AES-GCM takes no tag");
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1) {
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    return broken();
  }
  return plaintext;
}

}  // namespace eventstore::crypto
