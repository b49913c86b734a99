#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/professional_service.pb.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/access/access_log.h"
#include "services/commands/own_professionals.h"
#include "services/domain/professional/professional.h"
#include "services/membership/circles.h"

namespace services::disclosure {

// Who a professional is: asked of the home pool's node, and answered for this
// member's own people. Names stand in no circle's feed; each answer is written to
// the access log before it is given, and when that cannot be written nothing is
// told. Thread-safe.
class Disclosures {
 public:
  // Asks another member's node.
  using AskMember = std::function<absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse>(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& member,
      const poolcirkel::peer::v1::DiscloseRequest& request)>;
  struct Options {  // nothing is owned
    const eventstore::log::EventLog* log = nullptr;
    const eventstore::privacy::KeyFile* keys = nullptr;
    const membership::Circles* circles = nullptr;
    commands::OwnProfessionals* own = nullptr;
    access::AccessLog* access_log = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    eventstore::base::Entropy* entropy = nullptr;
    AskMember ask_member;
  };
  explicit Disclosures(Options options) : options_(std::move(options)) {}

  // A user of this member asks. The answer is held against the commitment in the
  // home pool's feed. PROFESSIONAL_UNKNOWN, EXCHANGE_UNKNOWN; otherwise as Answer.
  absl::StatusOr<poolcirkel::api::v1::DiscloseProfessionalResponse> Ask(
      const poolcirkel::api::v1::DiscloseProfessionalRequest& request, absl::Time deadline) const;

  // A member of the circle asks about one of this member's people. Told to: this
  // member itself, members that the home pool opened the identity for, and the host
  // of an exchange for which the hours are reserved. IDENTITY_NOT_OPENED
  // (PERMISSION_DENIED) otherwise.
  absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> Answer(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& caller,
      const poolcirkel::peer::v1::DiscloseRequest& request) const;

  // Notes that a user of this member is about to see the names of its own people; after
  // an error they may not be shown.
  absl::Status NoteOwn(const std::string& circle,
                       const poolcirkel::api::v1::ListOwnProfessionalsResponse& shown) const;

  // Who was told, newest first. Purposes that were stated about somebody who is erased
  // cannot be read any more and are empty.
  absl::StatusOr<poolcirkel::api::v1::ListDisclosuresResponse> List(
      const poolcirkel::api::v1::ListDisclosuresRequest& request) const;
  // The same for a professional about itself, whatever the request names.
  // PERMISSION_DENIED NOT_A_PROFESSIONAL when nobody in this circle has that pseudonym.
  absl::StatusOr<poolcirkel::api::v1::ListDisclosuresResponse> ListAbout(
      const std::string& pseudonym,
      const poolcirkel::api::v1::ListDisclosuresRequest& request) const;

 private:
  // Whom the lender put forward; only where its person keys are held.
  absl::StatusOr<eventstore::log::StreamId> ProfessionalOfExchange(
      const membership::Circle& circle, const eventstore::log::MemberId& lender,
      const eventstore::log::StreamId& exchange) const;
  absl::StatusOr<domain::professional::State> LoadState(const commands::Listing& listing) const;
  // The line that says that `caller` is told who `professional` is. The purpose is free
  // text and could name somebody: it is sealed with the person's key.
  absl::StatusOr<access::AccessEntry> EntryFor(const eventstore::log::CircleId& circle,
                                               const eventstore::log::MemberId& caller,
                                               const eventstore::log::StreamId& professional,
                                               const std::string& activity,
                                               const std::string& purpose) const;
  std::string PurposeOf(const access::AccessEntry& entry) const;
  bool MayKnow(const membership::Circle& circle, const eventstore::log::MemberId& caller,
               const domain::professional::State& state) const;
  // The answer is about whom was asked, and its identity is the one that the home
  // pool committed to.
  bool IsVerified(const membership::Circle& circle, const eventstore::log::MemberId& home,
                  const poolcirkel::peer::v1::DiscloseRequest& question,
                  const poolcirkel::peer::v1::DiscloseResponse& answer) const;

  const Options options_;
};

}  // namespace services::disclosure
