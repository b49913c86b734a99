#include "eventstore/storage/database.h"

#include <atomic>
#include <cassert>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/gate.h"
#include "eventstore/storage/kept_tables.h"
#include "eventstore/storage/rocks.h"
#include "eventstore/storage/rocks_options.h"
#include "eventstore/storage/status.h"
#include "eventstore/storage/table_file.h"
#include "rocksdb/db.h"
#include "rocksdb/metadata.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"

namespace eventstore::storage {
namespace {

// A checksum for each key between the batch and the table: memory that flips a
// bit is found before it is stored.
constexpr size_t kProtectionBytes = 8;

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
  RocksIterator(Gate::Pass pass, const Rocks& rocks, Range range, Order order,
                const Snapshot* snapshot)
      : pass_(std::move(pass)),
        range_(std::move(range)),
        order_(order),
        lower_(ToSlice(range_.lower)),
        upper_(ToSlice(range_.upper)) {
    rocksdb::ReadOptions options = ToReadOptions(snapshot);
    if (!range_.lower.empty()) options.iterate_lower_bound = &lower_;
    if (!range_.upper.empty()) options.iterate_upper_bound = &upper_;
    iterator_.reset(rocks.db().NewIterator(options, rocks.FamilyOf(range_.lower)));
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
  // Which family the keys of kApart go to is known when the batch is written.
  void AddApart(std::string_view key, std::optional<std::string_view> value) {
    apart.emplace_back(key, value);
    apart_bytes += key.size() + value.value_or("").size();
  }
  void MoveApart(rocksdb::ColumnFamilyHandle* family) {
    for (const auto& [key, value] : apart) {
      (value.has_value() ? writes.Put(family, key, *value) : writes.Delete(family, key))
          .PermitUncheckedError();
    }
    apart.clear();
    apart_bytes = 0;
  }

  rocksdb::WriteBatch writes{/*reserved_bytes=*/0, /*max_bytes=*/0, kProtectionBytes,
                             /*default_cf_ts_sz=*/0};
  std::vector<std::pair<std::string, std::optional<std::string>>> apart;  // in this order
  size_t apart_bytes = 0;
};

Batch::Batch() : body_(std::make_unique<Body>()) {}
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;
Batch::~Batch() = default;

// A batch in memory without a size limit has nothing that could fail; what it
// finds wrong in itself comes back from Database::Write.
void Batch::Put(std::string_view key, std::string_view value) {
  if (IsApart(key)) return body_->AddApart(key, value);
  body_->writes.Put(ToSlice(key), ToSlice(value)).PermitUncheckedError();
}
void Batch::Delete(std::string_view key) {
  if (IsApart(key)) return body_->AddApart(key, std::nullopt);
  body_->writes.Delete(ToSlice(key)).PermitUncheckedError();
}
void Batch::DeleteRange(std::string_view lower, std::string_view upper) {
  assert(!IsApart(lower));
  body_->writes.DeleteRange(ToSlice(lower), ToSlice(upper)).PermitUncheckedError();
}
bool Batch::empty() const { return body_->writes.Count() == 0 && body_->apart.empty(); }
size_t Batch::size_bytes() const { return body_->writes.GetDataSize() + body_->apart_bytes; }
void Batch::Clear() {
  body_->writes.Clear();
  body_->apart.clear();
  body_->apart_bytes = 0;
}

namespace {

class RocksDatabase final : public Database {
 public:
  RocksDatabase(Options options, std::unique_ptr<KeptTables> kept, std::unique_ptr<Rocks> rocks)
      : options_(std::move(options)), kept_(std::move(kept)), rocks_(std::move(rocks)) {}

  absl::StatusOr<std::string> Get(std::string_view key, const Snapshot* snapshot) const override {
    const Gate::Pass pass(gate_);
    if (!rocks_) return closed_;
    std::string value;
    RETURN_IF_ERROR(ToStatus(
        rocks_->db().Get(ToReadOptions(snapshot), rocks_->FamilyOf(key), ToSlice(key), &value),
        "lezen"));
    return value;
  }

  absl::StatusOr<std::vector<bool>> Contains(const std::vector<std::string>& keys) const override {
    const Gate::Pass pass(gate_);
    if (!rocks_) return closed_;
    const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    rocksdb::ColumnFamilyHandle* const family = rocks_->FamilyOf(keys.empty() ? "" : keys.front());
    rocks_->db().MultiGet(ToReadOptions(nullptr), family, keys.size(), slices.data(), values.data(),
                          statuses.data(), /*sorted_input=*/true);
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
    if (!rocks_) return std::make_unique<NoIterator>(closed_);
    return std::make_unique<RocksIterator>(std::move(pass), *rocks_, range, order, snapshot);
  }

  std::unique_ptr<Snapshot> TakeSnapshot() const override {
    Gate::Pass pass(gate_);
    if (!rocks_) return std::make_unique<NoSnapshot>();
    return std::make_unique<RocksSnapshot>(std::move(pass), rocks_->db());
  }

  absl::Status VerifyChecksums() const override {
    const Gate::Pass pass(gate_);
    if (!rocks_) return closed_;
    RETURN_IF_ERROR(ToStatus(rocks_->db().VerifyChecksum(), "controleren"));
    return ToStatus(rocks_->db().VerifyFileChecksums({}), "controleren");
  }

  std::vector<std::string> TableFiles() const override {
    const Gate::Pass pass(gate_);
    std::vector<std::string> names;
    if (!rocks_) return names;
    std::vector<rocksdb::LiveFileMetaData> files;
    rocks_->db().GetLiveFilesMetaData(&files);
    for (const auto& file : files) names.push_back(file.name.substr(file.name.rfind('/') + 1));
    return names;
  }

  absl::Status Write(Batch& batch, Durability durability) override {
    const Gate::Pass pass(gate_);
    if (!rocks_) return closed_;
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::kSynced;
    BodyOf(batch).MoveApart(rocks_->FamilyOf({&kApart, 1}));
    return ToStatus(rocks_->db().Write(options, &BodyOf(batch).writes), "schrijven");
  }

  absl::Status WriteTables(const std::vector<Table>& tables) override {
    const Gate::Pass pass(gate_);
    if (!rocks_) return closed_;
    const std::string path =
        absl::StrCat(options_.path, "/", std::string(kIncomingTable), tables_++);
    return AddTables(tables, path, *rocks_, *kept_);
  }

  absl::Status Reopen() override {
    const Gate::Closing closing(gate_);
    if (!closing.alone()) {
      return absl::UnavailableError("opslag: de database is nog in gebruik bij een lezer");
    }
    rocks_.reset();
    kept_->LetGoOfAll();
    options_.read_only = false;
    auto opened = Rocks::Open(options_, *kept_->env());
    const absl::Status status = opened.status();
    if (!opened.ok()) {
      Options reading = options_;
      reading.read_only = true;
      opened = Rocks::Open(reading, *kept_->env());
    }
    closed_ = opened.status();
    if (opened.ok()) rocks_ = *std::move(opened);
    return status;
  }

  rocksdb::DB* raw() const override { return rocks_ ? &rocks_->db() : nullptr; }

 private:
  mutable Gate gate_;
  std::atomic<uint64_t> tables_ = 0;  // that WriteTables began
  // Changed only while the gate is closed.
  Options options_;
  const std::unique_ptr<KeptTables> kept_;
  std::unique_ptr<Rocks> rocks_;
  absl::Status closed_;  // why there are no rocks_
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
  ASSIGN_OR_RETURN(auto rocks, Rocks::Open(options, *kept->env()));
  return std::make_unique<RocksDatabase>(options, std::move(kept), std::move(rocks));
}

absl::Status SalvageCopy(const std::string& from, const std::string& to, Environment* environment) {
  RETURN_IF_ERROR(CopyFolder(from, to, environment));
  return MakeListAgain(to, environment);
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
