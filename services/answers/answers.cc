#include "services/answers/answers.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "projections/views/availability/availability.h"

namespace services::answers {

using eventstore::log::CircleId;
using eventstore::log::Cursor;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using eventstore::privacy::KeyFile;
using poolcirkel::api::v1::ExchangeRow;
using poolcirkel::api::v1::MemberName;
using poolcirkel::api::v1::QueryFooter;
using projections::engine::ViewReader;
using projections::views::exchanges::Exchange;
using projections::views::exchanges::Professionals;
using projections::views::exchanges::Status;
using projections::views::exchanges::WaitingFor;

absl::StatusOr<membership::CirclePtr> Prepare(const membership::Circles& circles,
                                              projections::engine::Engine& engine,
                                              const poolcirkel::api::v1::QueryHeader& header,
                                              absl::Time deadline,
                                              const std::vector<std::string>& views) {
  ASSIGN_OR_RETURN(membership::CirclePtr circle, circles.Resolve(header.circle()));
  const auto at_least = eventstore::log::FromProto(header.at_least());
  if (!at_least.ok()) {
    return eventstore::base::InvalidField("header.at_least",
                                          "is een cursor zoals een eerder antwoord die gaf");
  }
  RETURN_IF_ERROR(engine.WaitFor(*at_least, deadline, views));
  return circle;
}

QueryFooter FooterOf(const projections::engine::Snapshot& snapshot,
                     const std::vector<const ViewReader*>& readers, const CircleId& circle) {
  std::optional<Cursor> all;
  for (const ViewReader* reader : readers) {
    const Cursor cursor = reader->CursorOf(circle);
    if (!all.has_value()) {
      all = cursor;
      continue;
    }
    Cursor least;
    for (const auto& [feed, next] : all->positions()) {
      least.Set(feed, std::min(next, cursor.At(feed)));
    }
    all = std::move(least);
  }
  QueryFooter footer;
  *footer.mutable_cursor() = eventstore::log::ToProto(all.value_or(Cursor()));
  footer.set_unknown_events(snapshot.UnknownEvents(circle));
  return footer;
}

namespace {

void Fill(const poolcirkel::event::v1::CharterMember& member, MemberName& name) {
  name.set_short_name(member.short_name());
  name.set_name(member.name());
}

}  // namespace

MemberName NameOf(const membership::Circle& circle, const MemberId& member) {
  MemberName name;
  name.set_member_id(eventstore::base::ToText(member));
  if (const auto* entry = circle.Member(member); entry != nullptr) {
    Fill(*entry, name);
    return name;
  }
  for (auto version = circle.chain.rbegin(); version != circle.chain.rend(); ++version) {
    poolcirkel::event::v1::Charter charter;
    if (!charter.ParseFromString(version->charter())) continue;
    for (const auto& entry : charter.members()) {
      if (entry.member_id() != member.view()) continue;
      Fill(entry, name);
      return name;
    }
  }
  return name;
}

namespace {

poolcirkel::api::v1::ExchangeStatus ToApi(Status status) {
  namespace v1 = poolcirkel::api::v1;
  switch (status) {
    case Status::kProposed:
      return v1::EXCHANGE_STATUS_PROPOSED;
    case Status::kSelected:
      return v1::EXCHANGE_STATUS_SELECTED;
    case Status::kConfirmed:
      return v1::EXCHANGE_STATUS_CONFIRMED;
    case Status::kAccepted:
      return v1::EXCHANGE_STATUS_ACCEPTED;
    case Status::kEffective:
      return v1::EXCHANGE_STATUS_EFFECTIVE;
    case Status::kEnded:
      return v1::EXCHANGE_STATUS_ENDED;
    case Status::kDeclined:
      return v1::EXCHANGE_STATUS_DECLINED;
    case Status::kExpired:
      return v1::EXCHANGE_STATUS_EXPIRED;
    case Status::kWithdrawn:
      return v1::EXCHANGE_STATUS_WITHDRAWN;
    case Status::kConflict:
      return v1::EXCHANGE_STATUS_CONFLICT;
  }
  return v1::EXCHANGE_STATUS_UNSPECIFIED;
}

std::string WaitingSentence(WaitingFor waiting, const ExchangeRow& row) {
  const std::string& lender = row.lender().name();
  const std::string& host = row.host().name();
  switch (waiting) {
    case WaitingFor::kNobody:
      return "";
    case WaitingFor::kHostToSelect:
      return absl::StrCat(host, " moet de voordracht beoordelen");
    case WaitingFor::kLenderToConfirm:
      return absl::StrCat(lender, " moet de voorwaarden bevestigen");
    case WaitingFor::kHostToAccept:
      return absl::StrCat(host, " moet de bevestiging aanvaarden");
    case WaitingFor::kCosignatures:
      return absl::StrCat("meer dan de helft van de andere leden moet medeondertekenen (nodig: ",
                          row.cosignatures_needed(), ")");
    case WaitingFor::kLenderRecords:
      return absl::StrCat("de bevestiging van ", lender, " is hier nog niet binnen");
    case WaitingFor::kLenderToRelease:
      return absl::StrCat(lender, " moet de gereserveerde uren nog vrijgeven");
    case WaitingFor::kBothToAgree:
      return absl::StrCat(lender, " en ", host,
                          " legden tegenstrijdige gegevens vast en moeten dat samen oplossen");
  }
  return "";
}

void FillTerms(const Exchange& exchange, const KeyFile& keys, ExchangeRow& row) {
  auto terms = projections::views::exchanges::OpenTerms(exchange, keys);
  if (!terms.has_value()) return;
  int64_t minutes = 0;
  for (const auto& week : terms->weeks()) minutes += week.minutes();
  row.set_total_minutes(minutes);
  row.set_terms_readable(true);
  *row.mutable_terms() = *std::move(terms);
}

absl::Status FillPerson(const Exchange& exchange, const ViewReader& availability,
                        const KeyFile& keys, Professionals& professionals, ExchangeRow& row) {
  const auto professional = professionals.Of(exchange);
  if (!professional.has_value()) return absl::OkStatus();
  row.set_professional_id(eventstore::base::ToText(*professional));
  ASSIGN_OR_RETURN(const auto profile, projections::views::availability::ReadProfile(
                                           availability, exchange.lender, *professional, keys));
  if (profile.has_value()) row.set_pseudonym(profile->pseudonym());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExchangeRow> RowOf(const membership::Circle& circle, const Exchange& exchange,
                                  const ViewReader& availability, const KeyFile& keys,
                                  Professionals& professionals) {
  ExchangeRow row;
  row.set_exchange_id(eventstore::base::ToText(exchange.id));
  row.set_assignment_id(eventstore::base::ToText(exchange.assignment));
  row.set_assignment_title(exchange.assignment_title);
  *row.mutable_lender() = NameOf(circle, exchange.lender.member);
  *row.mutable_host() = NameOf(circle, exchange.host);
  row.set_status(ToApi(exchange.status));
  row.set_seat(exchange.seat);
  row.set_selection(exchange.selection);
  row.set_cosignatures(static_cast<int32_t>(exchange.cosignatures.have));
  uint32_t needed = exchange.cosignatures.needed;
  if (needed == 0 && exchange.waiting_for == WaitingFor::kCosignatures) {
    needed = projections::views::exchanges::CosignaturesNeeded(circle.charter);
  }
  row.set_cosignatures_needed(static_cast<int32_t>(needed));
  row.set_waiting_for(WaitingSentence(exchange.waiting_for, row));
  if (exchange.confirm_by.has_value()) {
    row.set_confirm_by_microseconds(absl::ToUnixMicros(*exchange.confirm_by));
  }
  if (exchange.effective_at.has_value()) {
    row.set_effective_at_microseconds(absl::ToUnixMicros(*exchange.effective_at));
  }
  row.set_ended_last_day(exchange.ended_last_day);
  row.set_reason(projections::views::exchanges::OpenReason(exchange, keys));
  for (const auto& attestation : exchange.attestations) *row.add_attestations() = attestation;
  FillTerms(exchange, keys, row);
  RETURN_IF_ERROR(FillPerson(exchange, availability, keys, professionals, row));
  return row;
}

absl::StatusOr<StreamId> ParseId(std::string_view field, const std::string& text) {
  const auto id = eventstore::base::ParseUuid<StreamId>(text);
  if (!id.ok()) return eventstore::base::InvalidField(field, "is een id (UUID)");
  return *id;
}

}  // namespace services::answers
