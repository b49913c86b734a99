#pragma once

#include <memory>

#include "projections/views/availability/search_index.h"
#include "projections/views/exchanges/professionals.h"
#include "services/queries/queries.h"

namespace services::queries {

// The queries over the views. Only for use inside this folder.
class QueryViews final : public Queries {
 public:
  explicit QueryViews(const Options& options)
      : options_(options),
        search_index_(*options.engine, *options.keys),
        professionals_(*options.keys) {}

  absl::StatusOr<poolcirkel::api::v1::ListAssignmentsResponse> ListAssignments(
      const poolcirkel::api::v1::ListAssignmentsRequest& request, absl::Time deadline) override;
  absl::StatusOr<poolcirkel::api::v1::SearchProfessionalsResponse> SearchProfessionals(
      const poolcirkel::api::v1::SearchProfessionalsRequest& request, absl::Time deadline) override;
  absl::StatusOr<poolcirkel::api::v1::ListOwnProfessionalsResponse> ListOwnProfessionals(
      const poolcirkel::api::v1::ListOwnProfessionalsRequest& request,
      absl::Time deadline) override;
  absl::StatusOr<poolcirkel::api::v1::ListExchangesResponse> ListExchanges(
      const poolcirkel::api::v1::ListExchangesRequest& request, absl::Time deadline) override;
  absl::StatusOr<poolcirkel::api::v1::ListSessionsResponse> ListSessions(
      const poolcirkel::api::v1::ListSessionsRequest& request, absl::Time deadline) override;
  absl::StatusOr<poolcirkel::api::v1::PrivacyStatusResponse> PrivacyStatus(
      const poolcirkel::api::v1::PrivacyStatusRequest& request, absl::Time deadline) override;
  void ForgetOpened() override;

 private:
  const Options options_;
  projections::views::availability::SearchIndex search_index_;
  projections::views::exchanges::Professionals professionals_;
};

}  // namespace services::queries
