#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace projections::engine {

// An event as folds see it: decoded once for all views, personal fields sealed. Payload
// and body are valid during the fold.
struct Event {
  eventstore::log::FeedId feed;
  eventstore::log::Sequence sequence;
  eventstore::log::EventId id;
  eventstore::log::StreamId stream;
  absl::Time recorded_at;
  std::string_view payload;  // the origin's bytes
  const poolcirkel::event::v1::Event& body;
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
