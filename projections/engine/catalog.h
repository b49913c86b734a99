#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/storage/database.h"
#include "projections/engine/generation.h"
#include "projections/engine/view.h"

namespace projections::engine {

// Opening of a views database and bookkeeping of its generations. Only for use
// inside this folder.

struct OpenedDatabase {
  std::shared_ptr<eventstore::storage::Database> database;
  std::string report;  // why what was there has been thrown away; or empty
};

// Opens or makes the database; throws one away that is damaged, newer or marked.
absl::StatusOr<OpenedDatabase> OpenDatabase(const eventstore::storage::Database::Options& options);

// The generations of one view. One of the two is there, or both.
struct Generations {
  std::shared_ptr<Generation> served;
  std::shared_ptr<Generation> building;
};

// Reads the generations of the views, drops those that no view wants any more, and
// begins those that are missing: for a view without rows, with rows of another
// version, or, in every view, when events were skipped whose type is known by now.
// DATA_LOSS when the bookkeeping cannot be read.
absl::StatusOr<std::map<std::string, Generations, std::less<>>> LoadGenerations(
    const std::shared_ptr<eventstore::storage::Database>& database,
    const std::vector<std::shared_ptr<const View>>& views);

// Adds to `batch` that a generation and its rows disappear.
void Drop(eventstore::storage::Batch& batch, GenerationNumber generation);

}  // namespace projections::engine
