#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/erasure.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"

// Orders to erase a professional, and the members that acknowledged them. Pure.
namespace projections::views::erasures {

inline constexpr char kViewName[] = "erasures";

class Erasures final : public engine::View {
 public:
  std::string_view name() const override { return kViewName; }
  uint32_t version() const override { return 2; }
  absl::Status Fold(const engine::Event& event, engine::RowWriter& rows) const override;
};

struct Order {
  eventstore::log::FeedId feed;  // feed.member gave it
  eventstore::log::StreamId professional;
  absl::Time ordered_at;
  poolcirkel::event::v1::ErasureGround ground = poolcirkel::event::v1::ERASURE_GROUND_UNSPECIFIED;
};

struct Acknowledgement {
  absl::Time destroyed_online_at;
  std::string last_backup_expires_on;  // business date, as the member wrote it
};

struct CircleErasures {
  std::vector<Order> orders;  // by member, then by professional
  // By professional and by the member that acknowledged.
  std::map<std::pair<eventstore::log::StreamId, eventstore::log::MemberId>, Acknowledgement>
      acknowledged;
};

// What stands in all feeds of a circle.
absl::StatusOr<CircleErasures> Read(const engine::ViewReader& reader,
                                    const eventstore::log::CircleId& circle);

}  // namespace projections::views::erasures
