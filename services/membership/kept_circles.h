#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "services/membership/circles.h"

namespace services::membership {

// Which circles this member takes part in, and their charters, outside the log: beside the
// keys, in one file that is replaced durably at each change. A node that lost its log would
// not know otherwise whom to ask for it. Thread-safe.
class KeptCircles {
 public:
  // Reads `path` when it is there; the folder must be. DATA_LOSS when it is damaged or holds
  // a chain that does not verify.
  static absl::StatusOr<std::unique_ptr<KeptCircles>> Open(const std::string& path);

  std::vector<CirclePtr> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  // nullptr when there is none.
  CirclePtr Find(const eventstore::log::CircleId& id) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Kept when its chain is longer than the one that is.
  absl::Status Keep(const CirclePtr& circle) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Contents = std::map<eventstore::log::CircleId, CirclePtr>;

  explicit KeptCircles(std::string path) : path_(std::move(path)) {}
  static absl::StatusOr<Contents> Decode(const std::string& text);
  static std::string Encode(const Contents& contents);

  const std::string path_;
  mutable eventstore::base::Mutex mutex_;
  Contents contents_ ABSL_GUARDED_BY(mutex_);
};

// A circle of a chain that is verified here. CHARTER_INVALID and the like, as
// domain::circle::VerifyChain.
absl::StatusOr<CirclePtr> CircleOf(const eventstore::log::MemberId& self,
                                   const std::vector<poolcirkel::event::v1::SignedCharter>& chain);

// The circles of the own feeds, and what is kept of them beside the log. While the own
// database is damaged the kept ones stand in for it, so that the rest can be read.
class KnownCircles final : public Circles {
 public:
  // `adopted` is what the own feeds say; nullptr when they cannot be read. The rest is not
  // owned and outlives this.
  KnownCircles(std::unique_ptr<Circles> adopted, const eventstore::log::FeedId& private_feed,
               const eventstore::log::EventLog& log, KeptCircles& kept);

  std::vector<CirclePtr> All() const override;
  CirclePtr Find(const eventstore::log::CircleId& id) const override;
  absl::StatusOr<CirclePtr> Resolve(std::string_view name) const override;
  eventstore::log::FeedId PrivateFeed() const override { return private_feed_; }
  // Keeps what is new.
  absl::Status Refresh() override;
  std::shared_ptr<void> OnChange(std::function<void()> listener) override;

  // Every circle at the newest chain that is known of it, also those whose own feed has
  // to come back first: whom to hear.
  std::vector<CirclePtr> Heard() const;

 private:
  const std::unique_ptr<Circles> adopted_;
  const eventstore::log::FeedId private_feed_;
  const eventstore::log::EventLog& log_;
  KeptCircles& kept_;
};

}  // namespace services::membership
