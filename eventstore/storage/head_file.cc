#include "eventstore/storage/head_file.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/storage/keys.h"
#include "eventstore/storage/status.h"
#include "rocksdb/env.h"

namespace eventstore::storage {
namespace {

// A slot: generation (8) || length of the value (4) || 0 (4) || SHA-256 of the
// generation, the length and the value (32) || value. Zeros when never written.
constexpr uint64_t kSlotSize = 64 * 1024;
constexpr size_t kPrefixSize = 16;
constexpr size_t kHeaderSize = kPrefixSize + 32;
static_assert(kHeaderSize + HeadFile::kMaximumValueSize == kSlotSize);

struct Slot {
  uint64_t generation = 0;
  std::string value;
};

std::string Encode(const Slot& slot) {
  std::string bytes;
  AppendUint64(bytes, slot.generation);
  AppendUint32(bytes, static_cast<uint32_t>(slot.value.size()));
  AppendUint32(bytes, 0);
  const crypto::Digest checksum = crypto::Sha256({bytes, slot.value});
  return absl::StrCat(bytes, checksum.bytes(), slot.value);
}

// Nothing when the slot is torn. A slot that was never written has generation 0.
std::optional<Slot> Decode(std::string_view bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  Slot slot{ReadUint64(bytes), ""};
  const size_t length = ReadUint32(bytes.substr(8));
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return slot;
  if (length > HeadFile::kMaximumValueSize || kHeaderSize + length > bytes.size()) {
    return std::nullopt;
  }
  slot.value = bytes.substr(kHeaderSize, length);
  if (Encode(slot) != bytes.substr(0, kHeaderSize + length)) return std::nullopt;
  return slot;
}

class HeadFileOnDisk final : public HeadFile {
 public:
  HeadFileOnDisk(std::unique_ptr<rocksdb::RandomRWFile> file, Slot latest)
      : file_(std::move(file)), latest_(std::move(latest)) {}

  std::string_view value() const override { return latest_.value; }
  uint64_t generation() const override { return latest_.generation; }

  absl::Status Write(std::string_view value) override {
    if (value.size() > kMaximumValueSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("kopbestand: ", value.size(), " bytes is te veel"));
    }
    Slot next{latest_.generation + 1, std::string(value)};
    const uint64_t offset = next.generation % 2 * kSlotSize;
    RETURN_IF_ERROR(ToStatus(file_->Write(offset, Encode(next)), "kopbestand schrijven"));
    RETURN_IF_ERROR(ToStatus(file_->Sync(), "kopbestand vastleggen"));
    latest_ = std::move(next);
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<rocksdb::RandomRWFile> file_;
  Slot latest_;
};

// The file has its full size from the start, so that writing a value changes no
// metadata. It gets its name when it is whole.
absl::Status Make(rocksdb::Env& env, const std::string& path) {
  const std::string unnamed = path + ".new";
  std::unique_ptr<rocksdb::WritableFile> file;
  RETURN_IF_ERROR(ToStatus(env.NewWritableFile(unnamed, &file, {}), "kopbestand maken"));
  RETURN_IF_ERROR(ToStatus(file->Append(std::string(2 * kSlotSize, '\0')), "kopbestand maken"));
  RETURN_IF_ERROR(ToStatus(file->Fsync(), "kopbestand maken"));
  RETURN_IF_ERROR(ToStatus(file->Close(), "kopbestand maken"));
  RETURN_IF_ERROR(ToStatus(env.RenameFile(unnamed, path), "kopbestand maken"));
  const size_t slash = path.rfind('/');
  std::unique_ptr<rocksdb::Directory> directory;
  RETURN_IF_ERROR(ToStatus(
      env.NewDirectory(slash == std::string::npos ? "." : path.substr(0, slash), &directory),
      "map van het kopbestand openen"));
  return ToStatus(directory->Fsync(), "map van het kopbestand vastleggen");
}

struct Slots {
  std::optional<Slot> even;
  std::optional<Slot> odd;
};

absl::StatusOr<Slots> ReadSlots(rocksdb::Env& env, const std::string& path) {
  std::unique_ptr<rocksdb::RandomAccessFile> file;
  RETURN_IF_ERROR(ToStatus(env.NewRandomAccessFile(path, &file, {}), "kopbestand openen"));
  Slots slots;
  std::string scratch(kSlotSize, '\0');
  for (std::optional<Slot>* slot : {&slots.even, &slots.odd}) {
    rocksdb::Slice bytes;
    const uint64_t offset = slot == &slots.even ? 0 : kSlotSize;
    RETURN_IF_ERROR(
        ToStatus(file->Read(offset, kSlotSize, &bytes, scratch.data()), "kopbestand lezen"));
    *slot = Decode({bytes.data(), bytes.size()});
    // A slot holds the generations of its own parity only.
    if (*slot && (*slot)->generation % 2 * kSlotSize != offset && (*slot)->generation != 0) {
      slot->reset();
    }
  }
  if (!slots.even && !slots.odd) {
    return absl::DataLossError(absl::StrCat("kopbestand ", path, " is beschadigd"));
  }
  return slots;
}

Slot Newest(Slots slots) {
  if (slots.even && (!slots.odd || slots.even->generation >= slots.odd->generation)) {
    return *std::move(slots.even);
  }
  return std::move(slots.odd).value_or(Slot());
}

}  // namespace

absl::StatusOr<std::unique_ptr<HeadFile>> HeadFile::Open(const std::string& path,
                                                         Environment* environment) {
  rocksdb::Env& env = environment == nullptr ? *rocksdb::Env::Default() : *environment->env();
  if (const rocksdb::Status found = env.FileExists(path); found.IsNotFound()) {
    RETURN_IF_ERROR(Make(env, path));
  } else {
    RETURN_IF_ERROR(ToStatus(found, "kopbestand zoeken"));
  }
  ASSIGN_OR_RETURN(Slots slots, ReadSlots(env, path));
  std::unique_ptr<rocksdb::RandomRWFile> file;
  RETURN_IF_ERROR(ToStatus(env.NewRandomRWFile(path, &file, {}), "kopbestand openen"));
  return std::make_unique<HeadFileOnDisk>(std::move(file), Newest(std::move(slots)));
}

absl::StatusOr<HeadFileContents> ReadHeadFile(const std::string& path, Environment* environment) {
  rocksdb::Env& env = environment == nullptr ? *rocksdb::Env::Default() : *environment->env();
  RETURN_IF_ERROR(ToStatus(env.FileExists(path), "kopbestand zoeken"));
  ASSIGN_OR_RETURN(Slots slots, ReadSlots(env, path));
  HeadFileContents contents;
  contents.damaged_slots = (slots.even ? 0 : 1) + (slots.odd ? 0 : 1);
  Slot newest = Newest(std::move(slots));
  contents.value = std::move(newest.value);
  contents.generation = newest.generation;
  return contents;
}

}  // namespace eventstore::storage
