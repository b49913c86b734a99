#pragma once

#include "absl/status/status.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/circle_service.pb.h"
#include "services/commands/pending_circles.h"
#include "services/domain/circle/circle.h"
#include "services/membership/circles.h"

// How circles are shown.
namespace services::commands {

poolcirkel::api::v1::CircleRow CircleRow(const membership::Circle& circle);
poolcirkel::api::v1::CircleRow CircleRow(const PendingCircles::Application& application);

// The charter in force and the proposals for the next version.
poolcirkel::api::v1::ShowCircleResponse CircleDetails(const membership::Circle& circle,
                                                      const domain::circle::State& state);

// As LoadCircle, outside a command.
absl::Status FoldCircle(const eventstore::log::EventLog& log,
                        const eventstore::privacy::KeyFile& keys, const membership::Circle& circle,
                        domain::circle::State& state);

}  // namespace services::commands
