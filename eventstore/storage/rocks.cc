#include "eventstore/storage/rocks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/rocks_options.h"
#include "eventstore/storage/status.h"
#include "eventstore/storage/table_file.h"
#include "rocksdb/metadata.h"
#include "rocksdb/sst_file_writer.h"

namespace eventstore::storage {
namespace {

constexpr char kApartName[] = "apart";

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
    if (!name.starts_with(kIncomingTable)) continue;
    RETURN_IF_ERROR(RemoveFile(options.path + "/" + name, options.environment));
  }
  return absl::OkStatus();
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

std::vector<rocksdb::ColumnFamilyDescriptor> Families(const rocksdb::Options& rocks) {
  return {{rocksdb::kDefaultColumnFamilyName, rocks}, {kApartName, ToApartOptions(rocks)}};
}

// Those of the two that the database has, or `default` for one that is not there; both when its
// list cannot be read: opening it says what is wrong.
std::vector<rocksdb::ColumnFamilyDescriptor> FamiliesThere(const rocksdb::Options& rocks,
                                                           const Database::Options& options) {
  auto families = Families(rocks);
  std::vector<std::string> names;
  const bool is_new = !FileExists(options.path + "/CURRENT", options.environment);
  const bool listed = is_new || rocksdb::DB::ListColumnFamilies(rocks, options.path, &names).ok();
  if (listed && std::ranges::find(names, kApartName) == names.end()) families.pop_back();
  return families;
}

// Adds a table that names the second family. RocksDB learns from tables which families there
// were, and leaves out what the write-ahead log holds of others. The table has the one key
// kApart, which names no record.
absl::Status NameApart(const std::string& path, const rocksdb::Options& rocks) {
  // A handle of the family is to be had from an open database only.
  const auto memory = Environment::InMemory();
  Database::Options options{.path = "/empty", .environment = memory.get()};
  ASSIGN_OR_RETURN(const auto empty, Rocks::Open(options, *memory->env()));
  const std::string_view key(&kApart, 1);
  rocksdb::SstFileWriter table(rocksdb::EnvOptions(), rocks, empty->FamilyOf(key));
  RETURN_IF_ERROR(ToStatus(table.Open(path + "/000001.sst"), "redden"));
  RETURN_IF_ERROR(ToStatus(table.Put(key, ""), "redden"));
  return ToStatus(table.Finish(), "redden");
}

}  // namespace

bool IsApart(std::string_view key) { return key.starts_with(kApart); }

absl::StatusOr<std::unique_ptr<Rocks>> Rocks::Open(const Database::Options& options,
                                                   rocksdb::Env& env) {
  RETURN_IF_ERROR(CheckWhole(options));
  std::unique_ptr<Rocks> rocks(new Rocks);
  const bool reads = options.read_only || options.salvage;
  RETURN_IF_ERROR(reads ? rocks->OpenToRead(options, env) : rocks->OpenToWrite(options, env));
  return rocks;
}

Rocks::~Rocks() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
}

rocksdb::ColumnFamilyHandle* Rocks::FamilyOf(std::string_view key) const {
  return IsApart(key) ? families_.back() : families_.front();
}

absl::Status Rocks::OpenToWrite(const Database::Options& options, rocksdb::Env& env) {
  rocksdb::Options rocks = ToRocksOptions(options);
  rocks.env = &env;
  RETURN_IF_ERROR(ToStatus(env.CreateDirIfMissing(options.path), "map maken"));
  RETURN_IF_ERROR(RemoveIncoming(options));
  // Merging tables waits for who writes and reads: what a processor has left over is its
  // share. An environment that cannot do that merges as it can.
  env.LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kIdle)
      .PermitUncheckedError();
  rocksdb::DB* opened = nullptr;
  RETURN_IF_ERROR(ToStatus(
      rocksdb::DB::Open(rocks, options.path, FamiliesThere(rocks, options), &families_, &opened),
      "openen"));
  db_.reset(opened);
  // A new one gets the second family now. One of the layout before stays as it is: whoever knows
  // its keys refuses it.
  if (families_.size() == 2 || !IsEmpty()) return absl::OkStatus();
  rocksdb::ColumnFamilyHandle* apart = nullptr;
  RETURN_IF_ERROR(
      ToStatus(db_->CreateColumnFamily(ToApartOptions(rocks), kApartName, &apart), "openen"));
  families_.push_back(apart);
  return absl::OkStatus();
}

bool Rocks::IsEmpty() const {
  const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}));
  iterator->SeekToFirst();
  return !iterator->Valid() && iterator->status().ok();
}

absl::Status Rocks::OpenToRead(const Database::Options& options, rocksdb::Env& env) {
  rocksdb::Options rocks = ToRocksOptions(options);
  rocks.env = &env;
  rocks.create_if_missing = false;
  const std::string list = ListOfTables(options);
  rocksdb::DB* opened = nullptr;
  auto status = rocksdb::DB::OpenForReadOnly(rocks, options.path, FamiliesThere(rocks, options),
                                             &families_, &opened);
  if (!status.ok() && options.salvage) {
    rocks.best_efforts_recovery = true;
    status =
        rocksdb::DB::OpenForReadOnly(rocks, options.path, Families(rocks), &families_, &opened);
  }
  db_.reset(status.ok() ? opened : nullptr);
  if (db_ != nullptr && options.pin_files) OpenTables();
  // Tables that were merged meanwhile are gone: that, too, looks like damage.
  if (ListOfTables(options) != list) {
    return absl::AbortedError("opslag: openen: er wordt juist geschreven, probeer het opnieuw");
  }
  return ToStatus(status, "openen");
}

// Opens every table now: whoever writes may remove it any moment.
void Rocks::OpenTables() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}, family));
    for (const auto& file : files) {
      if (file.column_family_name == family->GetName()) iterator->Seek(file.smallestkey);
    }
    // What is damaged is met again by whoever reads it.
    iterator->status().PermitUncheckedError();
  }
}

absl::Status MakeListAgain(const std::string& path, Environment* environment) {
  Database::Options options{.path = path, .environment = environment};
  options.salvage = true;
  const rocksdb::Options rocks = ToRocksOptions(options);
  RETURN_IF_ERROR(NameApart(path, rocks));
  return ToStatus(rocksdb::RepairDB(path, rocks), "redden");
}

}  // namespace eventstore::storage
