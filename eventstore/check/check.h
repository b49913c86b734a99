#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/check/findings.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/record.h"
#include "eventstore/storage/environment.h"

namespace eventstore::check {

// How far a check is. `total` is an estimate, 0: not known.
struct Progress {
  std::string what;  // Dutch
  uint64_t done = 0;
  uint64_t total = 0;
};

struct Options {
  std::string directory;                        // of a log: own/, replicas/, heads
  storage::Environment* environment = nullptr;  // not owned; nullptr: the real disk
  // The log keys that a feed may be signed with, all that are known; asked after every
  // record was seen. A feed's cosignatures are signed by the witnesses' own feeds.
  std::function<std::vector<crypto::PublicKey>(const log::FeedId&)> keys;
  // Sees every record that decodes, before the signatures are checked.
  std::function<void(const log::StoredEvent&)> on_record;
  // Called every some hundred records: to show how far it is, to wait when others need
  // the machine, and to stop (false).
  std::function<bool(const Progress&)> progress;
  bool own = true;
  bool replicas = true;
  // Where the databases are when not in `directory`.
  std::string own_path;
  std::string replicas_path;
};

// Goes over all that a log keeps and makes again what follows from the records: leaf
// hashes, tiles, roots, the indexes of streams and requests; holds them against what is
// stored, against every signed head and against the head file, and verifies the
// signatures. Shares only decoding with the code that writes. Changes no file, and may
// run beside a node that has the log open: it looks at the moment when it started.
//
// What is wrong is in the report, also that a database does not open; an error is only
// that the check itself could not be done (UNAVAILABLE). Reads everything once, some
// things twice when something is wrong; memory does not grow with the log.
absl::StatusOr<Report> CheckLog(const Options& options);

}  // namespace eventstore::check
