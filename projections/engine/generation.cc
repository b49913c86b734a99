#include "projections/engine/generation.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::storage::TableRow;

namespace {

// Taken at once for changes, at most.
constexpr size_t kBlockBytes = 256 << 10;

}  // namespace

// Collects the changes of one event, so that a fold that fails half-way leaves none.
class Generation::Writer final : public RowWriter {
 public:
  explicit Writer(Generation& generation) : generation_(generation) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
    const std::string full = generation_.latest_prefix_ + std::string(key);
    const auto& changes = generation_.latest_;
    for (auto it = changes.rbegin(); it != changes.rend(); ++it) {
      if (it->first == full) return Copy(it->second);
    }
    const auto& before = generation_.changes_;
    if (const auto it = before.find(full); it != before.end()) return Copy(it->second);
    auto value = generation_.database_.Get(full);
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  void Put(std::string_view key, std::string_view value) override {
    generation_.latest_.emplace_back(Name(key), generation_.Store(value));
  }

  void Delete(std::string_view key) override {
    generation_.latest_.emplace_back(Name(key), std::nullopt);
  }

 private:
  static std::optional<std::string> Copy(const std::optional<std::string_view>& value) {
    if (!value.has_value()) return std::nullopt;
    return std::string(*value);
  }

  std::string_view Name(std::string_view key) {
    assert(!key.empty() && key.size() <= 256);
    return generation_.Store(generation_.latest_prefix_, key);
  }

  Generation& generation_;
};

Generation::Generation(GenerationNumber number, GenerationPhase phase,
                       std::shared_ptr<const View> view, eventstore::storage::Database& database)
    : number_(number),
      phase_(phase),
      view_(std::move(view)),
      database_(database),
      bytes_([] {
        google::protobuf::ArenaOptions options;
        options.max_block_size = kBlockBytes;
        return options;
      }()) {}

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
  for (const auto& [feed, progress] : pending_progress_) cursor.Set(feed, Sequence(progress.next));
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
  latest_prefix_ = RowKey(number_, feed, "");
  latest_progress_ = &it->second;
  return it->second;
}

std::string_view Generation::Store(std::string_view first, std::string_view second) {
  const size_t size = first.size() + second.size();
  char* bytes = google::protobuf::Arena::CreateArray<char>(&bytes_, size);
  std::copy(first.begin(), first.end(), bytes);
  std::copy(second.begin(), second.end(), bytes + first.size());
  return {bytes, size};
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
    latest_.clear();
    Writer writer(*this);
    if (absl::Status folded = view_->Fold(*event, writer); !folded.ok()) {
      Fail(std::move(folded));
      return;
    }
    // In the order in which they were made; the last one of a row counts.
    for (const auto& [key, value] : latest_) changes_.insert_or_assign(key, value);
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

void Generation::AddTo(std::vector<TableRow>& rows) {
  rows.reserve(rows.size() + changes_.size() + pending_progress_.size());
  for (const auto& [key, value] : changes_) rows.push_back({key, value});
  for (const auto& [feed, progress] : pending_progress_) {
    rows.push_back({Store(ProgressKey(number_, feed)), Store(EncodeProgress(progress))});
  }
}

std::vector<RowsChanged::Row> Generation::Committed() {
  std::vector<RowsChanged::Row> rows;
  // Nobody listens to rows that are not served yet.
  if (phase_ == GenerationPhase::kServed) {
    rows.reserve(changes_.size());
    for (const auto& [key, value] : changes_) {
      if (const auto name = NameOfRow(key); name.has_value()) {
        rows.push_back({name->feed, std::string(name->key)});
      }
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(a.feed, a.key) < std::tie(b.feed, b.key);
    });
  }
  for (const auto& [feed, progress] : pending_progress_) progress_[feed] = progress;
  changes_.clear();
  bytes_.Reset();
  pending_progress_.clear();
  latest_progress_ = nullptr;
  return rows;
}

}  // namespace projections::engine
