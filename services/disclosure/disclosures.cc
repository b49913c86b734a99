#include "services/disclosure/disclosures.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/privacy/sealing.h"
#include "services/commands/streams.h"
#include "services/domain/validation.h"

namespace services::disclosure {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace privacy = ::eventstore::privacy;
namespace api = ::poolcirkel::api::v1;
namespace peer = ::poolcirkel::peer::v1;

constexpr size_t kShortestPurpose = 3;
constexpr size_t kLongestPurpose = 200;
constexpr int kListedDisclosures = 1000;
// How far back is looked for them.
constexpr size_t kSearchedDisclosures = 10'000;
constexpr uint32_t kPurposeField = 1;
constexpr char kOwnPurpose[] = "overzicht van de eigen professionals";

absl::Status CheckPurpose(const std::string& purpose) {
  if (purpose.size() < kShortestPurpose || purpose.size() > kLongestPurpose) {
    return base::InvalidField("purpose", "zegt in 3 tot 200 tekens waarvoor u het wilt weten");
  }
  return absl::OkStatus();
}

absl::Status ProfessionalUnknown() {
  return base::Refusal(absl::StatusCode::kNotFound, "PROFESSIONAL_UNKNOWN",
                       "deze professional is in deze poolcirkel niet bekend")
      .Remedy("zoek de professional opnieuw: poolcirkel search professionals");
}

absl::Status ExchangeUnknown() {
  return base::Refusal(absl::StatusCode::kNotFound, "EXCHANGE_UNKNOWN",
                       "deze uitwisseling is in deze poolcirkel niet bekend")
      .Remedy("bekijk de uitwisselingen: poolcirkel secondment list");
}

api::MemberName NameOf(const membership::Circle& circle, const log::MemberId& member) {
  api::MemberName name;
  name.set_member_id(base::ToText(member));
  if (const auto* found = circle.Member(member)) {
    name.set_short_name(found->short_name());
    name.set_name(found->name());
  }
  return name;
}

// The request in peer/v1's form: exactly one of the two ids.
absl::StatusOr<peer::DiscloseRequest> ToPeerRequest(
    const api::DiscloseProfessionalRequest& request) {
  peer::DiscloseRequest converted;
  converted.set_purpose(request.purpose());
  if (request.professional_id().empty() == request.exchange_id().empty()) {
    return base::InvalidField("professional_id", "noem een professional of een uitwisseling");
  }
  const bool by_professional = !request.professional_id().empty();
  const auto id = base::ParseUuid<log::StreamId>(by_professional ? request.professional_id()
                                                                 : request.exchange_id());
  if (!id.ok()) {
    return base::InvalidField(by_professional ? "professional_id" : "exchange_id",
                              std::string(id.status().message()));
  }
  (by_professional ? converted.mutable_professional_id() : converted.mutable_exchange_id())
      ->assign(id->bytes());
  return converted;
}

}  // namespace

absl::StatusOr<api::DiscloseProfessionalResponse> Disclosures::Ask(
    const api::DiscloseProfessionalRequest& request, absl::Time) const {
  ASSIGN_OR_RETURN(const auto circle, options_.circles->Resolve(request.header().circle()));
  RETURN_IF_ERROR(CheckPurpose(request.purpose()));
  ASSIGN_OR_RETURN(auto question, ToPeerRequest(request));
  question.set_circle_id(circle->id.bytes());
  const bool by_professional = !question.professional_id().empty();
  ASSIGN_OR_RETURN(const auto stream,
                   log::StreamId::FromBytes(by_professional ? question.professional_id()
                                                            : question.exchange_id()));
  ASSIGN_OR_RETURN(const auto home, commands::OwnerOfStream(*options_.log, *circle, stream));
  if (!home) return by_professional ? ProfessionalUnknown() : ExchangeUnknown();

  ASSIGN_OR_RETURN(const auto answer, *home == circle->self
                                          ? Answer(circle->id, circle->self, question)
                                          : options_.ask_member(circle->id, *home, question));
  ASSIGN_OR_RETURN(const auto professional, log::StreamId::FromBytes(answer.professional_id()));
  api::DiscloseProfessionalResponse response;
  response.set_professional_id(base::ToText(professional));
  *response.mutable_home() = NameOf(*circle, *home);
  *response.mutable_identity() = answer.identity();
  response.set_commitment_verified(IsVerified(*circle, *home, question, answer));
  return response;
}

absl::StatusOr<peer::DiscloseResponse> Disclosures::Answer(
    const log::CircleId& circle_id, const log::MemberId& caller,
    const peer::DiscloseRequest& request) const {
  const auto circle = options_.circles->Find(circle_id);
  if (circle == nullptr) return ProfessionalUnknown();
  RETURN_IF_ERROR(CheckPurpose(request.purpose()));
  log::StreamId professional;
  if (request.exchange_id().empty()) {
    ASSIGN_OR_RETURN(professional, log::StreamId::FromBytes(request.professional_id()));
  } else {
    ASSIGN_OR_RETURN(const auto exchange, log::StreamId::FromBytes(request.exchange_id()));
    ASSIGN_OR_RETURN(professional, ProfessionalOfExchange(*circle, circle->self, exchange));
  }
  ASSIGN_OR_RETURN(const auto listing, options_.own->Find(circle_id, professional));
  if (!listing) return ProfessionalUnknown();
  ASSIGN_OR_RETURN(const auto state, LoadState(*listing));
  if (caller != circle->self && !MayKnow(*circle, caller, state)) {
    return base::Refusal(absl::StatusCode::kPermissionDenied, "IDENTITY_NOT_OPENED",
                         "de thuispool heeft niet opengesteld wie dit is")
        .Remedy(
            "vraag de thuispool het profiel open te stellen, of wacht tot de voordracht is "
            "bevestigd");
  }
  const auto listed = state.listings.find(circle_id);
  if (listed == state.listings.end() || state.identity.name().empty()) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "IDENTITY_UNREADABLE",
                         "de persoonsgegevens zijn niet meer te lezen")
        .Remedy("vraag de thuispool ernaar");
  }
  ASSIGN_OR_RETURN(const auto entry, EntryFor(circle_id, caller, professional,
                                              access::kDisclosureActivity, request.purpose()));
  RETURN_IF_ERROR(options_.access_log->Append(entry));
  peer::DiscloseResponse answer;
  answer.set_professional_id(professional.bytes());
  *answer.mutable_identity() = state.identity;
  answer.set_commitment_salt(listed->second.commitment_salt);
  return answer;
}

absl::StatusOr<log::StreamId> Disclosures::ProfessionalOfExchange(
    const membership::Circle& circle, const log::MemberId& lender,
    const log::StreamId& exchange) const {
  ASSIGN_OR_RETURN(const auto events, commands::ReadHistory(*options_.log, *options_.keys,
                                                            circle.FeedsOf(lender), exchange));
  for (const auto& past : events) {
    if (past.event.has_secondment_proposed() &&
        !past.event.secondment_proposed().professional_id().empty()) {
      return log::StreamId::FromBytes(past.event.secondment_proposed().professional_id());
    }
  }
  return ExchangeUnknown();
}

absl::StatusOr<domain::professional::State> Disclosures::LoadState(
    const commands::Listing& listing) const {
  ASSIGN_OR_RETURN(const auto events, commands::ReadWholeStream(*options_.log, *options_.keys,
                                                                options_.circles->PrivateFeed(),
                                                                listing.professional));
  domain::professional::State state;
  for (const auto& past : events) domain::professional::Evolve(state, past);
  return state;
}

bool Disclosures::MayKnow(const membership::Circle& circle, const log::MemberId& caller,
                          const domain::professional::State& state) const {
  if (state.identity_opened_to.count({circle.id, caller}) > 0) return true;
  // A reservation stands from the confirmation until the hours are released.
  return std::any_of(state.reservations.begin(), state.reservations.end(), [&](const auto& entry) {
    const auto& reservation = entry.second;
    if (reservation.circle != circle.id) return false;
    const auto events = commands::ReadHistory(*options_.log, *options_.keys,
                                              circle.FeedsOf(circle.self), reservation.exchange);
    return events.ok() && std::any_of(events->begin(), events->end(), [&](const auto& past) {
             return past.event.has_secondment_proposed() &&
                    past.event.secondment_proposed().host_member_id() == caller.bytes();
           });
  });
}

bool Disclosures::IsVerified(const membership::Circle& circle, const log::MemberId& home,
                             const peer::DiscloseRequest& question,
                             const peer::DiscloseResponse& answer) const {
  const auto professional = log::StreamId::FromBytes(answer.professional_id());
  if (!professional.ok()) return false;
  if (answer.commitment_salt().size() != domain::professional::kCommitmentSaltSize) return false;
  auto asked = log::StreamId::FromBytes(question.professional_id());
  if (!question.exchange_id().empty()) {
    const auto exchange = log::StreamId::FromBytes(question.exchange_id());
    if (!exchange.ok()) return false;
    asked = ProfessionalOfExchange(circle, home, *exchange);
  }
  if (!asked.ok() || *asked != *professional) return false;
  const auto events =
      commands::ReadHistory(*options_.log, *options_.keys, circle.FeedsOf(home), *professional);
  if (!events.ok()) return false;
  std::string commitment;
  for (const auto& past : *events) {
    if (past.event.has_profile_stated()) {
      commitment = past.event.profile_stated().identity_commitment();
    }
  }
  return commitment ==
         domain::professional::IdentityCommitment(answer.commitment_salt(), answer.identity())
             .bytes();
}

absl::StatusOr<access::AccessEntry> Disclosures::EntryFor(const log::CircleId& circle,
                                                          const log::MemberId& caller,
                                                          const log::StreamId& professional,
                                                          const std::string& activity,
                                                          const std::string& purpose) const {
  const std::string trace = options_.entropy->Bytes(log::EventId::kSize);
  ASSIGN_OR_RETURN(const auto id, log::EventId::FromBytes(trace));
  ASSIGN_OR_RETURN(const auto sealed, privacy::SealValue(purpose, kPurposeField, professional, id,
                                                         privacy::KeyOf(professional),
                                                         *options_.keys, *options_.entropy));
  return access::AccessEntry{.at = options_.clock->Now(),
                             .trace_id = base::ToHex(trace),
                             .activity = activity,
                             .circle = circle,
                             .requested_by = caller,
                             .professional = professional,
                             .purpose = base::ToHex(sealed.SerializeAsString())};
}

std::string Disclosures::PurposeOf(const access::AccessEntry& entry) const {
  const auto trace = base::FromHex(entry.trace_id);
  const auto bytes = base::FromHex(entry.purpose);
  poolcirkel::log::v1::SealedField sealed;
  if (!trace.ok() || !bytes.ok() || !sealed.ParseFromString(*bytes)) return "";
  const auto id = log::EventId::FromBytes(*trace);
  if (!id.ok()) return "";
  return privacy::OpenValue(sealed, entry.professional, *id, *options_.keys).value_or("");
}

absl::Status Disclosures::NoteOwn(const std::string& circle_name,
                                  const api::ListOwnProfessionalsResponse& shown) const {
  ASSIGN_OR_RETURN(const auto circle, options_.circles->Resolve(circle_name));
  std::vector<access::AccessEntry> entries;
  for (const auto& row : shown.professionals()) {
    if (row.identity().ByteSizeLong() == 0) continue;
    ASSIGN_OR_RETURN(const auto professional,
                     base::ParseUuid<log::StreamId>(row.professional_id()));
    ASSIGN_OR_RETURN(auto entry, EntryFor(circle->id, circle->self, professional,
                                          access::kOwnPoolActivity, kOwnPurpose));
    entries.push_back(std::move(entry));
  }
  return entries.empty() ? absl::OkStatus() : options_.access_log->AppendAll(entries);
}

absl::StatusOr<api::ListDisclosuresResponse> Disclosures::List(
    const api::ListDisclosuresRequest& request) const {
  ASSIGN_OR_RETURN(const auto circle, options_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto entries, options_.access_log->ReadNewest(kSearchedDisclosures));
  api::ListDisclosuresResponse response;
  for (const auto& entry : entries) {
    const std::string professional = base::ToText(entry.professional);
    if (entry.circle != circle->id) continue;
    if (!request.professional_id().empty() && request.professional_id() != professional) continue;
    if (response.disclosures_size() == kListedDisclosures) break;
    auto* row = response.add_disclosures();
    row->set_at_milliseconds(absl::ToUnixMillis(entry.at));
    row->set_professional_id(professional);
    *row->mutable_to() = NameOf(*circle, entry.requested_by);
    row->set_purpose(PurposeOf(entry));
  }
  return response;
}

absl::StatusOr<api::ListDisclosuresResponse> Disclosures::ListAbout(
    const std::string& pseudonym, const api::ListDisclosuresRequest& request) const {
  ASSIGN_OR_RETURN(const auto circle, options_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto professional, options_.own->FindPseudonym(pseudonym, *options_.keys));
  std::vector<commands::Listing> listings;
  if (professional) {
    ASSIGN_OR_RETURN(listings, options_.own->ListingsOf(*professional));
  }
  for (const auto& listing : listings) {
    if (listing.circle != circle->id) continue;
    api::ListDisclosuresRequest own = request;
    own.set_professional_id(base::ToText(listing.circle_professional));
    return List(own);
  }
  return base::Refusal(absl::StatusCode::kPermissionDenied, "NOT_A_PROFESSIONAL",
                       "dit toegangsbewijs hoort bij geen professional in deze poolcirkel")
      .Remedy("vraag de beheerder om een bewijs met uw pseudoniem als gebruiker");
}

}  // namespace services::disclosure
