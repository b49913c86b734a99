#include "projections/engine/generation.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;

// Collects the changes of one event, so that a fold that fails half-way leaves none.
class Generation::Writer final : public RowWriter {
 public:
  Writer(const Generation& generation, const FeedId& feed) : generation_(generation), feed_(feed) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
    const std::string full = Name(key);
    for (auto it = changes_.rbegin(); it != changes_.rend(); ++it) {
      if (it->first == full) return it->second;
    }
    const auto& before = generation_.changes_;
    if (const auto it = before.find(full); it != before.end()) return it->second;
    auto value = generation_.database_.Get(full);
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  void Put(std::string_view key, std::string_view value) override {
    changes_.emplace_back(Name(key), std::string(value));
  }

  void Delete(std::string_view key) override { changes_.emplace_back(Name(key), std::nullopt); }

  // In the order in which they were made; the last one of a row counts.
  std::vector<Change>&& Take() { return std::move(changes_); }

 private:
  std::string Name(std::string_view key) const {
    assert(!key.empty() && key.size() <= 256);
    return RowKey(generation_.number_, feed_, key);
  }

  const Generation& generation_;
  const FeedId& feed_;
  std::vector<Change> changes_;
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
  if (latest_progress_ != nullptr && latest_feed_ == feed) return *latest_progress_;
  const auto [it, is_new] = pending_progress_.try_emplace(feed);
  if (is_new) {
    if (const auto known = progress_.find(feed); known != progress_.end()) {
      it->second = known->second;
    }
  }
  latest_feed_ = feed;
  latest_progress_ = &it->second;
  return it->second;
}

void Generation::Take(const FeedId& feed, Sequence sequence, const Event* event) {
  if (!status_.ok()) return;
  if (latest_progress_ == nullptr || latest_feed_ != feed) {
    const auto known = progress_.find(feed);
    if (known != progress_.end() && sequence.value() < known->second.next) return;
  }
  FeedProgress& progress = PendingProgress(feed);
  if (sequence.value() < progress.next) return;
  if (sequence.value() > progress.next) {
    Fail(absl::InternalError("the log skipped events of a feed"));
    return;
  }
  if (event == nullptr) {
    ++progress.unknown_events;
  } else {
    Writer writer(*this, feed);
    if (absl::Status folded = view_->Fold(*event, writer); !folded.ok()) {
      Fail(std::move(folded));
      return;
    }
    for (auto& [key, value] : writer.Take()) {
      changes_.insert_or_assign(std::move(key), std::move(value));
    }
  }
  ++progress.next;
}

// What was folded before the error is kept and written: it is complete.
void Generation::Fail(absl::Status status) {
  status_ = std::move(status);
  latest_progress_ = nullptr;
  std::erase_if(pending_progress_, [this](const auto& entry) {
    const auto known = progress_.find(entry.first);
    return entry.second.next == (known == progress_.end() ? 0 : known->second.next);
  });
}

std::vector<const Generation::Changes::value_type*> Generation::OrderedChanges() const {
  std::vector<const Changes::value_type*> ordered;
  ordered.reserve(changes_.size());
  for (const auto& change : changes_) ordered.push_back(&change);
  std::sort(ordered.begin(), ordered.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  return ordered;
}

void Generation::AddTo(eventstore::storage::Batch& batch) const {
  // Neighbours one after the other: a database takes them faster.
  for (const auto* change : OrderedChanges()) {
    if (change->second.has_value()) {
      batch.Put(change->first, *change->second);
    } else {
      batch.Delete(change->first);
    }
  }
  for (const auto& [feed, progress] : pending_progress_) {
    batch.Put(ProgressKey(number_, feed), EncodeProgress(progress));
  }
}

std::vector<RowsChanged::Row> Generation::Committed() {
  std::vector<RowsChanged::Row> rows;
  // Nobody listens to rows that are not served yet.
  if (phase_ == GenerationPhase::kServed) {
    rows.reserve(changes_.size());
    for (const auto* change : OrderedChanges()) {
      if (const auto name = NameOfRow(change->first); name.has_value()) {
        rows.push_back({name->feed, std::string(name->key)});
      }
    }
  }
  for (const auto& [feed, progress] : pending_progress_) progress_[feed] = progress;
  changes_.clear();
  pending_progress_.clear();
  latest_progress_ = nullptr;
  return rows;
}

}  // namespace projections::engine
