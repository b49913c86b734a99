#pragma once

#include <string_view>
#include <vector>

#include "eventstore/merkle/note.h"
#include "services/audit/verify/report.h"

namespace services::audit::verify {

// Verifies a C2SP tlog-proof of one record of a feed. `keys` are trusted by the caller: the
// Ed25519 key under the feed's origin line has to be among them; cosignature keys are
// counted. Other signatures, and extra data, count for nothing. Pure; `proof` and `record`
// may be foreign.
Report VerifyProof(std::string_view proof, std::string_view record,
                   const std::vector<eventstore::merkle::NoteVerifier>& keys);

}  // namespace services::audit::verify
