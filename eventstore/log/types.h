#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/base/id.h"
#include "poolcirkel/log/v1/record.pb.h"

namespace eventstore::log {

// The hash of a circle's first charter; random for a private feed.
using CircleId = base::BytesId<struct CircleIdTag, 32>;
// A member in one circle; random, another in each circle.
using MemberId = base::BytesId<struct MemberIdTag, 16>;
// An aggregate: everything that one revision guards.
using StreamId = base::BytesId<struct StreamIdTag, 16>;
using EventId = base::BytesId<struct EventIdTag, 16>;
using RequestId = base::BytesId<struct RequestIdTag, 16>;

using Epoch = base::Number<struct EpochTag>;
// Place of an event in its feed, from 0, without gaps.
using Sequence = base::Number<struct SequenceTag>;
// How many events a stream holds; local to a node, not in the bytes.
using Revision = base::Number<struct RevisionTag>;

// One append-only sequence of one writer.
struct FeedId {
  CircleId circle;
  MemberId member;
  Epoch epoch;

  friend auto operator<=>(const FeedId&, const FeedId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const FeedId& feed) {
    return H::combine(std::move(h), feed.circle, feed.member, feed.epoch);
  }
};

// "poolcirkel.example/v1/<circle hex>/<member uuid>/<epoch>": the origin line of
// the feed's checkpoints and the name of the key that signs them; and back.
std::string Origin(const FeedId& feed);
absl::StatusOr<FeedId> ParseOrigin(std::string_view origin);

// INVALID_ARGUMENT when an id has another length or the epoch does not fit.
absl::StatusOr<FeedId> FromProto(const poolcirkel::log::v1::FeedId& proto);
poolcirkel::log::v1::FeedId ToProto(const FeedId& feed);

// For each feed the sequence that comes next; a feed that is not in it stands at 0.
class Cursor {
 public:
  Sequence At(const FeedId& feed) const;
  void Set(const FeedId& feed, Sequence next) { positions_[feed] = next; }
  // Moves forward only.
  void Advance(const FeedId& feed, Sequence next);
  // True when every position of `other` is reached here.
  bool Covers(const Cursor& other) const;
  const std::map<FeedId, Sequence>& positions() const { return positions_; }

  friend bool operator==(const Cursor&, const Cursor&) = default;

 private:
  std::map<FeedId, Sequence> positions_;
};

absl::StatusOr<Cursor> FromProto(const poolcirkel::log::v1::Cursor& proto);
poolcirkel::log::v1::Cursor ToProto(const Cursor& cursor);

}  // namespace eventstore::log
