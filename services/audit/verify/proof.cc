#include "services/audit/verify/proof.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/tlog_proof.h"
#include "eventstore/merkle/tree.h"

namespace services::audit::verify {

using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using Kind = Claim::Kind;

namespace {

absl::Status Check(std::string_view text, std::string_view record,
                   const std::vector<NoteVerifier>& keys, Report& report) {
  ASSIGN_OR_RETURN(const auto proof, eventstore::merkle::ParseTlogProof(text));
  ASSIGN_OR_RETURN(const auto head, eventstore::merkle::ParseCheckpoint(proof.note.text));
  const auto log = std::ranges::find_if(keys, [&](const NoteVerifier& key) {
    return key.algorithm == NoteAlgorithm::kEd25519 && key.name == head.origin;
  });
  if (log == keys.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("er is geen sleutel gegeven van het log ", head.origin));
  }
  ASSIGN_OR_RETURN(const auto verified,
                   eventstore::merkle::VerifyTlogProof(proof, eventstore::merkle::LeafHash(record),
                                                       head.origin, *log, keys));
  ASSIGN_OR_RETURN(const auto feed, eventstore::log::ParseOrigin(head.origin));
  const auto event = eventstore::log::DecodeRecord(feed, eventstore::log::Sequence(proof.index),
                                                   std::string(record));
  if (!event.ok())
    return absl::InvalidArgumentError("de gebeurtenis heeft niet de vorm van het log");
  report.Add(Kind::kProven, true,
             absl::StrCat("De gebeurtenis ", eventstore::base::ToText(event->id), " (", event->type,
                          ") staat op nummer ", proof.index, " van het log ", head.origin,
                          ", dat tot en met nummer ", head.size - 1, " is ondertekend."));
  const auto cosigners = verified.signatures.size() - 1;
  report.Add(Kind::kProven, true,
             absl::StrCat(cosigners,
                          " van de andere gegeven sleutels ondertekenden dezelfde "
                          "stand."));
  return absl::OkStatus();
}

}  // namespace

Report VerifyProof(std::string_view proof, std::string_view record,
                   const std::vector<NoteVerifier>& keys) {
  Report report;
  const absl::Status status = Check(proof, record, keys, report);
  report.ok = status.ok();
  if (!status.ok()) {
    report.Prove(false, "",
                 absl::StrCat("Dit bewijst niets: ", std::string(status.message()), "."));
  }
  report.Add(Kind::kUnknown, true,
             "Of het log later anders verder ging, en wie de sleutels heeft, is hieruit niet te "
             "zien.");
  return report;
}

}  // namespace services::audit::verify
