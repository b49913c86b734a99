#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

const std::vector<Target>& Targets() {
  static const auto& targets = *new std::vector<Target>{
      {"bundle", Bundle},
      {"certificate", Certificate},
      {"charter", Charter},
      {"charter_chain", CharterChain},
      {"checkpoint", Checkpoint},
      {"config", Config},
      {"details", Details},
      {"disclosure", Disclosure},
      {"event", EventPayload},
      {"heads", Heads},
      {"input", Input},
      {"json", Json},
      {"key_names", KeyNames},
      {"keys", Keys},
      {"note", Note},
      {"package", Package},
      {"profiles", Profiles},
      {"proof", Proof},
      {"record", Record},
      {"sealed", Sealed},
      {"text", Text},
      {"tiles", Tiles},
      {"tlog_proof", TlogProof},
      {"tokens", Tokens},
  };
  return targets;
}

}  // namespace tests::fuzz
