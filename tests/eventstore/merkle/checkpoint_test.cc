#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"

namespace eventstore::merkle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

// The example of tlog-cosignature (https://c2sp.org/tlog-cosignature).
constexpr char kExample[] =
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
    "BkBIfZ+qnA==\n";

// A checkpoint of a public log, with a signature of a type that we do not know,
// one of the log, and cosignatures of public witnesses.
constexpr char kPublic[] =
    "arche2025h1.staging.ct.transparency.dev\n"
    "1432088532\n"
    "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
    "\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJX"
    "Fbon5Ch9MNL5zRNZ55lvGt0=\n"
    "— arche2025h1.staging.ct.transparency.dev "
    "ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ="
    "\n"
    "— transparency.dev/DEV:witness-little-garden "
    "2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdg"
    "JY096st5BQ==\n"
    "— witness1.smartit.nu/witness1 "
    "pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0X"
    "wzdZsDsUAQ==\n"
    "— remora.n621.de "
    "2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxt"
    "qB0DrAWfBw==\n"
    "— witness.stagemole.eu "
    "Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKF"
    "Ye/TmN9DAg==\n";
const char* const kPublicVkeys[] = {
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
    "transparency.dev/"
    "DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"};

// A checkpoint of a log whose key has another name than its origin.
constexpr char kFirmware[] =
    "transparency.dev/armored-witness/firmware_transparency/ci/3\n"
    "59\n"
    "kOFMkeamIdrYFLx5zbWFhflak6dlEEDOU++fxYEZMBw=\n"
    "\n"
    "— transparency.dev-aw-ftlog-ci-3 "
    "P2iVIt3Jsaha3E2i0MHdKZ6fgYJTgXO86nUsxKPVq6uTwRSclTSh/ELnDGbNL+XDyD3EkWIdL2AGGNmbN7IN2rB/7gE="
    "\n"
    "— ArmoredWitness-floral-sky "
    "x88LbQAAAABnGRrDEq4Tfy7IIVPqkdXbcufUkCzRRbE3fABZ/jvtg5aFHVMuMR8cV6dVqECDBiH1zRxhNaCQOXSwNLSe"
    "Js+NzWt1BA==\n";
constexpr char kFirmwareVkey[] =
    "transparency.dev-aw-ftlog-ci-3+3f689522+Aa1Eifq6rRC8qiK+bya07yV1fXyP156pEMsX7CFBC6gg";
constexpr char kFloralSkyKey[] = "e90299398a4d39d030da888a0923ecf16786881ac12243db73c9f0cf2a2d80e6";

crypto::PrivateKey KeyOf(char seed) { return *crypto::PrivateKey::FromSeed(std::string(32, seed)); }
NoteVerifier Cosigner(const std::string& name, char seed) {
  return {name, NoteAlgorithm::kCosignatureV1, KeyOf(seed).public_key()};
}
absl::Time Second(int64_t seconds) { return absl::FromUnixSeconds(seconds); }

Checkpoint Some() { return {"poolcirkel.example/rotterdam", 42, LeafHash("wortel"), ""}; }

TEST(Checkpoint, ReadsTheExampleOfTheSpecification) {
  const auto note = ParseNote(kExample);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(FormatNote(*note), kExample);
  const auto checkpoint = ParseCheckpoint(note->text);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint->size, 20852163U);
  EXPECT_EQ(crypto::ToBase64(checkpoint->root.view()),
            "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(checkpoint->extension, "");
  EXPECT_EQ(FormatCheckpoint(*checkpoint), note->text);
  EXPECT_EQ(note->signatures[1].name, "witness.example.com/w1");
  EXPECT_EQ(note->signatures[1].signature.substr(0, 8), *base::FromHex("00000000641850cb"));
}

TEST(Checkpoint, OfAPublicLogVerifiesWithItsWitnesses) {
  const auto note = ParseNote(kPublic);
  ASSERT_TRUE(note.ok()) << note.status();
  std::vector<NoteVerifier> known;
  for (const char* vkey : kPublicVkeys) known.push_back(*ParseVkey(vkey));
  const auto verified = VerifyNote(*note, known);
  ASSERT_TRUE(verified.ok()) << verified.status();
  ASSERT_EQ(verified->size(), 4U);
  EXPECT_EQ((*verified)[0].time, absl::InfinitePast());
  for (size_t i = 1; i < 4; ++i) EXPECT_EQ((*verified)[i].time, Second(0x6a122120));
  Note changed = *note;
  changed.text[changed.text.find("1432088532")] = '2';
  for (const NoteVerifier& one : known) {
    EXPECT_EQ(VerifyNote(changed, {one}).status().code(), kDataLoss) << one.name;
  }
}

TEST(Checkpoint, OfALogUnderAnotherNameVerifies) {
  const auto note = ParseNote(kFirmware);
  ASSERT_TRUE(note.ok()) << note.status();
  const NoteVerifier witness = {"ArmoredWitness-floral-sky", NoteAlgorithm::kCosignatureV1,
                                *crypto::PublicKey::FromBytes(*base::FromHex(kFloralSkyKey))};
  const auto verified = VerifyNote(*note, {*ParseVkey(kFirmwareVkey), witness});
  ASSERT_TRUE(verified.ok()) << verified.status();
  ASSERT_EQ(verified->size(), 2U);
  EXPECT_EQ((*verified)[1].time, Second(1729698499));
  EXPECT_EQ(ParseCheckpoint(note->text)->size, 59U);
}

TEST(Checkpoint, RoundTrips) {
  for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{10}, ~uint64_t{0}}) {
    for (const char* extension : {"", "een regel\n", "een\ntwee\n"}) {
      Checkpoint checkpoint = Some();
      checkpoint.size = size;
      checkpoint.extension = extension;
      const auto parsed = ParseCheckpoint(FormatCheckpoint(checkpoint));
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      EXPECT_EQ(*parsed, checkpoint);
    }
  }
}

TEST(Checkpoint, RefusesEveryOtherShape) {
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
  ASSERT_TRUE(ParseCheckpoint("a\n1\n" + root + "\n").ok());
  for (const std::string& text : std::vector<std::string>{
           "",
           "\n",
           "a\n",
           "a\n1\n",
           "a\n1\n" + root,
           "\n1\n" + root + "\n",
           "a\n\n" + root + "\n",
           "a\n01\n" + root + "\n",
           "a\n00\n" + root + "\n",
           "a\n+1\n" + root + "\n",
           "a\n-1\n" + root + "\n",
           "a\n 1\n" + root + "\n",
           "a\n1 \n" + root + "\n",
           "a\n1.0\n" + root + "\n",
           "a\n0x1\n" + root + "\n",
           "a\n18446744073709551616\n" + root + "\n",
           "a\n99999999999999999999999\n" + root + "\n",
           "a\n1\n\n",
           "a\n1\n" + root + " \n",
           "a\n1\n" + root.substr(0, 43) + "\n",
           "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",  // a pad bit
           "a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",  // 31 bytes
           "a\n1\n" + root + "\n\n",
           "a\n1\n" + root + "\n\nextra\n",
           "a\n1\n" + root + "\nextra\n\n",
           "a\n1\n" + root + "\nextra",
           "a\n1\r\n" + root + "\n",
           "a\x01\n1\n" + root + "\n",
           "\xff\n1\n" + root + "\n",
           "a\n1\n" + root + "\n" + std::string(kMaximumNoteSize, 'x') + "\n"}) {
    EXPECT_EQ(ParseCheckpoint(text).status().code(), kInvalid) << text.substr(0, 200);
  }
}

TEST(Cosignature, SignsHeaderTimeAndText) {
  Note note{FormatCheckpoint(Some()), {}};
  CosignNote(note, "getuige.example", KeyOf('w'), Second(1679315147) + absl::Milliseconds(900));
  ASSERT_EQ(note.signatures.size(), 1U);
  const std::string& blob = note.signatures[0].signature;
  EXPECT_EQ(blob.substr(0, 8), *base::FromHex("00000000641850cb"));  // whole seconds, big-endian
  EXPECT_TRUE(crypto::Verify(KeyOf('w').public_key(),
                             "cosignature/v1\ntime 1679315147\n" + note.text,
                             *crypto::Signature::FromBytes(blob.substr(8))));
  const auto verified = VerifyNote(note, {Cosigner("getuige.example", 'w')});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->at(0).time, Second(1679315147));
  EXPECT_EQ(verified->at(0).algorithm, NoteAlgorithm::kCosignatureV1);
}

TEST(Cosignature, CoversTheTime) {
  Note note{FormatCheckpoint(Some()), {}};
  CosignNote(note, "w", KeyOf('w'), Second(1679315147));
  for (size_t bit = 0; bit < 72 * 8; ++bit) {
    Note flipped = note;
    char& byte = flipped.signatures[0].signature[bit / 8];
    byte = static_cast<char>(byte ^ (1 << bit % 8));
    EXPECT_EQ(VerifyNote(flipped, {Cosigner("w", 'w')}).status().code(), kDataLoss) << bit;
  }
}

TEST(Cosignature, RefusesATimeBeyondItsBound) {
  Note note{FormatCheckpoint(Some()), {}};
  for (const bool beyond : {false, true}) {
    const uint64_t seconds = (uint64_t{1} << 63) - (beyond ? 0 : 1);
    const std::string message =
        "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + note.text;
    const std::string time = *base::FromHex(beyond ? "8000000000000000" : "7fffffffffffffff");
    note.signatures = {{"w", Cosigner("w", 'w').KeyId(), time + KeyOf('w').Sign(message).bytes()}};
    EXPECT_EQ(VerifyNote(note, {Cosigner("w", 'w')}).ok(), !beyond);
  }
}

TEST(Cosignature, CoversTheExtensionLines) {
  Checkpoint checkpoint = Some();
  checkpoint.extension = "uitbreiding\n";
  Note note{FormatCheckpoint(checkpoint), {}};
  CosignNote(note, "w", KeyOf('w'), Second(1));
  ASSERT_TRUE(VerifyNote(note, {Cosigner("w", 'w')}).ok());
  checkpoint.extension = "uitbreidinG\n";
  note.text = FormatCheckpoint(checkpoint);
  EXPECT_EQ(VerifyNote(note, {Cosigner("w", 'w')}).status().code(), kDataLoss);
  checkpoint.extension = "";
  note.text = FormatCheckpoint(checkpoint);
  EXPECT_EQ(VerifyNote(note, {Cosigner("w", 'w')}).status().code(), kDataLoss);
}

// Known and unavoidable: whoever knows the key under two names sees two signers.
TEST(Cosignature, DoesNotCoverTheNameOfTheWitness) {
  Note note{FormatCheckpoint(Some()), {}};
  CosignNote(note, "een", KeyOf('w'), Second(1));
  NoteSignature renamed = note.signatures[0];
  renamed.name = "twee";
  renamed.key_id = Cosigner("twee", 'w').KeyId();
  note.signatures.push_back(renamed);
  EXPECT_EQ(VerifyNote(note, {Cosigner("een", 'w'), Cosigner("twee", 'w')})->size(), 2U);
}

TEST(Cosignature, IsNoSignatureOfTheLogAndTheOtherWayAround) {
  Note note{FormatCheckpoint(Some()), {}};
  SignNote(note, "n", KeyOf('k'));
  CosignNote(note, "n", KeyOf('k'), Second(9));
  const NoteVerifier log = {"n", NoteAlgorithm::kEd25519, KeyOf('k').public_key()};
  const NoteVerifier cosigner = Cosigner("n", 'k');
  EXPECT_NE(log.KeyId(), cosigner.KeyId());
  EXPECT_EQ(VerifyNote(note, {log, cosigner})->size(), 2U);
  std::swap(note.signatures[0].key_id, note.signatures[1].key_id);
  EXPECT_EQ(VerifyNote(note, {log}).status().code(), kDataLoss);
  EXPECT_EQ(VerifyNote(note, {cosigner}).status().code(), kDataLoss);
}

TEST(Cosignature, OfTwoTimesCountsOnceWithTheLatest) {
  Note first{FormatCheckpoint(Some()), {}};
  Note second = first;
  CosignNote(first, "w", KeyOf('w'), Second(100));
  CosignNote(second, "w", KeyOf('w'), Second(200));
  Note both = second;
  both.signatures.push_back(first.signatures[0]);
  const auto verified = VerifyNote(both, {Cosigner("w", 'w')});
  ASSERT_TRUE(verified.ok());
  EXPECT_THAT(*verified, ElementsAre(testing::Field(&VerifiedSignature::time, Second(200))));
  // Cosigning again takes the place of the older one.
  CosignNote(both, "w", KeyOf('w'), Second(300));
  EXPECT_EQ(both.signatures.size(), 1U);
  both.signatures[0].signature[20] ^= 1;
  both.signatures.push_back(first.signatures[0]);
  EXPECT_EQ(VerifyNote(both, {Cosigner("w", 'w')}).status().code(), kDataLoss);
  EXPECT_THAT(*VerifyNote(both, {Cosigner("v", 'w')}), IsEmpty());
}

}  // namespace
}  // namespace eventstore::merkle
