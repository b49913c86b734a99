#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/professional.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"
#include "projections/views/kept/epochs.h"
#include "projections/views/kept/kept_event.h"

// Professionals: what their home pools state in a circle (profile and free hours), and
// this member's own ones in its private feed. Rows hold the statements as sealed as they
// came; search_index.h keeps them opened, in memory only.
namespace projections::views::availability {

inline constexpr char kViewName[] = "availability";

class Availability final : public engine::View {
 public:
  std::string_view name() const override { return kViewName; }
  uint32_t version() const override { return 3; }
  absl::Status Fold(const engine::Event& event, engine::RowWriter& rows) const override;
};

// Weeks are numbered from 1970-W01 = 0, so that a span of them is an array. Nothing for
// a week that does not exist or lies outside 1970..2199.
std::optional<uint16_t> WeekNumber(int iso_year, int iso_week);
uint16_t WeekNumber(eventstore::base::IsoWeek week);

// Free minutes by week number; the last statement of a week wins.
using FreeMinutes = std::map<uint16_t, uint16_t>;
// Applies one opened statement; weeks that do not exist are left out, minutes are
// held within 0..10,080.
void Apply(const poolcirkel::event::v1::FreeHoursStated& stated, FreeMinutes& free);

// Any feed of a member stands for its whole history here and below.

// The profile as it was stated last; nothing when there is none or it cannot be read.
absl::StatusOr<std::optional<poolcirkel::event::v1::Profile>> ReadProfile(
    const engine::ViewReader& reader, const eventstore::log::FeedId& feed,
    const eventstore::log::StreamId& professional, const eventstore::privacy::KeyFile& keys);

// What is known of a professional in a circle's feed.
struct Statement {
  bool stated = false;  // there is a profile, and its key was not destroyed here
  std::optional<poolcirkel::event::v1::Profile> profile;  // when it can be read
  FreeMinutes free;
};
absl::StatusOr<Statement> ReadStatement(const engine::ViewReader& reader,
                                        const eventstore::log::FeedId& feed,
                                        const eventstore::log::StreamId& professional,
                                        const eventstore::privacy::KeyFile& keys,
                                        const kept::Ends& ends);
// Those of a whole history, by professional.
absl::StatusOr<std::map<eventstore::log::StreamId, Statement>> ReadFeed(
    const engine::ViewReader& reader, const eventstore::log::FeedId& feed,
    const eventstore::privacy::KeyFile& keys, const kept::Ends& ends);

// The events of the professionals in a member's private feed, sealed.
absl::StatusOr<kept::Things> ReadOwn(const engine::ViewReader& reader,
                                     const eventstore::log::FeedId& private_feed);

// The professional that a changed row is about; nothing for rows of the private feed.
std::optional<eventstore::log::StreamId> ProfessionalOf(std::string_view key);

}  // namespace projections::views::availability
