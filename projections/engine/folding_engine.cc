#include "projections/engine/folding_engine.h"

#include <algorithm>
#include <future>
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
// So many are read at once for a build: looking for where to go on takes time.
constexpr size_t kBuiltEvents = 8192;
// So much of a build is written together, at most, as a table of its own.
constexpr size_t kTableBytes = 32 << 20;
// Less than this is not worth a table.
constexpr size_t kLoggedBytes = 8 << 20;

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

// Nobody reads what is being built, so nobody has to wait for it.
absl::Status WriteBuilt(const std::vector<TableRow>& rows, size_t bytes, Database& database) {
  return bytes > kLoggedBytes ? database.WriteTable(rows) : WriteLogged(rows, database);
}

}  // namespace

FoldingEngine::FoldingEngine(Options options, OpenedDatabase opened,
                             std::map<std::string, Generations, std::less<>> generations)
    : options_(std::move(options)),
      database_(std::move(opened.database)),
      report_(std::move(opened.report)),
      live_(*options_.log),
      rebuild_(*options_.log) {
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
  // What cannot be taken over now is when there is something to fold.
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
    if (!Recover(live_) || !TakeOver()) {
      Pause();
      continue;
    }
    {
      MutexLock lock(mutex_);
      while (live_reading_ == nullptr && ready_.empty() && !stopping_) changed_.Wait(mutex_);
      if (live_reading_ == nullptr) continue;
    }
    const auto folded = live_.Fold(kPatience, options_.commit_events);
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
  // One table is written while the next one is folded.
  std::future<absl::Status> writing;
  const auto finish = [&] {
    if (writing.valid()) Finish(rebuild_, writing.get());
  };
  while (!stopping() && !rebuild_.generations().empty()) {
    if (!Recover(rebuild_)) {
      Pause();
      continue;
    }
    const auto folded = rebuild_.Fold(kPatience, kBuiltEvents);
    if (!folded.ok()) {
      finish();
      if (!stopping()) FailAll(rebuild_, folded.status());
      return;
    }
    const bool caught_up = rebuild_.HasCaughtUp();
    // As much as possible at once; all of it when nothing more is there.
    if (*folded && !caught_up && rebuild_.size_bytes() < kTableBytes) continue;
    finish();
    if (rebuild_.HasChanges()) {
      writing = std::async(std::launch::async,
                           [this, bytes = rebuild_.size_bytes(), changes = rebuild_.BeginWrite()] {
                             return WriteBuilt(changes.Rows(), bytes, *database_);
                           });
    }
    if (!caught_up) continue;
    finish();
    HandOver();
  }
  finish();
}

absl::StatusOr<bool> FoldingEngine::Step() {
  if (!Recover(live_) || !Recover(rebuild_) || !TakeOver()) return false;
  bool any = false;
  for (Worker* worker : {&live_, &rebuild_}) {
    ASSIGN_OR_RETURN(const bool folded, worker->Fold(absl::ZeroDuration(), options_.commit_events));
    if (folded) Commit(*worker);
    any = any || folded;
  }
  if (!rebuild_.generations().empty() && HandOver()) any = TakeOver();
  return any;
}

void FoldingEngine::Commit(Worker& worker) {
  const Folded folded = worker.BeginWrite();
  const std::vector<TableRow> rows = folded.Rows();
  MutexLock lock(mutex_);
  Publish(worker, WriteLogged(rows, *database_));
}

void FoldingEngine::Finish(Worker& worker, const absl::Status& written) {
  MutexLock lock(mutex_);
  Publish(worker, written);
}

void FoldingEngine::Publish(Worker& worker, const absl::Status& written) {
  ++commit_;
  for (const auto& generation : worker.generations()) {
    if (written.ok()) {
      RowsChanged changed;
      changed.commit = commit_;
      changed.rows = generation->Written();
      if (generation->phase() == GenerationPhase::kServed && !changed.rows.empty()) {
        listeners_->Tell(generation->view().name(), changed);
      }
    } else {
      generation->WriteFailed(written);
    }
    Publish(*generation);
  }
  MarkDamage(worker);
  changed_.SignalAll();
}

bool FoldingEngine::Recover(Worker& worker) {
  bool has_lost_swap = false;
  {
    MutexLock lock(mutex_);
    has_lost_swap = &worker == &live_ && has_lost_swap_;
  }
  if (!worker.HasLostWrites() && !has_lost_swap) return true;
  // It takes no more writes until then.
  if (!database_->Reopen().ok()) return false;
  MutexLock lock(mutex_);
  if (&worker == &live_) has_lost_swap_ = false;
  if (!worker.HasLostWrites()) return true;
  worker.Resume();
  for (const auto& generation : worker.generations()) {
    Published& published = published_[std::string(generation->view().name())];
    if (generation->status().ok()) published.status = absl::OkStatus();
    Publish(*generation);
  }
  (&worker == &live_ ? live_reading_ : rebuild_reading_) = worker.subscription();
  changed_.SignalAll();
  return true;
}

void FoldingEngine::Pause() {
  MutexLock lock(mutex_);
  if (!stopping_) changed_.WaitFor(mutex_, absl::ToChronoNanoseconds(kPatience));
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

bool FoldingEngine::TakeOver() {
  MutexLock lock(mutex_);
  if (ready_.empty()) return true;
  Batch batch;
  for (const auto& generation : ready_) {
    generation->set_phase(GenerationPhase::kServed);
    AddSwap(*generation, batch);
  }
  if (!database_->Write(batch, Durability::kBuffered).ok()) {
    for (const auto& generation : ready_) generation->set_phase(GenerationPhase::kBuilding);
    has_lost_swap_ = true;
    return false;
  }
  std::map<std::string, std::shared_ptr<Generation>> by_view;
  for (const auto& generation : live_.generations()) {
    by_view[std::string(generation->view().name())] = generation;
  }
  ++commit_;
  for (const auto& generation : ready_) {
    by_view[std::string(generation->view().name())] = generation;
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
  return true;
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(Options options) {
  eventstore::storage::Database::Options where;
  where.path = options.directory;
  where.environment = options.environment;
  where.can_be_made_again = true;
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
