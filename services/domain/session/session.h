#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/event/v1/session.pb.h"
#include "services/domain/context.h"
#include "services/domain/event.h"

// Knowledge sessions. The session: one stream, id = the session's id, in the host's feed.
// A sign-up: one stream, id = the sign-up's id, in the feed of the member that signs up.
namespace services::domain::session {

using Answer = poolcirkel::event::v1::SignUpAnswered::Answer;

// Folded from the host's stream.
struct State {
  bool announced = false;
  StreamId id;
  FeedId feed;  // feed.member is the host
  poolcirkel::event::v1::SessionAnnounced session;
  bool cancelled = false;
  std::string cancelled_reason;
  // The last answer wins; `order` is the order of first answers.
  std::map<StreamId, Answer> answers;
  // Whose sign-up was answered; another member's with the same id is not meant.
  std::map<StreamId, MemberId> answered_members;
  std::vector<StreamId> order;
  uint64_t revision = 0;
  uint64_t ignored = 0;
};

// Folded from the stream of a sign-up.
struct SignUpState {
  bool signed_up = false;
  StreamId id;
  FeedId feed;  // feed.member signed up
  StreamId session;
  MemberId host;
  std::string participant;  // empty where it cannot be read
  bool withdrawn = false;
  uint64_t revision = 0;
  uint64_t ignored = 0;
};

void Evolve(State& state, const PastEvent& event);
void Evolve(SignUpState& state, const PastEvent& event);

// When it starts; InfinitePast when that cannot be read.
absl::Time StartsAt(const poolcirkel::event::v1::SessionAnnounced& session);

// Context: new_id is the session's id.
struct AnnounceSession {
  poolcirkel::event::v1::SessionAnnounced session;
};
// INVALID_FIELD ("session.title").
absl::StatusOr<Decision> Announce(const State& state, const AnnounceSession& command,
                                  const Context& context);

struct CancelSession {
  std::string reason;
};
// SESSION_UNKNOWN, NOT_THE_HOST, SESSION_CANCELLED, SESSION_PAST, INVALID_FIELD.
absl::StatusOr<Decision> Cancel(const State& state, const CancelSession& command,
                                const Context& context);

// Context: new_id is the sign-up's id.
struct SignUpCommand {
  std::string participant;  // 1..200 bytes
  // The private key of the participant, when it is a professional of this pool.
  std::optional<eventstore::privacy::KeyId> person = {};
};
// `own_sign_ups`: the sign-ups of this member for this session, opened.
// SESSION_UNKNOWN, SESSION_CANCELLED, SESSION_PAST, ALREADY_SIGNED_UP, INVALID_FIELD.
absl::StatusOr<Decision> SignUp(const State& state, const std::vector<SignUpState>& own_sign_ups,
                                const SignUpCommand& command, const Context& context);

// SIGN_UP_UNKNOWN (also another member's), ALREADY_WITHDRAWN.
absl::StatusOr<Decision> WithdrawSignUp(const SignUpState& state, const Context& context);

// For the policy of the host's node: answers every sign-up that has no answer yet, a
// place while there are places and the waiting list otherwise, and gives a place that
// came free to the first of the waiting list. `sign_ups`: all that this node knows for
// this session, in order of arrival. The decision is empty when there is nothing to do.
// SESSION_UNKNOWN, NOT_THE_HOST.
absl::StatusOr<Decision> AnswerSignUps(const State& state, const std::vector<SignUpState>& sign_ups,
                                       const Context& context);

}  // namespace services::domain::session
