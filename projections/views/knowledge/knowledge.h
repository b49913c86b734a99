#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/session.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"
#include "projections/views/kept/kept_event.h"

// The knowledge sessions of a circle with their sign-ups. A session and the answers to
// sign-ups count only in the host's stream of the session, a sign-up only in its own
// stream at the member that signs up.
namespace projections::views::knowledge {

inline constexpr char kViewName[] = "knowledge";

class Knowledge final : public engine::View {
 public:
  std::string_view name() const override { return kViewName; }
  uint32_t version() const override { return 3; }
  absl::Status Fold(const engine::Event& event, engine::RowWriter& rows) const override;
};

struct SignUp {
  eventstore::log::StreamId id;
  eventstore::log::MemberId member;
  // The host's last answer; unspecified while it has not answered.
  poolcirkel::event::v1::SignUpAnswered::Answer answer =
      poolcirkel::event::v1::SignUpAnswered::ANSWER_UNSPECIFIED;
  bool withdrawn = false;
  kept::KeptEvent event;  // sealed: the participant
};

struct Session {
  eventstore::log::StreamId id;
  eventstore::log::FeedId feed;  // feed.member is the host
  poolcirkel::event::v1::SessionAnnounced session;
  bool cancelled = false;
  std::string cancelled_reason;
  int places_taken = 0;          // answered with a place, and not withdrawn
  std::vector<SignUp> sign_ups;  // by id, then by member
};

// Joins the host's streams with the sign-ups of all members. By date and time, then
// by id; the order of the arguments does not matter.
std::vector<Session> Join(const kept::Things& sessions, const kept::Things& sign_ups);

absl::StatusOr<std::vector<Session>> Read(const engine::ViewReader& reader,
                                          const eventstore::log::CircleId& circle);

// Whom a sign-up is for; empty when this node cannot read it.
std::string Participant(const SignUp& sign_up, const eventstore::privacy::KeyFile& keys);

}  // namespace projections::views::knowledge
