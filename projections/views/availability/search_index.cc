#include "projections/views/availability/search_index.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "eventstore/base/errors.h"

namespace projections::views::availability {

using eventstore::base::MutexLock;
using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::StreamId;
using Person = PackedPeople::Person;

namespace {

constexpr double kEarthRadiusKilometres = 6371.0088;
// Beyond this, more distance does not make a match worse when no limit is asked.
constexpr int kFarKilometres = 100;
// What each criterion adds to the score.
constexpr int kRolePoints = 20;
constexpr int kLevelPoints = 20;
constexpr int kSkillPoints = 20;
constexpr int kWishedPoints = 20;
constexpr int kHoursPoints = 10;
constexpr int kSpareHourPoints = 10;  // one for each spare hour
constexpr int kDistancePoints = 20;
// More changes than this between two queries are followed by reading everything anew.
constexpr size_t kMaximumChanges = 100'000;

double Radians(int32_t e4) { return e4 / 10'000.0 * std::numbers::pi / 180.0; }

// Criteria with texts turned into the index's terms and weeks into numbers.
struct Prepared {
  const Criteria* criteria = nullptr;
  bool impossible = false;  // a text that no profile has
  uint32_t role = 0;
  std::vector<uint32_t> required;
  std::vector<std::pair<uint32_t, uint32_t>> wished;  // URI and label; 0: nobody has it
  uint16_t first_week = 0;
  uint16_t last_week = 0;
};

struct Match {
  uint32_t place = 0;
  int score = 0;
  int least_free = 0;
  int wished_met = 0;
  std::optional<int> distance;
};

Prepared Prepare(const Criteria& criteria, const PackedPeople& people) {
  Prepared prepared;
  prepared.criteria = &criteria;
  if (!criteria.role.empty()) {
    const auto role = people.Term(criteria.role);
    prepared.impossible = !role.has_value();
    prepared.role = role.value_or(0);
  }
  for (const std::string& skill : criteria.required_skills) {
    const auto term = people.Term(skill);
    if (!term.has_value()) prepared.impossible = true;
    prepared.required.push_back(term.value_or(0));
  }
  for (const auto& skill : criteria.wished_skills) {
    prepared.wished.emplace_back(people.Term(skill.uri()).value_or(0),
                                 people.Term(skill.label()).value_or(0));
  }
  if (criteria.weeks.has_value()) {
    prepared.first_week = WeekNumber(criteria.weeks->first);
    prepared.last_week = WeekNumber(criteria.weeks->last);
  }
  return prepared;
}

// The distance when both places are known; false when it is too far, or has to be
// known and is not.
bool FitsDistance(const Criteria& criteria, const Person& person, std::optional<int>& distance) {
  if (!criteria.near.has_value()) return true;
  if (!person.has_location) return criteria.maximum_distance_kilometres == 0;
  distance = DistanceKilometres(criteria.near->latitude_e4(), criteria.near->longitude_e4(),
                                person.latitude_e4, person.longitude_e4);
  const int asked = criteria.maximum_distance_kilometres;
  const int own = person.maximum_distance_kilometres;
  return (asked == 0 || *distance <= asked) && (own == 0 || *distance <= own);
}

int Score(const Criteria& criteria, const Match& match) {
  int score = 0;
  if (!criteria.role.empty()) score += kRolePoints;
  if (criteria.level != poolcirkel::event::v1::LEVEL_UNSPECIFIED) score += kLevelPoints;
  if (!criteria.required_skills.empty()) score += kSkillPoints;
  if (!criteria.wished_skills.empty()) {
    score += kWishedPoints * match.wished_met / static_cast<int>(criteria.wished_skills.size());
  }
  if (criteria.weeks.has_value()) {
    const int spare_hours = (match.least_free - criteria.minimum_minutes_per_week) / 60;
    score += kHoursPoints + std::clamp(spare_hours, 0, kSpareHourPoints);
  }
  if (match.distance.has_value()) {
    const int far = criteria.maximum_distance_kilometres > 0 ? criteria.maximum_distance_kilometres
                                                             : kFarKilometres;
    score += kDistancePoints - kDistancePoints * std::min(*match.distance, far) / far;
  }
  return score;
}

std::optional<Match> Judge(const PackedPeople& people, const Person& person,
                           const Prepared& asked) {
  const Criteria& criteria = *asked.criteria;
  if (asked.role != 0 && person.role != asked.role) return std::nullopt;
  const bool any_level = criteria.level == poolcirkel::event::v1::LEVEL_UNSPECIFIED;
  if (!any_level && person.level != static_cast<uint8_t>(criteria.level)) return std::nullopt;
  for (const uint32_t term : asked.required) {
    if (!people.HasSkill(person, term)) return std::nullopt;
  }
  Match match;
  if (criteria.weeks.has_value()) {
    match.least_free = people.LeastFree(person, asked.first_week, asked.last_week);
    if (match.least_free < criteria.minimum_minutes_per_week) return std::nullopt;
  }
  if (!FitsDistance(criteria, person, match.distance)) return std::nullopt;
  for (const auto& [uri, label] : asked.wished) {
    const bool met = (uri != 0 && people.HasSkill(person, uri)) ||
                     (label != 0 && people.HasSkill(person, label));
    match.wished_met += met ? 1 : 0;
  }
  match.score = Score(criteria, match);
  return match;
}

bool IsLeftOut(const Criteria& criteria, const eventstore::log::MemberId& member) {
  return std::find(criteria.leave_out.begin(), criteria.leave_out.end(), member) !=
         criteria.leave_out.end();
}

// All that fit; the best `limit` of them first, in order.
std::vector<Match> Walk(const PackedPeople& people, const Criteria& criteria, int& unreadable) {
  const Prepared asked = Prepare(criteria, people);
  std::vector<Match> matches;
  for (uint32_t place = 0; place < people.people().size(); ++place) {
    const Person& person = people.people()[place];
    if (!person.present) continue;
    if (IsLeftOut(criteria, people.feed(person).member)) continue;
    if (!person.readable) {
      ++unreadable;
      continue;
    }
    if (asked.impossible) continue;
    if (auto match = Judge(people, person, asked); match.has_value()) {
      match->place = place;
      matches.push_back(*match);
    }
  }
  const auto better = [&](const Match& a, const Match& b) {
    if (a.score != b.score) return a.score > b.score;
    const Person& person_a = people.people()[a.place];
    const Person& person_b = people.people()[b.place];
    return std::tie(person_a.id, people.feed(person_a)) <
           std::tie(person_b.id, people.feed(person_b));
  };
  const size_t best = std::min(criteria.limit, matches.size());
  std::partial_sort(matches.begin(), matches.begin() + static_cast<ptrdiff_t>(best), matches.end(),
                    better);
  return matches;
}

}  // namespace

int DistanceKilometres(int32_t latitude_a, int32_t longitude_a, int32_t latitude_b,
                       int32_t longitude_b) {
  const double half_latitude = (Radians(latitude_b) - Radians(latitude_a)) / 2;
  const double half_longitude = (Radians(longitude_b) - Radians(longitude_a)) / 2;
  const double haversine = std::sin(half_latitude) * std::sin(half_latitude) +
                           std::cos(Radians(latitude_a)) * std::cos(Radians(latitude_b)) *
                               std::sin(half_longitude) * std::sin(half_longitude);
  const double angle = 2 * std::asin(std::sqrt(std::clamp(haversine, 0.0, 1.0)));
  // A place is not a kilometre away from itself because of rounding.
  return static_cast<int>(std::ceil(kEarthRadiusKilometres * angle - 1e-9));
}

SearchIndex::SearchIndex(engine::Engine& engine, const eventstore::privacy::KeyFile& keys)
    : engine_(engine), keys_(keys) {
  listening_ =
      engine.OnChange(kViewName, [this](const engine::RowsChanged& changed) { Remember(changed); });
}

void SearchIndex::Remember(const engine::RowsChanged& changed) {
  MutexLock lock(changes_mutex_);
  if (changed.everything) changes_.push_back({changed.commit, true, {}});
  for (const auto& row : changed.rows) {
    if (!followed_.contains(row.feed.circle)) continue;
    // Another charter may end an epoch: what stood past the end counts no more.
    if (kept::IsCharterRow(row.key)) changes_.push_back({changed.commit, true, {}});
    if (const auto id = ProfessionalOf(row.key); id.has_value()) {
      changes_.push_back({changed.commit, false, {kept::HistoryOf(row.feed), *id}});
    }
  }
  if (changes_.size() > kMaximumChanges) {
    // For snapshots from before this change, and for those that show it.
    changes_ = {{0, true, {}}, {changed.commit, true, {}}};
  }
}

void SearchIndex::Follow(const CircleId& circle) {
  MutexLock lock(changes_mutex_);
  followed_.insert(circle);
}

std::vector<SearchIndex::Change> SearchIndex::TakeChanges(uint64_t commit) {
  MutexLock lock(changes_mutex_);
  const auto later = std::find_if(changes_.begin(), changes_.end(), [commit](const Change& change) {
    return change.commit > commit;
  });
  std::vector<Change> taken(changes_.begin(), later);
  changes_.erase(changes_.begin(), later);
  return taken;
}

void SearchIndex::ForgetOpened() {
  MutexLock lock(mutex_);
  circles_.clear();
  stale_.clear();
}

absl::Status SearchIndex::Load(const engine::ViewReader& reader, const CircleId& circle) {
  CircleIndex index;
  index.keys_version = keys_.version();
  ASSIGN_OR_RETURN(const kept::Ends ends, kept::ReadEnds(reader, circle));
  std::set<FeedId> histories;
  for (const FeedId& feed : reader.FeedsOf(circle)) histories.insert(kept::HistoryOf(feed));
  for (const FeedId& history : histories) {
    ASSIGN_OR_RETURN(const auto statements, ReadFeed(reader, history, keys_, ends));
    for (const auto& [id, statement] : statements) index.people.Put(history, id, statement);
  }
  circles_[circle] = std::move(index);
  return absl::OkStatus();
}

// Keys that came make profiles readable; those that were destroyed close them.
absl::Status SearchIndex::FollowKeys(const engine::ViewReader& reader, CircleIndex& index) {
  const uint64_t version = keys_.version();
  if (version == index.keys_version) return absl::OkStatus();
  std::vector<Name> names;
  for (const Person& person : index.people.people()) {
    if (!person.present) continue;
    const bool destroyed = keys_.IsDestroyed(eventstore::privacy::KeyOf(person.id));
    if (destroyed || !person.readable) {
      names.emplace_back(index.people.feed(person), person.id);
    }
  }
  kept::Ends ends;
  if (!names.empty()) {
    ASSIGN_OR_RETURN(ends, kept::ReadEnds(reader, names.front().first.circle));
  }
  for (const auto& [feed, id] : names) {
    ASSIGN_OR_RETURN(const Statement statement, ReadStatement(reader, feed, id, keys_, ends));
    index.people.Put(feed, id, statement);
  }
  index.keys_version = version;
  return absl::OkStatus();
}

absl::Status SearchIndex::Refresh(const engine::Snapshot& snapshot,
                                  const engine::ViewReader& reader, const CircleId& circle) {
  for (const Change& change : TakeChanges(snapshot.commit())) {
    if (change.everything) {
      circles_.clear();
      stale_.clear();
    } else if (circles_.contains(change.name.first.circle)) {
      stale_.insert(change.name);
    }
  }
  const auto index = circles_.find(circle);
  if (index == circles_.end()) return Load(reader, circle);
  kept::Ends ends;
  if (!stale_.empty()) {
    ASSIGN_OR_RETURN(ends, kept::ReadEnds(reader, circle));
  }
  for (auto it = stale_.begin(); it != stale_.end();) {
    if (it->first.circle != circle) {
      ++it;
      continue;
    }
    ASSIGN_OR_RETURN(const Statement statement,
                     ReadStatement(reader, it->first, it->second, keys_, ends));
    index->second.people.Put(it->first, it->second, statement);
    it = stale_.erase(it);
  }
  return FollowKeys(reader, index->second);
}

absl::StatusOr<SearchResult> SearchIndex::Search(const CircleId& circle, const Criteria& criteria) {
  MutexLock lock(mutex_);
  SearchResult result;
  Follow(circle);
  result.snapshot = engine_.Read();
  ASSIGN_OR_RETURN(const engine::ViewReader* reader, result.snapshot->View(kViewName));
  RETURN_IF_ERROR(Refresh(*result.snapshot, *reader, circle));
  const PackedPeople& people = circles_[circle].people;
  const std::vector<Match> matches = Walk(people, criteria, result.unreadable);
  result.total = static_cast<int>(matches.size());
  for (size_t i = 0; i < std::min(criteria.limit, matches.size()); ++i) {
    const Match& match = matches[i];
    const Person& person = people.people()[match.place];
    const FeedId& feed = people.feed(person);
    ASSIGN_OR_RETURN(auto profile, ReadProfile(*reader, feed, person.id, keys_));
    if (!profile.has_value()) continue;  // the key was destroyed just now
    result.found.push_back({feed, person.id, *std::move(profile), match.least_free, match.distance,
                            match.wished_met, match.score});
  }
  return result;
}

}  // namespace projections::views::availability
