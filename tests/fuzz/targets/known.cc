#include "tests/fuzz/targets/known.h"

#include <cstdlib>
#include <filesystem>

#include "eventstore/merkle/tree.h"
#include "services/domain/circle/circle.h"
#include "services/domain/professional/professional.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {
namespace {

namespace crypto = ::eventstore::crypto;
namespace event = ::poolcirkel::event::v1;
namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;
namespace privacy = ::eventstore::privacy;
namespace circle_domain = ::services::domain::circle;

constexpr int kPeople = 3;
constexpr int kEvents = 40;

std::vector<Person> MakePeople() {
  std::vector<Person> people;
  for (int i = 1; i <= kPeople; ++i) people.emplace_back(static_cast<uint8_t>(i));
  return people;
}

std::vector<std::string> Payloads(const std::string& prefix) {
  std::vector<std::string> payloads;
  for (int i = 0; i < kEvents; ++i) payloads.push_back(prefix + std::to_string(i));
  return payloads;
}

// RFC 6962, section 2.1, as it stands there.
crypto::Digest RootOf(const std::vector<crypto::Digest>& leaves, size_t begin, size_t end) {
  if (begin == end) return merkle::EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return merkle::NodeHash(RootOf(leaves, begin, begin + split), RootOf(leaves, begin + split, end));
}

void Inclusion(uint64_t index, uint64_t begin, uint64_t end, std::vector<crypto::Digest>& path) {
  if (end - begin <= 1) return;
  uint64_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  const uint64_t middle = begin + split;
  if (index < middle) {
    Inclusion(index, begin, middle, path);
    path.push_back(RootOf(TheTree().leaves, middle, end));
  } else {
    Inclusion(index, middle, end, path);
    path.push_back(RootOf(TheTree().leaves, begin, middle));
  }
}

void Consistency(uint64_t from, uint64_t begin, uint64_t end, bool whole,
                 std::vector<crypto::Digest>& path) {
  if (from == end) {
    if (!whole) path.push_back(RootOf(TheTree().leaves, begin, end));
    return;
  }
  uint64_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  const uint64_t middle = begin + split;
  if (from <= middle) {
    Consistency(from, begin, middle, whole, path);
    path.push_back(RootOf(TheTree().leaves, middle, end));
  } else {
    Consistency(from, middle, end, false, path);
    path.push_back(RootOf(TheTree().leaves, begin, middle));
  }
}

event::SignedCharter Signed(const event::Charter& charter) {
  const auto bytes = circle_domain::EncodeCharter(charter);
  Expect(bytes.ok(), "the known charter is one");
  event::SignedCharter signed_charter;
  signed_charter.set_charter(*bytes);
  for (const Person& person : TheCircle().people) {
    *signed_charter.add_signatures() = circle_domain::SignCharter(person.id, person.key, *bytes);
  }
  return signed_charter;
}

event::Charter CharterZero() {
  event::Charter charter;
  charter.set_name("Poolcirkel Proef");
  charter.set_short_name("proef");
  charter.set_quorum(2);
  charter.set_nonce(std::string(16, 'n'));
  charter.mutable_rules()->set_notice_days(28);
  charter.mutable_rules()->add_required_consents(event::CONSENT_PROFESSIONAL);
  int number = 0;
  for (const Person& person : TheCircle().people) {
    auto& member = *charter.add_members();
    member.set_member_id(person.id.bytes());
    member.set_short_name("lid-" + std::to_string(++number));
    member.set_name("Lid " + std::to_string(number));
    member.set_oin("0000000400000000000" + std::to_string(number));
    member.set_log_key(person.key.public_key().bytes());
    member.set_tls_key_hash(std::string(32, static_cast<char>('a' + number)));
    member.add_addresses("127.0.0.1:720" + std::to_string(number));
    member.set_coordinator(number == 1);
  }
  return charter;
}

}  // namespace

KnownCircle::KnownCircle()
    : people(MakePeople()),
      story(people[0], Payloads("payload ")),
      fork(people[0], Payloads("other ")) {}

const KnownCircle& TheCircle() {
  static const auto& circle = *new KnownCircle();
  return circle;
}

KnownTree::KnownTree() {
  roots.push_back(merkle::EmptyRoot());
  for (uint64_t i = 0; i < kTreeSize; ++i) {
    entries.push_back("entry " + std::to_string(i));
    leaves.push_back(merkle::LeafHash(entries.back()));
    roots.push_back(RootOf(leaves, 0, leaves.size()));
  }
}

const KnownTree& TheTree() {
  static const auto& tree = *new KnownTree();
  return tree;
}

std::vector<crypto::Digest> InclusionPath(uint64_t index, uint64_t size) {
  std::vector<crypto::Digest> path;
  Inclusion(index, 0, size, path);
  return path;
}

std::vector<crypto::Digest> ConsistencyPath(uint64_t from, uint64_t to) {
  std::vector<crypto::Digest> path;
  Consistency(from, 0, to, true, path);
  return path;
}

event::SignedCharter FirstCharter() { return Signed(CharterZero()); }

event::SignedCharter NextCharter() {
  event::Charter next = CharterZero();
  next.set_version(1);
  next.set_previous(circle_domain::CharterDigest(FirstCharter().charter()).bytes());
  next.mutable_rules()->set_notice_days(14);
  return Signed(next);
}

KnownSeal::KnownSeal()
    : circle(eventstore::replication::TestCircle()),
      member(TheCircle().people[0].id),
      stream(*log::StreamId::FromBytes(std::string(16, 's'))),
      event_id(*log::EventId::FromBytes(std::string(16, 'e'))) {
  static auto& entropy = *new testing::SeededEntropy(1);
  std::string folder = std::filesystem::temp_directory_path() / "poolcirkel-fuzz-XXXXXX";
  Expect(::mkdtemp(folder.data()) != nullptr, "there is a place for the key file");
  auto opened = privacy::KeyFile::Open(folder, entropy);
  Expect(opened.ok(), "the key file opens");
  keys = *std::move(opened);
  const auto make = [&](char name, poolcirkel::log::v1::KeyClass key_class) {
    privacy::ClassKey key;
    key.id = *privacy::KeyId::FromBytes(std::string(16, name));
    key.key_class = key_class;
    key.circle = circle;
    key.made_by = member;
    Expect(keys->Create(key).ok(), "the key is made");
    return key.id;
  };
  names.person = make('p', poolcirkel::log::v1::KEY_CLASS_PERSON);
  names.exchange = make('x', poolcirkel::log::v1::KEY_CLASS_EXCHANGE);
  names.member = make('m', poolcirkel::log::v1::KEY_CLASS_MEMBER);
  auto& proposed = *clear.mutable_secondment_proposed();
  proposed.set_assignment_id(std::string(16, 'a'));
  proposed.set_host_member_id(TheCircle().people[1].id.bytes());
  proposed.set_professional_id(std::string(16, 'q'));
  proposed.set_motivation("Past bij de gevraagde ervaring.");
  proposed.add_reasons()->set_criterion("rol");
  sealed = clear;
  Expect(privacy::Seal(sealed, stream, event_id, names, *keys, entropy).ok(),
         "the known event is sealed");
  // It is read from memory from here on.
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

const KnownSeal& TheSeal() {
  static const auto& seal = *new KnownSeal();
  return seal;
}

namespace {

poolcirkel::peer::v1::DiscloseResponse TrueAnswer() {
  poolcirkel::peer::v1::DiscloseResponse answer;
  answer.set_professional_id(std::string(16, 's'));  // the stream of a story
  answer.mutable_identity()->set_name("Voorbeeldpersoon");
  answer.mutable_identity()->set_email("persoon@voorbeeld.example");
  answer.mutable_identity()->set_telephone("+31 10 1234567");
  answer.set_commitment_salt(std::string(16, 'z'));
  return answer;
}

std::string Statement(const poolcirkel::peer::v1::DiscloseResponse& answer) {
  event::Event stated;
  stated.mutable_profile_stated()->set_identity_commitment(
      services::domain::professional::IdentityCommitment(answer.commitment_salt(),
                                                         answer.identity())
          .bytes());
  return stated.SerializeAsString();
}

}  // namespace

KnownProfessional::KnownProfessional()
    : answer(TrueAnswer()), story(TheCircle().people[0], {Statement(answer)}) {}

const KnownProfessional& TheProfessional() {
  static const auto& professional = *new KnownProfessional();
  return professional;
}

}  // namespace tests::fuzz
