#include "projections/engine/generation.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::storage::TableRow;

namespace {

// Taken at once for changes, at most.
constexpr size_t kBlockBytes = 64 << 10;

// Orders as the keys do, as far as they go.
uint64_t FirstBytes(std::string_view key) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < sizeof(bytes); ++i) {
    bytes = bytes << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
  }
  return bytes;
}

}  // namespace

// Collects the changes of one event, so that a fold that fails half-way leaves none.
class Generation::Writer final : public RowWriter {
 public:
  Writer(Generation& generation, const Pending& feed) : generation_(generation), feed_(feed) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key) override {
    const auto& changes = generation_.changes_;
    for (auto it = changes.rbegin(); it != changes.rend(); ++it) {
      if (it->key.substr(feed_.prefix.size()) == key) return Copy(it->value);
    }
    if (const auto it = feed_.rows.find(key); it != feed_.rows.end()) {
      return Copy(it->second.value);
    }
    auto value = generation_.database_.Get(feed_.prefix + std::string(key));
    if (absl::IsNotFound(value.status())) return std::optional<std::string>();
    if (!value.ok()) return value.status();
    return std::optional<std::string>(*std::move(value));
  }

  void Put(std::string_view key, std::string_view value) override {
    generation_.changes_.push_back({Name(key), generation_.Store(value)});
  }

  void Delete(std::string_view key) override {
    generation_.changes_.push_back({Name(key), std::nullopt});
  }

 private:
  static std::optional<std::string> Copy(const std::optional<std::string_view>& value) {
    if (!value.has_value()) return std::nullopt;
    return std::string(*value);
  }

  std::string_view Name(std::string_view key) {
    assert(!key.empty() && key.size() <= 256);
    return generation_.Store(feed_.prefix, key);
  }

  Generation& generation_;
  const Pending& feed_;
};

Generation::Generation(GenerationNumber number, GenerationPhase phase,
                       std::shared_ptr<const View> view, eventstore::storage::Database& database)
    : number_(number), phase_(phase), view_(std::move(view)), database_(database), bytes_([] {
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
  for (const auto& [feed, pending] : pending_) cursor.Set(feed, Sequence(pending.progress.next));
  return cursor;
}

Generation::Pending& Generation::PendingOf(const FeedId& feed) {
  if (latest_ != pending_.end() && latest_->first == feed) return latest_->second;
  const auto [it, is_new] = pending_.try_emplace(feed);
  if (is_new) {
    it->second.prefix = RowKey(number_, feed, "");
    if (const auto known = progress_.find(feed); known != progress_.end()) {
      it->second.progress = known->second;
    }
  }
  latest_ = it;
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
  if (latest_ == pending_.end() || latest_->first != feed) {
    const auto known = progress_.find(feed);
    if (known != progress_.end() && sequence.value() < known->second.next) return;
  }
  Pending& pending = PendingOf(feed);
  FeedProgress& progress = pending.progress;
  if (sequence.value() < progress.next) return;
  if (sequence.value() > progress.next) {
    Fail(absl::InternalError("the log skipped events of a feed"));
    return;
  }
  if (event == nullptr) {
    ++progress.unknown_events;
  } else {
    changes_.clear();
    Writer writer(*this, pending);
    if (absl::Status folded = view_->Fold(*event, writer); !folded.ok()) {
      Fail(std::move(folded));
      return;
    }
    // In the order in which they were made; the last one of a row counts.
    for (const TableRow& row : changes_) {
      pending.rows.insert_or_assign(row.key.substr(pending.prefix.size()), row);
    }
  }
  ++progress.next;
}

// What was folded before the error is kept and written: it is complete.
void Generation::Fail(absl::Status status) {
  status_ = std::move(status);
  latest_ = pending_.end();
  std::erase_if(pending_, [this](const auto& entry) {
    const auto known = progress_.find(entry.first);
    return entry.second.progress.next == (known == progress_.end() ? 0 : known->second.next);
  });
}

void Generation::AddProgress(std::vector<TableRow>& rows) {
  for (const auto& [feed, pending] : pending_) {
    rows.push_back({Store(ProgressKey(number_, feed)), Store(EncodeProgress(pending.progress))});
  }
}

void Generation::AddRows(std::vector<TableRow>& rows) const {
  // Nearly all keys differ in their first bytes, so that few are looked up to compare them.
  struct Ordered {
    uint64_t first_bytes = 0;
    const TableRow* row = nullptr;
  };
  std::vector<Ordered> ordered;
  for (const auto& [feed, pending] : pending_) {
    ordered.clear();
    for (const auto& [key, row] : pending.rows) ordered.push_back({FirstBytes(key), &row});
    std::sort(ordered.begin(), ordered.end(), [](const Ordered& a, const Ordered& b) {
      return a.first_bytes != b.first_bytes ? a.first_bytes < b.first_bytes
                                            : a.row->key < b.row->key;
    });
    for (const Ordered& one : ordered) rows.push_back(*one.row);
  }
}

std::vector<RowsChanged::Row> Generation::Committed() {
  std::vector<RowsChanged::Row> changed;
  // Nobody listens to rows that are not served yet.
  if (phase_ == GenerationPhase::kServed) {
    std::vector<TableRow> rows;
    AddRows(rows);
    for (const TableRow& row : rows) {
      if (const auto name = NameOfRow(row.key); name.has_value()) {
        changed.push_back({name->feed, std::string(name->key)});
      }
    }
  }
  for (const auto& [feed, pending] : pending_) progress_[feed] = pending.progress;
  pending_.clear();
  latest_ = pending_.end();
  changes_.clear();
  bytes_.Reset();
  return changed;
}

}  // namespace projections::engine
