#include "projections/engine/generation.h"

#include <cassert>
#include <optional>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::storage::TableRow;

// Collects the changes of one event, so that a fold that fails half-way leaves none.
class Generation::Writer final : public RowWriter {
 public:
  explicit Writer(Generation& generation)
      : generation_(generation),
        changed_(*generation.changed_),
        added_(generation.changed_->added.size()) {
    generation_.named_.clear();
  }

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
    const auto& named = generation_.named_;
    for (auto it = named.rbegin(); it != named.rend(); ++it) {
      if (NameOf(*it) == key) return Copy(it->value);
    }
    if (const auto it = changed_.named.find(key); it != changed_.named.end()) {
      return Copy(it->second.value);
    }
    if (const Changes::Feed* written = generation_.written_->Find(generation_.feed_);
        written != nullptr) {
      const auto it = written->named.find(key);
      if (it != written->named.end()) return Copy(it->second.value);
    }
    auto value = generation_.database_.Get(changed_.prefix + std::string(key));
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  void Put(std::string_view key, std::string_view value) override {
    generation_.named_.push_back({KeyOf({key}), bytes().Store(value)});
  }

  void Delete(std::string_view key) override {
    generation_.named_.push_back({KeyOf({key}), std::nullopt});
  }

  void Add(Pieces key, Pieces value) override {
    changed_.added.emplace_back(TableRow{KeyOf(key), bytes().Store({}, value)},
                                changed_.prefix.size());
  }

  // In the order in which they were made; the last one of a row counts.
  void Keep() {
    for (const TableRow& row : generation_.named_) {
      changed_.named.insert_or_assign(NameOf(row), row);
    }
  }
  void Drop() {
    changed_.added.erase(changed_.added.begin() + static_cast<ptrdiff_t>(added_),
                         changed_.added.end());
  }

 private:
  static std::optional<std::string> Copy(const std::optional<std::string_view>& value) {
    if (!value.has_value()) return std::nullopt;
    return std::string(*value);
  }

  Changes& bytes() { return *generation_.folded_; }
  std::string_view KeyOf(Pieces key) {
    const std::string_view stored = bytes().Store(changed_.prefix, key);
    assert(!NameOf({stored, {}}).empty() && NameOf({stored, {}}).size() <= 256);
    return stored;
  }
  std::string_view NameOf(const TableRow& row) const {
    return row.key.substr(changed_.prefix.size());
  }

  Generation& generation_;
  Changes::Feed& changed_;
  const size_t added_;  // before this event
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
  for (const Changes* changes : {written_.get(), folded_.get()}) {
    for (const auto& [feed, changed] : changes->feeds()) {
      cursor.Set(feed, Sequence(changed.progress.next));
    }
  }
  return cursor;
}

FeedProgress Generation::ProgressBefore(const FeedId& feed) const {
  if (const Changes::Feed* written = written_->Find(feed); written != nullptr) {
    return written->progress;
  }
  const auto known = progress_.find(feed);
  return known == progress_.end() ? FeedProgress() : known->second;
}

void Generation::Enter(const FeedId& feed) {
  feed_ = feed;
  changed_ = nullptr;
}

void Generation::Take(Sequence sequence, const Event* event) {
  if (!status_.ok()) return;
  if (changed_ == nullptr) {
    const FeedProgress before = ProgressBefore(feed_);
    if (sequence.value() < before.next) return;
    changed_ = &folded_->Open(number_, feed_, before);
  }
  FeedProgress& progress = changed_->progress;
  if (sequence.value() < progress.next) return;
  if (sequence.value() > progress.next) {
    Fail(absl::InternalError("the log skipped events of a feed"));
    return;
  }
  if (event == nullptr) {
    ++progress.unknown_events;
  } else {
    Writer writer(*this);
    if (absl::Status folded = view_->Fold(*event, writer); !folded.ok()) {
      writer.Drop();
      Fail(std::move(folded));
      return;
    }
    writer.Keep();
  }
  ++progress.next;
}

// What was folded before the error is kept and written: it is complete.
void Generation::Fail(absl::Status status) {
  status_ = std::move(status);
  changed_ = nullptr;
  folded_->RemoveIf([this](const FeedId& feed, const Changes::Feed& changed) {
    return changed.progress.next == ProgressBefore(feed).next;
  });
}

Changes& Generation::BeginWrite() {
  std::swap(folded_, written_);
  changed_ = nullptr;
  return *written_;
}

std::vector<RowsChanged::Row> Generation::Written() {
  std::vector<RowsChanged::Row> changed;
  // Nobody listens to rows that are not served yet.
  if (phase_ == GenerationPhase::kServed) {
    std::vector<TableRow> rows;
    written_->AppendRows(rows);
    for (const TableRow& row : rows) {
      if (const auto name = NameOfRow(row.key); name.has_value()) {
        changed.push_back({name->feed, std::string(name->key)});
      }
    }
  }
  for (const auto& [feed, written] : written_->feeds()) progress_[feed] = written.progress;
  written_->Clear();
  return changed;
}

void Generation::WriteFailed(const absl::Status& status) {
  changed_ = nullptr;
  folded_->Clear();
  written_->Clear();
  // What stopped for another reason stays so.
  if (!status_.ok()) return;
  status_ = status;
  has_lost_write_ = !absl::IsDataLoss(status);
}

void Generation::Resume() {
  has_lost_write_ = false;
  progress_.clear();
  status_ = Load();
}

}  // namespace projections::engine
