#include "eventstore/privacy/key_file_check.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/bytes.h"
#include "eventstore/privacy/key_table.h"
#include "eventstore/privacy/wrapped_file.h"

namespace eventstore::privacy {
namespace {

// As wrapped_file.h says; written down again, because a check that shares the code with
// the writer agrees with its mistakes.
constexpr std::string_view kFileMagic = "poolcirkel.example/v1/key-file\n";
constexpr std::string_view kKeyMagic = "poolcirkel.example/v1/wrapping-key\n";
constexpr size_t kWrappingKeySize = 32;
constexpr size_t kMaximumBytes = WrappedFile::kMaximumBytes + 1024;
// The node may replace both files between one read and the next.
constexpr int kAttempts = 3;

absl::StatusOr<std::string> ReadWrappingKey(const std::string& directory, uint64_t generation) {
  const std::string path = absl::StrCat(directory, "/wrapping-key.", generation);
  auto text = base::ReadFile(path, kMaximumBytes);
  if (absl::IsNotFound(text.status())) text = base::ReadFile(path + ".pending", kMaximumBytes);
  if (!text.ok()) return absl::DataLossError("de omslagsleutel ontbreekt of is niet te lezen");
  if (text->size() != kKeyMagic.size() + kWrappingKeySize || !text->starts_with(kKeyMagic)) {
    return absl::DataLossError("de omslagsleutel is beschadigd");
  }
  std::string key = text->substr(kKeyMagic.size());
  crypto::Wipe(*text);
  return key;
}

absl::Status CheckOnce(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string file,
                   base::ReadFile(directory + "/class-keys", kMaximumBytes));
  const size_t header = kFileMagic.size() + sizeof(uint64_t);
  if (file.size() < header + crypto::kAeadNonceSize || !file.starts_with(kFileMagic)) {
    return absl::DataLossError("class-keys is afgekapt of van een andere soort");
  }
  ByteReader reader(std::string_view(file).substr(kFileMagic.size()));
  const uint64_t generation = *reader.BigEndian<uint64_t>();
  const std::string_view nonce = *reader.Bytes(crypto::kAeadNonceSize);
  ASSIGN_OR_RETURN(std::string key, ReadWrappingKey(directory, generation));
  auto contents =
      crypto::AeadOpen(key, nonce, reader.rest(), std::string_view(file).substr(0, header));
  crypto::Wipe(key);
  if (!contents.ok()) {
    return absl::DataLossError("class-keys of de omslagsleutel is beschadigd: zij passen niet");
  }
  const absl::Status decoded = Decode(*contents).status();
  crypto::Wipe(*contents);
  return decoded;
}

}  // namespace

absl::Status CheckKeyFile(const std::string& directory) {
  absl::Status checked;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    checked = CheckOnce(directory);
    if (checked.ok()) break;
  }
  return checked;
}

}  // namespace eventstore::privacy
