#include "tests/services/audit/verify/maker.h"

#include <algorithm>

#include "eventstore/merkle/note.h"
#include "eventstore/privacy/sealing.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/one_key.h"
#include "services/domain/agreement.h"
#include "services/domain/circle/circle.h"
#include "tests/testing/seams.h"

namespace tests::audit::verify {

namespace circle_of = services::domain::circle;
using eventstore::crypto::Digest;
using eventstore::crypto::PrivateKey;
using eventstore::log::CircleId;
using eventstore::log::Epoch;
using eventstore::log::EventId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::Sequence;
using eventstore::log::StoredEvent;
using eventstore::log::StreamId;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::Event;
using poolcirkel::event::v1::TermsToSign;
using poolcirkel::log::v1::Bundle;

namespace {

template <typename Id>
Id IdOf(uint8_t byte) {
  std::array<uint8_t, Id::kSize> bytes;
  bytes.fill(byte);
  return Id(bytes);
}

}  // namespace

Maker::Maker(int members)
    : exchange(IdOf<StreamId>(0xE1)), assignment(IdOf<StreamId>(0xA1)), secret_(32, 's') {
  charter.set_name("Poolcirkel Proef");
  charter.set_short_name("proef");
  charter.set_nonce(std::string(16, 'n'));
  charter.set_quorum(static_cast<uint32_t>(members) / 2 + 1);
  for (int i = 0; i < members; ++i) {
    for (uint32_t epoch = 0; epoch < 2; ++epoch) {
      keys_.emplace(std::pair(i, epoch),
                    *PrivateKey::FromSeed(std::string(32, static_cast<char>('A' + 2 * i + epoch))));
    }
    auto& member = *charter.add_members();
    member.set_member_id(Member(i).bytes());
    member.set_short_name("lid-" + std::to_string(i));
    member.set_name("Lid " + std::to_string(i));
    member.set_oin("0000000400000000000" + std::to_string(i));
    member.set_log_key(Key(i).public_key().bytes());
    member.set_tls_key_hash(std::string(32, static_cast<char>('a' + i)));
    member.add_addresses("127.0.0.1:" + std::to_string(7000 + i));
    member.set_coordinator(i == 0);
  }
}

CircleId Maker::circle() const { return circle_of::CircleIdOf(*circle_of::EncodeCharter(charter)); }
MemberId Maker::Member(int i) const { return IdOf<MemberId>(static_cast<uint8_t>(i + 1)); }
const PrivateKey& Maker::Key(int i, uint32_t epoch) const { return keys_.at({i, epoch}); }
FeedId Maker::Feed(int i) const { return {circle(), Member(i), Epoch(i == 0 ? host_epoch : 0)}; }

EventId Maker::NewId() {
  auto bytes = IdOf<EventId>(next_id_++).array();
  bytes[6] = 0x70;  // UUIDv7
  bytes[8] = 0x80;
  return EventId(bytes);
}

uint64_t Maker::Append(int writer, const StreamId& stream, const std::string& type,
                       const Event& body, const EventId& id) {
  auto& feed = feeds_[writer];
  StoredEvent event;
  event.feed = Feed(writer);
  event.sequence = Sequence(feed.size());
  event.id = id;
  event.type = type;
  event.stream = stream;
  event.recorded_at = absl::FromUnixSeconds(1'800'000'000 + static_cast<int64_t>(feed.size()));
  event.request = IdOf<eventstore::log::RequestId>(static_cast<uint8_t>(feed.size() + 1));
  event.request_digest = std::string(32, 'd');
  event.payload = body.SerializeAsString();
  event.bytes = eventstore::log::EncodeRecord(event);
  feed.push_back(event);
  return feed.size() - 1;
}

uint64_t Maker::Append(int writer, const StreamId& stream, const std::string& type,
                       const Event& body) {
  return Append(writer, stream, type, body, NewId());
}

void Maker::Noise(int writer) {
  Event other;
  other.mutable_assignment_published()->set_title("Iets anders");
  Append(writer, IdOf<StreamId>(0x99), "assignment_published", other);
}

std::string Maker::Sign(int member, uint32_t epoch, int party) const {
  const bool lends = party == TermsToSign::PARTY_LENDER;
  services::domain::Agreement agreement;
  agreement.circle = circle();
  agreement.exchange = exchange;
  agreement.selection = 1;
  agreement.terms_digest = lends && !lender_terms_digest.empty() ? lender_terms_digest : digest_;
  agreement.party = static_cast<TermsToSign::Party>(party);
  return services::domain::SignAgreement(Key(member, epoch), agreement);
}

Event Maker::Selection(const EventId& id) {
  Event body;
  auto& selected = *body.mutable_candidacy_selected();
  selected.set_exchange_id(exchange.bytes());
  selected.set_lender_member_id(Member(1).bytes());
  selected.set_seat(1);
  selected.set_selection(1);
  selected.mutable_terms()->set_start_date("2026-12-01");
  selected.mutable_terms()->set_end_date("2027-01-31");
  selected.mutable_terms()->set_salt(std::string(16, 'z'));
  digest_ = services::domain::TermsDigest(selected.terms()).bytes();
  selected.set_terms_digest(digest_);
  eventstore::privacy::ClassKey key;
  key.id = eventstore::privacy::KeyOf(exchange);
  key.key_class = poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
  key.circle = circle();
  key.made_by = Member(1);
  key.secret = secret_;
  eventstore::privacy::SealingKeys names;
  names.exchange = key.id;
  tests::testing::SeededEntropy entropy(1);
  const auto sealed = eventstore::privacy::Seal(body, assignment, id, names,
                                                services::audit::verify::OneKey(key), entropy);
  if (!sealed.ok()) std::abort();
  return body;
}

void Maker::WriteHost() {
  Noise(0);
  Event published;
  published.mutable_assignment_published()->set_title("Opdracht");
  of_host_.push_back(Append(0, assignment, "assignment_published", published));
  Noise(0);
  const EventId id = NewId();
  of_host_.push_back(Append(0, assignment, "candidacy_selected", Selection(id), id));
  Event accepted;
  accepted.mutable_selection_accepted()->set_exchange_id(exchange.bytes());
  accepted.mutable_selection_accepted()->set_seat(1);
  accepted.mutable_selection_accepted()->set_selection(1);
  accepted.mutable_selection_accepted()->set_terms_digest(digest_);
  accepted.mutable_selection_accepted()->set_signature(
      Sign(0, host_epoch, TermsToSign::PARTY_HOST));
  accepted_at_ = Append(0, assignment, "selection_accepted", accepted);
  of_host_.push_back(accepted_at_);
  Noise(0);
  Event ended;
  ended.mutable_secondment_ended()->set_exchange_id(exchange.bytes());
  ended.mutable_secondment_ended()->set_last_day("2027-01-15");
  of_host_.push_back(Append(0, assignment, "secondment_ended", ended));
}

void Maker::WriteLender() {
  Event proposed;
  proposed.mutable_secondment_proposed()->set_assignment_id(assignment.bytes());
  proposed.mutable_secondment_proposed()->set_host_member_id(Member(0).bytes());
  of_lender_.push_back(Append(1, exchange, "secondment_proposed", proposed));
  Noise(1);
  Event confirmed;
  auto& confirmation = *confirmed.mutable_secondment_confirmed();
  confirmation.set_selection(1);
  confirmation.set_terms_digest(lender_terms_digest.empty() ? digest_ : lender_terms_digest);
  confirmation.set_signature(Sign(1, 0, TermsToSign::PARTY_LENDER));
  auto& attestation = *confirmation.add_attestations();
  attestation.set_consent(poolcirkel::event::v1::CONSENT_PROFESSIONAL);
  attestation.set_date("2026-11-20");
  of_lender_.push_back(Append(1, exchange, "secondment_confirmed", confirmed));
  if (released) {
    Event release;
    release.mutable_confirmation_released()->set_selection(1);
    of_lender_.push_back(Append(1, exchange, "confirmation_released", release));
  }
  Noise(1);
}

Digest Maker::RootOf(int writer, uint64_t size) const {
  return *eventstore::merkle::RootAt(size, [&](eventstore::merkle::TileId, uint64_t width) {
    eventstore::merkle::Tile tile;
    for (uint64_t i = 0; i < width; ++i) {
      tile.push_back(eventstore::merkle::LeafHash(feeds_.at(writer)[i].bytes));
    }
    return absl::StatusOr<eventstore::merkle::Tile>(tile);
  });
}

std::vector<Digest> Maker::Path(int writer, uint64_t index, uint64_t size) const {
  return *eventstore::merkle::InclusionProof(
      index, size, [&](eventstore::merkle::TileId, uint64_t width) {
        eventstore::merkle::Tile tile;
        for (uint64_t i = 0; i < width; ++i) {
          tile.push_back(eventstore::merkle::LeafHash(feeds_.at(writer)[i].bytes));
        }
        return absl::StatusOr<eventstore::merkle::Tile>(tile);
      });
}

std::string Maker::Note(int writer, uint64_t size, const std::vector<int>& witnesses) const {
  const std::string origin = eventstore::log::Origin(Feed(writer));
  eventstore::merkle::Note note{
      eventstore::merkle::FormatCheckpoint({origin, size, RootOf(writer, size), ""}), {}};
  eventstore::merkle::SignNote(note, origin, Key(writer, writer == 0 ? host_epoch : 0));
  for (const int witness : witnesses) {
    eventstore::merkle::CosignNote(note, eventstore::log::Origin(Feed(witness)), Key(witness),
                                   absl::FromUnixSeconds(1'800'000'100));
  }
  return eventstore::merkle::FormatNote(note);
}

void Maker::AddCharters(Bundle& bundle) const {
  std::vector<Charter> versions = {charter};
  std::string previous;
  for (const Charter& next : later) versions.push_back(next);
  for (size_t i = 0; i < versions.size(); ++i) {
    Charter version = versions[i];
    version.set_version(static_cast<uint32_t>(i));
    if (i > 0) version.set_previous(circle_of::CharterDigest(previous).bytes());
    const std::string bytes = version.SerializeAsString();
    poolcirkel::event::v1::SignedCharter whole;
    whole.set_charter(bytes);
    const int count = i == 0 ? version.members_size() : static_cast<int>(versions[i - 1].quorum());
    for (int member = 0; member < count; ++member) {
      *whole.add_signatures() = circle_of::SignCharter(Member(member), Key(member), bytes);
    }
    bundle.add_charters(whole.SerializeAsString());
    previous = bytes;
  }
}

void Maker::AddFeed(int writer, const std::vector<uint64_t>& shown,
                    const std::map<uint64_t, std::vector<int>>& heads, Bundle& bundle) const {
  auto& feed = *bundle.add_feeds();
  *feed.mutable_feed() = eventstore::log::ToProto(Feed(writer));
  for (auto head = heads.rbegin(); head != heads.rend(); ++head) {
    feed.add_checkpoint_notes(Note(writer, head->first, head->second));
  }
  for (const uint64_t sequence : shown) {
    auto& event = *feed.add_events();
    event.set_sequence(sequence);
    event.set_record(feeds_.at(writer)[sequence].bytes);
    for (auto head = heads.rbegin(); head != heads.rend(); ++head) {
      auto& proof = *event.add_proofs();
      if (sequence >= head->first) continue;
      for (const Digest& hash : Path(writer, sequence, head->first)) {
        proof.add_hashes(hash.bytes());
      }
    }
  }
}

Bundle Maker::Make() {
  next_id_ = 1;
  feeds_.clear();
  of_host_.clear();
  of_lender_.clear();
  WriteHost();
  WriteLender();
  Bundle bundle;
  bundle.set_version(1);
  bundle.set_exchange_id(exchange.bytes());
  AddCharters(bundle);
  auto heads = cosigners;
  heads.try_emplace(SizeOf(0));
  AddFeed(0, of_host_, heads, bundle);
  AddFeed(1, of_lender_, {{SizeOf(1), {}}}, bundle);
  bundle.set_exchange_key(with_key ? secret_ : "");
  return bundle;
}

}  // namespace tests::audit::verify
