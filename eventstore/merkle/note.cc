#include "eventstore/merkle/note.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/text.h"

namespace eventstore::merkle {
namespace {

constexpr std::string_view kSignaturePrefix = "\xe2\x80\x94 ";  // em dash, space
constexpr size_t kKeyIdSize = 4;
constexpr size_t kTimeSize = 8;

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("de ondertekende notitie deugt niet: ", what));
}

std::string BigEndian(uint64_t value, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[size - 1 - i] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

uint64_t FromBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

absl::StatusOr<NoteSignature> ParseSignature(std::string_view line) {
  if (line.substr(0, kSignaturePrefix.size()) != kSignaturePrefix) {
    return Malformed("een regel is geen handtekening");
  }
  line.remove_prefix(kSignaturePrefix.size());
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return Malformed("een handtekening mist de naam");
  const std::string_view name = line.substr(0, space);
  if (!IsNoteName(name)) return Malformed("een naam mag niet");
  auto blob = crypto::FromBase64(line.substr(space + 1));
  if (!blob.ok() || blob->size() <= kKeyIdSize) {
    return Malformed("een handtekening is geen base64 van sleutelnummer en handtekening");
  }
  const auto key_id = static_cast<uint32_t>(FromBigEndian(blob->substr(0, kKeyIdSize)));
  return NoteSignature{std::string(name), key_id, blob->substr(kKeyIdSize)};
}

// What a cosignature signs; it does not hold the name of the cosigner.
std::string CosignedMessage(uint64_t seconds, const std::string& text) {
  return absl::StrCat("cosignature/v1\ntime ", seconds, "\n", text);
}

absl::StatusOr<VerifiedSignature> VerifyOne(const std::string& text, const NoteSignature& signature,
                                            const NoteVerifier& verifier) {
  const auto wrong = [&] {
    return absl::DataLossError(
        absl::StrCat("de handtekening van ", verifier.name, " klopt niet met de notitie"));
  };
  VerifiedSignature verified{verifier.name, verifier.algorithm, absl::InfinitePast()};
  std::string_view bytes = signature.signature;
  std::string message = text;
  if (verifier.algorithm == NoteAlgorithm::kCosignatureV1) {
    if (bytes.size() != kTimeSize + crypto::Signature::kSize) return wrong();
    const uint64_t seconds = FromBigEndian(bytes.substr(0, kTimeSize));
    if (seconds > uint64_t{INT64_MAX}) return wrong();
    bytes.remove_prefix(kTimeSize);
    message = CosignedMessage(seconds, text);
    verified.time = absl::FromUnixSeconds(static_cast<int64_t>(seconds));
  }
  const auto parsed = crypto::Signature::FromBytes(bytes);
  if (!parsed.ok() || !crypto::Verify(verifier.key, message, *parsed)) return wrong();
  return verified;
}

// Keeps one result for each signer, who may have signed more than once.
void Add(std::vector<VerifiedSignature>& all, VerifiedSignature verified) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const VerifiedSignature& other) {
    return other.name == verified.name && other.algorithm == verified.algorithm;
  });
  if (same == all.end()) {
    all.push_back(std::move(verified));
  } else {
    same->time = std::max(same->time, verified.time);
  }
}

// Adds a signature in place of an older one of the same key.
void Put(Note& note, const NoteVerifier& signer, std::string signature) {
  assert(IsNoteName(signer.name));
  NoteSignature added{signer.name, signer.KeyId(), std::move(signature)};
  std::erase_if(note.signatures, [&](const NoteSignature& other) {
    return other.name == added.name && other.key_id == added.key_id;
  });
  note.signatures.push_back(std::move(added));
}

}  // namespace

absl::StatusOr<Note> ParseNote(std::string_view bytes) {
  if (bytes.size() > kMaximumNoteSize) return Malformed("zij is te groot");
  if (!IsNoteText(bytes)) return Malformed("zij is geen UTF-8 zonder stuurtekens");
  // The text may hold blank lines; the signatures may not.
  const size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return Malformed("de lege regel ontbreekt");
  Note note{std::string(bytes.substr(0, split + 1)), {}};
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty()) return Malformed("er is geen handtekening");
  while (!rest.empty()) {
    if (note.signatures.size() == kMaximumNoteSignatures) {
      return Malformed("er zijn te veel handtekeningen");
    }
    const auto line = TakeLine(rest);
    if (!line) return Malformed("de laatste regel is niet af");
    ASSIGN_OR_RETURN(note.signatures.emplace_back(), ParseSignature(*line));
  }
  return note;
}

std::string FormatNote(const Note& note) {
  assert(!note.text.empty() && note.text.back() == '\n');
  std::string bytes = absl::StrCat(note.text, "\n");
  for (const NoteSignature& signature : note.signatures) {
    bytes.append(kSignaturePrefix).append(signature.name).append(" ");
    bytes += crypto::ToBase64(BigEndian(signature.key_id, kKeyIdSize) + signature.signature);
    bytes += '\n';
  }
  return bytes;
}

uint32_t NoteVerifier::KeyId() const {
  const char algorithm_byte = static_cast<char>(algorithm);
  const Digest digest =
      crypto::Sha256({name, "\n", std::string_view(&algorithm_byte, 1), key.view()});
  return static_cast<uint32_t>(FromBigEndian(digest.view().substr(0, kKeyIdSize)));
}

std::string NoteVerifier::ToVkey() const {
  const std::string material = static_cast<char>(algorithm) + key.bytes();
  return absl::StrFormat("%s+%08x+%s", name, KeyId(), crypto::ToBase64(material));
}

absl::StatusOr<NoteVerifier> ParseVkey(std::string_view vkey) {
  const auto malformed = [] {
    return absl::InvalidArgumentError(
        "een sleutel is naam+sleutelnummer+base64, met het nummer dat bij naam en sleutel hoort");
  };
  if (vkey.size() > kMaximumVkeySize) return malformed();
  const size_t first = vkey.find('+');
  if (first == std::string_view::npos) return malformed();
  const size_t second = vkey.find('+', first + 1);  // the base64 may hold more of them
  if (second == std::string_view::npos) return malformed();
  const auto material = crypto::FromBase64(vkey.substr(second + 1));
  if (!material.ok() || material->size() != 1 + crypto::PublicKey::kSize) return malformed();
  NoteVerifier verifier;
  verifier.name = std::string(vkey.substr(0, first));
  verifier.algorithm = static_cast<NoteAlgorithm>(material->front());
  if (!IsNoteName(verifier.name) || (verifier.algorithm != NoteAlgorithm::kEd25519 &&
                                     verifier.algorithm != NoteAlgorithm::kCosignatureV1)) {
    return malformed();
  }
  ASSIGN_OR_RETURN(verifier.key, crypto::PublicKey::FromBytes(material->substr(1)));
  // One key has one text, so also the key id must be as ToVkey writes it.
  if (verifier.ToVkey() != vkey) return malformed();
  return verifier;
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          const std::vector<NoteVerifier>& known) {
  std::vector<VerifiedSignature> verified;
  for (const NoteVerifier& verifier : known) {
    const uint32_t key_id = verifier.KeyId();
    for (const NoteSignature& signature : note.signatures) {
      if (signature.key_id != key_id || signature.name != verifier.name) continue;
      ASSIGN_OR_RETURN(VerifiedSignature one, VerifyOne(note.text, signature, verifier));
      Add(verified, std::move(one));
    }
  }
  return verified;
}

void SignNote(Note& note, const std::string& name, const crypto::PrivateKey& key) {
  Put(note, {name, NoteAlgorithm::kEd25519, key.public_key()}, key.Sign(note.text).bytes());
}

void CosignNote(Note& note, const std::string& name, const crypto::PrivateKey& key,
                absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  assert(seconds >= 0);
  const auto timestamp = static_cast<uint64_t>(seconds);
  const crypto::Signature signature = key.Sign(CosignedMessage(timestamp, note.text));
  Put(note, {name, NoteAlgorithm::kCosignatureV1, key.public_key()},
      BigEndian(timestamp, kTimeSize) + signature.bytes());
}

}  // namespace eventstore::merkle
