#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "eventstore/storage/database.h"
#include "projections/engine/engine.h"
#include "projections/engine/layout.h"

namespace projections::engine {

// The snapshot that Engine::Read gives. Only for use inside this folder.
class DatabaseSnapshot final : public Snapshot {
 public:
  struct Served {
    GenerationNumber generation = 0;
    uint32_t version = 0;
    std::shared_ptr<const std::map<eventstore::log::FeedId, FeedProgress>> progress;
  };

  // A view without served rows has an empty value.
  DatabaseSnapshot(uint64_t commit, std::shared_ptr<eventstore::storage::Database> database,
                   const std::map<std::string, std::optional<Served>, std::less<>>& views);
  ~DatabaseSnapshot() override;

  uint64_t commit() const override { return commit_; }
  absl::StatusOr<const ViewReader*> View(std::string_view name) const override;
  uint64_t UnknownEvents(const eventstore::log::CircleId& circle) const override;

 private:
  class Reader;

  const uint64_t commit_;
  const std::shared_ptr<eventstore::storage::Database> database_;
  const std::unique_ptr<eventstore::storage::Snapshot> snapshot_;
  std::map<std::string, std::unique_ptr<Reader>, std::less<>> readers_;
};

}  // namespace projections::engine
