#include "projections/views/knowledge/knowledge.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "eventstore/base/errors.h"
#include "projections/views/kept/epochs.h"

namespace projections::views::knowledge {

using eventstore::log::CircleId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using kept::KeptEvent;
using poolcirkel::event::v1::SignUpAnswered;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr char kSession = 's';
constexpr char kSignUp = 'u';

// Answers of a host by sign-up and member, both as bytes; the last one wins.
using Answers = std::map<std::pair<std::string, std::string>, SignUpAnswered::Answer>;

std::optional<Session> FoldSession(const std::vector<KeptEvent>& events, Answers& answers) {
  if (events.empty() || !events.front().body.has_session_announced()) return std::nullopt;
  Session session;
  session.id = events.front().stream;
  session.feed = events.front().feed;
  session.session = events.front().body.session_announced();
  for (const KeptEvent& event : events) {
    if (event.body.has_session_cancelled() && !session.cancelled) {
      session.cancelled = true;
      session.cancelled_reason = event.body.session_cancelled().reason();
    }
    if (event.body.has_sign_up_answered()) {
      const auto& answered = event.body.sign_up_answered();
      answers[{answered.sign_up_id(), answered.member_id()}] = answered.answer();
    }
  }
  return session;
}

std::optional<SignUp> FoldSignUp(const std::vector<KeptEvent>& events) {
  if (events.empty() || !events.front().body.has_session_signed_up()) return std::nullopt;
  SignUp sign_up;
  sign_up.id = events.front().stream;
  sign_up.member = events.front().feed.member;
  sign_up.event = events.front();
  sign_up.withdrawn = std::any_of(events.begin(), events.end(), [](const KeptEvent& event) {
    return event.body.has_sign_up_withdrawn();
  });
  return sign_up;
}

}  // namespace

absl::Status Knowledge::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  switch (event.kind()) {
    case Body::kCharterAdopted:
      return kept::KeepCharter(event, rows);
    case Body::kSessionAnnounced:
    case Body::kSessionCancelled:
    case Body::kSignUpAnswered:
      kept::Keep(event, kSession, event.stream().view(), rows);
      return absl::OkStatus();
    case Body::kSessionSignedUp:
    case Body::kSignUpWithdrawn:
      kept::Keep(event, kSignUp, event.stream().view(), rows);
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

std::vector<Session> Join(const kept::Things& sessions, const kept::Things& sign_ups) {
  // By session and host, as a sign-up names them.
  std::map<std::pair<std::string, std::string>, std::vector<SignUp>> by_session;
  for (const auto& [name, events] : sign_ups) {
    auto sign_up = FoldSignUp(events);
    if (!sign_up.has_value()) continue;
    const auto& signed_up = sign_up->event.body.session_signed_up();
    const auto key = std::pair(signed_up.session_id(), signed_up.host_member_id());
    by_session[key].push_back(*std::move(sign_up));
  }
  std::vector<Session> result;
  for (const auto& [name, events] : sessions) {
    Answers answers;
    auto session = FoldSession(events, answers);
    if (!session.has_value()) continue;
    session->sign_ups = by_session[{session->id.bytes(), session->feed.member.bytes()}];
    for (SignUp& sign_up : session->sign_ups) {
      const auto answer = answers.find({sign_up.id.bytes(), sign_up.member.bytes()});
      if (answer != answers.end()) sign_up.answer = answer->second;
      const bool has_place = sign_up.answer == SignUpAnswered::ANSWER_PLACE;
      if (has_place && !sign_up.withdrawn) ++session->places_taken;
    }
    std::sort(session->sign_ups.begin(), session->sign_ups.end(),
              [](const SignUp& a, const SignUp& b) {
                return std::tie(a.id, a.member) < std::tie(b.id, b.member);
              });
    result.push_back(*std::move(session));
  }
  std::sort(result.begin(), result.end(), [](const Session& a, const Session& b) {
    return std::tie(a.session.date(), a.session.start_time(), a.id, a.feed) <
           std::tie(b.session.date(), b.session.start_time(), b.id, b.feed);
  });
  return result;
}

absl::StatusOr<std::vector<Session>> Read(const engine::ViewReader& reader,
                                          const CircleId& circle) {
  ASSIGN_OR_RETURN(const kept::Things sessions, kept::ReadCircle(reader, circle, kSession));
  ASSIGN_OR_RETURN(const kept::Things sign_ups, kept::ReadCircle(reader, circle, kSignUp));
  return Join(sessions, sign_ups);
}

std::string Participant(const SignUp& sign_up, const eventstore::privacy::KeyFile& keys) {
  KeptEvent event = sign_up.event;
  kept::OpenFields(event, keys);
  return event.body.session_signed_up().participant();
}

}  // namespace projections::views::knowledge
