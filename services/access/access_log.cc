#include "services/access/access_log.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "eventstore/base/errors.h"
#include "services/access/access_line.h"

namespace services::access {
namespace {

namespace base = eventstore::base;

constexpr size_t kTraceIdBytes = 16;
constexpr size_t kSpanIdBytes = 8;
constexpr size_t kMaximumCount = 10'000;
// Far above what the fields can become, six-byte escapes included.
constexpr size_t kMaximumLineBytes = 8 * 1024;
constexpr size_t kMaximumNumberDigits = 18;

absl::Status Unavailable() {
  return base::Refusal(absl::StatusCode::kUnavailable, "ACCESS_LOG_UNAVAILABLE",
                       "de inzage kan niet worden vastgelegd en wordt daarom niet gegeven")
      .Remedy("vraag de beheerder van de thuispool naar de schijf te kijken");
}

std::pair<std::string, std::string> FolderAndName(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// Adds what the end of a file holds, newest first.
absl::Status AddNewest(const std::string& path, size_t count, std::vector<AccessEntry>& entries) {
  const size_t bytes = (count - entries.size()) * kMaximumLineBytes;
  ASSIGN_OR_RETURN(const std::string text, base::ReadEndOfFile(path, bytes));
  std::string_view rest(text);
  // The first line may be cut.
  if (text.size() == bytes) rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
  while (!rest.empty() && entries.size() < count) {
    const size_t end = rest.find_last_not_of('\n');
    if (end == std::string_view::npos) break;
    rest = rest.substr(0, end + 1);
    const size_t start = rest.rfind('\n') + 1;  // npos + 1 is the front
    if (auto entry = ParseLine(rest.substr(start))) entries.push_back(*std::move(entry));
    rest = rest.substr(0, start);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& path,
                                                           base::Entropy& entropy,
                                                           size_t maximum_file_bytes) {
  auto opened = std::unique_ptr<AccessLog>(new AccessLog(path, entropy, maximum_file_bytes));
  const base::MutexLock lock(opened->mutex_);
  RETURN_IF_ERROR(opened->OpenFile());
  return opened;
}

absl::Status AccessLog::OpenFile() {
  ASSIGN_OR_RETURN(auto file, base::AppendFile::Open(path_, base::FileAccess::kOwnerOnly));
  ASSIGN_OR_RETURN(const std::string end, base::ReadEndOfFile(path_, maximum_file_bytes_));
  size_ = end.size();
  // A crash may have cut the last line; the next one must not become part of it.
  if (!end.empty() && end.back() != '\n') {
    RETURN_IF_ERROR(file->Append("\n"));
    ++size_;
  }
  file_ = std::move(file);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> AccessLog::Numbers() const {
  const auto [folder, name] = FolderAndName(path_);
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(folder));
  std::vector<uint64_t> numbers;
  for (const std::string& other : names) {
    if (!other.starts_with(name + ".")) continue;
    const std::string digits = other.substr(name.size() + 1);
    if (digits.empty() || digits.size() > kMaximumNumberDigits ||
        digits.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    numbers.push_back(std::strtoull(digits.c_str(), nullptr, 10));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::Status AccessLog::Rotate() {
  ASSIGN_OR_RETURN(const auto numbers, Numbers());
  const uint64_t next = numbers.empty() ? 1 : numbers.back() + 1;
  file_.reset();
  const absl::Status renamed = base::RenameFileDurably(path_, path_ + "." + std::to_string(next));
  // A file that keeps its name is still a log: what counts is that lines are written.
  RETURN_IF_ERROR(OpenFile());
  if (!renamed.ok()) size_ = 0;
  return absl::OkStatus();
}

absl::Status AccessLog::AppendAll(const std::vector<AccessEntry>& entries) {
  std::string lines;
  for (const AccessEntry& entry : entries) {
    RETURN_IF_ERROR(CheckEntry(entry));
    AccessEntry traced = entry;
    if (traced.trace_id.empty()) traced.trace_id = base::ToHex(entropy_.Bytes(kTraceIdBytes));
    lines += LineOf(traced, base::ToHex(entropy_.Bytes(kSpanIdBytes)));
  }
  const base::MutexLock lock(mutex_);
  if (file_ != nullptr && size_ > 0 && size_ + lines.size() > maximum_file_bytes_) {
    if (!Rotate().ok()) return Unavailable();
  }
  if (file_ == nullptr && !OpenFile().ok()) return Unavailable();
  if (!file_->Append(lines).ok()) return Unavailable();
  size_ += lines.size();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AccessEntry>> AccessLog::ReadNewest(size_t count) const {
  count = std::min(count, kMaximumCount);
  std::vector<AccessEntry> entries;
  const base::MutexLock lock(mutex_);
  if (count == 0) return entries;
  RETURN_IF_ERROR(AddNewest(path_, count, entries));
  ASSIGN_OR_RETURN(const auto numbers, Numbers());
  for (auto number = numbers.rbegin(); number != numbers.rend() && entries.size() < count;
       ++number) {
    RETURN_IF_ERROR(AddNewest(path_ + "." + std::to_string(*number), count, entries));
  }
  return entries;
}

}  // namespace services::access
