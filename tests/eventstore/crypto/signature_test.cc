#include "eventstore/crypto/signature.h"

#include <gtest/gtest.h>

#include <thread>

#include "eventstore/crypto/entropy.h"

namespace eventstore::crypto {
namespace {

struct Vector {
  const char* seed;
  const char* key;
  const char* message;
  const char* signature;
};

// RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
constexpr Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
     "ebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431"
     "e0303dca179c138ac17ad9bef1177331a704"}};

std::string Unhex(std::string_view hex) { return *base::FromHex(hex); }
PublicKey KeyFrom(std::string_view hex) { return *PublicKey::FromBytes(Unhex(hex)); }
Signature SignatureFrom(std::string_view hex) { return *Signature::FromBytes(Unhex(hex)); }

TEST(Ed25519, GivesTheAnswersOfRfc8032) {
  for (const Vector& v : kVectors) {
    const auto key = PrivateKey::FromSeed(Unhex(v.seed));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(base::ToHex(key->public_key().view()), v.key);
    EXPECT_EQ(base::ToHex(key->Sign(Unhex(v.message)).view()), v.signature);
    EXPECT_TRUE(Verify(KeyFrom(v.key), Unhex(v.message), SignatureFrom(v.signature)));
    EXPECT_EQ(base::ToHex(key->Seed()), v.seed);
  }
}

TEST(Ed25519, RefusesEveryFlippedBit) {
  const Vector& v = kVectors[2];
  const std::string message = Unhex(v.message);
  const auto flip = [](std::string bytes, size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    return bytes;
  };
  for (size_t bit = 0; bit < Signature::kSize * 8; ++bit) {
    const auto flipped = Signature::FromBytes(flip(Unhex(v.signature), bit));
    EXPECT_FALSE(Verify(KeyFrom(v.key), message, *flipped)) << bit;
  }
  for (size_t bit = 0; bit < PublicKey::kSize * 8; ++bit) {
    const auto flipped = PublicKey::FromBytes(flip(Unhex(v.key), bit));
    EXPECT_FALSE(Verify(*flipped, message, SignatureFrom(v.signature))) << bit;
  }
  for (size_t bit = 0; bit < message.size() * 8; ++bit) {
    EXPECT_FALSE(Verify(KeyFrom(v.key), flip(message, bit), SignatureFrom(v.signature))) << bit;
  }
  EXPECT_FALSE(Verify(KeyFrom(v.key), message + '\0', SignatureFrom(v.signature)));
}

// S + L signs as well as S, unless S is bounded (RFC 8032, section 5.1.7).
TEST(Ed25519, RefusesTheMalleatedSignature) {
  EXPECT_FALSE(
      Verify(KeyFrom(kVectors[0].key), "",
             SignatureFrom("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                           "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b")));
}

// Under a key of small order, R = identity and S = 0 sign every message or many.
TEST(Ed25519, RefusesKeysUnderWhichAnybodyCanSign) {
  const Signature forged = SignatureFrom("01" + std::string(126, '0'));
  for (const std::string& key :
       {std::string(64, '0'), "01" + std::string(62, '0'), "01" + std::string(60, '0') + "80",
        "ec" + std::string(60, 'f') + "7f", "ed" + std::string(60, 'f') + "7f",
        "ee" + std::string(60, 'f') + "7f",
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        std::string("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        std::string("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")}) {
    for (int i = 0; i < 64; ++i) {
      EXPECT_FALSE(Verify(KeyFrom(key), std::to_string(i), forged)) << key;
    }
  }
  EXPECT_FALSE(Verify(PublicKey(), "", Signature()));
}

TEST(PrivateKey, IsMadeFromItsSeedOnly) {
  for (const size_t size : {0, 31, 33, 64}) {
    EXPECT_EQ(PrivateKey::FromSeed(std::string(size, 's')).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  SystemEntropy entropy;
  const PrivateKey first = PrivateKey::Generate(entropy);
  const PrivateKey second = PrivateKey::Generate(entropy);
  EXPECT_NE(first.public_key(), second.public_key());
  const auto again = PrivateKey::FromSeed(first.Seed());
  EXPECT_EQ(again->public_key(), first.public_key());
  EXPECT_EQ(again->Sign("text"), first.Sign("text"));
}

TEST(PrivateKey, MovesItsKey) {
  PrivateKey key = *PrivateKey::FromSeed(Unhex(kVectors[0].seed));
  PrivateKey moved = std::move(key);
  key = *PrivateKey::FromSeed(Unhex(kVectors[1].seed));
  EXPECT_EQ(base::ToHex(moved.public_key().view()), kVectors[0].key);
  EXPECT_TRUE(Verify(KeyFrom(kVectors[1].key), "m", key.Sign("m")));
}

TEST(PrivateKey, SignsFromAnyThread) {
  const PrivateKey key = *PrivateKey::FromSeed(Unhex(kVectors[0].seed));
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string message = std::to_string(t) + "/" + std::to_string(i);
        if (!Verify(key.public_key(), message, key.Sign(message))) ++wrong[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace eventstore::crypto
