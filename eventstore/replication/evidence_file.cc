#include "eventstore/replication/evidence_file.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/digest.h"

namespace eventstore::replication {
namespace {

constexpr size_t kMaximumFileBytes = 64 << 20;
constexpr char kFork[] = "fork";
constexpr char kNone[] = "-";

std::string EncodeNote(const std::string& note) {
  return note.empty() ? kNone : crypto::ToBase64(note);
}

std::optional<std::string> DecodeNote(const std::string& word) {
  if (word == kNone) return std::string();
  auto note = crypto::FromBase64(word);
  if (!note.ok()) return std::nullopt;
  return *std::move(note);
}

// "fork <origin line> <found at, microseconds> <held, base64> <contested, base64>"
std::string Encode(const Fork& fork) {
  return absl::StrCat(kFork, " ", log::Origin(fork.feed), " ", absl::ToUnixMicros(fork.found_at),
                      " ", EncodeNote(fork.evidence.held), " ",
                      EncodeNote(fork.evidence.contested));
}

std::optional<Fork> Decode(const std::string& line) {
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  if (words.size() != 5 || words[0] != kFork) return std::nullopt;
  const auto feed = log::ParseOrigin(words[1]);
  int64_t microseconds = 0;
  const auto held = DecodeNote(words[3]);
  const auto contested = DecodeNote(words[4]);
  if (!feed.ok() || !absl::SimpleAtoi(words[2], &microseconds) || !held || !contested) {
    return std::nullopt;
  }
  return Fork{*feed, {*held, *contested}, absl::FromUnixMicros(microseconds)};
}

}  // namespace

absl::StatusOr<std::unique_ptr<EvidenceFile>> EvidenceFile::Open(const std::string& path) {
  std::unique_ptr<EvidenceFile> file(new EvidenceFile(path));
  const auto text = base::ReadFile(path, kMaximumFileBytes);
  if (absl::IsNotFound(text.status())) return file;
  RETURN_IF_ERROR(text.status());
  base::MutexLock lock(file->mutex_);
  const std::vector<std::string> lines = absl::StrSplit(*text, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    if (auto fork = Decode(line); fork.has_value()) {
      file->forks_.try_emplace(fork->feed, *fork);
    } else {
      file->unreadable_.push_back(line);
    }
  }
  return file;
}

std::vector<Fork> EvidenceFile::All() const {
  base::MutexLock lock(mutex_);
  std::vector<Fork> all;
  for (const auto& [feed, fork] : forks_) all.push_back(fork);
  return all;
}

std::optional<Evidence> EvidenceFile::Find(const log::FeedId& feed) const {
  base::MutexLock lock(mutex_);
  const auto found = forks_.find(feed);
  if (found == forks_.end()) return std::nullopt;
  return found->second.evidence;
}

absl::Status EvidenceFile::Keep(const Fork& fork) {
  base::MutexLock lock(mutex_);
  auto forks = forks_;
  const auto [known, is_new] = forks.try_emplace(fork.feed, fork);
  if (!is_new) {
    const Evidence& before = known->second.evidence;
    if (before == fork.evidence || before.contested != fork.evidence.contested) {
      return absl::OkStatus();
    }
    known->second.evidence = fork.evidence;
  }
  std::string text;
  for (const std::string& line : unreadable_) absl::StrAppend(&text, line, "\n");
  for (const auto& [feed, one] : forks) absl::StrAppend(&text, Encode(one), "\n");
  RETURN_IF_ERROR(base::WriteFileDurably(path_, text, base::FileAccess::kOwnerOnly));
  forks_ = std::move(forks);
  return absl::OkStatus();
}

size_t EvidenceFile::unreadable() const {
  base::MutexLock lock(mutex_);
  return unreadable_.size();
}

}  // namespace eventstore::replication
