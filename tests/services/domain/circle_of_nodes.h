#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/base/errors.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/crypto/signature.h"
#include "gtest/gtest.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/context.h"
#include "services/domain/event.h"
#include "services/domain/professional/professional.h"
#include "services/domain/secondment/secondment.h"

// A circle of a few members in memory for tests of deciders: their keys and feeds, and
// the states that fold from them. Everybody sees everything at once. Not thread-safe.
namespace tests::domain {

namespace sd = services::domain;
namespace ev = poolcirkel::event::v1;
using sd::CircleId;
using sd::FeedId;
using sd::MemberId;
using sd::StreamId;

// An id whose bytes are all `byte`.
template <typename Id>
Id IdOf(uint8_t byte) {
  std::array<uint8_t, Id::kSize> bytes;
  bytes.fill(byte);
  return Id(bytes);
}

inline std::string ReasonOf(const absl::Status& status) {
  return eventstore::base::DetailsOf(status).reason;
}

inline bool HasField(const absl::Status& status, const std::string& field) {
  for (const auto& [name, rule] : eventstore::base::DetailsOf(status).field_violations) {
    if (name == field) return true;
  }
  return false;
}

class CircleOfNodes {
 public:
  // Member i has the id IdOf(i + 1) and the short name "lid-<i>"; the first coordinates.
  explicit CircleOfNodes(int members) : circle_(IdOf<CircleId>(0xC1)) {
    eventstore::crypto::SystemEntropy entropy;
    charter_.set_name("Poolcirkel Proef");
    charter_.set_short_name("proef");
    charter_.set_nonce(std::string(16, 'n'));
    charter_.set_quorum(static_cast<uint32_t>(members) / 2 + 1);
    for (int i = 0; i < members; ++i) {
      keys_.push_back(eventstore::crypto::PrivateKey::Generate(entropy));
      ev::CharterMember& member = *charter_.add_members();
      member.set_member_id(Member(i).bytes());
      member.set_short_name("lid-" + std::to_string(i));
      member.set_name("Lid " + std::to_string(i));
      member.set_oin("0000000400000000000" + std::to_string(i));
      member.set_log_key(keys_.back().public_key().bytes());
      member.set_tls_key_hash(std::string(32, static_cast<char>('a' + i)));
      member.add_addresses("127.0.0.1:" + std::to_string(7000 + i));
      member.set_coordinator(i == 0);
    }
  }

  static MemberId Member(int i) { return IdOf<MemberId>(static_cast<uint8_t>(i + 1)); }
  const CircleId& circle() const { return circle_; }
  ev::Charter& charter() { return charter_; }
  const eventstore::crypto::PrivateKey& Key(int i) const { return keys_[static_cast<size_t>(i)]; }
  absl::Time& now() { return now_; }

  FeedId Feed(int i) const { return FeedId{circle_, Member(i), eventstore::log::Epoch(0)}; }
  static FeedId PrivateFeed(int i) {
    return FeedId{IdOf<CircleId>(static_cast<uint8_t>(0xE0 + i)), Member(i),
                  eventstore::log::Epoch(0)};
  }

  // With fresh ids each time.
  sd::Context ContextOf(int i) {
    sd::Context context;
    context.now = now_;
    context.circle = circle_;
    context.self = Member(i);
    context.charter = &charter_;
    context.private_feed = PrivateFeed(i);
    context.new_id = NewId();
    context.new_private_id = NewId();
    context.salt = std::string(16, 's');
    return context;
  }

  StreamId NewId() {
    std::array<uint8_t, 16> bytes{};
    bytes[0] = 0x01;
    bytes[14] = static_cast<uint8_t>(next_id_ >> 8);
    bytes[15] = static_cast<uint8_t>(next_id_);
    ++next_id_;
    return StreamId(bytes);
  }

  // Writes what member `i` decided, a second after what came before.
  void Write(int i, const sd::Decision& decision) {
    now_ += absl::Seconds(1);
    for (const sd::NewEvent& event : decision.events) {
      const FeedId feed = event.circle ? FeedId{*event.circle, Member(i), eventstore::log::Epoch(0)}
                                       : PrivateFeed(i);
      auto& events = feeds_[feed];
      events.push_back(sd::PastEvent{sd::EventId(NewId().array()), feed,
                                     eventstore::log::Sequence(events.size()), event.stream, now_,
                                     event.event});
    }
  }

  // Expects that it was decided on, and writes it.
  sd::Decision Done(int i, const absl::StatusOr<sd::Decision>& decision) {
    EXPECT_TRUE(decision.ok()) << decision.status();
    if (!decision.ok()) return {};
    Write(i, *decision);
    return *decision;
  }

  template <typename State>
  State Fold(const FeedId& feed, const StreamId& stream) const {
    State state;
    const auto found = feeds_.find(feed);
    if (found == feeds_.end()) return state;
    for (const sd::PastEvent& event : found->second) {
      if (event.stream == stream) Evolve(state, event);
    }
    return state;
  }

  const std::vector<sd::PastEvent>& Events(const FeedId& feed) { return feeds_[feed]; }

 private:
  const CircleId circle_;
  ev::Charter charter_;
  std::vector<eventstore::crypto::PrivateKey> keys_;
  absl::Time now_ =
      absl::FromCivil(absl::CivilSecond(2026, 11, 20, 12, 0, 0), absl::FixedTimeZone(3600));
  uint16_t next_id_ = 1;
  std::map<FeedId, std::vector<sd::PastEvent>> feeds_;
};

// ISO weeks from `first` of 2027 on, `count` of them.
inline sd::WeekList Weeks(int first, int count, int minutes) {
  sd::WeekList weeks;
  for (int i = 0; i < count; ++i) {
    ev::WeekMinutes& week = *weeks.Add();
    week.set_iso_year(2027);
    week.set_iso_week(first + i);
    week.set_minutes(minutes);
  }
  return weeks;
}

// A circle in which member 1 lends and member 2 hosts.
class Handshake : public CircleOfNodes {
 public:
  static constexpr int kLender = 1;
  static constexpr int kHost = 2;

  explicit Handshake(int members = 5) : CircleOfNodes(members) {
    ev::CharterRules& rules = *charter().mutable_rules();
    rules.set_confirm_within_seconds(3 * 86'400);
    rules.set_accept_within_seconds(2 * 86'400);
    rules.set_notice_days(28);
    rules.set_maximum_term_days(364);
    rules.set_fixed_eurocents_per_hour(9250);
    rules.add_required_consents(ev::CONSENT_PROFESSIONAL);
    rules.add_required_consents(ev::CONSENT_LINE_MANAGER);
    rules.set_fresh_head_seconds(900);
  }

  // ---- what is there before a handshake ----

  // Capacity of 36 hours in the weeks 1 to 20 of 2027. The id in the private feed.
  StreamId Register(int member = kLender, const std::string& pseudonym = "Reiger 7") {
    sd::professional::RegisterProfessional command;
    command.identity.set_name("Test Persoon");
    command.profile.set_pseudonym(pseudonym);
    command.capacity = Weeks(1, 20, 36 * 60);
    const sd::Context context = ContextOf(member);
    Done(member, sd::professional::Register({}, command, context));
    return context.new_private_id;
  }

  // 24 hours a week in the weeks 2 to 9 of 2027.
  static ev::AssignmentPublished Assignment(int seats = 1) {
    ev::AssignmentPublished assignment;
    assignment.set_title("Kwartiermaker wijkaanpak");
    assignment.set_role("interim-manager");
    assignment.set_start_date("2027-01-11");
    assignment.set_end_date("2027-03-07");
    assignment.set_minutes_per_week(24 * 60);
    assignment.set_seats(seats);
    return assignment;
  }

  StreamId Publish(int seats = 1, int member = kHost) {
    const sd::Context context = ContextOf(member);
    Done(member, sd::assignment::Publish({}, {Assignment(seats)}, context));
    return context.new_id;
  }

  StreamId Propose(const StreamId& professional, const StreamId& assignment, int lender = kLender,
                   int host = kHost) {
    const sd::Context context = ContextOf(lender);
    Done(lender, sd::secondment::Propose({}, Person(professional, lender),
                                         WordOn(assignment, context.new_id, host),
                                         {assignment, Member(host), "past goed", {}}, context));
    return context.new_id;
  }

  // ---- states ----

  sd::professional::State Person(const StreamId& id, int member = kLender) const {
    return Fold<sd::professional::State>(PrivateFeed(member), id);
  }
  sd::assignment::State Seats(const StreamId& assignment, int host = kHost) const {
    return Fold<sd::assignment::State>(Feed(host), assignment);
  }
  sd::secondment::State Exchange(const StreamId& exchange, int lender = kLender) const {
    return Fold<sd::secondment::State>(Feed(lender), exchange);
  }
  sd::secondment::HostWord WordOn(const StreamId& assignment, const StreamId& exchange,
                                  int host = kHost) const {
    return sd::assignment::WordOn(Seats(assignment, host), exchange);
  }

  // ---- steps, as the members see each other's feeds at this moment ----

  absl::StatusOr<sd::Decision> Select(const StreamId& assignment, const StreamId& exchange,
                                      int lender = kLender, int host = kHost) {
    return sd::assignment::Select(Seats(assignment, host), Exchange(exchange, lender), {},
                                  ContextOf(host));
  }
  static sd::secondment::ConfirmSecondment Consents(uint32_t selection = 0) {
    sd::secondment::ConfirmSecondment command;
    command.selection = selection;
    command.host_head_age = absl::Seconds(10);
    for (const auto consent : {ev::CONSENT_PROFESSIONAL, ev::CONSENT_LINE_MANAGER}) {
      ev::Attestation attestation;
      attestation.set_consent(consent);
      attestation.set_date("2026-11-19");
      command.attestations.push_back(attestation);
    }
    return command;
  }
  absl::StatusOr<sd::Decision> Confirm(const StreamId& person, const StreamId& assignment,
                                       const StreamId& exchange, int lender = kLender,
                                       int host = kHost) {
    return sd::secondment::Confirm(Exchange(exchange, lender), Person(person, lender),
                                   WordOn(assignment, exchange, host), Consents(), Key(lender),
                                   ContextOf(lender));
  }
  absl::StatusOr<sd::Decision> Accept(const StreamId& assignment, const StreamId& exchange,
                                      int lender = kLender, int host = kHost) {
    return sd::assignment::Accept(Seats(assignment, host), Exchange(exchange, lender), Key(host),
                                  ContextOf(host));
  }
  absl::StatusOr<sd::Decision> Decline(const StreamId& assignment, const StreamId& exchange) {
    return sd::assignment::Decline(Seats(assignment), Exchange(exchange), {"past toch niet"},
                                   ContextOf(kHost));
  }
  absl::StatusOr<sd::Decision> Expire(const StreamId& assignment, const StreamId& exchange) {
    return sd::assignment::Expire(Seats(assignment), Exchange(exchange), ContextOf(kHost));
  }
  absl::StatusOr<sd::Decision> Release(const StreamId& person, const StreamId& assignment,
                                       const StreamId& exchange) {
    return sd::secondment::Release(Exchange(exchange), Person(person), WordOn(assignment, exchange),
                                   ContextOf(kLender));
  }
};

}  // namespace tests::domain
