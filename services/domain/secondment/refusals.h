#pragma once

#include "absl/status/status.h"
#include "services/domain/secondment/secondment.h"

// Refusals that several deciders of the lender share. Not for use outside this folder.
namespace services::domain::secondment {

absl::Status ProfessionalUnknown();
// EXCHANGE_UNKNOWN, or NOT_THE_LENDER when it stands in another member's feed.
absl::Status CheckLender(const State& state, const Context& context);
// ALREADY_WITHDRAWN or ALREADY_ENDED when the exchange is over.
absl::Status CheckOpen(const State& state);
// Whether `host` is about the exchange and assignment of `state`.
bool IsAbout(const HostWord& host, const State& state);

}  // namespace services::domain::secondment
