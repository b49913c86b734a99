#include "projections/views/availability/availability.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "eventstore/base/errors.h"
#include "projections/views/kept/epochs.h"

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

constexpr char kProfile = 'p';    // every profile, by professional and sequence
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

// The kept events under `prefix` that count, over all epochs of the history.
absl::Status VisitHistory(const engine::ViewReader& reader, const FeedId& feed,
                          std::string_view prefix, const kept::Ends& ends,
                          const std::function<void(KeptEvent)>& visit) {
  for (const FeedId& part : kept::PartsOf(reader, feed)) {
    RETURN_IF_ERROR(reader.Scan(
        part, prefix, [&](const FeedId&, std::string_view, std::string_view value) -> absl::Status {
          ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(part, value));
          if (ends.Counts(part, event.sequence)) visit(std::move(event));
          return absl::OkStatus();
        }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<KeptEvent>> LastProfile(const engine::ViewReader& reader,
                                                     const FeedId& feed, const std::string& prefix,
                                                     const kept::Ends& ends) {
  std::optional<KeptEvent> last;
  RETURN_IF_ERROR(
      VisitHistory(reader, feed, prefix, ends, [&](KeptEvent event) { last = std::move(event); }));
  return last;
}

}  // namespace

absl::Status Availability::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  switch (event.kind()) {
    case Body::kCharterAdopted:
      return kept::KeepCharter(event, rows);
    case Body::kProfileStated:
      kept::Keep(event, kProfile, event.stream().view(), rows);
      return absl::OkStatus();
    case Body::kFreeHoursStated:
      kept::Keep(event, kFreeHours, event.stream().view(), rows);
      return absl::OkStatus();
    case Body::kProfessionalRegistered:
    case Body::kCapacityStated:
    case Body::kProfessionalListed:
    case Body::kHoursReserved:
    case Body::kHoursReleased:
    case Body::kIdentityOpened:
      kept::Keep(event, kOwn, event.stream().view(), rows);
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
  ASSIGN_OR_RETURN(const kept::Ends ends, kept::ReadEnds(reader, feed.circle));
  ASSIGN_OR_RETURN(
      auto profile,
      LastProfile(reader, feed, kept::ThingPrefix(kProfile, professional.view()), ends));
  if (!profile.has_value()) return std::optional<Profile>();
  return OpenProfile(*std::move(profile), keys);
}

absl::StatusOr<Statement> ReadStatement(const engine::ViewReader& reader, const FeedId& feed,
                                        const StreamId& professional, const KeyFile& keys,
                                        const kept::Ends& ends) {
  Statement statement;
  ASSIGN_OR_RETURN(
      auto profile,
      LastProfile(reader, feed, kept::ThingPrefix(kProfile, professional.view()), ends));
  if (!profile.has_value() || IsErased(professional, keys)) return statement;
  statement.stated = true;
  statement.profile = OpenProfile(*std::move(profile), keys);
  RETURN_IF_ERROR(VisitHistory(reader, feed, kept::ThingPrefix(kFreeHours, professional.view()),
                               ends, [&](KeptEvent event) {
                                 kept::OpenFields(event, keys);
                                 Apply(event.body.free_hours_stated(), statement.free);
                               }));
  return statement;
}

absl::StatusOr<std::map<StreamId, Statement>> ReadFeed(const engine::ViewReader& reader,
                                                       const FeedId& feed, const KeyFile& keys,
                                                       const kept::Ends& ends) {
  std::map<StreamId, KeptEvent> profiles;
  RETURN_IF_ERROR(VisitHistory(
      reader, feed, std::string_view(&kProfile, 1), ends,
      [&](KeptEvent event) { profiles.insert_or_assign(event.stream, std::move(event)); }));
  std::map<StreamId, Statement> statements;
  for (auto& [professional, profile] : profiles) {
    if (IsErased(professional, keys)) continue;
    Statement& statement = statements[professional];
    statement.stated = true;
    statement.profile = OpenProfile(std::move(profile), keys);
  }
  RETURN_IF_ERROR(
      VisitHistory(reader, feed, std::string_view(&kFreeHours, 1), ends, [&](KeptEvent event) {
        const auto statement = statements.find(event.stream);
        if (statement == statements.end()) return;
        kept::OpenFields(event, keys);
        Apply(event.body.free_hours_stated(), statement->second.free);
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
