#include "services/commands/private_feed_doubt.h"

#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;

constexpr size_t kNameBytes = 16;
constexpr size_t kMaximumFileBytes = 1024;

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateFeedDoubt>> PrivateFeedDoubt::Open(const std::string& path) {
  std::unique_ptr<PrivateFeedDoubt> doubt(new PrivateFeedDoubt(path));
  auto text = base::ReadFile(path, kMaximumFileBytes);
  if (absl::IsNotFound(text.status())) return doubt;
  RETURN_IF_ERROR(text.status());
  base::MutexLock lock(doubt->mutex_);
  doubt->name_ = *std::move(text);
  // That it is there says enough, whatever it holds.
  if (doubt->name_.empty()) doubt->name_ = "?";
  return doubt;
}

std::optional<std::string> PrivateFeedDoubt::Raised() const {
  base::MutexLock lock(mutex_);
  if (name_.empty()) return std::nullopt;
  return name_;
}

absl::Status PrivateFeedDoubt::Raise(base::Entropy& entropy) {
  base::MutexLock lock(mutex_);
  if (!name_.empty()) return absl::OkStatus();
  const std::string name = base::ToHex(entropy.Bytes(kNameBytes));
  RETURN_IF_ERROR(base::WriteFileDurably(path_, name, base::FileAccess::kOwnerOnly));
  name_ = name;
  return absl::OkStatus();
}

absl::Status PrivateFeedDoubt::Lower(const std::string& name) {
  base::MutexLock lock(mutex_);
  if (name_ != name) return absl::OkStatus();
  RETURN_IF_ERROR(base::RemoveFileDurably(path_));
  name_.clear();
  return absl::OkStatus();
}

}  // namespace services::commands
