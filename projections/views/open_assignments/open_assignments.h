#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/assignment.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"
#include "projections/views/kept/kept_event.h"

// The assignments of a circle with their seats. Only the host's own stream decides on
// an assignment and its seats; what others write cannot influence it.
namespace projections::views::open_assignments {

inline constexpr char kViewName[] = "open_assignments";

class OpenAssignments final : public engine::View {
 public:
  std::string_view name() const override { return kViewName; }
  uint32_t version() const override { return 3; }
  absl::Status Fold(const engine::Event& event, engine::RowWriter& rows) const override;
};

enum class Status { kOpen, kFilled, kWithdrawn };

struct Assignment {
  eventstore::log::StreamId id;
  eventstore::log::FeedId feed;  // feed.member is the host
  Status status = Status::kOpen;
  poolcirkel::event::v1::AssignmentPublished assignment;
  int seats_free = 0;
  int seats_held = 0;
  int seats_filled = 0;
  absl::Time published_at;
  uint64_t revision = 0;  // events in the stream that this program knows
  std::string withdrawn_reason;
};

// Folds the events of one stream; nothing when it is not that of an assignment.
// Steps that do not follow from the ones before are ignored.
std::optional<Assignment> FoldStream(const std::vector<kept::KeptEvent>& events);

// Newest first, then by id.
absl::StatusOr<std::vector<Assignment>> Read(const engine::ViewReader& reader,
                                             const eventstore::log::CircleId& circle);
// One of them; nothing when there is none. When two members use one id, the one of
// the first feed.
absl::StatusOr<std::optional<Assignment>> Find(const engine::ViewReader& reader,
                                               const eventstore::log::CircleId& circle,
                                               const eventstore::log::StreamId& id);

}  // namespace projections::views::open_assignments
