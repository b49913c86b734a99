#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/bytes.h"
#include "services/domain/professional/professional.h"

namespace services::domain::professional {
namespace {

using eventstore::base::FormatWeek;
using eventstore::base::Refusal;

// Refusals travel in the trailer of a call, which is small; what is longer is counted.
constexpr size_t kMaximumRanges = 20;

// Weeks in a row with the same figures.
struct Shortage {
  IsoWeek first;
  IsoWeek last;
  int64_t capacity = 0;
  int64_t reserved = 0;
  int64_t asked = 0;

  bool Continues(const Shortage& next) const {
    return eventstore::base::NextWeek(last) == next.first && capacity == next.capacity &&
           reserved == next.reserved && asked == next.asked;
  }
  std::string Weeks() const {
    return first == last ? FormatWeek(first)
                         : absl::StrCat(FormatWeek(first), " t/m ", FormatWeek(last));
  }
};

int64_t MinutesIn(const WeekMap& weeks, IsoWeek week) {
  const auto found = weeks.find(week);
  return found == weeks.end() ? 0 : found->second;
}

// "36", "7.5": hours for programs.
std::string Hours(int64_t minutes) {
  if (minutes % 60 == 0) return absl::StrCat(minutes / 60);
  return absl::StrCat(static_cast<double>(minutes) / 60.0);
}

std::vector<Shortage> ShortagesOf(const State& state, const WeekMap& asked) {
  const WeekMap reserved = Reserved(state);
  std::vector<Shortage> shortages;
  for (const auto& [week, minutes] : asked) {
    const Shortage shortage{week, week, MinutesIn(state.capacity, week), MinutesIn(reserved, week),
                            minutes};
    if (minutes <= 0 || shortage.capacity - shortage.reserved >= minutes) continue;
    if (!shortages.empty() && shortages.back().Continues(shortage)) {
      shortages.back().last = week;
    } else {
      shortages.push_back(shortage);
    }
  }
  return shortages;
}

absl::Status PromisedTwice(const std::vector<Shortage>& shortages) {
  std::vector<std::string> texts;
  std::vector<std::string> weeks;
  std::vector<std::string> facts;
  for (const Shortage& shortage : shortages) {
    if (texts.size() == kMaximumRanges) break;
    texts.push_back(absl::StrCat(shortage.Weeks(), " (capaciteit ", HoursText(shortage.capacity),
                                 ", gereserveerd ", HoursText(shortage.reserved), ", gevraagd ",
                                 HoursText(shortage.asked), ")"));
    weeks.push_back(absl::StrCat(FormatWeek(shortage.first), "..", FormatWeek(shortage.last)));
    facts.push_back(absl::StrCat(weeks.back(), ":", Hours(shortage.capacity), ",",
                                 Hours(shortage.reserved), ",", Hours(shortage.asked)));
  }
  std::string message =
      absl::StrCat("de gevraagde uren zijn niet vrij in ", absl::StrJoin(texts, "; "));
  if (shortages.size() > texts.size()) {
    absl::StrAppend(&message, "; en in nog ", shortages.size() - texts.size(), " perioden");
  }
  return Refusal(absl::StatusCode::kFailedPrecondition, "HOURS_PROMISED_TWICE", message)
      .Metadata("weeks", absl::StrJoin(weeks, ","))
      // One entry for each range: capacity, reserved and asked hours.
      .Metadata("hours", absl::StrJoin(facts, ";"))
      .Remedy(
          "vraag de gastorganisatie om andere uren of een andere termijn, of geef eerst meer "
          "capaciteit op");
}

}  // namespace

WeekMap Reserved(const State& state) {
  WeekMap sum;
  for (const auto& [key, reservation] : state.reservations) {
    for (const auto& [week, minutes] : reservation.weeks) sum[week] += minutes;
  }
  return sum;
}

WeekMap Free(const State& state) {
  const WeekMap reserved = Reserved(state);
  WeekMap free = state.capacity;
  for (const auto& [week, minutes] : reserved) free[week] -= minutes;
  for (auto& [week, minutes] : free) minutes = std::max<int64_t>(minutes, 0);
  return free;
}

absl::Status CheckFree(const State& state, const WeekMap& asked) {
  if (state.unreadable) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "LEDGER_UNREADABLE",
                   "de urenadministratie van deze professional is niet leesbaar op dit knooppunt")
        .Remedy("herstel het sleutelbestand uit de reservekopie");
  }
  const std::vector<Shortage> shortages = ShortagesOf(state, asked);
  return shortages.empty() ? absl::OkStatus() : PromisedTwice(shortages);
}

eventstore::crypto::Digest IdentityCommitment(const std::string& salt,
                                              const poolcirkel::event::v1::Identity& identity) {
  return eventstore::crypto::Sha256(
      {"poolcirkel.example/v1/identity\n", salt, DeterministicBytes(identity)});
}

NewEvent ReserveHours(const State& state, const Reservation& reservation, const Context&) {
  NewEvent event;
  event.stream = state.private_id;
  event.keys.person = eventstore::privacy::KeyOf(state.private_id);
  auto& body = *event.event.mutable_hours_reserved();
  body.set_circle_id(reservation.circle.bytes());
  body.set_exchange_id(reservation.exchange.bytes());
  body.set_selection(reservation.selection);
  *body.mutable_weeks() = ToWeekList(reservation.weeks);
  return event;
}

NewEvent ReleaseHours(const State& state, const StreamId& exchange, uint32_t selection,
                      std::optional<IsoWeek> from, const Context&) {
  NewEvent event;
  event.stream = state.private_id;
  event.keys.person = eventstore::privacy::KeyOf(state.private_id);
  auto& body = *event.event.mutable_hours_released();
  body.set_exchange_id(exchange.bytes());
  body.set_selection(selection);
  if (from) {
    body.set_from_iso_year(from->year);
    body.set_from_iso_week(from->week);
  }
  return event;
}

std::vector<NewEvent> StateFreeHours(const State& after, const WeekMap& weeks) {
  const WeekMap free = Free(after);
  WeekMap stated;
  for (const auto& [week, minutes] : weeks) stated[week] = MinutesIn(free, week);
  std::vector<NewEvent> events;
  if (stated.empty()) return events;
  for (const auto& [circle, listing] : after.listings) {
    NewEvent event;
    event.circle = circle;
    event.stream = listing.id;
    event.keys.person = eventstore::privacy::KeyOf(listing.id);
    *event.event.mutable_free_hours_stated()->mutable_weeks() = ToWeekList(stated);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace services::domain::professional
