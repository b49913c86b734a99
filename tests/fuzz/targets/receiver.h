#pragma once

#include <memory>

#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/storage/environment.h"
#include "services/membership/circles.h"
#include "tests/fuzz/targets/known.h"
#include "tests/testing/seams.h"

namespace tests::fuzz {

// The one circle, as the third member sees it.
class OneCircle final : public services::membership::Circles {
 public:
  OneCircle();
  std::vector<services::membership::CirclePtr> All() const override { return {circle_}; }
  services::membership::CirclePtr Find(const eventstore::log::CircleId& id) const override {
    return id == circle_->id ? circle_ : nullptr;
  }
  absl::StatusOr<services::membership::CirclePtr> Resolve(std::string_view) const override {
    return circle_;
  }
  eventstore::log::FeedId PrivateFeed() const override { return {}; }
  absl::Status Refresh() override { return absl::OkStatus(); }
  std::shared_ptr<void> OnChange(std::function<void()>) override { return nullptr; }

 private:
  services::membership::CirclePtr circle_;
};

// What the third member's node holds: a story of the first, in which there is one stream,
// 16 times 's'; and no keys.
struct Receiver {
  explicit Receiver(const Story& story);

  testing::ManualClock clock;
  testing::SeededEntropy entropy{1};
  std::unique_ptr<eventstore::storage::Environment> environment =
      eventstore::storage::Environment::InMemory();
  std::unique_ptr<eventstore::log::EventLog> log;
  std::unique_ptr<eventstore::privacy::KeyFile> keys;
  OneCircle circles;
};

}  // namespace tests::fuzz
