#include "projections/views/availability/packed_people.h"

#include <algorithm>

namespace projections::views::availability {

using eventstore::log::FeedId;
using eventstore::log::StreamId;
using poolcirkel::event::v1::Profile;

namespace {

// A home pool that states a week far away must not make everybody's memory large.
constexpr uint16_t kMaximumWeeks = 520;
constexpr int kMaximumDistanceKilometres = 60'000;

}  // namespace

std::string Fold(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string folded(text);
  for (size_t i = 0; i < folded.size(); ++i) {
    const auto byte = static_cast<unsigned char>(folded[i]);
    if (byte >= 'A' && byte <= 'Z') folded[i] = static_cast<char>(byte + 0x20);
    // U+00C0..U+00DE in UTF-8, except the multiplication sign.
    const bool after_c3 = i > 0 && static_cast<unsigned char>(folded[i - 1]) == 0xC3;
    if (after_c3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97) {
      folded[i] = static_cast<char>(byte + 0x20);
    }
  }
  return folded;
}

uint32_t PackedPeople::Intern(std::string_view text) {
  return terms_.try_emplace(Fold(text), static_cast<uint32_t>(terms_.size() + 1)).first->second;
}

std::optional<uint32_t> PackedPeople::Term(std::string_view text) const {
  const auto it = terms_.find(Fold(text));
  if (it == terms_.end()) return std::nullopt;
  return it->second;
}

uint32_t PackedPeople::FeedPlace(const FeedId& feed) {
  const auto it = std::find(feeds_.begin(), feeds_.end(), feed);
  if (it != feeds_.end()) return static_cast<uint32_t>(it - feeds_.begin());
  feeds_.push_back(feed);
  return static_cast<uint32_t>(feeds_.size() - 1);
}

void PackedPeople::SetProfile(const Profile& profile, Person& person) {
  person.level = static_cast<uint8_t>(std::clamp(static_cast<int>(profile.level()), 0, 255));
  person.role = Intern(profile.role());
  const auto& location = profile.location();
  person.has_location =
      profile.has_location() && (location.latitude_e4() != 0 || location.longitude_e4() != 0);
  person.latitude_e4 = location.latitude_e4();
  person.longitude_e4 = location.longitude_e4();
  person.maximum_distance_kilometres = static_cast<uint16_t>(
      std::clamp(profile.maximum_distance_kilometres(), 0, kMaximumDistanceKilometres));
  std::vector<uint32_t> terms;
  for (const auto& skill : profile.skills()) {
    if (!skill.uri().empty()) terms.push_back(Intern(skill.uri()));
    if (!skill.label().empty()) terms.push_back(Intern(skill.label()));
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  skills_.Assign(person.skills, terms);
}

void PackedPeople::SetMinutes(const FreeMinutes& free, Person& person) {
  std::vector<uint16_t> minutes;
  if (!free.empty()) {
    const uint16_t last = free.rbegin()->first;
    const int earliest = std::max(0, last - kMaximumWeeks + 1);
    const auto first = free.lower_bound(static_cast<uint16_t>(earliest));
    person.first_week = first->first;
    minutes.resize(last - person.first_week + 1, 0);
    for (auto it = first; it != free.end(); ++it)
      minutes[it->first - person.first_week] = it->second;
  }
  minutes_.Assign(person.minutes, minutes);
}

void PackedPeople::Put(const FeedId& feed, const StreamId& id, const Statement& statement) {
  const auto key = std::pair(FeedPlace(feed), id);
  const auto known = places_.find(key);
  if (known == places_.end() && !statement.stated) return;
  const uint32_t place =
      known == places_.end()
          ? places_.emplace(key, static_cast<uint32_t>(people_.size())).first->second
          : known->second;
  if (place == people_.size()) people_.emplace_back();
  Person& person = people_[place];
  person.id = id;
  person.feed = key.first;
  person.present = statement.stated;
  person.readable = statement.profile.has_value();
  SetProfile(statement.profile.value_or(Profile()), person);
  SetMinutes(person.readable ? statement.free : FreeMinutes(), person);
  Reclaim();
}

void PackedPeople::Reclaim() {
  if (skills_.IsWasteful()) {
    RunPool<uint32_t> skills;
    for (Person& person : people_) skills_.MoveTo(skills, person.skills);
    skills_ = std::move(skills);
  }
  if (minutes_.IsWasteful()) {
    RunPool<uint16_t> minutes;
    for (Person& person : people_) minutes_.MoveTo(minutes, person.minutes);
    minutes_ = std::move(minutes);
  }
}

bool PackedPeople::HasSkill(const Person& person, uint32_t term) const {
  const uint32_t* terms = skills_.data(person.skills);
  return std::binary_search(terms, terms + person.skills.size, term);
}

int PackedPeople::LeastFree(const Person& person, uint16_t first, uint16_t last) const {
  const int stated_last = person.first_week + static_cast<int>(person.minutes.size) - 1;
  if (person.minutes.size == 0 || first < person.first_week || last > stated_last) return 0;
  const uint16_t* minutes = minutes_.data(person.minutes);
  return *std::min_element(minutes + (first - person.first_week),
                           minutes + (last - person.first_week) + 1);
}

}  // namespace projections::views::availability
