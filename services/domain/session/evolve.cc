#include "services/domain/epochs.h"
#include "services/domain/session/session.h"

namespace services::domain::session {
namespace {

using poolcirkel::event::v1::Event;
using poolcirkel::event::v1::SignUpAnswered;

bool Answered(State& state, const PastEvent& event) {
  const auto& body = event.event.sign_up_answered();
  const auto id = StreamId::FromBytes(body.sign_up_id());
  const auto member = MemberId::FromBytes(body.member_id());
  const bool known_answer = body.answer() == SignUpAnswered::ANSWER_PLACE ||
                            body.answer() == SignUpAnswered::ANSWER_WAITING_LIST;
  if (!id.ok() || !member.ok() || !known_answer) return false;
  if (const auto before = state.answered_members.find(*id);
      before != state.answered_members.end() && before->second != *member) {
    return false;
  }
  if (state.answers.count(*id) == 0) state.order.push_back(*id);
  state.answers[*id] = body.answer();
  state.answered_members[*id] = *member;
  return true;
}

bool Apply(State& state, const PastEvent& event) {
  if (event.event.body_case() == Event::kSessionAnnounced) {
    if (state.announced) return false;
    state.announced = true;
    state.id = event.stream;
    state.feed = event.feed;
    state.session = event.event.session_announced();
    return true;
  }
  if (!state.announced || event.stream != state.id || !SameHistory(event.feed, state.feed))
    return false;
  if (event.event.body_case() == Event::kSignUpAnswered) return Answered(state, event);
  if (event.event.body_case() != Event::kSessionCancelled || state.cancelled) return false;
  state.cancelled = true;
  state.cancelled_reason = event.event.session_cancelled().reason();
  return true;
}

bool Apply(SignUpState& state, const PastEvent& event) {
  if (event.event.body_case() == Event::kSessionSignedUp) {
    const auto& body = event.event.session_signed_up();
    const auto session = StreamId::FromBytes(body.session_id());
    const auto host = MemberId::FromBytes(body.host_member_id());
    if (state.signed_up || !session.ok() || !host.ok()) return false;
    state.signed_up = true;
    state.id = event.stream;
    state.feed = event.feed;
    state.session = *session;
    state.host = *host;
    state.participant = body.participant();
    return true;
  }
  const bool fits = event.event.body_case() == Event::kSignUpWithdrawn && state.signed_up &&
                    !state.withdrawn && event.stream == state.id &&
                    SameHistory(event.feed, state.feed) &&
                    event.event.sign_up_withdrawn().session_id() == state.session.view();
  if (!fits) return false;
  state.withdrawn = true;
  return true;
}

}  // namespace

void Evolve(State& state, const PastEvent& event) {
  ++state.revision;
  if (!Apply(state, event)) ++state.ignored;
}

void Evolve(SignUpState& state, const PastEvent& event) {
  ++state.revision;
  if (!Apply(state, event)) ++state.ignored;
}

}  // namespace services::domain::session
