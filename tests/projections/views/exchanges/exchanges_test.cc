#include "projections/views/exchanges/exchanges.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "eventstore/crypto/signature.h"
#include "eventstore/merkle/note.h"
#include "projections/engine/decode.h"
#include "tests/testing/seams.h"

namespace projections::views::exchanges {
namespace {

using eventstore::crypto::PrivateKey;
using eventstore::crypto::Sha256;
using eventstore::log::CircleId;
using eventstore::log::Cursor;
using eventstore::log::EventId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::Sequence;
using eventstore::log::StreamId;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::SignedCharter;
using Body = poolcirkel::event::v1::Event;

// The rows of a view over several feeds, in memory.
class Rows final : public engine::ViewReader {
 public:
  uint32_t version() const override { return 1; }
  const Cursor& cursor() const override { return cursor_; }

  absl::StatusOr<std::optional<std::string>> Get(const FeedId& feed,
                                                 std::string_view key) const override {
    const auto it = rows_.find({feed, std::string(key)});
    if (it == rows_.end()) return std::optional<std::string>();
    return it->second;
  }
  absl::Status Scan(const FeedId& feed, std::string_view prefix,
                    const RowVisitor& visit) const override {
    for (const auto& [name, value] : rows_) {
      if (name.first != feed || !name.second.starts_with(prefix)) continue;
      if (auto status = visit(feed, name.second, value); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  absl::Status ScanCircle(const CircleId&, const RowVisitor& visit) const override {
    for (const auto& [name, value] : rows_) {
      if (auto status = visit(name.first, name.second, value); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Fold(const engine::View& view, const engine::Event& event) {
    Writer writer(rows_, event.feed());
    EXPECT_TRUE(view.Fold(event, writer).ok());
    cursor_.Set(event.feed(), event.sequence().Next());
  }

 private:
  using Map = std::map<std::pair<FeedId, std::string>, std::string>;
  class Writer final : public engine::RowWriter {
   public:
    Writer(Map& rows, const FeedId& feed) : rows_(rows), feed_(feed) {}
    absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
      const auto it = rows_.find({feed_, std::string(key)});
      if (it == rows_.end()) return std::optional<std::string>();
      return std::optional(it->second);
    }
    void Put(std::string_view key, std::string_view value) override {
      rows_[{feed_, std::string(key)}] = std::string(value);
    }
    void Delete(std::string_view key) override { rows_.erase({feed_, std::string(key)}); }
    void Add(Pieces key, Pieces value) override {
      EXPECT_TRUE(rows_.try_emplace({feed_, Join(key)}, Join(value)).second);
    }

   private:
    static std::string Join(Pieces pieces) {
      std::string all;
      for (const std::string_view piece : pieces) all += piece;
      return all;
    }

    Map& rows_;
    const FeedId feed_;
  };

  Map rows_;
  Cursor cursor_;
};

// Five members; host 0 and lender 1 make an exchange, 2 meddles.
class ExchangesTest : public testing::Test {
 protected:
  static constexpr int kMembers = 5;
  static constexpr int kHost = 0;
  static constexpr int kLender = 1;
  static constexpr int kOther = 2;

  ExchangesTest() {
    for (int i = 0; i < kMembers; ++i) keys_.push_back(PrivateKey::Generate(entropy_));
    charter_ = Found({0, 1, 2, 3, 4});
    circle_ = *CircleId::FromBytes(Sha256(charter_.charter()).view());
    Body adopted;
    *adopted.mutable_charter_adopted()->mutable_charter() = charter_;
    Write(kHost, circle_stream_, adopted);
    Body published;
    published.mutable_assignment_published()->set_title("Programmamanager");
    Write(kHost, assignment_, published);
  }

  static MemberId Member(int i) {
    return MemberId(std::array<uint8_t, 16>{static_cast<uint8_t>(i + 1)});
  }
  FeedId Feed(int i) const { return {circle_, Member(i), eventstore::log::Epoch(0)}; }

  SignedCharter Found(const std::vector<int>& members) {
    Charter charter;
    for (const int i : members) {
      auto* entry = charter.add_members();
      entry->set_member_id(Member(i).bytes());
      entry->set_log_key(keys_[i].public_key().bytes());
    }
    charter.set_quorum(static_cast<uint32_t>(members.size()));
    SignedCharter result;
    result.set_charter(charter.SerializeAsString());
    const std::string message =
        "poolcirkel.example/v1/charter\n" + Sha256(result.charter()).bytes();
    for (const int i : members) {
      auto* signature = result.add_signatures();
      signature->set_member_id(Member(i).bytes());
      signature->set_signature(keys_[i].Sign(message).bytes());
    }
    return result;
  }

  // Answers where it stands.
  uint64_t Write(int member, const StreamId& stream, const Body& body) {
    const uint64_t sequence = rows_.cursor().At(Feed(member)).value();
    clock_.Advance(absl::Seconds(1));
    const std::string type =
        Body::descriptor()->FindFieldByNumber(static_cast<int>(body.body_case()))->name();
    const std::string payload = body.SerializeAsString();
    eventstore::log::EventView stored;
    stored.feed = Feed(member);
    stored.sequence = Sequence(sequence);
    stored.parts.id = ids_.New<EventId>();
    stored.parts.stream = stream;
    stored.parts.type = type;
    stored.parts.recorded_at_microseconds = absl::ToUnixMicros(clock_.Now());
    stored.parts.payload = payload;
    engine::Decoder decoder;
    rows_.Fold(view_, *decoder.Decode(stored));
    return sequence;
  }

  void Propose(int lender = kLender) {
    Body body;
    auto& proposed = *body.mutable_secondment_proposed();
    proposed.set_assignment_id(assignment_.bytes());
    proposed.set_host_member_id(Member(kHost).bytes());
    Write(lender, exchange_, body);
  }
  void Select(uint32_t selection = 1, const std::string& digest = "afspraak") {
    Body body;
    auto& selected = *body.mutable_candidacy_selected();
    selected.set_exchange_id(exchange_.bytes());
    selected.set_lender_member_id(Member(kLender).bytes());
    selected.set_seat(1);
    selected.set_selection(selection);
    selected.set_terms_digest(digest);
    Write(kHost, assignment_, body);
  }
  void Confirm(uint32_t selection = 1, const std::string& digest = "afspraak") {
    Body body;
    body.mutable_secondment_confirmed()->set_selection(selection);
    body.mutable_secondment_confirmed()->set_terms_digest(digest);
    Write(kLender, exchange_, body);
  }
  uint64_t Accept(int writer = kHost, uint32_t selection = 1) {
    Body body;
    auto& accepted = *body.mutable_selection_accepted();
    accepted.set_exchange_id(exchange_.bytes());
    accepted.set_seat(1);
    accepted.set_selection(selection);
    accepted.set_terms_digest("afspraak");
    return Write(writer, assignment_, body);
  }
  void Release(uint32_t selection = 1) {
    Body body;
    body.mutable_confirmation_released()->set_selection(selection);
    Write(kLender, exchange_, body);
  }
  void Withdraw() {
    Body body;
    body.mutable_proposal_withdrawn()->set_reason("toch niet");
    Write(kLender, exchange_, body);
  }
  void Expire(int writer = kHost) {
    Body body;
    auto& expired = *body.mutable_selection_expired();
    expired.set_exchange_id(exchange_.bytes());
    expired.set_seat(1);
    expired.set_selection(1);
    Write(writer, assignment_, body);
  }
  void End(int writer, const std::string& last_day) {
    Body body;
    auto& ended = *body.mutable_secondment_ended();
    ended.set_exchange_id(exchange_.bytes());
    ended.set_last_day(last_day);
    Write(writer, writer == kLender ? exchange_ : assignment_, body);
  }

  std::string NoteBy(uint64_t size, const std::vector<int>& witnesses,
                     const PrivateKey* forged = nullptr) {
    eventstore::merkle::Note note;
    note.text = eventstore::merkle::FormatCheckpoint(
        {eventstore::log::Origin(Feed(kHost)), size, Sha256("wortel"), ""});
    SignNote(note, eventstore::log::Origin(Feed(kHost)), keys_[kHost]);
    for (const int i : witnesses) {
      CosignNote(note, eventstore::log::Origin(Feed(i)), forged == nullptr ? keys_[i] : *forged,
                 clock_.Now());
    }
    return FormatNote(note);
  }
  void Evidence(uint64_t acceptance, const std::vector<std::string>& notes, int writer = kHost) {
    Body body;
    auto& cosigned = *body.mutable_acceptance_cosigned();
    cosigned.set_exchange_id(exchange_.bytes());
    cosigned.set_selection(1);
    cosigned.set_acceptance_sequence(acceptance);
    for (const auto& note : notes) cosigned.add_cosigned_checkpoints(note);
    Write(writer, assignment_, body);
  }
  uint64_t Agree() {
    Propose();
    Select();
    Confirm();
    return Accept();
  }

  Exchange Now(int lender = kLender) {
    const auto all = Read(rows_, circle_);
    EXPECT_TRUE(all.ok()) << all.status();
    for (const Exchange& exchange : *all) {
      if (exchange.lender == Feed(lender)) return exchange;
    }
    ADD_FAILURE() << "no such exchange";
    return {};
  }

  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{3};
  eventstore::base::IdGenerator ids_{clock_, entropy_};
  std::vector<PrivateKey> keys_;
  SignedCharter charter_;
  CircleId circle_;
  const StreamId circle_stream_ = ids_.New<StreamId>();
  const StreamId assignment_ = ids_.New<StreamId>();
  const StreamId exchange_ = ids_.New<StreamId>();
  const Exchanges view_;
  Rows rows_;
};

TEST_F(ExchangesTest, FollowsTheHandshake) {
  Propose();
  EXPECT_EQ(Now().status, Status::kProposed);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kHostToSelect);
  EXPECT_EQ(Now().assignment_title, "Programmamanager");
  Select();
  EXPECT_EQ(Now().status, Status::kSelected);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kLenderToConfirm);
  Confirm();
  EXPECT_EQ(Now().status, Status::kConfirmed);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kHostToAccept);
  const uint64_t acceptance = Accept();
  EXPECT_EQ(Now().status, Status::kAccepted);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kCosignatures);
  Evidence(acceptance, {NoteBy(acceptance + 1, {1, 2, 3})});
  EXPECT_EQ(Now().status, Status::kEffective);
  EXPECT_EQ(Now().cosignatures.have, 3u);
  EXPECT_EQ(Now().cosignatures.needed, 3u);
  End(kHost, "2026-12-20");
  End(kLender, "2026-12-13");
  EXPECT_EQ(Now().status, Status::kEnded);
  EXPECT_EQ(Now().ended_last_day, "2026-12-13");
}

TEST_F(ExchangesTest, CountsWitnessesOverSeveralNotes) {
  const uint64_t acceptance = Agree();
  Body other;
  other.mutable_charter_signed();
  Write(kHost, circle_stream_, other);
  Evidence(acceptance, {NoteBy(acceptance + 1, {1, 2}), NoteBy(acceptance + 2, {2, 4})});
  EXPECT_EQ(Now().status, Status::kEffective);
}

TEST_F(ExchangesTest, ForgedEvidenceLeavesItAccepted) {
  const uint64_t acceptance = Agree();
  const PrivateKey stranger = PrivateKey::Generate(entropy_);
  const uint64_t size = acceptance + 1;
  Evidence(acceptance, {});
  Evidence(acceptance, {"geen stand"});
  Evidence(acceptance, {NoteBy(size, {1, 2})});                        // too few
  Evidence(acceptance, {NoteBy(size, {1, 2}), NoteBy(size, {2, 1})});  // the same two
  Evidence(acceptance, {NoteBy(size, {1, 2, kHost})});                 // the host itself
  Evidence(acceptance, {NoteBy(size, {1, 2, 3}, &stranger)});          // other keys
  Evidence(acceptance, {NoteBy(acceptance, {1, 2, 3})});               // before it
  Evidence(acceptance, {NoteBy(1'000, {1, 2, 3})});                    // not there yet
  Evidence(acceptance - 1, {NoteBy(size, {1, 2, 3})});                 // another event
  Evidence(acceptance, {NoteBy(size, {1, 2, 3})}, kOther);             // not by the host
  EXPECT_EQ(Now().status, Status::kAccepted);
  EXPECT_FALSE(Now().effective_at.has_value());
}

TEST_F(ExchangesTest, ACharterThatTheCircleDidNotSignDoesNotCount) {
  Body body;
  *body.mutable_charter_adopted()->mutable_charter() = Found({kHost, kLender});
  Write(kHost, circle_stream_, body);
  Charter next;
  ASSERT_TRUE(next.ParseFromString(charter_.charter()));
  next.set_version(1);
  next.set_previous(Sha256(charter_.charter()).bytes());
  next.mutable_members()->DeleteSubrange(2, 3);
  SignedCharter lonely;
  lonely.set_charter(next.SerializeAsString());
  auto* signature = lonely.add_signatures();
  signature->set_member_id(Member(kHost).bytes());
  signature->set_signature(
      keys_[kHost]
          .Sign("poolcirkel.example/v1/charter\n" + Sha256(lonely.charter()).bytes())
          .bytes());
  *body.mutable_charter_adopted()->mutable_charter() = lonely;
  Write(kHost, circle_stream_, body);
  const uint64_t acceptance = Agree();
  Evidence(acceptance, {NoteBy(acceptance + 1, {1, 2})});
  EXPECT_EQ(Now().cosignatures.needed, 3u);
  EXPECT_EQ(Now().status, Status::kAccepted);
}

TEST_F(ExchangesTest, NobodyElseInfluencesIt) {
  Propose();
  Select();
  Expire(kOther);
  Expire(kLender);
  EXPECT_EQ(Now().status, Status::kSelected);
  Confirm();
  Accept(kOther);
  Accept(kLender);
  EXPECT_EQ(Now().status, Status::kConfirmed);
  Accept();
  End(kOther, "2026-12-01");
  EXPECT_EQ(Now().status, Status::kAccepted);
}

TEST_F(ExchangesTest, ASecondMemberUnderTheSameIdChangesNothing) {
  Propose(kOther);
  Propose();
  Select();
  Confirm();
  Accept();
  EXPECT_EQ(Now().status, Status::kAccepted);
  EXPECT_EQ(Now(kOther).status, Status::kProposed);
  const auto found = Find(rows_, circle_, exchange_);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->lender, Feed(kLender));
}

TEST_F(ExchangesTest, SidesThatContradictEachOtherAreAConflict) {
  Propose();
  Select();
  Confirm(1, "andere afspraak");
  EXPECT_EQ(Now().status, Status::kConflict);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kBothToAgree);
}

TEST_F(ExchangesTest, AnAcceptanceOfWhatWasWithdrawnIsAConflict) {
  Propose();
  Select();
  Withdraw();
  EXPECT_EQ(Now().status, Status::kWithdrawn);
  Accept();
  EXPECT_EQ(Now().status, Status::kConflict);
}

TEST_F(ExchangesTest, HoursReleasedWithoutTheHostsWordAreAConflict) {
  Agree();
  Release();
  EXPECT_EQ(Now().status, Status::kConflict);
}

TEST_F(ExchangesTest, AfterAnExpiryTheLenderReleasesAndCanBeSelectedAgain) {
  Propose();
  Select();
  Confirm();
  Expire();
  EXPECT_EQ(Now().status, Status::kExpired);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kLenderToRelease);
  Release();
  EXPECT_EQ(Now().waiting_for, WaitingFor::kNobody);
  Select(2);
  EXPECT_EQ(Now().status, Status::kSelected);
  EXPECT_EQ(Now().selection, 2u);
  Confirm(2);
  Accept(kHost, 2);
  EXPECT_EQ(Now().status, Status::kAccepted);
}

TEST_F(ExchangesTest, AnAcceptanceWaitsForTheLendersFeed) {
  Propose();
  Select();
  const uint64_t acceptance = Accept();
  Evidence(acceptance, {NoteBy(acceptance + 1, {1, 2, 3})});
  EXPECT_EQ(Now().status, Status::kAccepted);
  EXPECT_EQ(Now().waiting_for, WaitingFor::kLenderRecords);
  Confirm();
  EXPECT_EQ(Now().status, Status::kEffective);
}

TEST_F(ExchangesTest, IdsOfTheWrongLengthAreIgnored) {
  Body body;
  body.mutable_candidacy_selected()->set_exchange_id("kort");
  Write(kHost, assignment_, body);
  Body evidence;
  evidence.mutable_acceptance_cosigned()->set_exchange_id(std::string(300, 'x'));
  Write(kHost, assignment_, evidence);
  Body proposed;
  proposed.mutable_secondment_proposed()->set_host_member_id("wie");
  Write(kOther, exchange_, proposed);
  const auto all = Read(rows_, circle_);
  ASSERT_TRUE(all.ok());
  EXPECT_TRUE(all->empty());
}

}  // namespace
}  // namespace projections::views::exchanges
