#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "services/domain/session/session.h"
#include "services/domain/validation.h"

namespace services::domain::session {
namespace {

using eventstore::base::BusinessDate;
using eventstore::base::ParseDate;
using eventstore::base::Refusal;
using poolcirkel::event::v1::SessionAnnounced;
using poolcirkel::event::v1::SignUpAnswered;

// "14:30" as minutes since midnight; -1 when it is written otherwise.
int MinutesOf(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  for (const size_t at : {0u, 1u, 3u, 4u}) {
    if (text[at] < '0' || text[at] > '9') return -1;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

absl::Status Cancelled(const State& state) {
  return Refusal(absl::StatusCode::kFailedPrecondition, "SESSION_CANCELLED",
                 absl::StrCat("deze sessie is afgelast: ", state.cancelled_reason))
      .Remedy("zoek een andere sessie met `poolcirkel session list`");
}

absl::Status Unknown() {
  return Refusal(absl::StatusCode::kNotFound, "SESSION_UNKNOWN",
                 "deze sessie is op dit knooppunt niet bekend")
      .Remedy("controleer het id, of wacht tot de sessie hier is aangekomen")
      .Retry(absl::Seconds(5));
}

// Announced, neither cancelled nor begun.
absl::Status CheckComing(const State& state, const Context& context) {
  if (!state.announced || state.feed.circle != context.circle) return Unknown();
  if (state.cancelled) return Cancelled(state);
  if (context.now < StartsAt(state.session)) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition, "SESSION_PAST",
                 absl::StrCat("deze sessie is al begonnen, op ", state.session.date(), " om ",
                              state.session.start_time()))
      .Remedy("zoek een andere sessie met `poolcirkel session list`");
}

absl::Status CheckHost(const State& state, const Context& context) {
  if (!state.announced) return Unknown();
  if (state.feed.member == context.self && state.feed.circle == context.circle) {
    return absl::OkStatus();
  }
  return Refusal(absl::StatusCode::kPermissionDenied, "NOT_THE_HOST",
                 "alleen de organisatie die de sessie aankondigde kan dit vastleggen")
      .Metadata("host", NameOf(*context.charter, state.feed.member));
}

absl::Status CheckFields(const SessionAnnounced& session, const Context& context) {
  Violations violations;
  if (!poolcirkel::event::v1::SessionKind_IsValid(session.kind()) ||
      session.kind() == poolcirkel::event::v1::SESSION_KIND_UNSPECIFIED) {
    violations.Add("session.kind", "is verplicht: een bekende soort sessie");
  }
  violations.CheckText("session.title", session.title(), 1, 200);
  violations.CheckText("session.description", session.description(), 0, 8'000,
                       TextKind::kParagraph);
  const auto day = violations.CheckDate("session.date", session.date(), BusinessDate(context.now));
  if (MinutesOf(session.start_time()) < 0) {
    violations.Add("session.start_time", "is geen tijd, geschreven als 14:30");
  } else if (day && StartsAt(session) <= context.now) {
    violations.Add("session.date", "ligt in het verleden");
  }
  violations.CheckRange("session.duration_minutes", session.duration_minutes(), 1, kMinutesPerWeek);
  violations.CheckText("session.place", session.place(), 0, 200);
  violations.CheckRange("session.places", session.places(), 1, 10'000);
  return violations.Status();
}

// Answers made one by one, as they change what is left.
class Answers {
 public:
  Answers(const State& state, const std::vector<SignUpState>& sign_ups, const Context& context)
      : state_(state), context_(context) {
    for (const SignUpState& sign_up : sign_ups) {
      const auto member = state.answered_members.find(sign_up.id);
      if (sign_up.withdrawn && member != state.answered_members.end() &&
          member->second == sign_up.feed.member) {
        withdrawn_.insert(sign_up.id);
      }
    }
    for (const auto& [id, answer] : state.answers) {
      if (answer == SignUpAnswered::ANSWER_PLACE && withdrawn_.count(id) == 0) ++taken_;
    }
  }

  // Gives places that came free to the waiting list, in its order.
  void MoveUp() {
    for (const StreamId& id : state_.order) {
      if (taken_ >= state_.session.places()) return;
      const bool waits = state_.answers.at(id) == SignUpAnswered::ANSWER_WAITING_LIST;
      if (!waits || withdrawn_.count(id) > 0) continue;
      Add(id, state_.answered_members.at(id), SignUpAnswered::ANSWER_PLACE);
    }
  }

  void AnswerNew(const SignUpState& sign_up) {
    const bool ours = sign_up.signed_up && !sign_up.withdrawn && sign_up.session == state_.id &&
                      sign_up.host == context_.self && sign_up.feed.circle == context_.circle;
    if (!ours || state_.answers.count(sign_up.id) > 0) return;
    if (!answered_now_.insert(sign_up.id).second) return;
    Add(sign_up.id, sign_up.feed.member,
        taken_ < state_.session.places() ? SignUpAnswered::ANSWER_PLACE
                                         : SignUpAnswered::ANSWER_WAITING_LIST);
  }

  Decision Take() { return std::move(decision_); }

 private:
  void Add(const StreamId& id, const MemberId& member, Answer answer) {
    if (answer == SignUpAnswered::ANSWER_PLACE) ++taken_;
    NewEvent event;
    event.circle = context_.circle;
    event.stream = state_.id;
    auto& body = *event.event.mutable_sign_up_answered();
    body.set_sign_up_id(id.bytes());
    body.set_member_id(member.bytes());
    body.set_answer(answer);
    decision_.events.push_back(std::move(event));
  }

  const State& state_;
  const Context& context_;
  std::set<StreamId> withdrawn_;
  std::set<StreamId> answered_now_;
  int taken_ = 0;
  Decision decision_;
};

}  // namespace

absl::Time StartsAt(const SessionAnnounced& session) {
  const auto day = ParseDate(session.date());
  const int minutes = MinutesOf(session.start_time());
  if (!day.ok() || minutes < 0) return absl::InfinitePast();
  const absl::CivilMinute start =
      absl::CivilMinute(day->year(), day->month(), day->day()) + minutes;
  return absl::FromCivil(start, eventstore::base::BusinessZone());
}

absl::StatusOr<Decision> Announce(const State& state, const AnnounceSession& command,
                                  const Context& context) {
  if (state.announced) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_ANNOUNCED",
                   "deze sessie is al aangekondigd")
        .Metadata("session_id", eventstore::base::ToText(state.id))
        .Status();
  }
  RETURN_IF_ERROR(CheckFields(command.session, context));
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  *event.event.mutable_session_announced() = command.session;
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> Cancel(const State& state, const CancelSession& command,
                                const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  RETURN_IF_ERROR(CheckComing(state, context));
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.id;
  event.event.mutable_session_cancelled()->set_reason(command.reason);
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> SignUp(const State& state, const std::vector<SignUpState>& own_sign_ups,
                                const SignUpCommand& command, const Context& context) {
  RETURN_IF_ERROR(CheckComing(state, context));
  Violations violations;
  violations.CheckText("participant", command.participant, 1, 200);
  for (const SignUpState& sign_up : own_sign_ups) {
    if (sign_up.withdrawn || !sign_up.signed_up || sign_up.session != state.id ||
        sign_up.feed.member != context.self || sign_up.participant != command.participant) {
      continue;
    }
    violations.Add(Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_SIGNED_UP",
                           "deze deelnemer is al aangemeld voor deze sessie")
                       .Field("participant", "is al aangemeld")
                       .Metadata("sign_up_id", eventstore::base::ToText(sign_up.id)));
    break;
  }
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  event.keys.person = command.person;
  auto& body = *event.event.mutable_session_signed_up();
  body.set_session_id(state.id.bytes());
  body.set_host_member_id(state.feed.member.bytes());
  body.set_participant(command.participant);
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> WithdrawSignUp(const SignUpState& state, const Context& context) {
  if (!state.signed_up || state.feed.member != context.self ||
      state.feed.circle != context.circle) {
    return Refusal(absl::StatusCode::kNotFound, "SIGN_UP_UNKNOWN",
                   "deze aanmelding is niet bekend bij deze lidorganisatie")
        .Remedy("zoek het id op met `poolcirkel session list`")
        .Status();
  }
  if (state.withdrawn) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_WITHDRAWN",
                   "deze aanmelding is al ingetrokken")
        .Status();
  }
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.id;
  event.event.mutable_sign_up_withdrawn()->set_session_id(state.session.bytes());
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> AnswerSignUps(const State& state, const std::vector<SignUpState>& sign_ups,
                                       const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  if (state.cancelled) return Decision{};
  Answers answers(state, sign_ups, context);
  answers.MoveUp();
  for (const SignUpState& sign_up : sign_ups) answers.AnswerNew(sign_up);
  return answers.Take();
}

}  // namespace services::domain::session
