#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/professional.pb.h"
#include "projections/views/availability/availability.h"

namespace projections::views::availability {

// Text as criteria compare it: lower case (ASCII and Latin-1 letters), without spaces
// around it.
std::string Fold(std::string_view text);

// Numbers in one array, in runs that belong to somebody. A run that grows moves to the
// end; what it leaves is reclaimed when that is more than half.
template <typename Value>
class RunPool {
 public:
  struct Run {
    uint32_t offset = 0;
    uint32_t size = 0;
  };

  const Value* data(const Run& run) const { return values_.data() + run.offset; }

  // Replaces the run's content.
  void Assign(Run& run, const std::vector<Value>& content) {
    if (content.size() > run.size) {
      left_ += run.size;
      run.offset = static_cast<uint32_t>(values_.size());
      values_.resize(values_.size() + content.size());
    } else {
      left_ += run.size - content.size();
    }
    run.size = static_cast<uint32_t>(content.size());
    std::copy(content.begin(), content.end(), values_.begin() + run.offset);
  }

  bool IsWasteful() const { return left_ > 65'536 && left_ > values_.size() / 2; }
  // Moves a run into another pool.
  void MoveTo(RunPool& other, Run& run) const {
    const std::vector<Value> content(data(run), data(run) + run.size);
    run = Run();
    other.Assign(run, content);
  }

 private:
  std::vector<Value> values_;
  size_t left_ = 0;
};

// The opened profiles and free hours of one circle, packed to be walked over fast.
// Nothing of it is ever written. Not thread-safe.
class PackedPeople {
 public:
  struct Person {
    eventstore::log::StreamId id;
    uint32_t feed = 0;  // place in feeds()
    bool present = false;
    bool readable = false;
    bool has_location = false;
    uint8_t level = 0;
    uint16_t maximum_distance_kilometres = 0;
    uint32_t role = 0;  // term
    int32_t latitude_e4 = 0;
    int32_t longitude_e4 = 0;
    RunPool<uint32_t>::Run skills;   // terms, ascending
    RunPool<uint16_t>::Run minutes;  // of the weeks from first_week on
    uint16_t first_week = 0;
  };

  // Puts in, replaces or, when nothing is stated any more, takes out.
  void Put(const eventstore::log::FeedId& feed, const eventstore::log::StreamId& id,
           const Statement& statement);

  const std::vector<Person>& people() const { return people_; }
  const eventstore::log::FeedId& feed(const Person& person) const { return feeds_[person.feed]; }
  // The number of a text that some profile has; nothing for one that none has.
  std::optional<uint32_t> Term(std::string_view text) const;
  bool HasSkill(const Person& person, uint32_t term) const;
  // The least free minutes of the weeks [first, last]; weeks that were not stated
  // have 0.
  int LeastFree(const Person& person, uint16_t first, uint16_t last) const;

 private:
  uint32_t Intern(std::string_view text);
  uint32_t FeedPlace(const eventstore::log::FeedId& feed);
  void SetProfile(const poolcirkel::event::v1::Profile& profile, Person& person);
  void SetMinutes(const FreeMinutes& free, Person& person);
  void Reclaim();

  std::vector<Person> people_;
  std::vector<eventstore::log::FeedId> feeds_;
  absl::flat_hash_map<std::pair<uint32_t, eventstore::log::StreamId>, uint32_t> places_;
  absl::flat_hash_map<std::string, uint32_t> terms_;
  RunPool<uint32_t> skills_;
  RunPool<uint16_t> minutes_;
};

}  // namespace projections::views::availability
