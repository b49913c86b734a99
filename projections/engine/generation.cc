#include "projections/engine/generation.h"

#include <cassert>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::log::StoredEvent;

// Collects the changes of one event, so that a fold that fails half-way leaves none.
class Generation::Writer final : public RowWriter {
 public:
  Writer(const Generation& generation, const FeedId& feed) : generation_(generation), feed_(feed) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
    const std::string full = Name(key);
    if (const auto it = changes_.find(full); it != changes_.end()) return it->second;
    const auto& before = generation_.changes_;
    if (const auto it = before.find(full); it != before.end()) return it->second;
    auto value = generation_.database_.Get(full);
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  void Put(std::string_view key, std::string_view value) override {
    changes_[Name(key)] = std::string(value);
  }

  void Delete(std::string_view key) override { changes_[Name(key)] = std::nullopt; }

  Changes&& Take() { return std::move(changes_); }

 private:
  std::string Name(std::string_view key) const {
    assert(!key.empty() && key.size() <= 256);
    return RowKey(generation_.number_, feed_, key);
  }

  const Generation& generation_;
  const FeedId& feed_;
  Changes changes_;
};

Generation::Generation(GenerationNumber number, GenerationPhase phase,
                       std::shared_ptr<const View> view, eventstore::storage::Database& database)
    : number_(number), phase_(phase), view_(std::move(view)), database_(database) {}

absl::Status Generation::Load() {
  auto rows = database_.Scan(ProgressOf(number_));
  for (; rows->Valid(); rows->Next()) {
    const auto feed = FeedOfProgressKey(rows->key());
    const auto progress = DecodeProgress(rows->value());
    if (!feed.has_value() || !progress.has_value()) {
      return absl::DataLossError("the progress of a view cannot be read");
    }
    progress_[*feed] = *progress;
  }
  return rows->status();
}

std::string Generation::record() const {
  return EncodeGeneration({phase_, view_->version(), std::string(view_->name())});
}

Cursor Generation::cursor() const {
  Cursor cursor;
  for (const auto& [feed, progress] : progress_) cursor.Set(feed, Sequence(progress.next));
  return cursor;
}

FeedProgress& Generation::PendingProgress(const FeedId& feed) {
  const auto [it, is_new] = pending_progress_.try_emplace(feed);
  if (is_new) {
    if (const auto known = progress_.find(feed); known != progress_.end()) {
      it->second = known->second;
    }
  }
  return it->second;
}

void Generation::Take(const StoredEvent& stored, const Event* event) {
  if (!status_.ok()) return;
  const auto known = progress_.find(stored.feed);
  if (known != progress_.end() && stored.sequence.value() < known->second.next) return;
  FeedProgress& progress = PendingProgress(stored.feed);
  if (stored.sequence.value() < progress.next) return;
  if (stored.sequence.value() > progress.next) {
    Fail(absl::InternalError("the log skipped events of a feed"));
    return;
  }
  if (event == nullptr) {
    ++progress.unknown_events;
  } else {
    Writer writer(*this, stored.feed);
    if (absl::Status folded = view_->Fold(*event, writer); !folded.ok()) {
      Fail(std::move(folded));
      return;
    }
    Changes changes = writer.Take();
    for (auto& [key, value] : changes) changes_[key] = std::move(value);
  }
  ++progress.next;
}

// What was folded before the error is kept and written: it is complete.
void Generation::Fail(absl::Status status) {
  status_ = std::move(status);
  std::erase_if(pending_progress_, [this](const auto& entry) {
    const auto known = progress_.find(entry.first);
    return entry.second.next == (known == progress_.end() ? 0 : known->second.next);
  });
}

void Generation::AddTo(eventstore::storage::Batch& batch) const {
  for (const auto& [key, value] : changes_) {
    if (value.has_value()) {
      batch.Put(key, *value);
    } else {
      batch.Delete(key);
    }
  }
  for (const auto& [feed, progress] : pending_progress_) {
    batch.Put(ProgressKey(number_, feed), EncodeProgress(progress));
  }
}

std::vector<RowsChanged::Row> Generation::Committed() {
  std::vector<RowsChanged::Row> rows;
  rows.reserve(changes_.size());
  for (const auto& [key, value] : changes_) {
    if (const auto name = NameOfRow(key); name.has_value()) {
      rows.push_back({name->feed, std::string(name->key)});
    }
  }
  for (const auto& [feed, progress] : pending_progress_) progress_[feed] = progress;
  changes_.clear();
  pending_progress_.clear();
  return rows;
}

}  // namespace projections::engine
