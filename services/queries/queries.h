#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/assignment_service.pb.h"
#include "poolcirkel/api/v1/privacy_service.pb.h"
#include "poolcirkel/api/v1/professional_service.pb.h"
#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "poolcirkel/api/v1/session_service.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"
#include "services/membership/circles.h"

namespace services::queries {

// The views that queries and audit read; for Engine::Options.
std::vector<std::shared_ptr<const projections::engine::View>> AllViews();

// Answers from the views, on api/v1 messages. Each query names one circle, waits at
// most until `deadline` for the cursor that the caller asked for, and answers from
// one moment of the views; the footer names the cursor of that circle's feeds.
// Personal fields are opened in memory with the keys that this node holds: what it
// cannot open is left out. Who may ask is decided before (services/access).
//
// Errors: CIRCLE_UNKNOWN (NOT_FOUND), VIEW_BEHIND (DEADLINE_EXCEEDED),
// VIEW_REBUILDING (UNAVAILABLE), INVALID_ARGUMENT on a field. Thread-safe.
class Queries {
 public:
  struct Options {  // nothing is owned
    eventstore::log::EventLog* log = nullptr;
    projections::engine::Engine* engine = nullptr;
    const eventstore::privacy::KeyFile* keys = nullptr;
    const membership::Circles* circles = nullptr;
    const eventstore::base::Clock* clock = nullptr;
  };

  static std::unique_ptr<Queries> Create(const Options& options);
  virtual ~Queries() = default;

  virtual absl::StatusOr<poolcirkel::api::v1::ListAssignmentsResponse> ListAssignments(
      const poolcirkel::api::v1::ListAssignmentsRequest& request, absl::Time deadline) = 0;
  virtual absl::StatusOr<poolcirkel::api::v1::SearchProfessionalsResponse> SearchProfessionals(
      const poolcirkel::api::v1::SearchProfessionalsRequest& request, absl::Time deadline) = 0;
  // From the private feed; a professional's id is the one in the header's circle.
  virtual absl::StatusOr<poolcirkel::api::v1::ListOwnProfessionalsResponse> ListOwnProfessionals(
      const poolcirkel::api::v1::ListOwnProfessionalsRequest& request, absl::Time deadline) = 0;
  virtual absl::StatusOr<poolcirkel::api::v1::ListExchangesResponse> ListExchanges(
      const poolcirkel::api::v1::ListExchangesRequest& request, absl::Time deadline) = 0;
  virtual absl::StatusOr<poolcirkel::api::v1::ListSessionsResponse> ListSessions(
      const poolcirkel::api::v1::ListSessionsRequest& request, absl::Time deadline) = 0;
  // Every erasure that a home pool ordered, with all members of the circle: who says that
  // it has destroyed the keys, and who has not (yet).
  virtual absl::StatusOr<poolcirkel::api::v1::PrivacyStatusResponse> PrivacyStatus(
      const poolcirkel::api::v1::PrivacyStatusRequest& request, absl::Time deadline) = 0;

  // Drops everything personal that is kept opened in memory; it is opened anew, as far as
  // the keys go, when somebody asks. After keys were destroyed.
  virtual void ForgetOpened() = 0;
};

}  // namespace services::queries
