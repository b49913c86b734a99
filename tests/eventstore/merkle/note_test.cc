#include "eventstore/merkle/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventstore::merkle {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

// The example of signed-note (https://c2sp.org/signed-note).
constexpr char kExampleVkey[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
constexpr char kExampleNote[] =
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    "\n";

// From the documentation and tests of golang.org/x/mod/sumdb/note.
constexpr char kPeterVkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kPeterKey[] = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr char kEnochVkey[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
constexpr char kText[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr char kPeterLine[] =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";
constexpr char kEnochLine[] =
    "— EnochRoot "
    "rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ="
    "\n";

crypto::PrivateKey KeyOf(char seed) { return *crypto::PrivateKey::FromSeed(std::string(32, seed)); }
NoteVerifier VerifierOf(const std::string& name, const crypto::PrivateKey& key,
                        NoteAlgorithm algorithm = NoteAlgorithm::kEd25519) {
  return {name, algorithm, key.public_key()};
}
std::string Text() { return kText; }
absl::Time Second(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

auto Verified(const std::string& name) { return Field(&VerifiedSignature::name, name); }

TEST(Vkey, RoundTripsThePublishedOnes) {
  for (const char* text :
       {kExampleVkey, kPeterVkey, kEnochVkey,
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",  // a plus in the base64
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/"
        "GhUhJ/G"}) {
    const auto verifier = ParseVkey(text);
    ASSERT_TRUE(verifier.ok()) << text;
    EXPECT_EQ(verifier->ToVkey(), text);
  }
  EXPECT_EQ(ParseVkey(kPeterVkey)->KeyId(), 0xc74f20a3);
  EXPECT_EQ(
      ParseVkey("remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")->algorithm,
      NoteAlgorithm::kCosignatureV1);
}

TEST(Vkey, RefusesEveryPartAndEveryChange) {
  const std::string vkey = kPeterVkey;
  for (size_t from = 0; from <= vkey.size(); ++from) {
    for (size_t size = 0; from + size <= vkey.size(); ++size) {
      if (size == vkey.size()) continue;
      EXPECT_FALSE(ParseVkey(vkey.substr(from, size)).ok()) << vkey.substr(from, size);
    }
  }
  for (size_t i = 0; i < vkey.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = vkey;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(ParseVkey(changed).ok()) << changed;
    }
  }
}

TEST(Vkey, RefusesOtherAlgorithmsLengthsAndSpellings) {
  for (const std::string& text :
       {std::string("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="),
        std::string("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        std::string(kPeterVkey) + "\n", " " + std::string(kPeterVkey), std::string("++"),
        std::string(5000, 'a') + kPeterVkey}) {
    EXPECT_EQ(ParseVkey(text).status().code(), kInvalid) << text.substr(0, 100);
  }
}

TEST(Note, VerifiesTheExampleOfTheSpecification) {
  const auto note = ParseNote(kExampleNote);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text, "This is an example message.\n");
  EXPECT_EQ(FormatNote(*note), kExampleNote);
  const auto verified = VerifyNote(*note, {*ParseVkey(kExampleVkey)});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_THAT(*verified, ElementsAre(Verified("example.com/foo")));
  EXPECT_EQ(verified->front().time, absl::InfinitePast());
}

TEST(Note, SignsByteForByteAsTheGoPackage) {
  const std::string material = *crypto::FromBase64(kPeterKey);
  const auto key = crypto::PrivateKey::FromSeed(material.substr(1));  // after the algorithm
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(VerifierOf("PeterNeumann", *key).ToVkey(), kPeterVkey);
  Note note{kText, {}};
  SignNote(note, "PeterNeumann", *key);
  EXPECT_EQ(FormatNote(note), Text() + "\n" + kPeterLine);
  // A second one takes the place of the first.
  note.signatures.front().signature = "old";
  SignNote(note, "PeterNeumann", *key);
  EXPECT_EQ(FormatNote(note), Text() + "\n" + kPeterLine);
}

TEST(Note, VerifiesKnownKeysAndIgnoresOthers) {
  const auto note = ParseNote(Text() + "\n" + kPeterLine + kEnochLine);
  ASSERT_TRUE(note.ok()) << note.status();
  const NoteVerifier peter = *ParseVkey(kPeterVkey);
  const NoteVerifier enoch = *ParseVkey(kEnochVkey);
  EXPECT_THAT(*VerifyNote(*note, {peter}), ElementsAre(Verified("PeterNeumann")));
  EXPECT_THAT(*VerifyNote(*note, {enoch}), ElementsAre(Verified("EnochRoot")));
  EXPECT_THAT(*VerifyNote(*note, {peter, enoch}),
              ElementsAre(Verified("PeterNeumann"), Verified("EnochRoot")));
  EXPECT_THAT(*VerifyNote(*note, {}), IsEmpty());
  // The same name with another key, or the same key under another name, is unknown.
  EXPECT_THAT(*VerifyNote(*note, {VerifierOf("PeterNeumann", KeyOf('x'))}), IsEmpty());
  EXPECT_THAT(*VerifyNote(*note, {{"Peter", NoteAlgorithm::kEd25519, peter.key}}), IsEmpty());
  // As a cosigner the key has another number.
  EXPECT_THAT(*VerifyNote(*note, {{"PeterNeumann", NoteAlgorithm::kCosignatureV1, peter.key}}),
              IsEmpty());
}

TEST(Note, NeedsEverySignatureOfAKnownKeyToVerify) {
  Note note{kText, {}};
  SignNote(note, "log", KeyOf('l'));
  const NoteSignature good = note.signatures.front();
  NoteSignature bad = good;
  bad.signature[10] ^= 1;
  const std::vector<NoteVerifier> known = {VerifierOf("log", KeyOf('l'))};
  for (const auto& signatures : {std::vector{good, bad}, std::vector{bad, good}, std::vector{bad},
                                 std::vector{good, bad, good}}) {
    note.signatures = signatures;
    EXPECT_EQ(VerifyNote(note, known).status().code(), kDataLoss);
    EXPECT_THAT(*VerifyNote(note, {}), IsEmpty());
  }
  note.signatures = {good, good};
  EXPECT_THAT(*VerifyNote(note, known), ElementsAre(Verified("log")));  // one signer, counted once
  EXPECT_THAT(*VerifyNote(note, {known[0], known[0]}), ElementsAre(Verified("log")));
}

TEST(Note, RefusesSignaturesOfAnotherLength) {
  Note note{kText, {}};
  SignNote(note, "log", KeyOf('l'));
  CosignNote(note, "log", KeyOf('l'), Second(5));
  const std::vector<NoteVerifier> known = {
      VerifierOf("log", KeyOf('l')), VerifierOf("log", KeyOf('l'), NoteAlgorithm::kCosignatureV1)};
  ASSERT_EQ(VerifyNote(note, known)->size(), 2U);
  for (const size_t i : {0, 1}) {
    for (const size_t size : {1, 8, 63, 64, 65, 71, 72, 73, 100}) {
      if (size == note.signatures[i].signature.size()) continue;
      Note changed = note;
      changed.signatures[i].signature.resize(size);
      EXPECT_EQ(VerifyNote(changed, known).status().code(), kDataLoss) << i << "/" << size;
    }
  }
}

TEST(Note, SplitsAtItsLastBlankLine) {
  const std::string text = "een\n\ntwee\n\n\ndrie\n";
  Note note{text, {}};
  SignNote(note, "log", KeyOf('l'));
  const auto parsed = ParseNote(FormatNote(note));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, note);
  // What looks like a signature above the last blank line is text.
  note.text = Text() + "\n" + kPeterLine;
  SignNote(note, "log", KeyOf('l'));
  const auto nested = ParseNote(FormatNote(note));
  ASSERT_TRUE(nested.ok());
  EXPECT_EQ(nested->text, note.text);
  EXPECT_THAT(*VerifyNote(*nested, {*ParseVkey(kPeterVkey)}), IsEmpty());
}

TEST(Note, AnySingleFlippedBitIsRefusedOrLeavesNothingVerified) {
  const std::string bytes = Text() + "\n" + kPeterLine;
  const std::vector<NoteVerifier> known = {*ParseVkey(kPeterVkey)};
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    const auto note = ParseNote(flipped);
    if (!note.ok()) continue;
    const auto verified = VerifyNote(*note, known);
    EXPECT_FALSE(verified.ok() && !verified->empty()) << bit;
  }
}

TEST(Note, RefusesLenientBase64) {
  const std::string line = kPeterLine;
  const std::string head = line.substr(0, line.size() - 5);  // up to "nAM=\n"
  ASSERT_TRUE(ParseNote(Text() + "\n" + head + "nAM=\n").ok());
  for (const char* tail : {"nAN=\n", "nAO=\n", "nAM\n", "nAM==\n", "nAM= \n", "nAM=\r\n", "nA_=\n",
                           "nAM=AAAA\n", "nA\nM=\n", "nAM=\n\n"}) {
    EXPECT_EQ(ParseNote(Text() + "\n" + head + tail).status().code(), kInvalid) << tail;
  }
}

TEST(Note, RefusesAWrongShape) {
  const std::string text = kText;
  const std::string peter = kPeterLine;
  const std::string blob = peter.substr(peter.find(' ', 4) + 1);
  const std::vector<std::string> bad = {
      "",
      "\n",
      "\n\n",
      text,
      text + "\n",
      text + "\n\n",
      text + peter,
      text + "\n" + peter.substr(0, peter.size() - 1),
      text + "\n" + peter + "Unexpected line.\n",
      text + "\nUnexpected line.\n" + peter,
      text + "\n" + peter + "\n" + "tekst\n",
      "\x01" + text + "\n" + peter,
      "\xff" + text + "\n" + peter,
      "\t" + text + "\n" + peter,
      "\r" + text + "\n" + peter,
      std::string(1, '\0') + text + "\n" + peter,
      "\xc0\x80" + text + "\n" + peter,              // overlong
      "\xe0\x80\xaf" + text + "\n" + peter,          // overlong
      "\xed\xa0\x80" + text + "\n" + peter,          // surrogate
      "\xf4\x90\x80\x80" + text + "\n" + peter,      // beyond Unicode
      "\xf8\x88\x80\x80\x80" + text + "\n" + peter,  // five bytes
      text + "\xe2\x82\n\n" + peter,                 // cut off
      text + "\n- PeterNeumann " + blob,             // hyphen
      text + "\n– PeterNeumann " + blob,             // en dash
      text + "\n—PeterNeumann " + blob,
      text + "\n—  PeterNeumann " + blob,
      text + "\n— PeterNeumann  " + blob,
      text + "\n— PeterNeumann\n",
      text + "\n— \n",
      text + "\n— Bad Name " + blob,
      text + "\n— Bad+Name " + blob,
      text + "\n— Bad\u00a0Name " + blob,
      text + "\n— Bad\u2003Name " + blob,
      text + "\n— Bad\u3000Name " + blob,
      text + "\n— Bad\u0085Name " + blob,
      text + "\n— PeterNeumann x08gow==\n",  // a key number and no signature
      text + "\n— PeterNeumann \n"};
  for (const std::string& bytes : bad) {
    EXPECT_EQ(ParseNote(bytes).status().code(), kInvalid) << bytes;
  }
  EXPECT_TRUE(ParseNote(text + "\n— Pèter‑Neumann🌳 " + blob).ok());
}

// The other examples of https://c2sp.org/signed-note and https://c2sp.org/tlog-witness:
// their form; the keys are not published.
TEST(Note, ReadsTheOtherExamplesOfTheSpecifications) {
  const std::string poem =
      "Ognuno sta solo sul cuor della terra\n"
      "trafitto da un raggio di sole:\n"
      "\n"
      "ed è subito sera.\n";
  const std::string signed_poem =
      poem +
      "\n— quasimodo.example/salvatore "
      "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc="
      "\n";
  const auto note = ParseNote(signed_poem);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text, poem);
  EXPECT_EQ(FormatNote(*note), signed_poem);
  const std::string submitted =
      "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
      "— example.com/behind-the-sofa "
      "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
      "\n— example.com/behind-the-sofa "
      "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q="
      "\n";
  const auto two_keys = ParseNote(submitted);
  ASSERT_TRUE(two_keys.ok()) << two_keys.status();
  EXPECT_EQ(two_keys->signatures[0].key_id, 0x033de0aeU);
  EXPECT_EQ(two_keys->signatures[1].key_id, 0xa292ea05U);
  EXPECT_EQ(FormatNote(*two_keys), submitted);
}

// "Verifiers MUST accept at least up to 16 signatures; post-quantum signatures can be up to
// nearly 5kB"; and names have no limit of their own.
TEST(Note, CarriesLargeSignaturesOfUnknownKeysAlong) {
  std::string bytes = Text() + "\n" + kPeterLine;
  for (char i = 0; i < 15; ++i) {
    bytes += "— " + std::string(i == 0 ? 2'000 : 10, static_cast<char>('a' + i)) + " " +
             crypto::ToBase64(std::string(5'000, i)) + "\n";
  }
  const auto note = ParseNote(bytes);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->signatures.size(), 16U);
  EXPECT_THAT(*VerifyNote(*note, {*ParseVkey(kPeterVkey)}), ElementsAre(Verified("PeterNeumann")));
}

// RFC 8032, section 5.1.7: S is below the order of the group. S + L would be another text
// of the same signature.
TEST(Note, RefusesASignatureWithTheOrderOfTheGroupAdded) {
  Note note{kText, {}};
  SignNote(note, "log", KeyOf('l'));
  const std::string order =
      *base::FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string& signature = note.signatures[0].signature;
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<uint8_t>(signature[32 + i]) + static_cast<uint8_t>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_EQ(VerifyNote(note, {VerifierOf("log", KeyOf('l'))}).status().code(), kDataLoss);
}

TEST(Note, IsBounded) {
  const std::string text = kText;
  std::string lines;
  for (size_t i = 0; i < kMaximumNoteSignatures; ++i) lines += kPeterLine;
  EXPECT_EQ(ParseNote(text + "\n" + lines)->signatures.size(), kMaximumNoteSignatures);
  EXPECT_EQ(ParseNote(text + "\n" + lines + kPeterLine).status().code(), kInvalid);
  const std::string tail = std::string("\n\n") + kPeterLine;
  const std::string large(kMaximumNoteSize - tail.size(), 'x');
  EXPECT_TRUE(ParseNote(large + tail).ok());
  EXPECT_EQ(ParseNote("x" + large + tail).status().code(), kInvalid);
  EXPECT_FALSE(IsNoteName(""));
  EXPECT_FALSE(IsNoteName("a\nb"));
  EXPECT_TRUE(IsNoteName("poolcirkel.example/randstad"));
}

}  // namespace
}  // namespace eventstore::merkle
