#include "services/commands/pending_circles.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/digest.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;

constexpr size_t kMaximumFileBytes = 16 << 20;
constexpr char kEntry[] = "entry";
constexpr char kApplication[] = "application";

absl::Status Damaged() {
  return absl::DataLossError("het bestand pending-joins in de gegevensmap is beschadigd");
}

template <typename Message>
absl::Status DecodeMessage(const std::string& text, Message& message) {
  const auto bytes = crypto::FromBase64(text);
  if (!bytes.ok() || !message.ParseFromString(*bytes)) return Damaged();
  return absl::OkStatus();
}

absl::Status TooMany() {
  return base::Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_PENDING_CIRCLES",
                       "er staan al te veel aanmeldingen open")
      .Remedy("rond eerst lopende oprichtingen en aanmeldingen af");
}

}  // namespace

// One line for each: "entry <base64 member>" behind its circle's short name, or
// "application <base64 invitation> <base64 member>".
absl::StatusOr<PendingCircles::Contents> PendingCircles::Decode(const std::string& text) {
  Contents contents;
  const std::vector<std::string> lines = absl::StrSplit(text, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() != 3) return Damaged();
    if (words[0] == kEntry) {
      RETURN_IF_ERROR(DecodeMessage(words[2], contents.entries[words[1]]));
    } else if (words[0] == kApplication) {
      Application application;
      RETURN_IF_ERROR(DecodeMessage(words[1], application.invitation));
      RETURN_IF_ERROR(DecodeMessage(words[2], application.member));
      contents.applications[application.invitation.circle_id()] = application;
    } else {
      return Damaged();
    }
  }
  return contents;
}

std::string PendingCircles::Encode(const Contents& contents) {
  std::string text;
  for (const auto& [name, member] : contents.entries) {
    absl::StrAppend(&text, kEntry, " ", name, " ", crypto::ToBase64(member.SerializeAsString()),
                    "\n");
  }
  for (const auto& [circle, application] : contents.applications) {
    absl::StrAppend(&text, kApplication, " ",
                    crypto::ToBase64(application.invitation.SerializeAsString()), " ",
                    crypto::ToBase64(application.member.SerializeAsString()), "\n");
  }
  return text;
}

absl::StatusOr<std::unique_ptr<PendingCircles>> PendingCircles::Open(const std::string& directory) {
  std::unique_ptr<PendingCircles> pending(new PendingCircles(directory + "/pending-joins"));
  const auto text = base::ReadFile(pending->path_, kMaximumFileBytes);
  if (absl::IsNotFound(text.status())) return pending;
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(auto contents, Decode(*text));
  base::MutexLock lock(pending->mutex_);
  pending->contents_ = std::move(contents);
  return pending;
}

std::optional<poolcirkel::event::v1::CharterMember> PendingCircles::FindEntry(
    std::string_view circle_short_name) const {
  base::MutexLock lock(mutex_);
  const auto found = contents_.entries.find(circle_short_name);
  if (found == contents_.entries.end()) return std::nullopt;
  return found->second;
}

absl::Status PendingCircles::KeepEntry(std::string_view circle_short_name,
                                       const poolcirkel::event::v1::CharterMember& member) {
  base::MutexLock lock(mutex_);
  Contents contents = contents_;
  contents.entries[std::string(circle_short_name)] = member;
  if (contents.entries.size() > kMaximumEntries) return TooMany();
  return Replace(std::move(contents));
}

absl::Status PendingCircles::ForgetEntry(std::string_view circle_short_name) {
  base::MutexLock lock(mutex_);
  Contents contents = contents_;
  if (contents.entries.erase(std::string(circle_short_name)) == 0) return absl::OkStatus();
  return Replace(std::move(contents));
}

std::vector<PendingCircles::Application> PendingCircles::Applications() const {
  base::MutexLock lock(mutex_);
  std::vector<Application> applications;
  for (const auto& [circle, application] : contents_.applications) {
    applications.push_back(application);
  }
  return applications;
}

absl::Status PendingCircles::KeepApplication(const Application& application) {
  base::MutexLock lock(mutex_);
  Contents contents = contents_;
  contents.applications[application.invitation.circle_id()] = application;
  if (contents.applications.size() > kMaximumEntries) return TooMany();
  return Replace(std::move(contents));
}

absl::Status PendingCircles::ForgetApplication(std::string_view circle_id) {
  base::MutexLock lock(mutex_);
  Contents contents = contents_;
  if (contents.applications.erase(std::string(circle_id)) == 0) return absl::OkStatus();
  return Replace(std::move(contents));
}

absl::Status PendingCircles::Replace(Contents contents) {
  RETURN_IF_ERROR(base::WriteFileDurably(path_, Encode(contents), base::FileAccess::kOwnerOnly));
  contents_ = std::move(contents);
  return absl::OkStatus();
}

}  // namespace services::commands
