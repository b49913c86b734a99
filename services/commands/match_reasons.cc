#include "services/commands/match_reasons.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/clock.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace domain = services::domain;
namespace professional = services::domain::professional;
using poolcirkel::event::v1::AssignmentPublished;
using poolcirkel::event::v1::Level;
using poolcirkel::event::v1::MatchReason;
using poolcirkel::event::v1::Profile;

// Explanations stay short: a proposal is one record.
constexpr size_t kMaximumNamed = 5;

MatchReason Reason(const std::string& criterion, bool met, const std::string& explanation) {
  MatchReason reason;
  reason.set_criterion(criterion);
  reason.set_met(met);
  reason.set_explanation(explanation);
  return reason;
}

std::string LevelText(Level level) {
  switch (level) {
    case Level::LEVEL_STRATEGIC:
      return "strategisch";
    case Level::LEVEL_TACTICAL:
      return "tactisch";
    case Level::LEVEL_OPERATIONAL:
      return "operationeel";
    default:
      return "geen niveau genoemd";
  }
}

MatchReason RoleReason(const Profile& profile, const AssignmentPublished& assignment) {
  const bool met = profile.role() == assignment.role();
  return Reason("rol", met,
                met ? absl::StrCat("is ", profile.role())
                    : absl::StrCat("is ", profile.role(), ", gevraagd is ", assignment.role()));
}

MatchReason LevelReason(const Profile& profile, const AssignmentPublished& assignment) {
  const bool met =
      assignment.level() == Level::LEVEL_UNSPECIFIED || profile.level() == assignment.level();
  return Reason("niveau", met,
                met ? LevelText(profile.level())
                    : absl::StrCat("werkt ", LevelText(profile.level()), ", gevraagd is ",
                                   LevelText(assignment.level())));
}

MatchReason SkillsReason(const Profile& profile, const AssignmentPublished& assignment) {
  std::vector<std::string> missing;
  for (const auto& asked : assignment.skills()) {
    const bool has =
        std::any_of(profile.skills().begin(), profile.skills().end(),
                    [&asked](const auto& skill) { return skill.uri() == asked.uri(); });
    if (!has) missing.push_back(asked.label());
  }
  const int found = assignment.skills_size() - static_cast<int>(missing.size());
  std::string text =
      absl::StrCat(found, " van ", assignment.skills_size(), " gevraagde vaardigheden");
  if (!missing.empty()) {
    if (missing.size() > kMaximumNamed) missing.resize(kMaximumNamed);
    absl::StrAppend(&text, "; niet: ", absl::StrJoin(missing, ", "));
  }
  return Reason("vaardigheden", missing.empty(), text);
}

MatchReason HoursReason(const professional::State& state, const AssignmentPublished& assignment) {
  const auto first = base::ParseDate(assignment.start_date());
  const auto last = base::ParseDate(assignment.end_date());
  if (!first.ok() || !last.ok()) return Reason("uren", false, "de termijn is niet leesbaar");
  const domain::WeekMap free = professional::Free(state);
  std::vector<std::string> short_weeks;
  for (const auto& [week, minutes] :
       domain::EveryWeek(*first, *last, assignment.minutes_per_week())) {
    const auto found = free.find(week);
    if (found == free.end() || found->second < minutes) {
      short_weeks.push_back(base::FormatWeek(week));
    }
  }
  if (short_weeks.empty()) {
    return Reason("uren", true,
                  absl::StrCat("heeft iedere week ",
                               domain::HoursText(assignment.minutes_per_week()), " vrij"));
  }
  const size_t count = short_weeks.size();
  if (count > kMaximumNamed) short_weeks.resize(kMaximumNamed);
  return Reason("uren", false,
                absl::StrCat("te weinig uren in ", count, " weken, waaronder ",
                             absl::StrJoin(short_weeks, ", ")));
}

}  // namespace

std::vector<MatchReason> ExplainMatch(const professional::State& professional,
                                      const AssignmentPublished& assignment) {
  return {RoleReason(professional.profile, assignment),
          LevelReason(professional.profile, assignment),
          SkillsReason(professional.profile, assignment), HoursReason(professional, assignment)};
}

}  // namespace services::commands
