#include "services/domain/secondment/refusals.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace services::domain::secondment {

using eventstore::base::Refusal;

absl::Status ProfessionalUnknown() {
  return Refusal(absl::StatusCode::kNotFound, "PROFESSIONAL_UNKNOWN",
                 "deze professional is niet bekend in deze poolcirkel")
      .Remedy("zoek het id op met `poolcirkel professional list`");
}

absl::Status CheckLender(const State& state, const Context& context) {
  if (state.status == Status::kNone) {
    return Refusal(absl::StatusCode::kNotFound, "EXCHANGE_UNKNOWN",
                   "deze voordracht is niet bekend bij deze lidorganisatie")
        .Remedy("zoek het id op met `poolcirkel secondment list`");
  }
  if (state.feed.member != context.self || state.feed.circle != context.circle) {
    return Refusal(absl::StatusCode::kPermissionDenied, "NOT_THE_LENDER",
                   "alleen de uitlenende organisatie kan dit vastleggen")
        .Metadata("lender", NameOf(*context.charter, state.feed.member))
        .Remedy("laat de uitlenende organisatie dit op haar eigen knooppunt doen");
  }
  return absl::OkStatus();
}

absl::Status CheckOpen(const State& state) {
  if (state.status == Status::kWithdrawn) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_WITHDRAWN",
                   "deze voordracht is ingetrokken")
        .Remedy("draag opnieuw voor");
  }
  if (state.status == Status::kEnded) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_ENDED",
                   absl::StrCat(
                       "deze detachering is al beëindigd; laatste dag ",
                       state.last_day ? eventstore::base::FormatDate(*state.last_day) : "onbekend"))
        .Remedy("draag opnieuw voor");
  }
  return absl::OkStatus();
}

bool IsAbout(const HostWord& host, const State& state) {
  return host.published && host.host == state.host && host.assignment == state.assignment;
}

}  // namespace services::domain::secondment
