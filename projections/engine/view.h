#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace projections::engine {

// An event as folds see it, personal fields sealed. Valid during the fold, like all that it
// shows; its payload is what its type says.
class Event {
 public:
  using Kind = poolcirkel::event::v1::Event::BodyCase;

  // `fields` is the payload without what says its kind; `body` is where it is decoded.
  Event(const eventstore::log::EventView& stored, Kind kind, std::string_view fields,
        poolcirkel::event::v1::Event& body)
      : stored_(stored), kind_(kind), fields_(fields), body_(body) {}

  const eventstore::log::FeedId& feed() const { return stored_.feed; }
  eventstore::log::Sequence sequence() const { return stored_.sequence; }
  const eventstore::log::EventId& id() const { return stored_.parts.id; }
  const eventstore::log::StreamId& stream() const { return stored_.parts.stream; }
  absl::Time recorded_at() const {
    return absl::FromUnixMicros(stored_.parts.recorded_at_microseconds);
  }
  Kind kind() const { return kind_; }
  // The origin's bytes.
  std::string_view payload() const { return stored_.parts.payload; }
  // A field of text or bytes, by its number in the message of that kind; empty when it is not
  // there.
  std::string_view Field(int number) const;
  // The payload decoded, when somebody asks: most folds do with what stands above.
  const poolcirkel::event::v1::Event& body() const;

 private:
  const eventstore::log::EventView& stored_;
  const Kind kind_;
  const std::string_view fields_;
  poolcirkel::event::v1::Event& body_;
  mutable bool decoded_ = false;
};

// The rows of one view that were made from one feed. Reads see what was written
// before in the same batch. Keys are 1 to 256 bytes; values of any size. Only for
// use inside Fold, on its thread.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // Nothing when there is no such row.
  virtual absl::StatusOr<std::optional<std::string>> Get(std::string_view key) = 0;
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Delete(std::string_view key) = 0;

  // A new row of a key that nothing else here is ever used with: cheaper, because nobody
  // has to find it again before it is written. Both come in pieces, in their order.
  using Pieces = std::initializer_list<std::string_view>;
  virtual void Add(Pieces key, Pieces value) = 0;
};

// A fold of single feeds into rows. It sees the events of one feed in order, and
// no row of another feed: so feeds fold independently, and rows depend on nothing
// but the events of their feed and the version. A fold never opens a sealed field:
// rows stand on the disk. Immutable; called from one thread at a time for a feed.
class View {
 public:
  virtual ~View() = default;
  // [a-z_], unique, the same for ever.
  virtual std::string_view name() const = 0;
  // Grows whenever the same events give other rows; the rows are then built anew.
  virtual uint32_t version() const = 0;
  // Called for every event of a type that this program knows. An error stops this
  // view, and no other, before the event: foreign bytes must not lead to one.
  virtual absl::Status Fold(const Event& event, RowWriter& rows) const = 0;
};

}  // namespace projections::engine
