#include "services/audit/verify/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "eventstore/merkle/note.h"
#include "services/audit/verify/bundle.h"
#include "tests/services/audit/verify/changes.h"
#include "tests/services/audit/verify/maker.h"

namespace services::audit::verify {
namespace {

using eventstore::merkle::Note;
using poolcirkel::event::v1::EpochEnd;
using poolcirkel::event::v1::SignedCharter;
using poolcirkel::log::v1::Bundle;
using testing::HasSubstr;
using tests::audit::verify::Maker;

std::string Text(const Report& report) {
  std::string text;
  for (const Claim& claim : report.claims) {
    text += (claim.ok ? "+ " : "- ") + claim.sentence + "\n";
  }
  return text;
}

// Three members; the acceptance stands at 4 of the host's feed, which has 7 events. Both
// others cosigned: one the head of 5, one the head of 6.
Maker Ready() {
  Maker maker(3);
  maker.cosigners = {{5, {1}}, {6, {2}}};
  return maker;
}

Report Verify(const Maker& maker, const Bundle& bundle) {
  return VerifyBundle(EncodeBundle(bundle), maker.circle());
}

// Takes a note apart, lets `change` have it, and writes it again.
void ChangeNote(Bundle& bundle, int feed, int head, const std::function<void(Note&)>& change) {
  std::string& text = *bundle.mutable_feeds(feed)->mutable_checkpoint_notes(head);
  auto note = eventstore::merkle::ParseNote(text);
  ASSERT_TRUE(note.ok());
  change(*note);
  text = eventstore::merkle::FormatNote(*note);
}

void ChangeCharter(Bundle& bundle, int version, const std::function<void(SignedCharter&)>& change) {
  SignedCharter charter;
  ASSERT_TRUE(charter.ParseFromString(bundle.charters(version)));
  change(charter);
  bundle.set_charters(version, charter.SerializeAsString());
}

TEST(VerifyBundle, SaysWhatIsProvenAttestedAndUnknown) {
  Maker maker = Ready();
  const Report report = Verify(maker, maker.Make());
  EXPECT_TRUE(report.ok) << Text(report);
  const std::string text = Text(report);
  EXPECT_THAT(text, HasSubstr("De 4 getoonde gebeurtenissen van lid-0 staan in het log"));
  EXPECT_THAT(text, HasSubstr("lid-0 ondertekende deze voorwaarden"));
  EXPECT_THAT(text, HasSubstr("lid-1 ondertekende deze voorwaarden"));
  EXPECT_THAT(text, HasSubstr("2 andere leden ondertekenden een stand"));
  EXPECT_THAT(text, HasSubstr("lid-1 verklaart dat de professional zelf op 2026-11-20 instemde"));
  EXPECT_THAT(text, HasSubstr("lid-0 legde vast dat 2027-01-15 de laatste dag is"));
  EXPECT_THAT(text, HasSubstr("Of de uren werkelijk gewerkt zijn"));
  ASSERT_TRUE(report.terms.has_value());
  EXPECT_EQ(report.terms->start_date(), "2026-12-01");
  ASSERT_EQ(report.feeds.size(), 2U);
  EXPECT_EQ(report.feeds[0].size, 7U);
}

TEST(VerifyBundle, WithoutTheKeyTheTermsStayClosed) {
  Maker maker = Ready();
  maker.with_key = false;
  const Report report = Verify(maker, maker.Make());
  EXPECT_TRUE(report.ok) << Text(report);
  EXPECT_FALSE(report.terms.has_value());
  EXPECT_THAT(Text(report), HasSubstr("de sleutel zit niet in de bundel"));
}

TEST(VerifyBundle, RefusesEverySingleBitThatIsChanged) {
  Maker maker = Ready();
  const auto circle = maker.circle();
  const std::string bytes = EncodeBundle(maker.Make());
  ASSERT_TRUE(VerifyBundle(bytes, circle).ok);
  EXPECT_THAT(tests::audit::verify::AcceptedFlips(bytes, circle), testing::IsEmpty());
}

TEST(VerifyBundle, RefusesEveryTruncationAndAddition) {
  for (const bool with_key : {true, false}) {
    Maker maker = Ready();
    maker.with_key = with_key;
    const std::string bytes = EncodeBundle(maker.Make());
    ASSERT_TRUE(VerifyBundle(bytes, maker.circle()).ok);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(VerifyBundle(bytes.substr(0, size), maker.circle()).ok) << size;
    }
    for (int byte = 0; byte < 256; ++byte) {
      EXPECT_FALSE(VerifyBundle(bytes + static_cast<char>(byte), maker.circle()).ok) << byte;
    }
    EXPECT_FALSE(VerifyBundle(bytes + bytes, maker.circle()).ok);
    // Fields that are there twice, or that nobody knows.
    Bundle key;
    key.set_exchange_key(std::string(32, 's'));
    EXPECT_FALSE(VerifyBundle(bytes + key.SerializeAsString(), maker.circle()).ok);
    EXPECT_FALSE(VerifyBundle(bytes + "\x30\x01", maker.circle()).ok);
  }
}

TEST(VerifyBundle, RefusesAnotherCircleVersionAndExchange) {
  Maker maker = Ready();
  const Bundle bundle = maker.Make();
  EXPECT_FALSE(VerifyBundle(EncodeBundle(bundle), eventstore::log::CircleId()).ok);
  Bundle changed = bundle;
  changed.set_exchange_id(std::string(16, 'x'));
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.set_version(2);
  EXPECT_FALSE(VerifyBundle(changed.SerializeAsString(), maker.circle()).ok);
  EXPECT_FALSE(VerifyBundle("", maker.circle()).ok);
}

TEST(VerifyBundle, RefusesAnotherOrder) {
  Maker maker = Ready();
  const Bundle bundle = maker.Make();
  Bundle changed = bundle;
  changed.mutable_feeds()->SwapElements(0, 1);
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.mutable_feeds(0)->mutable_events()->SwapElements(0, 1);
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.mutable_feeds(0)->mutable_checkpoint_notes()->SwapElements(0, 1);
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  ChangeCharter(changed, 0,
                [](SignedCharter& charter) { charter.mutable_signatures()->SwapElements(0, 1); });
  EXPECT_FALSE(Verify(maker, changed).ok);
  Maker both(3);
  both.cosigners = {{5, {1, 2}}};
  changed = both.Make();
  EXPECT_TRUE(Verify(both, changed).ok);
  ChangeNote(changed, 0, 1, [](Note& note) { std::swap(note.signatures[1], note.signatures[2]); });
  EXPECT_FALSE(Verify(both, changed).ok);
}

TEST(VerifyBundle, RefusesMissingPartsAndSurplus) {
  Maker maker = Ready();
  const Bundle bundle = maker.Make();
  for (int feed = 0; feed < bundle.feeds_size(); ++feed) {
    for (int event = 0; event < bundle.feeds(feed).events_size(); ++event) {
      poolcirkel::log::v1::Record record;
      ASSERT_TRUE(record.ParseFromString(bundle.feeds(feed).events(event).record()));
      // The assignment and the end belong to it, but nothing shows when they are left out.
      if (record.type() == "assignment_published" || record.type() == "secondment_ended") continue;
      Bundle changed = bundle;
      changed.mutable_feeds(feed)->mutable_events()->DeleteSubrange(event, 1);
      EXPECT_FALSE(Verify(maker, changed).ok) << record.type();
    }
    Bundle without = bundle;
    without.mutable_feeds()->DeleteSubrange(feed, 1);
    EXPECT_FALSE(Verify(maker, without).ok) << feed;
  }
  Bundle changed = bundle;
  changed.clear_charters();
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.mutable_feeds(0)->mutable_events(0)->mutable_proofs(0)->add_hashes(std::string(32, 'x'));
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.mutable_feeds(0)->mutable_events(0)->add_proofs();
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  ChangeCharter(changed, 0,
                [](SignedCharter& charter) { charter.mutable_signatures()->RemoveLast(); });
  EXPECT_FALSE(Verify(maker, changed).ok);
}

TEST(VerifyBundle, WantsExactlyTheCosignaturesThatAreNeeded) {
  for (const auto& [cosigners, ok] :
       std::vector<std::pair<std::map<uint64_t, std::vector<int>>, bool>>{
           {{{5, {1, 2}}}, true},
           {{{7, {1, 2}}}, true},
           {{{5, {1}}, {7, {2}}}, true},
           {{}, false},
           {{{5, {1}}}, false},
           {{{4, {1, 2}}}, false},            // without the acceptance
           {{{4, {1}}, {5, {2}}}, false},     // one of them without
           {{{5, {1, 2}}, {6, {}}}, false},   // a head for nothing
           {{{5, {1, 2}}, {6, {1}}}, false},  // twice the same member
       }) {
    Maker maker(3);
    maker.cosigners = cosigners;
    const Report report = Verify(maker, maker.Make());
    EXPECT_EQ(report.ok, ok) << Text(report);
  }
  // Five members: two of the four others are not enough, three are, four are too many.
  for (const auto& witnesses : {std::vector{1, 2}, {1, 2, 3}, {1, 2, 3, 4}}) {
    Maker maker(5);
    maker.cosigners = {{6, witnesses}};
    EXPECT_EQ(Verify(maker, maker.Make()).ok, witnesses.size() == 3);
  }
}

TEST(VerifyBundle, RefusesSignaturesOfOthers) {
  Maker maker = Ready();
  const Bundle bundle = maker.Make();
  // A stranger's, under a name of the circle and under one of its own.
  for (const std::string& name :
       {eventstore::log::Origin({maker.circle(), maker.Member(7), eventstore::log::Epoch(0)}),
        std::string("vreemde.example")}) {
    Bundle changed = bundle;
    ChangeNote(changed, 0, 0, [&](Note& note) {
      eventstore::merkle::CosignNote(note, name, maker.Key(2), absl::FromUnixSeconds(5));
    });
    EXPECT_FALSE(Verify(maker, changed).ok) << name;
  }
  // On the lender's feed none is needed.
  Bundle changed = bundle;
  ChangeNote(changed, 1, 0, [&](Note& note) {
    eventstore::merkle::CosignNote(note, eventstore::log::Origin(maker.Feed(2)), maker.Key(2),
                                   absl::FromUnixSeconds(5));
  });
  EXPECT_FALSE(Verify(maker, changed).ok);
  // Two signatures of one key, two heads of one size.
  changed = bundle;
  ChangeNote(changed, 0, 1, [](Note& note) { note.signatures.push_back(note.signatures[1]); });
  EXPECT_FALSE(Verify(maker, changed).ok);
  changed = bundle;
  changed.mutable_feeds(0)->add_checkpoint_notes(changed.feeds(0).checkpoint_notes(2));
  EXPECT_FALSE(Verify(maker, changed).ok);
  // An extension line, signed by everybody.
  changed = bundle;
  ChangeNote(changed, 1, 0, [&](Note& note) {
    note.text += "uitbreiding\n";
    eventstore::merkle::SignNote(note, eventstore::log::Origin(maker.Feed(1)), maker.Key(1));
  });
  EXPECT_FALSE(Verify(maker, changed).ok);
}

TEST(VerifyBundle, RefusesAContradiction) {
  Maker other_terms = Ready();
  other_terms.lender_terms_digest = std::string(32, 'a');
  EXPECT_THAT(Text(Verify(other_terms, other_terms.Make())),
              HasSubstr("- De twee kanten legden verschillende voorwaarden vast"));
  Maker released = Ready();
  released.released = true;
  EXPECT_THAT(Text(Verify(released, released.Make())),
              HasSubstr("- lid-1 liet de bevestiging los"));
  Maker wrong_key = Ready();
  Bundle bundle = wrong_key.Make();
  bundle.set_exchange_key(std::string(32, 'k'));
  EXPECT_THAT(Text(Verify(wrong_key, bundle)), HasSubstr("- De sleutel in de bundel opent"));
}

// ---- epochs ----

// A member's epoch 0 is closed at `size`; it goes on in epoch 1, unless it is suspended.
Maker Closed(uint64_t size, EpochEnd reason, int who = 0) {
  Maker maker = Ready();
  maker.Make();  // for the root
  poolcirkel::event::v1::Charter next = maker.charter;
  auto& member = *next.mutable_members(who);
  auto& closed = *member.add_closed_epochs();
  closed.set_epoch(0);
  closed.set_log_key(maker.Key(who, 0).public_key().bytes());
  closed.set_final_size(size);
  closed.set_final_root(maker.RootOf(0, std::min<uint64_t>(size, 7)).bytes());
  closed.set_reason(reason);
  if (reason == poolcirkel::event::v1::EPOCH_END_SUSPENSION) {
    member.set_suspended(true);
  } else {
    member.set_epoch(1);
    member.set_log_key(maker.Key(who, 1).public_key().bytes());
  }
  maker.later.push_back(next);
  return maker;
}

TEST(VerifyBundle, OldSignaturesVerifyAfterTheEpochWasClosed) {
  for (const EpochEnd reason :
       {poolcirkel::event::v1::EPOCH_END_ROTATION, poolcirkel::event::v1::EPOCH_END_SUSPENSION}) {
    Maker maker = Closed(7, reason);
    const Report report = Verify(maker, maker.Make());
    EXPECT_TRUE(report.ok) << Text(report);
    ASSERT_EQ(report.feeds.size(), 2U);
    EXPECT_TRUE(report.feeds[0].closed);
    EXPECT_FALSE(report.feeds[1].closed);
  }
}

TEST(VerifyBundle, RefusesWhatStandsPastTheEndOfAClosedEpoch) {
  // The end of the story stands at 6.
  for (const uint64_t size : {1, 4, 5, 6}) {
    Maker maker = Closed(size, poolcirkel::event::v1::EPOCH_END_ROTATION);
    EXPECT_THAT(Text(Verify(maker, maker.Make())), HasSubstr("na het einde")) << size;
  }
  Maker lost = Closed(6, poolcirkel::event::v1::EPOCH_END_KEY_LOST);
  EXPECT_THAT(Text(Verify(lost, lost.Make())), HasSubstr("een stand ligt na het einde"));
  // A thief of the key signs a history that is shorter than the true one.
  Maker shorter = Closed(100, poolcirkel::event::v1::EPOCH_END_KEY_LOST);
  EXPECT_THAT(Text(Verify(shorter, shorter.Make())), HasSubstr("stand is niet de laatste"));
  // Another root than the circle agreed on.
  Maker root = Closed(7, poolcirkel::event::v1::EPOCH_END_FORK);
  root.later[0].mutable_members(0)->mutable_closed_epochs(0)->set_final_root(std::string(32, 'r'));
  EXPECT_THAT(Text(Verify(root, root.Make())), HasSubstr("de laatste stand is een andere"));
}

TEST(VerifyBundle, SaysThatALostKeyMakesItsSignaturesDoubtful) {
  Maker maker = Closed(5, poolcirkel::event::v1::EPOCH_END_KEY_LOST, 2);
  const Report report = Verify(maker, maker.Make());
  EXPECT_TRUE(report.ok) << Text(report);
  EXPECT_THAT(Text(report), HasSubstr("Van 1 van deze handtekeningen"));
}

TEST(VerifyBundle, TheOldKeySignsNothingInTheNewEpoch) {
  Maker maker = Closed(100, poolcirkel::event::v1::EPOCH_END_ROTATION);
  maker.host_epoch = 1;
  const Report report = Verify(maker, maker.Make());
  EXPECT_TRUE(report.ok) << Text(report);
  EXPECT_THAT(Text(report), HasSubstr("(tijdvak 1)"));
  // In an epoch that no charter knows.
  Maker unknown = Ready();
  unknown.host_epoch = 1;
  EXPECT_THAT(Text(Verify(unknown, unknown.Make())), HasSubstr("of het tijdvak staat niet in"));
}

// A circle that grew: what sufficed by the version of then is said to be of then.
TEST(VerifyBundle, SaysByWhichVersionTheCosignaturesSuffice) {
  Maker maker(5);
  maker.cosigners = {{6, {1, 2}}};
  EXPECT_FALSE(Verify(maker, maker.Make()).ok);
  Maker grown(5);
  poolcirkel::event::v1::Charter all = grown.charter;
  grown.charter.mutable_members()->DeleteSubrange(3, 2);
  grown.charter.set_quorum(2);
  grown.later.push_back(all);
  grown.cosigners = {{6, {1, 2}}};
  const Report report = Verify(grown, grown.Make());
  EXPECT_TRUE(report.ok) << Text(report);
  EXPECT_THAT(Text(report), HasSubstr("volgens versie 0"));
  EXPECT_THAT(Text(report), HasSubstr("stelt dat bij de aanvaarding versie 0"));
}

}  // namespace
}  // namespace services::audit::verify
