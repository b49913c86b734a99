#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/replication/membership.h"
#include "poolcirkel/log/v1/package.pb.h"
#include "tests/testing/seams.h"

namespace eventstore::replication {

// A member of a circle with its log key, made from a number.
struct Person {
  explicit Person(uint8_t number);

  log::MemberId id;
  crypto::PrivateKey key;
};

inline log::CircleId TestCircle() { return *log::CircleId::FromBytes(std::string(32, 'c')); }

// The membership of `people`, seen from one of them.
Membership MembershipOf(const std::vector<Person>& people, size_t self);

// What one member wrote in its feed: records that decode, their tree, and the
// checkpoints that it signs over it. Two stories of one writer are a fork.
class Story {
 public:
  Story(const Person& writer, const std::vector<std::string>& payloads, uint64_t epoch = 0);

  const log::FeedId& feed() const { return feed_; }
  uint64_t size() const { return records_.size(); }
  const std::vector<std::string>& records() const { return records_; }
  void Add(const std::string& payload);
  // With a recorded time of the caller's choice.
  void AddAt(const std::string& payload, absl::Time recorded_at);

  crypto::Digest Root(uint64_t size) const;
  // The signed checkpoint of that size, cosigned by `witnesses`.
  std::string Note(uint64_t size, const std::vector<const Person*>& witnesses = {}) const;
  poolcirkel::log::v1::Head Head(uint64_t size,
                                 const std::vector<const Person*>& witnesses = {}) const;
  // Records [first, end) with the proof to the checkpoint of `size`.
  poolcirkel::log::v1::Package Package(uint64_t first, uint64_t end, uint64_t size) const;

 private:
  const Person& writer_;
  log::FeedId feed_;
  std::vector<std::string> records_;
  absl::Time last_ = absl::FromUnixSeconds(1'800'000'000);
};

}  // namespace eventstore::replication
