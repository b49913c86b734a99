#include "eventstore/storage/database.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/gate.h"
#include "eventstore/storage/kept_tables.h"
#include "eventstore/storage/rocks_options.h"
#include "eventstore/storage/status.h"
#include "eventstore/storage/table_file.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/metadata.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"

namespace eventstore::storage {
namespace {

// A checksum for each key between the batch and the table: memory that flips a
// bit is found before it is stored.
constexpr size_t kProtectionBytes = 8;
// How files begin that are becoming tables.
constexpr std::string_view kIncoming = "incoming-";

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class RocksSnapshot final : public Snapshot {
 public:
  RocksSnapshot(Gate::Pass pass, rocksdb::DB& database)
      : pass_(std::move(pass)), database_(database), snapshot_(database.GetSnapshot()) {}
  ~RocksSnapshot() override { database_.ReleaseSnapshot(snapshot_); }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;

  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  const Gate::Pass pass_;
  rocksdb::DB& database_;
  const rocksdb::Snapshot* snapshot_;
};

rocksdb::ReadOptions ToReadOptions(const Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  if (snapshot != nullptr) options.snapshot = static_cast<const RocksSnapshot*>(snapshot)->get();
  return options;
}

class RocksIterator final : public Iterator {
 public:
  RocksIterator(Gate::Pass pass, rocksdb::DB& database, Range range, Order order,
                const Snapshot* snapshot)
      : pass_(std::move(pass)),
        range_(std::move(range)),
        order_(order),
        lower_(ToSlice(range_.lower)),
        upper_(ToSlice(range_.upper)) {
    rocksdb::ReadOptions options = ToReadOptions(snapshot);
    if (!range_.lower.empty()) options.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) options.iterate_upper_bound = &upper_;
    iterator_.reset(database.NewIterator(options));
    if (order_ == Order::kAscending) {
      iterator_->SeekToFirst();
    } else {
      iterator_->SeekToLast();
    }
  }
  RocksIterator(const RocksIterator&) = delete;
  RocksIterator& operator=(const RocksIterator&) = delete;

  bool Valid() const override { return iterator_->Valid(); }
  std::string_view key() const override { return ToView(iterator_->key()); }
  std::string_view value() const override { return ToView(iterator_->value()); }
  void Next() override {
    if (order_ == Order::kAscending) {
      iterator_->Next();
    } else {
      iterator_->Prev();
    }
  }
  void Seek(std::string_view key) override {
    if (order_ == Order::kAscending) {
      iterator_->Seek(ToSlice(key));
    } else {
      iterator_->SeekForPrev(ToSlice(key));
    }
  }
  absl::Status status() const override { return ToStatus(iterator_->status(), "doorlopen"); }

 private:
  const Gate::Pass pass_;
  const Range range_;
  const Order order_;
  const rocksdb::Slice lower_;
  const rocksdb::Slice upper_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

// Of a database that could not be opened again.
class NoIterator final : public Iterator {
 public:
  explicit NoIterator(absl::Status status) : status_(std::move(status)) {}
  bool Valid() const override { return false; }
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  void Next() override {}
  void Seek(std::string_view) override {}
  absl::Status status() const override { return status_; }

 private:
  const absl::Status status_;
};

class NoSnapshot final : public Snapshot {};

}  // namespace

struct Batch::Body {
  rocksdb::WriteBatch writes{/*reserved_bytes=*/0, /*max_bytes=*/0, kProtectionBytes,
                             /*default_cf_ts_sz=*/0};
};

Batch::Batch() : body_(std::make_unique<Body>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

// A batch in memory without a size limit has nothing that could fail; what it
// finds wrong in itself comes back from Database::Write.
void Batch::Put(std::string_view key, std::string_view value) {
  body_->writes.Put(ToSlice(key), ToSlice(value)).PermitUncheckedError();
}
void Batch::Delete(std::string_view key) {
  body_->writes.Delete(ToSlice(key)).PermitUncheckedError();
}
void Batch::DeleteRange(std::string_view lower, std::string_view upper) {
  body_->writes.DeleteRange(ToSlice(lower), ToSlice(upper)).PermitUncheckedError();
}
bool Batch::empty() const { return body_->writes.Count() == 0; }
size_t Batch::size_bytes() const { return body_->writes.GetDataSize(); }
void Batch::Clear() { body_->writes.Clear(); }

namespace {

// A table is there, but not the file that says which tables count: RocksDB would make a
// new database and remove the tables.
absl::Status CheckWhole(const Database::Options& options) {
  if (FileExists(options.path + "/CURRENT", options.environment)) return absl::OkStatus();
  const auto names = ListNames(options.path, options.environment);
  const bool has_tables = std::any_of(
      names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".sst"); });
  if (!has_tables) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("opslag: in ", options.path, " ontbreekt het bestand CURRENT"));
}

// What WriteTables began and a crash left behind.
absl::Status RemoveIncoming(const Database::Options& options) {
  for (const std::string& name : ListNames(options.path, options.environment)) {
    if (!name.starts_with(kIncoming)) continue;
    RETURN_IF_ERROR(RemoveFile(options.path + "/" + name, options.environment));
  }
  return absl::OkStatus();
}

// Opens every table now: whoever writes may remove it any moment.
void OpenTables(rocksdb::DB& database) {
  std::vector<rocksdb::LiveFileMetaData> files;
  database.GetLiveFilesMetaData(&files);
  const std::unique_ptr<rocksdb::Iterator> iterator(database.NewIterator({}));
  for (const auto& file : files) iterator->Seek(file.smallestkey);
  // What is damaged is met again by whoever reads it.
  iterator->status().PermitUncheckedError();
}

// Tells apart what the list of tables holds at two moments. A database that another process
// writes is read in two steps, the list and then the write-ahead log: what came between them
// by a table would be missing, and what came after that by the log would not.
std::string ListOfTables(const Database::Options& options) {
  std::string name = ReadSmallFile(options.path + "/CURRENT", options.environment).value_or("");
  absl::StripAsciiWhitespace(&name);
  const auto size = FileSize(options.path + "/" + name, options.environment);
  return absl::StrCat(name, " ", size.value_or(0));
}

absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenRocks(const Database::Options& options,
                                                       KeptTables& tables) {
  rocksdb::Options rocks = ToRocksOptions(options);
  rocks.env = tables.env();
  rocksdb::DB* database = nullptr;
  RETURN_IF_ERROR(CheckWhole(options));
  if (!options.read_only && !options.salvage) {
    RETURN_IF_ERROR(ToStatus(rocks.env->CreateDirIfMissing(options.path), "map maken"));
    RETURN_IF_ERROR(RemoveIncoming(options));
    // Merging tables waits for who writes and reads: what a processor has left over is its
    // share. An environment that cannot do that merges as it can.
    rocks.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kIdle)
        .PermitUncheckedError();
    RETURN_IF_ERROR(ToStatus(rocksdb::DB::Open(rocks, options.path, &database), "openen"));
    return std::unique_ptr<rocksdb::DB>(database);
  }
  rocks.create_if_missing = false;
  const std::string list = ListOfTables(options);
  auto status = rocksdb::DB::OpenForReadOnly(rocks, options.path, &database);
  if (!status.ok() && options.salvage) {
    rocks.best_efforts_recovery = true;
    status = rocksdb::DB::OpenForReadOnly(rocks, options.path, &database);
  }
  std::unique_ptr<rocksdb::DB> opened(status.ok() ? database : nullptr);
  if (opened != nullptr && options.pin_files) OpenTables(*opened);
  // Tables that were merged meanwhile are gone: that, too, looks like damage.
  if (ListOfTables(options) != list) {
    return absl::AbortedError("opslag: openen: er wordt juist geschreven, probeer het opnieuw");
  }
  RETURN_IF_ERROR(ToStatus(status, "openen"));
  return opened;
}

class RocksDatabase final : public Database {
 public:
  RocksDatabase(Options options, std::unique_ptr<KeptTables> kept,
                std::unique_ptr<rocksdb::DB> database)
      : options_(std::move(options)), kept_(std::move(kept)), database_(std::move(database)) {}

  absl::StatusOr<std::string> Get(std::string_view key, const Snapshot* snapshot) const override {
    const Gate::Pass pass(gate_);
    if (!database_) return closed_;
    std::string value;
    RETURN_IF_ERROR(
        ToStatus(database_->Get(ToReadOptions(snapshot), ToSlice(key), &value), "lezen"));
    return value;
  }

  absl::StatusOr<std::vector<bool>> Contains(const std::vector<std::string>& keys) const override {
    const Gate::Pass pass(gate_);
    if (!database_) return closed_;
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_->MultiGet(ToReadOptions(nullptr), database_->DefaultColumnFamily(), keys.size(),
                        slices.data(), values.data(), statuses.data(), /*sorted_input=*/true);
    std::vector<bool> found(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!statuses[i].IsNotFound()) RETURN_IF_ERROR(ToStatus(statuses[i], "lezen"));
      found[i] = statuses[i].ok();
    }
    return found;
  }

  std::unique_ptr<Iterator> Scan(const Range& range, Order order,
                                 const Snapshot* snapshot) const override {
    Gate::Pass pass(gate_);
    if (!database_) return std::make_unique<NoIterator>(closed_);
    return std::make_unique<RocksIterator>(std::move(pass), *database_, range, order, snapshot);
  }

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    Gate::Pass pass(gate_);
    if (!database_) return std::make_unique<NoSnapshot>();
    return std::make_unique<RocksSnapshot>(std::move(pass), *database_);
  }

  absl::Status VerifyChecksums() const override {
    const Gate::Pass pass(gate_);
    if (!database_) return closed_;
    RETURN_IF_ERROR(ToStatus(database_->VerifyChecksum(), "controleren"));
    return ToStatus(database_->VerifyFileChecksums({}), "controleren");
  }

  std::vector<std::string> TableFiles() const override {
    const Gate::Pass pass(gate_);
    std::vector<std::string> names;
    if (!database_) return names;
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->GetLiveFilesMetaData(&files);
    for (const auto& file : files) names.push_back(file.name.substr(file.name.rfind('/') + 1));
    return names;
  }

  absl::Status Write(Batch& batch, Durability durability) override {
    const Gate::Pass pass(gate_);
    if (!database_) return closed_;
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSynced;
    return ToStatus(database_->Write(options, &BodyOf(batch).writes), "schrijven");
  }

  absl::Status WriteTables(const std::vector<Table>& tables) override {
    const Gate::Pass pass(gate_);
    if (!database_) return closed_;
    const std::string path = absl::StrCat(options_.path, "/", std::string(kIncoming), tables_++);
    return AddTables(tables, path, *database_, *kept_);
  }

  absl::Status Reopen() override {
    const Gate::Closing closing(gate_);
    if (!closing.alone()) {
      return absl::UnavailableError("opslag: de database is nog in gebruik bij een lezer");
    }
    database_.reset();
    kept_->LetGoOfAll();
    options_.read_only = false;
    auto opened = OpenRocks(options_, *kept_);
    const absl::Status status = opened.status();
    if (!opened.ok()) {
      Options reading = options_;
      reading.read_only = true;
      opened = OpenRocks(reading, *kept_);
    }
    closed_ = opened.status();
    if (opened.ok()) database_ = *std::move(opened);
    return status;
  }

  rocksdb::DB* raw() const override { return database_.get(); }

 private:
  mutable Gate gate_;
  std::atomic<uint64_t> tables_ = 0;  // that WriteTables began
  // Changed only while the gate is closed.
  Options options_;
  const std::unique_ptr<KeptTables> kept_;
  std::unique_ptr<rocksdb::DB> database_;
  absl::Status closed_;  // why there is no database_
};

}  // namespace

Range PrefixRange(std::string_view prefix) {
  Range range{std::string(prefix), std::string(prefix)};
  while (!range.upper.empty() && static_cast<uint8_t>(range.upper.back()) == 0xFF) {
    range.upper.pop_back();
  }
  if (!range.upper.empty()) ++range.upper.back();
  return range;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const Options& options) {
  auto kept = std::make_unique<KeptTables>(*ToRocksOptions(options).env);
  ASSIGN_OR_RETURN(auto database, OpenRocks(options, *kept));
  return std::make_unique<RocksDatabase>(options, std::move(kept), std::move(database));
}

absl::Status SalvageCopy(const std::string& from, const std::string& to, Environment* environment) {
  RETURN_IF_ERROR(CopyFolder(from, to, environment));
  Database::Options options{.path = to, .environment = environment};
  options.salvage = true;
  return ToStatus(rocksdb::RepairDB(to, ToRocksOptions(options)), "redden");
}

bool IsInUse(const absl::Status& status) {
  const std::string text(status.message());
  return absl::StrContains(text, "lock hold by") ||
         (absl::StrContains(text, "While lock file") &&
          absl::StrContains(text, "Resource temporarily unavailable"));
}

absl::Status DestroyDatabase(const Database::Options& options) {
  return ToStatus(rocksdb::DestroyDB(options.path, ToRocksOptions(options)), "opruimen");
}

}  // namespace eventstore::storage
