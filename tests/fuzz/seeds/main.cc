// Writes the first inputs of every target: real ones, from which the fuzzer goes on.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/merkle/tiles.h"
#include "eventstore/merkle/tlog_proof.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/access/tokens.h"
#include "services/audit/verify/bundle.h"
#include "tests/fuzz/targets/known.h"
#include "tests/services/audit/verify/maker.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {
namespace {

namespace base = ::eventstore::base;
namespace crypto = ::eventstore::crypto;
namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;

class Writer {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void Write(const std::string& target, const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream(folder_ / target / ("seed-" + name), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  const std::filesystem::path folder_;
};

std::string Number(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string Joined(const std::vector<crypto::Digest>& path) {
  std::string bytes;
  for (const auto& hash : path) bytes += hash.bytes();
  return bytes;
}

void WriteNotes(const Writer& writer) {
  const KnownCircle& circle = TheCircle();
  const std::vector<const Person*> witnesses = {&circle.people[1], &circle.people[2]};
  writer.Write("note", "signed", circle.story.Note(7));
  writer.Write("note", "cosigned", circle.story.Note(40, witnesses));
  writer.Write("note", "fork", circle.fork.Note(7, witnesses));
  const auto note = *merkle::ParseNote(circle.story.Note(40));
  writer.Write("checkpoint", "text", note.text);
  writer.Write("checkpoint", "extension", note.text + "een regel meer\n");
  const merkle::NoteVerifier key{log::Origin(circle.story.feed()), merkle::NoteAlgorithm::kEd25519,
                                 circle.people[0].key.public_key()};
  writer.Write("checkpoint", "vkey", key.ToVkey());
}

void WriteProofs(const Writer& writer) {
  for (const auto& [index, size] : {std::pair<uint64_t, uint64_t>{0, 1}, {5, 7}, {64, 70}}) {
    writer.Write("proof", "inclusion-" + std::to_string(index),
                 std::string(1, '\0') + Number(index) + Number(size) + static_cast<char>(index) +
                     Joined(InclusionPath(index, size)));
  }
  for (const auto& [from, to] : {std::pair<uint64_t, uint64_t>{1, 2}, {6, 7}, {64, 70}}) {
    writer.Write("proof", "consistency-" + std::to_string(from),
                 std::string(1, '\1') + Number(from) + Number(to) + static_cast<char>(from) +
                     Joined(ConsistencyPath(from, to)));
  }
  const Story& story = TheCircle().story;
  // One record: its path is empty, and the note is that of the whole tree.
  const merkle::TlogProof first{std::nullopt, 0, {}, *merkle::ParseNote(story.Note(1))};
  writer.Write("tlog_proof", "one", merkle::FormatTlogProof(first));
  const merkle::TlogProof second{
      "meer", 1, {merkle::LeafHash(story.records()[0])}, *merkle::ParseNote(story.Note(2))};
  writer.Write("tlog_proof", "two", merkle::FormatTlogProof(second));
}

void WriteTiles(const Writer& writer) {
  using Kind = merkle::TlogFile::Kind;
  const auto path = [](const merkle::TlogFile& file) {
    return std::string(2, '\0') + merkle::FormatTlogPath(file);
  };
  writer.Write("tiles", "path-checkpoint", path({Kind::kCheckpoint, {}, 0}));
  writer.Write("tiles", "path-tile", path({Kind::kTile, {1, 1234}, 56}));
  writer.Write("tiles", "path-entries", path({Kind::kEntries, {0, 7}, 256}));
  const KnownTree& tree = TheTree();
  writer.Write(
      "tiles", "tile",
      std::string("\1\6", 2) + merkle::FormatTile({tree.leaves.begin(), tree.leaves.begin() + 7}));
  std::string bundle;
  for (int i = 0; i < 5; ++i) merkle::AppendEntry(bundle, tree.entries[static_cast<size_t>(i)]);
  writer.Write("tiles", "entries", std::string("\2\4", 2) + bundle);
}

void WritePackages(const Writer& writer) {
  const KnownCircle& circle = TheCircle();
  const auto input = [](char have, char hostile, const poolcirkel::log::v1::Package& package) {
    return std::string{have, hostile} + package.SerializeAsString();
  };
  writer.Write("package", "whole", input(0, 0, circle.story.Package(0, 3, 3)));
  writer.Write("package", "part", input(10, 0, circle.story.Package(10, 15, 40)));
  writer.Write("package", "fork", input(10, 0, circle.fork.Package(10, 12, 40)));
  writer.Write("package", "hostile", input(4, 1, circle.story.Package(4, 6, 11)));
  writer.Write("record", "story", circle.story.records()[3]);
  poolcirkel::peer::v1::WatchHeadsResponse heads;
  *heads.add_heads() = circle.story.Head(40, {&circle.people[2]});
  writer.Write("heads", "more", std::string(1, 7) + heads.SerializeAsString());
  *heads.add_heads() = circle.fork.Head(5);
  writer.Write("heads", "fork", std::string(1, 7) + heads.SerializeAsString());
  const Story other(circle.people[2], {"een", "twee"});
  *heads.add_heads() = other.Head(2, {&circle.people[0]});
  writer.Write("heads", "other", std::string(1, 0) + heads.SerializeAsString());
  // Of the reader's own feed, under another key.
  Person impostor(9);
  impostor.id = circle.people[1].id;
  *heads.mutable_heard() = Story(impostor, {"een", "twee"}).Head(2);
  writer.Write("heads", "heard", std::string(1, 0) + heads.SerializeAsString());
}

void WriteBundles(const Writer& writer) {
  audit::verify::Maker whole(4);
  writer.Write("bundle", "whole", services::audit::verify::EncodeBundle(whole.Make()));
  audit::verify::Maker closed(3);
  closed.with_key = false;
  writer.Write("bundle", "without-key", services::audit::verify::EncodeBundle(closed.Make()));
}

void WriteCharters(const Writer& writer) {
  writer.Write("charter", "first", FirstCharter().charter());
  writer.Write("charter", "next", NextCharter().charter());
  poolcirkel::peer::v1::FetchChartersResponse chain;
  *chain.add_charters() = FirstCharter();
  writer.Write("charter_chain", "first", chain.SerializeAsString());
  *chain.add_charters() = NextCharter();
  writer.Write("charter_chain", "next", chain.SerializeAsString());
}

void WriteKeys(const Writer& writer) {
  writer.Write("sealed", "proposed", TheSeal().sealed.SerializeAsString());
  writer.Write("sealed", "clear", TheSeal().clear.SerializeAsString());
  writer.Write("key_names", "proposed", TheSeal().sealed.SerializeAsString());
  writer.Write("event", "proposed", TheSeal().sealed.SerializeAsString());
  writer.Write("event", "clear", TheSeal().clear.SerializeAsString());
  poolcirkel::peer::v1::FetchKeysResponse response;
  auto& key = *response.add_keys();
  key.set_key_id(std::string(16, 's'));
  key.set_key(std::string(32, 'g'));
  key.set_key_class(poolcirkel::log::v1::KEY_CLASS_EXCHANGE);
  writer.Write("keys", "own", response.SerializeAsString());
  auto& foreign = *response.add_keys();
  foreign = key;
  foreign.set_key_id(std::string(16, 't'));
  writer.Write("keys", "foreign", response.SerializeAsString());
}

void WriteDisclosures(const Writer& writer) {
  auto answer = TheProfessional().answer;
  writer.Write("disclosure", "true", answer.SerializeAsString());
  // The bytes that are hashed are the same, cut elsewhere.
  poolcirkel::event::v1::Identity name;
  name.set_name(answer.identity().name());
  answer.mutable_commitment_salt()->append(name.SerializeAsString());
  answer.mutable_identity()->clear_name();
  writer.Write("disclosure", "longer-salt", answer.SerializeAsString());
}

void WriteInputs(const Writer& writer) {
  writer.Write("input", "date", "1 december 2026");
  writer.Write("input", "hours", "24,5 uur");
  writer.Write("input", "clock", "24:30");
  writer.Write("input", "euro", "€ 1.250,00");
  writer.Write("input", "weeks", "2026-W49..2027-W08=24u");
  writer.Write("input", "attestation", "leidinggevende=20-11-2026");
  writer.Write("input", "location", "Rotterdam@51.9268,4.3045");
  writer.Write("input", "concept", "een team leiden=https://voorbeeld.example/1");
  writer.Write("profiles", "one",
               "profiles:\n  rotterdam:\n    address: 127.0.0.1:7101\n"
               "    certificate: keys/api.pem\n    token_file: /etc/token\n    circle: proef\n");
  writer.Write("profiles", "rules",
               "name: Proef\nshort_name: proef\nmembers: [lid-1, lid-2]\ncoordinators: [lid-1]\n"
               "quorum: 2\nrules: {notice_days: 28, required_consents: [professional]}\n");
}

// A file with one token, as the store writes it.
std::string TokensFile() {
  std::string folder = std::filesystem::temp_directory_path() / "poolcirkel-fuzz-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return "";
  testing::SeededEntropy entropy(1);
  auto store = services::access::TokenStore::Open(folder + "/tokens.json", entropy);
  if (!store.ok()) return "";
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const auto issued = (*store)->Issue(
      {.user = "gebruiker", .role = services::access::Role::kAdmin, .valid_for = absl::Hours(1)},
      now);
  if (!issued.ok()) return "";
  std::ifstream file(folder + "/tokens.json", std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::filesystem::remove_all(folder);
  return bytes;
}

void WriteTexts(const Writer& writer) {
  writer.Write("tokens", "one", TokensFile());
  writer.Write("text", "date", "2026-12-31");
  writer.Write("text", "week", "2026-W53");
  writer.Write("text", "uuid", "0190a6e4-3f1c-7abc-8def-0123456789ab");
  writer.Write("text", "hex", "00ff7f80");
  writer.Write("text", "base64", "AAECAw==");
  writer.Write("text", "words", "Caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82");
  writer.Write("json", "object", R"({"id":"a","n":3,"when":1.5,"is":true,"list":[1,null]})");
  writer.Write("details", "refusal",
               base::EncodeDetails(base::Refusal(absl::StatusCode::kFailedPrecondition,
                                                 "HOURS_TAKEN", "de uren zijn vergeven")
                                       .Field("terms.weeks[1]", "is bezet")
                                       .Metadata("week", "2026-W50")
                                       .Remedy("kies een andere week")
                                       .Retry(absl::Seconds(30))));
  writer.Write("certificate", "member",
               crypto::MakeCertificate({.organisation = "Gemeente Proef",
                                        .oin = "00000004000000000001",
                                        .dns_names = {"localhost"},
                                        .ip_addresses = {"127.0.0.1"},
                                        .not_before = absl::FromUnixSeconds(1'800'000'000),
                                        .not_after = absl::FromUnixSeconds(1'900'000'000)})
                   ->certificate_pem);
  const std::string member =
      "member: {short_name: proef, organisation: Gemeente Proef, "
      "oin: \"00000004000000000001\", latitude: 52.1, longitude: 4.3}\n"
      "data_directory: data\n";
  writer.Write("config", "small", member);
  writer.Write("config", "full",
               member +
                   "api: {listen: '127.0.0.1:7101', names: [localhost], threads: 8}\n"
                   "peer: {listen: '127.0.0.1:7201', addresses: ['a:1', '[::1]:2'], threads: 9}\n"
                   "limits: {message_bytes: 65536, append_queue: 1, deadline_seconds: 30, "
                   "shutdown_seconds: 5}\n"
                   "logging: {format: json, level: error}\n");
}

}  // namespace
}  // namespace tests::fuzz

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "use: fuzz_seeds FOLDER\n");
    return 2;
  }
  const tests::fuzz::Writer writer(arguments[1]);
  tests::fuzz::WriteNotes(writer);
  tests::fuzz::WriteProofs(writer);
  tests::fuzz::WriteTiles(writer);
  tests::fuzz::WritePackages(writer);
  tests::fuzz::WriteBundles(writer);
  tests::fuzz::WriteCharters(writer);
  tests::fuzz::WriteKeys(writer);
  tests::fuzz::WriteDisclosures(writer);
  tests::fuzz::WriteInputs(writer);
  tests::fuzz::WriteTexts(writer);
  return 0;
}
