#include "projections/engine/catalog.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/storage/keys.h"
#include "projections/engine/decode.h"
#include "projections/engine/layout.h"

namespace projections::engine {
namespace {

using eventstore::storage::Batch;
using eventstore::storage::Database;
using eventstore::storage::Durability;

using Records = std::map<GenerationNumber, GenerationRecord>;

// Why the database cannot be used; empty when it can.
absl::StatusOr<std::string> WhyUnusable(Database& database) {
  if (auto marker = database.Get(DamageKey()); marker.ok()) {
    return std::string("the views database was found damaged while it ran");
  }
  const auto format = database.Get(FormatKey());
  if (absl::IsNotFound(format.status())) {
    Batch batch;
    std::string value;
    eventstore::storage::AppendUint32(value, kFormatVersion);
    batch.Put(FormatKey(), value);
    RETURN_IF_ERROR(database.Write(batch, Durability::kBuffered));
    return std::string();
  }
  if (!format.ok()) return std::string(format.status().message());
  if (format->size() != 4 || eventstore::storage::ReadUint32(*format) != kFormatVersion) {
    return std::string("the views database has another format version");
  }
  return std::string();
}

absl::StatusOr<Records> ReadRecords(const Database& database) {
  Records records;
  auto rows = database.Scan(AllGenerations());
  for (; rows->Valid(); rows->Next()) {
    const auto number = GenerationOfKey(rows->key());
    auto record = DecodeGeneration(rows->value());
    if (!number.has_value() || !record.has_value()) {
      return absl::DataLossError("a generation of the views database cannot be read");
    }
    records[*number] = *std::move(record);
  }
  RETURN_IF_ERROR(rows->status());
  return records;
}

// Forgets the skipped events that are understood by now. True when there were any.
absl::StatusOr<bool> ForgetUnderstood(const Database& database, Batch& batch) {
  bool any = false;
  auto rows = database.Scan(AllUnknown());
  for (; rows->Valid(); rows->Next()) {
    if (!IsKnownType(rows->value())) continue;
    batch.Delete(rows->key());
    any = true;
  }
  RETURN_IF_ERROR(rows->status());
  return any;
}

// Takes the usable generations of `view` out of `records`.
Generations Choose(const std::shared_ptr<const View>& view, bool build_anew, Records& records,
                   const std::shared_ptr<Database>& database) {
  Generations chosen;
  for (auto it = records.begin(); it != records.end();) {
    const auto& [number, record] = *it;
    const bool fits = record.view == view->name() && record.version == view->version();
    const bool building = record.phase == GenerationPhase::kBuilding;
    auto& place = building ? chosen.building : chosen.served;
    if (!fits || (building && build_anew) || place != nullptr) {
      ++it;
      continue;
    }
    place = std::make_shared<Generation>(number, record.phase, view, *database);
    it = records.erase(it);
  }
  return chosen;
}

}  // namespace

absl::StatusOr<OpenedDatabase> OpenDatabase(const Database::Options& options) {
  std::string report;
  auto database = Database::Open(options);
  if (database.ok()) {
    ASSIGN_OR_RETURN(report, WhyUnusable(**database));
    if (report.empty()) return OpenedDatabase{*std::move(database), ""};
    database->reset();
  } else if (absl::IsDataLoss(database.status())) {
    report = std::string(database.status().message());
  } else {
    return database.status();
  }
  RETURN_IF_ERROR(eventstore::storage::DestroyDatabase(options));
  ASSIGN_OR_RETURN(auto fresh, Database::Open(options));
  ASSIGN_OR_RETURN(const std::string still, WhyUnusable(*fresh));
  if (!still.empty()) return absl::InternalError("a new views database cannot be used: " + still);
  return OpenedDatabase{std::move(fresh), report};
}

void Drop(Batch& batch, GenerationNumber generation) {
  batch.Delete(GenerationKey(generation));
  for (const auto& range : {ProgressOf(generation), RowsOf(generation)}) {
    batch.DeleteRange(range.lower, range.upper);
  }
}

absl::StatusOr<std::map<std::string, Generations, std::less<>>> LoadGenerations(
    const std::shared_ptr<Database>& database,
    const std::vector<std::shared_ptr<const View>>& views) {
  ASSIGN_OR_RETURN(Records records, ReadRecords(*database));
  Batch batch;
  ASSIGN_OR_RETURN(const bool build_anew, ForgetUnderstood(*database, batch));
  GenerationNumber next = records.empty() ? 1 : records.rbegin()->first + 1;
  std::map<std::string, Generations, std::less<>> result;
  for (const auto& view : views) {
    Generations chosen = Choose(view, build_anew, records, database);
    if (chosen.building == nullptr && (chosen.served == nullptr || build_anew)) {
      chosen.building =
          std::make_shared<Generation>(next, GenerationPhase::kBuilding, view, *database);
      batch.Put(GenerationKey(next), chosen.building->record());
      ++next;
    }
    for (const auto& generation : {chosen.served, chosen.building}) {
      if (generation != nullptr) RETURN_IF_ERROR(generation->Load());
    }
    result[std::string(view->name())] = std::move(chosen);
  }
  // Rows of an older version stay until their successor is swapped in; what else is
  // left over belongs to no view of this program.
  for (const auto& [number, record] : records) {
    const auto it = result.find(record.view);
    const bool awaits_successor = it != result.end() && it->second.served == nullptr &&
                                  record.phase == GenerationPhase::kServed;
    if (!awaits_successor) Drop(batch, number);
  }
  if (!batch.empty()) RETURN_IF_ERROR(database->Write(batch, Durability::kBuffered));
  return result;
}

}  // namespace projections::engine
