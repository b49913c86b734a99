#include "projections/views/availability/availability.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::views::availability {

using eventstore::base::IsoWeek;
using eventstore::log::FeedId;
using eventstore::log::StreamId;
using eventstore::privacy::KeyFile;
using kept::KeptEvent;
using poolcirkel::event::v1::FreeHoursStated;
using poolcirkel::event::v1::Profile;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr char kProfile = 'p';    // the last profile, by professional
constexpr char kFreeHours = 'h';  // every statement, by professional and sequence
constexpr char kOwn = 'o';        // events of the private feed, likewise
constexpr int kMinutesPerWeek = 7 * 24 * 60;
constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;
constexpr absl::CivilDay kFirstMonday(1969, 12, 29);

// Somebody whose key was destroyed is not there any more.
bool IsErased(const StreamId& professional, const KeyFile& keys) {
  return keys.IsDestroyed(eventstore::privacy::KeyOf(professional));
}

std::optional<Profile> OpenProfile(KeptEvent event, const KeyFile& keys) {
  kept::OpenFields(event, keys);
  const auto& stated = event.body.profile_stated();
  if (!stated.has_profile()) return std::nullopt;
  return stated.profile();
}

}  // namespace

absl::Status Availability::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  switch (event.body.body_case()) {
    case Body::kProfileStated:
      rows.Put(kept::ThingPrefix(kProfile, event.stream.view()), kept::Keep(event));
      return absl::OkStatus();
    case Body::kFreeHoursStated:
      rows.Put(kept::EventKey(kFreeHours, event.stream.view(), event.sequence), kept::Keep(event));
      return absl::OkStatus();
    case Body::kProfessionalRegistered:
    case Body::kCapacityStated:
    case Body::kProfessionalListed:
    case Body::kHoursReserved:
    case Body::kHoursReleased:
    case Body::kIdentityOpened:
      rows.Put(kept::EventKey(kOwn, event.stream.view(), event.sequence), kept::Keep(event));
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

uint16_t WeekNumber(IsoWeek week) {
  return static_cast<uint16_t>((eventstore::base::MondayOf(week) - kFirstMonday) / 7);
}

std::optional<uint16_t> WeekNumber(int iso_year, int iso_week) {
  if (iso_year < kFirstYear || iso_year > kLastYear) return std::nullopt;
  if (iso_week < 1 || iso_week > 53) return std::nullopt;
  const IsoWeek week{iso_year, iso_week};
  const bool may_not_exist = iso_week == 53;
  if (may_not_exist && eventstore::base::IsoWeekOf(eventstore::base::MondayOf(week)) != week) {
    return std::nullopt;
  }
  return WeekNumber(week);
}

void Apply(const FreeHoursStated& stated, FreeMinutes& free) {
  for (const auto& week : stated.weeks()) {
    const auto number = WeekNumber(week.iso_year(), week.iso_week());
    if (!number.has_value()) continue;
    free[*number] = static_cast<uint16_t>(std::clamp(week.minutes(), 0, kMinutesPerWeek));
  }
}

absl::StatusOr<std::optional<Profile>> ReadProfile(const engine::ViewReader& reader,
                                                   const FeedId& feed, const StreamId& professional,
                                                   const KeyFile& keys) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.Get(feed, kept::ThingPrefix(kProfile, professional.view())));
  if (!row.has_value()) return std::optional<Profile>();
  ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(feed, *row));
  return OpenProfile(std::move(event), keys);
}

absl::StatusOr<Statement> ReadStatement(const engine::ViewReader& reader, const FeedId& feed,
                                        const StreamId& professional, const KeyFile& keys) {
  Statement statement;
  ASSIGN_OR_RETURN(const auto row,
                   reader.Get(feed, kept::ThingPrefix(kProfile, professional.view())));
  if (!row.has_value() || IsErased(professional, keys)) return statement;
  ASSIGN_OR_RETURN(KeptEvent profile, kept::Parse(feed, *row));
  statement.stated = true;
  statement.profile = OpenProfile(std::move(profile), keys);
  RETURN_IF_ERROR(
      reader.Scan(feed, kept::ThingPrefix(kFreeHours, professional.view()),
                  [&](const FeedId&, std::string_view, std::string_view value) -> absl::Status {
                    ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(feed, value));
                    kept::OpenFields(event, keys);
                    Apply(event.body.free_hours_stated(), statement.free);
                    return absl::OkStatus();
                  }));
  return statement;
}

absl::StatusOr<std::map<StreamId, Statement>> ReadFeed(const engine::ViewReader& reader,
                                                       const FeedId& feed, const KeyFile& keys) {
  std::map<StreamId, Statement> statements;
  RETURN_IF_ERROR(
      reader.Scan(feed, std::string_view(&kProfile, 1),
                  [&](const FeedId&, std::string_view, std::string_view value) -> absl::Status {
                    ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(feed, value));
                    if (IsErased(event.stream, keys)) return absl::OkStatus();
                    Statement& statement = statements[event.stream];
                    statement.stated = true;
                    statement.profile = OpenProfile(std::move(event), keys);
                    return absl::OkStatus();
                  }));
  RETURN_IF_ERROR(
      reader.Scan(feed, std::string_view(&kFreeHours, 1),
                  [&](const FeedId&, std::string_view, std::string_view value) -> absl::Status {
                    ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(feed, value));
                    const auto statement = statements.find(event.stream);
                    if (statement == statements.end()) return absl::OkStatus();
                    kept::OpenFields(event, keys);
                    Apply(event.body.free_hours_stated(), statement->second.free);
                    return absl::OkStatus();
                  }));
  return statements;
}

absl::StatusOr<kept::Things> ReadOwn(const engine::ViewReader& reader, const FeedId& private_feed) {
  return kept::ReadCircle(reader, private_feed.circle, kOwn);
}

std::optional<StreamId> ProfessionalOf(std::string_view key) {
  if (key.empty() || (key[0] != kProfile && key[0] != kFreeHours)) return std::nullopt;
  const auto id = StreamId::FromBytes(kept::ThingOf(key));
  if (!id.ok()) return std::nullopt;
  return *id;
}

}  // namespace projections::views::availability
