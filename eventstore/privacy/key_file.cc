// The format on disk: wrapped_file.h for the pair of files, key_table.h for what is
// wrapped.
#include "eventstore/privacy/key_file.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/key_table.h"

namespace eventstore::privacy {
namespace {

using poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
using poolcirkel::log::v1::KEY_CLASS_PERSON;

bool Contains(const std::vector<log::MemberId>& members, const log::MemberId& member) {
  return std::find(members.begin(), members.end(), member) != members.end();
}

class StoredKeys final : public KeyFile {
 public:
  StoredKeys(WrappedFile file, std::shared_ptr<const KeyTable> table, base::Entropy& entropy)
      : entropy_(entropy), file_(std::move(file)), table_(std::move(table)) {}

  absl::Status Create(ClassKey key) override { return CreateAll({std::move(key)}); }
  absl::Status CreateAll(std::vector<ClassKey> keys) override;
  absl::Status Keep(const std::vector<ClassKey>& keys) override;
  absl::Status Destroy(const KeyId& id) override;

  std::optional<ClassKey> Find(const KeyId& id) const override;
  bool IsDestroyed(const KeyId& id) const override { return Table()->destroyed.contains(id); }
  std::vector<ClassKey> KeysOf(const log::CircleId& circle) const override;
  std::vector<ClassKey> KeysMadeBy(const log::CircleId& circle,
                                   const log::MemberId& member) const override;
  uint64_t version() const override;

 private:
  std::shared_ptr<const KeyTable> Table() const ABSL_LOCKS_EXCLUDED(mutex_);
  void Replace(std::shared_ptr<const KeyTable> table) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Save(std::shared_ptr<KeyTable> table) ABSL_EXCLUSIVE_LOCKS_REQUIRED(writing_);

  base::Entropy& entropy_;
  // Held over a whole change, so that reading never waits for the disk.
  base::Mutex writing_;
  WrappedFile file_ ABSL_GUARDED_BY(writing_);
  mutable base::Mutex mutex_;
  std::shared_ptr<const KeyTable> table_ ABSL_GUARDED_BY(mutex_);
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
};

std::shared_ptr<const KeyTable> StoredKeys::Table() const {
  const base::MutexLock lock(mutex_);
  return table_;
}

void StoredKeys::Replace(std::shared_ptr<const KeyTable> table) {
  const base::MutexLock lock(mutex_);
  table_ = std::move(table);
  ++version_;
}

uint64_t StoredKeys::version() const {
  const base::MutexLock lock(mutex_);
  return version_;
}

absl::Status StoredKeys::Save(std::shared_ptr<KeyTable> table) {
  if (table->keys.size() > KeyTable::kMaximumKeys) {
    return absl::ResourceExhaustedError("het sleutelbestand is vol");
  }
  std::string contents = Encode(*table);
  const absl::Status status = file_.Save(contents);
  crypto::Wipe(contents);
  if (status.ok()) Replace(std::move(table));
  return status;
}

absl::Status StoredKeys::CreateAll(std::vector<ClassKey> keys) {
  if (keys.empty()) return absl::OkStatus();
  const base::MutexLock writing(writing_);
  auto table = std::make_shared<KeyTable>(*Table());
  for (ClassKey& key : keys) {
    RETURN_IF_ERROR(CheckKey(key));
    if (table->destroyed.contains(key.id)) {
      return absl::FailedPreconditionError("de sleutel " + base::ToText(key.id) +
                                           " is vernietigd en komt niet terug");
    }
    key.secret = entropy_.Bytes(KeyTable::kSecretSize);
    const KeyId id = key.id;
    if (!table->keys.emplace(id, std::move(key)).second) {
      return absl::AlreadyExistsError("de sleutel " + base::ToText(id) + " is er al");
    }
  }
  return Save(std::move(table));
}

absl::Status StoredKeys::Keep(const std::vector<ClassKey>& keys) {
  for (const ClassKey& key : keys) {
    RETURN_IF_ERROR(CheckKey(key));
    if (key.secret.size() != KeyTable::kSecretSize) {
      return base::InvalidField("secret", "een sleutel heeft 32 bytes");
    }
  }
  const base::MutexLock writing(writing_);
  auto table = std::make_shared<KeyTable>(*Table());
  bool changed = false;
  for (const ClassKey& key : keys) {
    if (table->destroyed.contains(key.id)) continue;
    changed |= table->keys.emplace(key.id, key).second;
  }
  return changed ? Save(std::move(table)) : absl::OkStatus();
}

absl::Status StoredKeys::Destroy(const KeyId& id) {
  if (id.empty()) return base::InvalidField("id", "een sleutel heeft een naam");
  const base::MutexLock writing(writing_);
  const auto before = Table();
  if (!before->destroyed.contains(id)) {
    if (before->destroyed.size() >= KeyTable::kMaximumDestroyed) {
      return absl::ResourceExhaustedError("het sleutelbestand is vol");
    }
    auto table = std::make_shared<KeyTable>(*before);
    if (const auto found = table->keys.find(id); found != table->keys.end()) {
      crypto::Wipe(found->second.secret);
      table->keys.erase(found);
    }
    table->destroyed.insert(id);
    std::string contents = Encode(*table);
    const absl::Status status = file_.SaveUnderNewKey(contents);
    crypto::Wipe(contents);
    RETURN_IF_ERROR(status);
    Replace(std::move(table));
  }
  return file_.DestroyOldKeys();
}

std::optional<ClassKey> StoredKeys::Find(const KeyId& id) const {
  const auto table = Table();
  const auto found = table->keys.find(id);
  if (found == table->keys.end()) return std::nullopt;
  return found->second;
}

std::vector<ClassKey> StoredKeys::KeysOf(const log::CircleId& circle) const {
  const auto table = Table();
  std::vector<ClassKey> keys;
  for (const auto& [id, key] : table->keys) {
    if (key.circle == circle) keys.push_back(key);
  }
  return keys;
}

std::vector<ClassKey> StoredKeys::KeysMadeBy(const log::CircleId& circle,
                                             const log::MemberId& member) const {
  const auto table = Table();
  std::vector<ClassKey> keys;
  for (const auto& [id, key] : table->keys) {
    if (key.circle == circle && key.made_by == member) keys.push_back(key);
  }
  return keys;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyFile>> KeyFile::Open(const std::string& directory,
                                                       base::Entropy& entropy,
                                                       WrappedFile::BeforeStep before_step) {
  ASSIGN_OR_RETURN(WrappedFile file, WrappedFile::Open(directory, Encode(KeyTable()), entropy,
                                                       std::move(before_step)));
  ASSIGN_OR_RETURN(KeyTable table, Decode(file.contents()));
  file.ForgetContents();
  return std::make_unique<StoredKeys>(std::move(file),
                                      std::make_shared<const KeyTable>(std::move(table)), entropy);
}

bool IsEntitled(const ClassKey& key, const log::MemberId& caller, const Entitlement& circle) {
  if (!Contains(circle.members, caller)) return false;
  switch (key.key_class) {
    case KEY_CLASS_PERSON:
      return key.entitled.empty() || Contains(key.entitled, caller);
    case KEY_CLASS_EXCHANGE:
      return Contains(key.entitled, caller) || Contains(circle.coordinators, caller);
    default:
      return false;
  }
}

}  // namespace eventstore::privacy
