#include "eventstore/privacy/wrapped_file.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/aead.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/bytes.h"

namespace eventstore::privacy {
namespace {

constexpr std::string_view kFileMagic = "poolcirkel.example/v1/key-file\n";
constexpr std::string_view kKeyMagic = "poolcirkel.example/v1/wrapping-key\n";
constexpr char kContentsName[] = "/class-keys";
constexpr char kKeyPrefix[] = "wrapping-key.";
constexpr char kPending[] = ".pending";
constexpr size_t kGenerationSize = 8;
constexpr size_t kHeaderSize = kFileMagic.size() + kGenerationSize;
constexpr size_t kOverhead = kHeaderSize + crypto::kAeadNonceSize + crypto::kAeadTagSize;

absl::Status Damaged(const std::string& what) {
  return base::Refusal(absl::StatusCode::kDataLoss, "KEY_FILE_DAMAGED",
                       "het sleutelbestand kan niet worden geopend: " + what)
      .Remedy(
          "zet het sleutelbestand en de bijbehorende omslagsleutel terug uit dezelfde "
          "reservekopie");
}

std::string Header(uint64_t generation) {
  std::string header(kFileMagic);
  AppendBigEndian<uint64_t>(header, generation);
  return header;
}

}  // namespace

WrappedFile::~WrappedFile() {
  crypto::Wipe(contents_);
  crypto::Wipe(key_);
}

void WrappedFile::ForgetContents() {
  crypto::Wipe(contents_);
  contents_.clear();
}

absl::StatusOr<WrappedFile> WrappedFile::Open(const std::string& directory,
                                              std::string_view initial, base::Entropy& entropy,
                                              BeforeStep before_step) {
  RETURN_IF_ERROR(base::MakeFolders(directory));
  ASSIGN_OR_RETURN(base::FileLock lock,
                   base::FileLock::TryTake(directory + kContentsName + ".lock"));
  WrappedFile file(directory, std::move(lock), entropy, std::move(before_step));
  const auto wrapped = base::ReadFile(directory + kContentsName, kMaximumBytes + kOverhead);
  if (absl::IsNotFound(wrapped.status())) {
    RETURN_IF_ERROR(file.Start(initial));
  } else if (!wrapped.ok()) {
    return wrapped.status();
  } else {
    RETURN_IF_ERROR(file.Read(*wrapped));
  }
  RETURN_IF_ERROR(file.DestroyOldKeys());
  return file;
}

// Without class-keys only a key that never came into use may be there: any other
// belonged to a file that is lost.
absl::Status WrappedFile::Start(std::string_view initial) {
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(directory_));
  for (const std::string& name : names) {
    if (name.starts_with(kKeyPrefix) && name.find(kPending) == std::string::npos) {
      return Damaged("het bestand is weg, de omslagsleutel is er nog");
    }
  }
  contents_ = initial;
  return SaveUnderNewKey(initial);
}

absl::Status WrappedFile::Read(const std::string& wrapped) {
  if (wrapped.size() < kOverhead || !wrapped.starts_with(kFileMagic)) {
    return Damaged("het bestand is afgekapt of van een andere soort");
  }
  ByteReader reader(std::string_view(wrapped).substr(kFileMagic.size()));
  generation_ = *reader.BigEndian<uint64_t>();
  last_generation_tried_ = generation_;
  RETURN_IF_ERROR(ReadKey(generation_));
  const auto nonce = *reader.Bytes(crypto::kAeadNonceSize);
  auto contents = crypto::AeadOpen(key_, nonce, reader.rest(), Header(generation_));
  if (!contents.ok()) return Damaged("de omslagsleutel past er niet op");
  contents_ = *std::move(contents);
  return absl::OkStatus();
}

absl::Status WrappedFile::ReadKey(uint64_t generation) {
  constexpr size_t kSize = kKeyMagic.size() + crypto::kAeadKeySize;
  std::string path = KeyPath(generation);
  auto text = base::ReadFile(path, kSize);
  pending_ = absl::IsNotFound(text.status());
  if (pending_) {
    path += kPending;
    text = base::ReadFile(path, kSize);
  }
  if (absl::IsNotFound(text.status())) return Damaged("de omslagsleutel ontbreekt");
  if (absl::IsResourceExhausted(text.status())) return Damaged("de omslagsleutel is te lang");
  if (!text.ok()) return text.status();
  if (text->size() != kSize || !text->starts_with(kKeyMagic)) {
    return Damaged("de omslagsleutel is afgekapt of van een andere soort");
  }
  ASSIGN_OR_RETURN(const bool owner_only, base::IsOwnerOnly(path));
  if (!owner_only) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "WRAPPING_KEY_EXPOSED",
                         "anderen kunnen de omslagsleutel lezen: " + path)
        .Remedy("geef het bestand modus 0600 en ga na wie het gelezen kan hebben");
  }
  key_ = text->substr(kKeyMagic.size());
  crypto::Wipe(*text);
  return absl::OkStatus();
}

std::string WrappedFile::KeyPath(uint64_t generation) const {
  return directory_ + "/" + kKeyPrefix + std::to_string(generation);
}

absl::Status WrappedFile::BeforeStepOf(Step step) const {
  return before_step_ ? before_step_(step) : absl::OkStatus();
}

absl::Status WrappedFile::WriteContents(uint64_t generation, std::string_view key,
                                        std::string_view contents) {
  if (contents.size() > kMaximumBytes) {
    return absl::ResourceExhaustedError("het sleutelbestand is vol");
  }
  RETURN_IF_ERROR(BeforeStepOf(Step::kWriteContents));
  const std::string header = Header(generation);
  const std::string nonce = entropy_->Bytes(crypto::kAeadNonceSize);
  RETURN_IF_ERROR(base::WriteFileDurably(
      directory_ + kContentsName, header + nonce + crypto::AeadSeal(key, nonce, contents, header),
      base::FileAccess::kOwnerOnly));
  return BeforeStepOf(Step::kContentsWritten);
}

absl::Status WrappedFile::Save(std::string_view contents) {
  return WriteContents(generation_, key_, contents);
}

absl::Status WrappedFile::SaveUnderNewKey(std::string_view contents) {
  RETURN_IF_ERROR(BeforeStepOf(Step::kWriteNextKey));
  const uint64_t next = ++last_generation_tried_;
  std::string key = entropy_->Bytes(crypto::kAeadKeySize);
  std::string text = std::string(kKeyMagic) + key;
  absl::Status status =
      base::WriteFileDurably(KeyPath(next) + kPending, text, base::FileAccess::kOwnerOnly);
  crypto::Wipe(text);
  if (status.ok()) status = WriteContents(next, key, contents);
  if (status.ok()) {
    generation_ = next;
    pending_ = true;
    std::swap(key_, key);
  }
  crypto::Wipe(key);
  return status;
}

absl::Status WrappedFile::DestroyOldKeys() {
  const std::string present = kKeyPrefix + std::to_string(generation_);
  if (pending_) {
    RETURN_IF_ERROR(BeforeStepOf(Step::kAdoptKey));
    const std::string path = KeyPath(generation_);
    RETURN_IF_ERROR(base::RenameFileDurably(path + kPending, path));
    pending_ = false;
  }
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(directory_));
  for (const std::string& name : names) {
    if (!name.starts_with(kKeyPrefix) || name == present) continue;
    const std::string path = directory_ + "/" + name;
    RETURN_IF_ERROR(BeforeStepOf(Step::kOverwriteOldKey));
    RETURN_IF_ERROR(base::OverwriteFile(path));
    RETURN_IF_ERROR(BeforeStepOf(Step::kRemoveOldKey));
    RETURN_IF_ERROR(base::RemoveFileDurably(path));
  }
  return absl::OkStatus();
}

}  // namespace eventstore::privacy
