#include "services/membership/log_keys.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"

namespace services::membership {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;

using base::MutexLock;
using crypto::PrivateKey;
using crypto::PublicKey;

constexpr char kPrefix[] = "log-";
constexpr char kSuffix[] = ".key";
constexpr size_t kShownBytes = 8;
constexpr size_t kMaximumFileSize = 64;

std::string PathOf(const std::string& directory, const PublicKey& key) {
  return absl::StrCat(directory, "/", kPrefix, base::ToHex(key.bytes().substr(0, kShownBytes)),
                      kSuffix);
}

bool IsKeyFile(const std::string& name) {
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogKeys>> LogKeys::Open(const std::string& directory,
                                                       const PrivateKey* first) {
  std::unique_ptr<LogKeys> keys(new LogKeys(directory, first));
  if (!directory.empty()) RETURN_IF_ERROR(keys->ReadFiles());
  return keys;
}

absl::Status LogKeys::ReadFiles() {
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(directory_));
  const MutexLock lock(mutex_);
  for (const std::string& name : names) {
    if (!IsKeyFile(name)) continue;
    const std::string path = directory_ + "/" + name;
    ASSIGN_OR_RETURN(const bool owner_only, base::IsOwnerOnly(path));
    if (!owner_only) {
      return base::Refusal(absl::StatusCode::kFailedPrecondition, "KEY_FILE_OPEN",
                           absl::StrCat("anderen kunnen de sleutel ", path, " lezen"))
          .Remedy(absl::StrCat("chmod 600 ", path));
    }
    ASSIGN_OR_RETURN(const std::string seed, base::ReadFile(path, kMaximumFileSize));
    auto key = PrivateKey::FromSeed(seed);
    if (!key.ok() || PathOf(directory_, key->public_key()) != path) {
      return absl::DataLossError(absl::StrCat("de sleutel ", path, " is beschadigd"));
    }
    const PublicKey name_of_key = key->public_key();
    keys_[name_of_key] = std::make_unique<const PrivateKey>(*std::move(key));
  }
  return absl::OkStatus();
}

const PrivateKey* LogKeys::Find(const PublicKey& key) const {
  if (key == first_->public_key()) return first_;
  const MutexLock lock(mutex_);
  const auto found = keys_.find(key);
  return found == keys_.end() ? nullptr : found->second.get();
}

std::vector<PublicKey> LogKeys::All() const {
  std::vector<PublicKey> all = {first_->public_key()};
  const MutexLock lock(mutex_);
  for (const auto& [name, key] : keys_) all.push_back(name);
  return all;
}

absl::StatusOr<PublicKey> LogKeys::Make(base::Entropy& entropy) {
  auto key = std::make_unique<const PrivateKey>(PrivateKey::Generate(entropy));
  const PublicKey name = key->public_key();
  const MutexLock lock(mutex_);
  if (!directory_.empty()) {
    RETURN_IF_ERROR(base::WriteFileDurably(PathOf(directory_, name), key->Seed(),
                                           base::FileAccess::kOwnerOnly));
  }
  keys_[name] = std::move(key);
  return name;
}

void LogKeys::Assign(const eventstore::log::FeedId& feed, const PublicKey& key) {
  const MutexLock lock(mutex_);
  assigned_[feed] = key;
}

const PrivateKey* LogKeys::KeyOf(const eventstore::log::FeedId& feed) const {
  PublicKey key;
  {
    const MutexLock lock(mutex_);
    const auto found = assigned_.find(feed);
    if (found == assigned_.end()) return first_;
    key = found->second;
  }
  return Find(key);
}

}  // namespace services::membership
