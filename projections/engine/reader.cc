#include "projections/engine/reader.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::CircleId;
using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::storage::Database;
using eventstore::storage::Range;

std::vector<FeedId> ViewReader::FeedsOf(const CircleId& circle) const {
  std::vector<FeedId> feeds;
  for (const auto& [feed, next] : cursor().positions()) {
    if (feed.circle == circle) feeds.push_back(feed);
  }
  return feeds;
}

Cursor ViewReader::CursorOf(const CircleId& circle) const {
  Cursor part;
  for (const auto& [feed, next] : cursor().positions()) {
    if (feed.circle == circle) part.Set(feed, next);
  }
  return part;
}

class DatabaseSnapshot::Reader final : public ViewReader {
 public:
  Reader(const Served& served, const Database& database,
         const eventstore::storage::Snapshot& snapshot)
      : served_(served), database_(database), snapshot_(snapshot) {
    for (const auto& [feed, progress] : *served.progress) {
      cursor_.Set(feed, Sequence(progress.next));
    }
  }

  uint32_t version() const override { return served_.version; }
  const Cursor& cursor() const override { return cursor_; }

  absl::StatusOr<std::optional<std::string>> Get(const FeedId& feed,
                                                 std::string_view key) const override {
    auto value = database_.Get(RowKey(served_.generation, feed, key), &snapshot_);
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  absl::Status Scan(const FeedId& feed, std::string_view prefix,
                    const RowVisitor& visit) const override {
    return Visit(RowsOfFeed(served_.generation, feed, prefix), visit);
  }

  absl::Status ScanCircle(const CircleId& circle, const RowVisitor& visit) const override {
    return Visit(RowsOfCircle(served_.generation, circle), visit);
  }

  uint64_t UnknownEvents(const CircleId& circle) const {
    uint64_t count = 0;
    for (const auto& [feed, progress] : *served_.progress) {
      if (feed.circle == circle) count += progress.unknown_events;
    }
    return count;
  }

 private:
  absl::Status Visit(const Range& range, const RowVisitor& visit) const {
    auto rows = database_.Scan(range, eventstore::storage::Order::kAscending, &snapshot_);
    for (; rows->Valid(); rows->Next()) {
      const auto name = NameOfRow(rows->key());
      if (!name.has_value()) return absl::DataLossError("the name of a row cannot be read");
      RETURN_IF_ERROR(visit(name->feed, name->key, rows->value()));
    }
    return rows->status();
  }

  const Served served_;
  const Database& database_;
  const eventstore::storage::Snapshot& snapshot_;
  Cursor cursor_;
};

DatabaseSnapshot::DatabaseSnapshot(
    uint64_t commit, std::shared_ptr<Database> database,
    const std::map<std::string, std::optional<Served>, std::less<>>& views)
    : commit_(commit), database_(std::move(database)), snapshot_(database_->TakeSnapshot()) {
  for (const auto& [name, served] : views) {
    readers_[name] =
        served.has_value() ? std::make_unique<Reader>(*served, *database_, *snapshot_) : nullptr;
  }
}

DatabaseSnapshot::~DatabaseSnapshot() = default;

absl::StatusOr<const ViewReader*> DatabaseSnapshot::View(std::string_view name) const {
  const auto it = readers_.find(name);
  if (it == readers_.end()) return absl::NotFoundError("no view " + std::string(name));
  if (it->second == nullptr) {
    return eventstore::base::Refusal(absl::StatusCode::kUnavailable, "VIEW_REBUILDING",
                                     "het overzicht wordt opnieuw opgebouwd")
        .Metadata("view", name)
        .Remedy("probeer het zo nog eens")
        .Retry(absl::Seconds(1))
        .Status();
  }
  return it->second.get();
}

uint64_t DatabaseSnapshot::UnknownEvents(const CircleId& circle) const {
  uint64_t count = 0;
  for (const auto& [name, reader] : readers_) {
    if (reader != nullptr) count = std::max(count, reader->UnknownEvents(circle));
  }
  return count;
}

}  // namespace projections::engine
