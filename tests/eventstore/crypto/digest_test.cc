#include "eventstore/crypto/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace eventstore::crypto {
namespace {

std::string Hex(std::string_view bytes) { return base::ToHex(bytes); }
std::string Unhex(std::string_view hex) { return *base::FromHex(hex); }

TEST(Sha256, GivesTheAnswersOfFips180) {
  EXPECT_EQ(Hex(Sha256("").view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc").view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").view()),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Hex(Sha256(std::string(1000000, 'a')).view()),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfPartsIsThatOfTheirConcatenation) {
  EXPECT_EQ(Sha256({}), Sha256(""));
  EXPECT_EQ(Sha256({"a", "", "bc"}), Sha256("abc"));
  EXPECT_NE(Sha256({"a", "bc"}), Sha256({"a", "b"}));
}

struct HmacCase {
  std::string key;
  std::string data;
  std::string mac;
};

TEST(HmacSha256, GivesTheAnswersOfRfc4231) {
  const HmacCase cases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {Unhex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The "
       "key needs to be hashed before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
  for (const HmacCase& c : cases) EXPECT_EQ(Hex(HmacSha256(c.key, c.data).view()), c.mac);
}

TEST(HmacSha256, TakesAnEmptyKeyAndNoData) {
  EXPECT_EQ(Hex(HmacSha256("", "").view()),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(HmacSha256({}, {}), HmacSha256(std::string(64, '\0'), ""));
}

TEST(HkdfSha256, GivesTheAnswerOfRfc5869WithoutSaltAndInfo) {
  EXPECT_EQ(Hex(HkdfSha256(std::string(22, '\x0b'), "", 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
            "9d201395faa4b61a96c8");
}

TEST(HkdfSha256, ExtendsAndDependsOnItsInfo) {
  const std::string longest = HkdfSha256("key", "info", 8160);
  EXPECT_EQ(longest.size(), 8160U);
  for (const size_t length : {0, 1, 31, 32, 33, 64, 8159}) {
    EXPECT_EQ(HkdfSha256("key", "info", length), longest.substr(0, length)) << length;
  }
  EXPECT_NE(HkdfSha256("key", "Info", 32), longest.substr(0, 32));
  EXPECT_NE(HkdfSha256("Key", "info", 32), longest.substr(0, 32));
  // Made with another implementation of RFC 5869 (Python's hmac module).
  EXPECT_EQ(Hex(Sha256(longest).view()),
            "215c61907a919297588c5765fffb44a5cf409879badda218fe88608c10ea2ab2");
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(ConstantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abcd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", ""));
}

TEST(Wipe, OverwritesTheBytesThatStoodThere) {
  std::string secret(100, 's');
  const char* const bytes = secret.data();
  Wipe(secret);
  EXPECT_TRUE(secret.empty());
  // The buffer is still the string's: clear() gives no memory back.
  ASSERT_GE(secret.capacity(), 100U);
  secret.resize(1);  // writes one byte only
  ASSERT_EQ(secret.data(), bytes);
  EXPECT_EQ(std::count(bytes + 1, bytes + secret.capacity(), 's'), 0);
}

TEST(Base64, GivesTheAnswersOfRfc4648) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(ToBase64(bytes), text);
    ASSERT_TRUE(FromBase64(text).ok()) << text;
    EXPECT_EQ(*FromBase64(text), bytes);
  }
  EXPECT_EQ(ToBase64("\xfb\xff\xbf"), "+/+/");
}

TEST(Base64, RoundTripsEveryLengthAndByte) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    const auto back = FromBase64(ToBase64(bytes));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, bytes);
    bytes.push_back(static_cast<char>(i * 7));
  }
}

TEST(Base64, RefusesEveryOtherWayToWriteIt) {
  for (const char* text :
       {"Zg",     "Zg=",      "Zg===", "Zh==",     "Zm9=",     "Zm8",    "Zm9v\n",
        "\nZm9v", "Zm9v\r\n", "Zm 9v", "Zm9v====", "Zg==Zg==", "=Zg=",   "Z===",
        "====",   "=",        "Zm-_",  "Zm9vY",    "Zg=a",     "Zm9\xc3"}) {
    EXPECT_EQ(FromBase64(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(FromBase64(std::string_view("Zm9\0", 4)).ok());
}

// No two texts of the same value: all four-character texts over some characters.
TEST(Base64, GivesEachValueOneText) {
  constexpr std::string_view kSome = "ABQgh/+=z";
  std::set<std::string> values;
  size_t accepted = 0;
  for (const char a : kSome) {
    for (const char b : kSome) {
      for (const char c : kSome) {
        for (const char d : kSome) {
          const std::string text = {a, b, c, d};
          const auto value = FromBase64(text);
          if (!value.ok()) continue;
          ++accepted;
          EXPECT_EQ(ToBase64(*value), text);
          values.insert(*value);
        }
      }
    }
  }
  EXPECT_EQ(values.size(), accepted);
  EXPECT_GT(accepted, 4000U);
}

}  // namespace
}  // namespace eventstore::crypto
