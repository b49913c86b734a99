#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"

namespace services::peer {

// The keys that the sealed fields of an event's payload name, except the member's
// own. `hidden` is set when a field does not tell its key.
struct NamedKeys {
  std::set<eventstore::privacy::KeyId> keys;
  bool hidden = false;
};
NamedKeys KeysNamedIn(std::string_view payload);

// Whom to ask for keys: a member makes its keys and nobody else hands them out.
struct KeyMaker {
  eventstore::log::CircleId circle;
  eventstore::log::MemberId member;

  friend auto operator<=>(const KeyMaker&, const KeyMaker&) = default;
};

// Remembers which keys are missing and when to ask for them (again). Pure: the time
// is given. Not thread-safe. A key that its maker leaves out may be handed out later,
// so it is asked for again, ever less often.
class KeyWants {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    absl::Duration retry_minimum = absl::Seconds(1);
    absl::Duration retry_maximum = absl::Minutes(10);
    absl::Duration unreachable = absl::Seconds(1);  // between calls that fail
    // Keys of one maker; more are not remembered, and another maker's are not affected.
    size_t limit = 20'000;
  };

  KeyWants(const Options& options, eventstore::base::Entropy& entropy)
      : options_(options), entropy_(entropy) {}

  // Nothing happens when it is wanted already.
  void Want(const KeyMaker& maker, const eventstore::privacy::KeyId& key, Time now);

  // Up to 1,000 keys of one maker that are due; an empty list when none are.
  struct Request {
    KeyMaker maker;
    std::vector<eventstore::privacy::KeyId> keys;
  };
  Request Due(Time now) const;
  // When something is due; Time::max() when never.
  Time NextDue() const;

  void OnKept(const KeyMaker& maker, const eventstore::privacy::KeyId& key);
  void OnLeftOut(const KeyMaker& maker, const eventstore::privacy::KeyId& key, Time now);
  void OnUnreachable(const KeyMaker& maker, Time now);

 private:
  struct Attempt {
    int failures = 0;
    Time due;
  };
  using Wants = std::map<eventstore::privacy::KeyId, Attempt>;

  // When `maker` may be asked, at the earliest.
  Time Reachable(const KeyMaker& maker) const;

  const Options options_;
  eventstore::base::Entropy& entropy_;
  std::map<KeyMaker, Wants> makers_;
  std::map<KeyMaker, Time> unreachable_until_;
};

}  // namespace services::peer
