#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "projections/engine/engine.h"
#include "services/audit/tiles.h"
#include "services/membership/circles.h"

namespace services::audit {

// What network coordinators and auditors ask. Reads the views and the log; opens
// terms with the keys that this node holds. Who may ask is decided before
// (services/access). Errors as in services/queries, and EXCHANGE_UNKNOWN
// (NOT_FOUND). Thread-safe.
class Audit {
 public:
  struct Options {  // nothing is owned
    eventstore::log::EventLog* log = nullptr;
    projections::engine::Engine* engine = nullptr;
    const eventstore::privacy::KeyFile* keys = nullptr;
    const membership::Circles* circles = nullptr;
  };

  static std::unique_ptr<Audit> Create(const Options& options);
  virtual ~Audit() = default;

  // The exchanges and the balance of every pair of lender and host. Minutes and
  // eurocents are those of effective and ended exchanges with readable terms, cut at
  // an early end and at the asked dates; eurocents are minutes × rate, rounded half
  // up once for each exchange.
  virtual absl::StatusOr<poolcirkel::api::v1::AuditExchangesResponse> Exchanges(
      const poolcirkel::api::v1::AuditExchangesRequest& request, absl::Time deadline) = 0;
  // One file that proves an exchange, for verify::VerifyBundle. With the exchange's key when
  // this node holds it and the request does not leave it out. BUNDLE_INCOMPLETE
  // (FAILED_PRECONDITION) when it would not prove it.
  virtual absl::StatusOr<poolcirkel::api::v1::AuditExportResponse> Export(
      const poolcirkel::api::v1::AuditExportRequest& request, absl::Time deadline) = 0;
  // As in tiles.h, of the present feed of a member of the circle. MEMBER_UNKNOWN.
  virtual absl::StatusOr<poolcirkel::api::v1::AuditProofResponse> Proof(
      const poolcirkel::api::v1::AuditProofRequest& request) = 0;
  virtual absl::Status Tiles(const poolcirkel::api::v1::AuditTilesRequest& request,
                             const TakeFile& take) = 0;
};

}  // namespace services::audit
