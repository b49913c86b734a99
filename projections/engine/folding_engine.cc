#include "projections/engine/folding_engine.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::base::MutexLock;
using eventstore::storage::Batch;
using eventstore::storage::Database;
using eventstore::storage::Durability;
using eventstore::storage::TableRow;

namespace {

// How long a worker waits for events before it looks around.
constexpr absl::Duration kPatience = absl::Seconds(1);
// So much of a build is written together, at most, as a table of its own.
constexpr size_t kTableBytes = 32 << 20;
// Less than this is not worth a table.
constexpr size_t kLoggedBytes = 8 << 20;

// What a worker folded, in key order (layout.h).
std::vector<TableRow> Gather(const Worker& worker) {
  std::vector<Generation*> generations;
  for (const auto& generation : worker.generations()) generations.push_back(generation.get());
  std::sort(generations.begin(), generations.end(),
            [](const Generation* a, const Generation* b) { return a->number() < b->number(); });
  std::vector<TableRow> rows;
  for (Generation* generation : generations) generation->AddProgress(rows);
  for (const Generation* generation : generations) generation->AddRows(rows);
  for (const auto& [key, type] : worker.unknown()) rows.push_back({key, type});
  return rows;
}

// Neighbours one after the other: a database takes them faster.
absl::Status WriteLogged(const std::vector<TableRow>& rows, Database& database) {
  Batch batch;
  for (const auto& [key, value] : rows) {
    if (value.has_value()) {
      batch.Put(key, *value);
    } else {
      batch.Delete(key);
    }
  }
  if (batch.empty()) return absl::OkStatus();
  return database.Write(batch, Durability::kBuffered);
}

}  // namespace

FoldingEngine::FoldingEngine(Options options, OpenedDatabase opened,
                             std::map<std::string, Generations, std::less<>> generations)
    : options_(std::move(options)),
      database_(std::move(opened.database)),
      report_(std::move(opened.report)),
      live_(*options_.log, options_.commit_events, /*reads_ahead=*/false),
      rebuild_(*options_.log, options_.commit_events, /*reads_ahead=*/options_.background) {
  std::vector<std::shared_ptr<Generation>> live;
  std::vector<std::shared_ptr<Generation>> rebuild;
  MutexLock lock(mutex_);
  for (const auto& view : options_.views) {
    Published& published = published_[std::string(view->name())];
    published.view = view;
    published.progress = std::make_shared<const std::map<eventstore::log::FeedId, FeedProgress>>();
    const Generations& both = generations[std::string(view->name())];
    if (both.building != nullptr) {
      published.rebuilding = true;
      rebuild.push_back(both.building);
      Publish(*both.building);
    }
    if (both.served != nullptr) {
      published.served = both.served->number();
      live.push_back(both.served);
      Publish(*both.served);
    }
  }
  live_.Assign(std::move(live));
  rebuild_.Assign(std::move(rebuild));
  live_reading_ = live_.subscription();
  rebuild_reading_ = rebuild_.subscription();
}

FoldingEngine::~FoldingEngine() { Stop(); }

absl::Status FoldingEngine::Start() {
  if (HandOver()) TakeOver();
  if (options_.background) {
    live_thread_ = std::thread([this] { RunLive(); });
    rebuild_thread_ = std::thread([this] { RunRebuild(); });
  }
  return absl::OkStatus();
}

void FoldingEngine::Stop() {
  std::shared_ptr<eventstore::log::Subscription> live;
  std::shared_ptr<eventstore::log::Subscription> rebuild;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    live = live_reading_;
    rebuild = rebuild_reading_;
    changed_.SignalAll();
  }
  if (live != nullptr) live->Cancel();
  if (rebuild != nullptr) rebuild->Cancel();
  if (live_thread_.joinable()) live_thread_.join();
  if (rebuild_thread_.joinable()) rebuild_thread_.join();
}

bool FoldingEngine::stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

void FoldingEngine::RunLive() {
  while (!stopping()) {
    TakeOver();
    {
      MutexLock lock(mutex_);
      while (live_reading_ == nullptr && ready_.empty() && !stopping_) changed_.Wait(mutex_);
      if (live_reading_ == nullptr) continue;
    }
    const auto folded = live_.Fold(kPatience);
    if (folded.ok()) {
      if (*folded) Commit(live_);
      continue;
    }
    MutexLock lock(mutex_);
    if (!stopping_ && !ready_.empty()) continue;  // woken to take over
    if (stopping_) return;
    break;
  }
  if (!stopping()) FailAll(live_, absl::UnavailableError("the log ended"));
}

void FoldingEngine::RunRebuild() {
  while (!stopping() && !rebuild_.generations().empty()) {
    const auto folded = rebuild_.Fold(kPatience);
    if (!folded.ok()) {
      if (!stopping()) FailAll(rebuild_, folded.status());
      return;
    }
    // As much as possible at once; all of it when nothing more is there.
    if (*folded && !rebuild_.HasCaughtUp() && rebuild_.size_bytes() < kTableBytes) continue;
    if (rebuild_.HasChanges()) Commit(rebuild_);
    HandOver();
  }
}

absl::StatusOr<bool> FoldingEngine::Step() {
  TakeOver();
  bool any = false;
  for (Worker* worker : {&live_, &rebuild_}) {
    ASSIGN_OR_RETURN(const bool folded, worker->Fold(absl::ZeroDuration()));
    if (folded) Commit(*worker);
    any = any || folded;
  }
  if (!rebuild_.generations().empty() && HandOver()) {
    TakeOver();
    any = true;
  }
  return any;
}

void FoldingEngine::Commit(Worker& worker) {
  const std::vector<TableRow> rows = Gather(worker);
  absl::Status written;
  // Nobody reads what is being built, so nobody has to wait for it.
  if (&worker == &rebuild_) {
    written = worker.size_bytes() > kLoggedBytes ? database_->WriteTable(rows)
                                                 : WriteLogged(rows, *database_);
  }
  MutexLock lock(mutex_);
  if (&worker == &live_) written = WriteLogged(rows, *database_);
  ++commit_;
  for (const auto& generation : worker.generations()) {
    if (!written.ok()) {
      generation->Fail(written);
    } else if (generation->HasChanges()) {
      RowsChanged changed;
      changed.commit = commit_;
      changed.rows = generation->Committed();
      if (generation->phase() == GenerationPhase::kServed && !changed.rows.empty()) {
        listeners_->Tell(generation->view().name(), changed);
      }
    }
    Publish(*generation);
  }
  worker.ForgetUnknown();
  MarkDamage(worker);
  changed_.SignalAll();
}

void FoldingEngine::Publish(const Generation& generation) {
  Published& published = published_[std::string(generation.view().name())];
  if (!generation.status().ok()) published.status = generation.status();
  if (published.served != 0 && published.served != generation.number()) return;
  if (published.progress->size() == generation.progress().size() &&
      std::equal(published.progress->begin(), published.progress->end(),
                 generation.progress().begin(), [](const auto& a, const auto& b) {
                   return a.first == b.first && a.second.next == b.second.next;
                 })) {
    return;
  }
  published.progress = std::make_shared<const std::map<eventstore::log::FeedId, FeedProgress>>(
      generation.progress());
}

void FoldingEngine::FailAll(Worker& worker, const absl::Status& status) {
  MutexLock lock(mutex_);
  for (const auto& generation : worker.generations()) {
    if (generation->status().ok()) generation->Fail(status);
    Publish(*generation);
  }
  changed_.SignalAll();
}

void FoldingEngine::MarkDamage(const Worker& worker) {
  for (const auto& generation : worker.generations()) {
    if (!absl::IsDataLoss(generation->status())) continue;
    Batch batch;
    batch.Put(DamageKey(), "1");
    // When this fails too, opening will find the damage.
    database_->Write(batch, Durability::kSynced).IgnoreError();
    return;
  }
}

bool FoldingEngine::HandOver() {
  if (rebuild_.generations().empty() || !rebuild_.HasCaughtUp()) return false;
  std::shared_ptr<eventstore::log::Subscription> live;
  {
    MutexLock lock(mutex_);
    for (const auto& generation : rebuild_.generations()) {
      if (generation->status().ok()) ready_.push_back(generation);
    }
    live = live_reading_;
    rebuild_reading_.reset();
    changed_.SignalAll();
  }
  rebuild_.Assign({});
  if (live != nullptr) live->Cancel();
  return true;
}

void FoldingEngine::AddSwap(const Generation& generation, Batch& batch) const {
  auto rows = database_->Scan(AllGenerations());
  for (; rows->Valid(); rows->Next()) {
    const auto number = GenerationOfKey(rows->key());
    const auto record = DecodeGeneration(rows->value());
    if (!number.has_value() || !record.has_value()) continue;
    if (record->view == generation.view().name() && *number != generation.number()) {
      Drop(batch, *number);
    }
  }
  batch.Put(GenerationKey(generation.number()), generation.record());
}

void FoldingEngine::TakeOver() {
  MutexLock lock(mutex_);
  if (ready_.empty()) return;
  Batch batch;
  std::map<std::string, std::shared_ptr<Generation>> by_view;
  for (const auto& generation : live_.generations()) {
    by_view[std::string(generation->view().name())] = generation;
  }
  for (const auto& generation : ready_) {
    generation->set_phase(GenerationPhase::kServed);
    AddSwap(*generation, batch);
    by_view[std::string(generation->view().name())] = generation;
  }
  const absl::Status written = database_->Write(batch, Durability::kBuffered);
  ++commit_;
  for (const auto& generation : ready_) {
    if (!written.ok()) generation->Fail(written);
    Published& published = published_[std::string(generation->view().name())];
    published.served = generation->number();
    published.rebuilding = false;
    published.status = generation->status();
    Publish(*generation);
    RowsChanged changed;
    changed.commit = commit_;
    changed.everything = true;
    listeners_->Tell(generation->view().name(), changed);
  }
  ready_.clear();
  std::vector<std::shared_ptr<Generation>> generations;
  for (auto& [name, generation] : by_view) generations.push_back(std::move(generation));
  live_.Assign(std::move(generations));
  live_reading_ = live_.subscription();
  changed_.SignalAll();
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(Options options) {
  eventstore::storage::Database::Options where;
  where.path = options.directory;
  where.environment = options.environment;
  ASSIGN_OR_RETURN(OpenedDatabase opened, OpenDatabase(where));
  auto generations = LoadGenerations(opened.database, options.views);
  if (absl::IsDataLoss(generations.status())) {
    opened.database.reset();
    RETURN_IF_ERROR(eventstore::storage::DestroyDatabase(where));
    ASSIGN_OR_RETURN(OpenedDatabase fresh, OpenDatabase(where));
    opened = {fresh.database, std::string(generations.status().message())};
    generations = LoadGenerations(opened.database, options.views);
  }
  RETURN_IF_ERROR(generations.status());
  auto engine = std::make_unique<FoldingEngine>(std::move(options), std::move(opened),
                                                *std::move(generations));
  RETURN_IF_ERROR(engine->Start());
  return engine;
}

}  // namespace projections::engine
