#include "eventstore/merkle/tlog_proof.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/proof.h"
#include "eventstore/merkle/text.h"

namespace eventstore::merkle {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("het bewijs van opname deugt niet: ", what));
}

absl::Status Untrue(const char* what) { return absl::DataLossError(what); }

absl::StatusOr<uint64_t> ParseIndex(std::string_view text) {
  uint64_t index = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, index);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || leading_zero || error != std::errc() || stopped != end) {
    return Malformed("de plaats is geen getal");
  }
  return index;
}

absl::StatusOr<std::vector<Digest>> ParsePath(std::string_view& text) {
  std::vector<Digest> path;
  while (true) {
    const auto line = TakeLine(text);
    if (!line) return Malformed("de lege regel voor het ijkpunt ontbreekt");
    if (line->empty()) return path;
    if (path.size() == kMaximumInclusionProof) return Malformed("het heeft te veel hashes");
    const auto bytes = crypto::FromBase64(*line);
    const auto hash = bytes.ok() ? Digest::FromBytes(*bytes) : bytes.status();
    if (!hash.ok()) return Malformed("een hash is geen base64 van 32 bytes");
    path.push_back(*hash);
  }
}

}  // namespace

absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes) {
  if (bytes.size() > kMaximumTlogProofSize) return Malformed("het is te groot");
  if (TakeLine(bytes) != kFirstLine) return Malformed("de eerste regel is een andere");
  TlogProof proof;
  auto line = TakeLine(bytes);
  if (line && line->starts_with(kExtra)) {
    auto extra = crypto::FromBase64(line->substr(kExtra.size()));
    if (!extra.ok() || extra->empty()) return Malformed("de toegift is geen base64");
    proof.extra = *std::move(extra);
    line = TakeLine(bytes);
  }
  if (!line || !line->starts_with(kIndex)) return Malformed("de plaats ontbreekt");
  ASSIGN_OR_RETURN(proof.index, ParseIndex(line->substr(kIndex.size())));
  ASSIGN_OR_RETURN(proof.path, ParsePath(bytes));
  ASSIGN_OR_RETURN(proof.note, ParseNote(bytes));
  RETURN_IF_ERROR(ParseCheckpoint(proof.note.text).status());
  return proof;
}

std::string FormatTlogProof(const TlogProof& proof) {
  assert(!proof.extra.has_value() || !proof.extra->empty());
  std::string text(kFirstLine);
  text += '\n';
  if (proof.extra.has_value()) {
    text.append(kExtra).append(crypto::ToBase64(*proof.extra)).append("\n");
  }
  text.append(kIndex).append(absl::StrCat(proof.index)).append("\n");
  for (const Digest& hash : proof.path) text.append(crypto::ToBase64(hash.view())).append("\n");
  return text.append("\n").append(FormatNote(proof.note));
}

absl::StatusOr<VerifiedProof> VerifyTlogProof(const TlogProof& proof, const Digest& leaf_hash,
                                              std::string_view origin, const NoteVerifier& log,
                                              const std::vector<NoteVerifier>& witnesses) {
  VerifiedProof verified;
  ASSIGN_OR_RETURN(verified.checkpoint, ParseCheckpoint(proof.note.text));
  if (verified.checkpoint.origin != origin) return Untrue("het ijkpunt is van een ander log");
  std::vector<NoteVerifier> known = witnesses;
  known.insert(known.begin(), log);
  ASSIGN_OR_RETURN(verified.signatures, VerifyNote(proof.note, known));
  const bool by_log = std::ranges::any_of(verified.signatures, [&](const auto& signature) {
    return signature.name == log.name && signature.algorithm == log.algorithm;
  });
  if (!by_log) return Untrue("het log heeft het ijkpunt niet ondertekend");
  if (!VerifyInclusion(proof.index, verified.checkpoint.size, leaf_hash, proof.path,
                       verified.checkpoint.root)
           .ok()) {
    return Untrue("de gebeurtenis staat niet op die plaats in het ondertekende log");
  }
  return verified;
}

}  // namespace eventstore::merkle
