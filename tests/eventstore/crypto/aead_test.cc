#include "eventstore/crypto/aead.h"

#include <gtest/gtest.h>

#include "eventstore/base/id.h"

namespace eventstore::crypto {
namespace {

struct Vector {
  const char* key;
  const char* nonce;
  const char* plaintext;
  const char* associated_data;
  const char* sealed;  // ciphertext and tag
};

// NIST CAVP gcmEncryptExtIV256.rsp, and test case 16 of the GCM specification.
constexpr Vector kVectors[] = {
    {"b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", "516c33929df5a3284ff463d7",
     "", "", "bdc1ac884d332457a1d2664f168c76f0"},
    {"78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223", "d79cf22d504cc793c3fb6c8a",
     "", "b96baa8c1c75a671bfb2d08d06be5f36", "3e5d486aa2e30b22e040b85723a06e76"},
    {"31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22", "0d18e06c7c725ac9e362e1ce",
     "2db5168e932556f8089a0622981d017d", "",
     "fa4362189661d163fcd6a56d8bf0405ad636ac1bbedd5cc3ee727dc2ab4a9489"},
    {"82c4f12eeec3b2d3d157b0f992d292b237478d2cecc1d5f161389b97f999057a", "7b40b20f5f397177990ef2d1",
     "982a296ee1cd7086afad976945", "",
     "ec8e05a0471d6b43a59ca5335f113ddeafc62373cac2f5951bb9165249"},
    {"24501ad384e473963d476edcfe08205237acfd49b5b8f33857f8114e863fec7f", "9ff18563b978ec281b3f2794",
     "27f348f9cdc0c5bd5e66b1ccb63ad920ff2219d14e8d631b3872265cf117ee86757accb158bd9abb3868fdc0d0b0"
     "74b5f01b2c",
     "adb5ec720ccf9898500028bf34afccbcaca126ef",
     "eb7cb754c824e8d96f7c6d9b76c7d26fb874ffbf1d65c6f64a698d839b0b06145dae82057ad55994cf59ad7f67c0"
     "fa5e85fab8bc95c532fecc594c36d1550286a7a3f0"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
     "b525b16aedf5aa0de657ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
     "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"}};

std::string Unhex(const char* hex) { return *base::FromHex(hex); }

TEST(Aead, GivesTheAnswersOfNist) {
  for (const Vector& v : kVectors) {
    const std::string sealed =
        AeadSeal(Unhex(v.key), Unhex(v.nonce), Unhex(v.plaintext), Unhex(v.associated_data));
    EXPECT_EQ(base::ToHex(sealed), v.sealed);
    const auto opened = AeadOpen(Unhex(v.key), Unhex(v.nonce), sealed, Unhex(v.associated_data));
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, Unhex(v.plaintext));
  }
}

std::string Flip(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
  return bytes;
}

TEST(Aead, RefusesEveryFlippedBit) {
  const std::string key(kAeadKeySize, 'k');
  const std::string nonce(kAeadNonceSize, 'n');
  const std::string associated_data = "circle/7";
  const std::string sealed = AeadSeal(key, nonce, "J. de Vries", associated_data);
  ASSERT_EQ(*AeadOpen(key, nonce, sealed, associated_data), "J. de Vries");
  const auto code = [](const absl::StatusOr<std::string>& opened) {
    return opened.status().code();
  };
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    EXPECT_EQ(code(AeadOpen(key, nonce, Flip(sealed, bit), associated_data)),
              absl::StatusCode::kDataLoss);
  }
  for (size_t bit = 0; bit < key.size() * 8; ++bit) {
    EXPECT_EQ(code(AeadOpen(Flip(key, bit), nonce, sealed, associated_data)),
              absl::StatusCode::kDataLoss);
  }
  for (size_t bit = 0; bit < nonce.size() * 8; ++bit) {
    EXPECT_EQ(code(AeadOpen(key, Flip(nonce, bit), sealed, associated_data)),
              absl::StatusCode::kDataLoss);
  }
  for (size_t bit = 0; bit < associated_data.size() * 8; ++bit) {
    EXPECT_EQ(code(AeadOpen(key, nonce, sealed, Flip(associated_data, bit))),
              absl::StatusCode::kDataLoss);
  }
}

TEST(Aead, RefusesEveryOtherLength) {
  const std::string key(kAeadKeySize, 'k');
  const std::string nonce(kAeadNonceSize, 'n');
  const std::string sealed = AeadSeal(key, nonce, "text", "");
  EXPECT_EQ(sealed.size(), 4 + kAeadTagSize);
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(AeadOpen(key, nonce, sealed.substr(0, size), "").status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
  EXPECT_FALSE(AeadOpen(key, nonce, sealed + '\0', "").ok());
}

}  // namespace
}  // namespace eventstore::crypto
