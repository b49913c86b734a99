#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/common.pb.h"
#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "projections/engine/engine.h"
#include "projections/views/exchanges/exchanges.h"
#include "projections/views/exchanges/professionals.h"
#include "services/membership/circles.h"

// What queries and audit share: from a request's header to a moment of the views, and
// from rows of the views to messages of api/v1. Functions without state.
namespace services::answers {

// Resolves the circle, then waits until the named views have processed what the header
// asks. CIRCLE_UNKNOWN; INVALID_FIELD on header.at_least; VIEW_BEHIND.
absl::StatusOr<membership::CirclePtr> Prepare(const membership::Circles& circles,
                                              projections::engine::Engine& engine,
                                              const poolcirkel::api::v1::QueryHeader& header,
                                              absl::Time deadline,
                                              const std::vector<std::string>& views);

// The cursor of the circle's feeds that all these readers have reached.
poolcirkel::api::v1::QueryFooter FooterOf(
    const projections::engine::Snapshot& snapshot,
    const std::vector<const projections::engine::ViewReader*>& readers,
    const eventstore::log::CircleId& circle);

// Also of somebody who left: then as the last charter that named it.
poolcirkel::api::v1::MemberName NameOf(const membership::Circle& circle,
                                       const eventstore::log::MemberId& member);

// An exchange as this node can show it: terms and person where it holds the keys.
// `availability` finds the pseudonym.
absl::StatusOr<poolcirkel::api::v1::ExchangeRow> RowOf(
    const membership::Circle& circle, const projections::views::exchanges::Exchange& exchange,
    const projections::engine::ViewReader& availability, const eventstore::privacy::KeyFile& keys,
    projections::views::exchanges::Professionals& professionals);

// An id of a request. INVALID_FIELD names the field.
absl::StatusOr<eventstore::log::StreamId> ParseId(std::string_view field, const std::string& text);

}  // namespace services::answers
