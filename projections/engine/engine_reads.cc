// What an engine says about itself and its rows.
#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/storage/keys.h"
#include "projections/engine/folding_engine.h"

namespace projections::engine {

using eventstore::base::MutexLock;
using eventstore::log::CircleId;
using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;

namespace {

uint64_t Missing(const Cursor& heads, const Cursor& cursor) {
  uint64_t missing = 0;
  for (const auto& [feed, next] : heads.positions()) {
    const uint64_t processed = cursor.At(feed).value();
    if (next.value() > processed) missing += next.value() - processed;
  }
  return missing;
}

absl::Status ViewBehind() {
  return eventstore::base::Refusal(absl::StatusCode::kDeadlineExceeded, "VIEW_BEHIND",
                                   "het overzicht is nog niet zo ver als gevraagd")
      .Remedy("probeer het zo nog eens, of vraag zonder te wachten")
      .Retry(absl::Seconds(1));
}

}  // namespace

Cursor FoldingEngine::CursorOfView(const Published& published) const {
  Cursor cursor;
  for (const auto& [feed, progress] : *published.progress) {
    cursor.Set(feed, Sequence(progress.next));
  }
  return cursor;
}

std::shared_ptr<const Snapshot> FoldingEngine::Read() const {
  MutexLock lock(mutex_);
  std::map<std::string, std::optional<DatabaseSnapshot::Served>, std::less<>> views;
  for (const auto& [name, published] : published_) {
    auto& served = views[name];
    if (published.served == 0) continue;
    served = {published.served, published.view->version(), published.progress};
  }
  return std::make_shared<DatabaseSnapshot>(commit_, database_, views);
}

absl::Status FoldingEngine::WaitFor(const Cursor& cursor, absl::Time deadline,
                                    const std::vector<std::string>& views) {
  if (cursor.positions().empty()) return absl::OkStatus();
  MutexLock lock(mutex_);
  while (true) {
    bool behind = false;
    for (const auto& [name, published] : published_) {
      const bool asked =
          views.empty() || std::find(views.begin(), views.end(), name) != views.end();
      if (!asked) continue;
      if (published.served != 0 && CursorOfView(published).Covers(cursor)) continue;
      if (!published.status.ok()) return published.status;
      behind = true;
    }
    if (!behind) return absl::OkStatus();
    if (stopping_) return absl::CancelledError("the engine stops");
    const absl::Duration left = deadline - options_.clock->Now();
    if (left <= absl::ZeroDuration()) return ViewBehind();
    const auto patience = absl::ToChronoNanoseconds(std::min(left, absl::Hours(1)));
    if (!changed_.WaitFor(mutex_, patience) && left <= absl::Hours(1)) return ViewBehind();
  }
}

Cursor FoldingEngine::Processed() const {
  MutexLock lock(mutex_);
  std::optional<Cursor> all;
  for (const auto& [name, published] : published_) {
    const Cursor cursor = CursorOfView(published);
    if (!all.has_value()) {
      all = cursor;
      continue;
    }
    Cursor least;
    for (const auto& [feed, next] : all->positions()) {
      least.Set(feed, std::min(next, cursor.At(feed)));
    }
    all = std::move(least);
  }
  return all.value_or(Cursor());
}

Cursor FoldingEngine::CursorOf(const CircleId& circle) const {
  Cursor part;
  const Cursor processed = Processed();
  for (const auto& [feed, next] : processed.positions()) {
    if (feed.circle == circle) part.Set(feed, next);
  }
  return part;
}

absl::StatusOr<eventstore::crypto::Digest> FoldingEngine::Digest(std::string_view view,
                                                                 const CircleId& circle) const {
  const auto snapshot = Read();
  ASSIGN_OR_RETURN(const ViewReader* reader, snapshot->View(view));
  eventstore::crypto::Digest digest = eventstore::crypto::Sha256(view);
  RETURN_IF_ERROR(reader->ScanCircle(
      circle, [&](const FeedId& feed, std::string_view key, std::string_view value) {
        std::string head;
        eventstore::storage::AppendUint64(head, feed.epoch.value());
        eventstore::storage::AppendUint64(head, key.size());
        digest = eventstore::crypto::Sha256({digest.view(), feed.member.view(), head, key, value});
        return absl::OkStatus();
      }));
  return digest;
}

uint64_t FoldingEngine::Lag() const { return Missing(options_.log->Heads(), Processed()); }

uint64_t FoldingEngine::UnknownEvents(const CircleId& circle) const {
  return Read()->UnknownEvents(circle);
}

std::vector<ViewState> FoldingEngine::States() const {
  const Cursor heads = options_.log->Heads();
  std::vector<ViewState> states;
  MutexLock lock(mutex_);
  for (const auto& [name, published] : published_) {
    ViewState state;
    state.name = name;
    state.version = published.view->version();
    state.served_version = published.served == 0 ? 0 : state.version;
    state.rebuilding = published.rebuilding;
    state.lag_events = Missing(heads, CursorOfView(published));
    state.status = published.status;
    states.push_back(std::move(state));
  }
  return states;
}

absl::Status FoldingEngine::Health() const {
  MutexLock lock(mutex_);
  for (const auto& [name, published] : published_) {
    if (!published.status.ok()) return published.status;
  }
  return absl::OkStatus();
}

std::shared_ptr<void> FoldingEngine::OnChange(std::string_view view, Listener listener) {
  return listeners_->Add(view, std::move(listener));
}

}  // namespace projections::engine
