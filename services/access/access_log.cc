#include "services/access/access_log.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/text.h"
#include "services/access/json.h"

namespace services::access {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;
using google::protobuf::Struct;

constexpr size_t kMaximumNameBytes = 64;
constexpr size_t kMaximumPurposeBytes = 200;
constexpr size_t kTraceIdBytes = 16;
constexpr size_t kMaximumCount = 10'000;
// Far above what the fields can become, six-byte escapes included.
constexpr size_t kMaximumLineBytes = 3 * 1024;

absl::Status CheckEntry(const AccessEntry& entry) {
  const auto is_text = [](const std::string& text, size_t size) {
    return text.size() <= size && base::IsPlainText(text);
  };
  std::vector<absl::Status> found;
  if (!is_text(entry.trace_id, kMaximumNameBytes)) {
    found.push_back(base::InvalidField("trace_id", "hoogstens 64 bytes tekst"));
  }
  if (entry.activity.empty() || !is_text(entry.activity, kMaximumNameBytes)) {
    found.push_back(base::InvalidField("activity", "1 tot 64 bytes tekst"));
  }
  if (!is_text(entry.purpose, kMaximumPurposeBytes)) {
    found.push_back(base::InvalidField("purpose", "hoogstens 200 bytes tekst, zonder regeleinden"));
  }
  if (absl::ToUnixMillis(entry.at) < 0) found.push_back(base::InvalidField("at", "na 1970"));
  return base::Join(found);
}

std::string LineOf(const AccessEntry& entry, const std::string& trace_id) {
  Struct object;
  SetNumber(object, "at_milliseconds", absl::ToUnixMillis(entry.at));
  SetText(object, "trace_id", trace_id);
  SetText(object, "activity", entry.activity);
  SetText(object, "circle", base::ToText(entry.circle));
  SetText(object, "requested_by", base::ToText(entry.requested_by));
  SetText(object, "professional", base::ToText(entry.professional));
  SetText(object, "purpose", entry.purpose);
  return ToJson(object) + "\n";
}

std::optional<AccessEntry> ParseLine(std::string_view line) {
  const auto object = ParseJson(std::string(line));
  if (!object) return std::nullopt;
  const auto at = GetNumber(*object, "at_milliseconds");
  const auto trace_id = GetText(*object, "trace_id");
  const auto activity = GetText(*object, "activity");
  const auto circle = base::FromHex(GetText(*object, "circle").value_or(""));
  const auto requested_by =
      base::ParseUuid<log::MemberId>(GetText(*object, "requested_by").value_or(""));
  const auto professional =
      base::ParseUuid<log::StreamId>(GetText(*object, "professional").value_or(""));
  const auto purpose = GetText(*object, "purpose");
  if (!at || !trace_id || !activity || !circle.ok() || !requested_by.ok() || !professional.ok() ||
      !purpose) {
    return std::nullopt;
  }
  const auto circle_id = log::CircleId::FromBytes(*circle);
  if (!circle_id.ok()) return std::nullopt;
  return AccessEntry{.at = absl::FromUnixMillis(*at),
                     .trace_id = *trace_id,
                     .activity = *activity,
                     .circle = *circle_id,
                     .requested_by = *requested_by,
                     .professional = *professional,
                     .purpose = *purpose};
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& path,
                                                           base::Entropy& entropy) {
  ASSIGN_OR_RETURN(auto file, base::AppendFile::Open(path, base::FileAccess::kOwnerOnly));
  // A crash may have cut the last line; the next one must not become part of it.
  ASSIGN_OR_RETURN(const std::string end, base::ReadEndOfFile(path, 1));
  if (!end.empty() && end != "\n") RETURN_IF_ERROR(file->Append("\n"));
  return std::unique_ptr<AccessLog>(new AccessLog(path, std::move(file), entropy));
}

absl::Status AccessLog::Append(const AccessEntry& entry) {
  RETURN_IF_ERROR(CheckEntry(entry));
  const std::string trace_id =
      entry.trace_id.empty() ? base::ToHex(entropy_.Bytes(kTraceIdBytes)) : entry.trace_id;
  if (file_->Append(LineOf(entry, trace_id)).ok()) return absl::OkStatus();
  return base::Refusal(absl::StatusCode::kUnavailable, "ACCESS_LOG_UNAVAILABLE",
                       "de inzage kan niet worden vastgelegd en wordt daarom niet gegeven")
      .Remedy("vraag de beheerder van de thuispool naar de schijf te kijken");
}

absl::StatusOr<std::vector<AccessEntry>> AccessLog::ReadNewest(size_t count) const {
  count = std::min(count, kMaximumCount);
  const size_t bytes = count * kMaximumLineBytes;
  ASSIGN_OR_RETURN(const std::string text, base::ReadEndOfFile(path_, bytes));
  std::string_view rest(text);
  // The first line may be cut.
  if (text.size() == bytes) rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
  std::vector<AccessEntry> entries;
  while (!rest.empty() && entries.size() < count) {
    const size_t end = rest.find_last_not_of('\n');
    if (end == std::string_view::npos) break;
    rest = rest.substr(0, end + 1);
    const size_t start = rest.rfind('\n') + 1;  // npos + 1 is the front
    if (auto entry = ParseLine(rest.substr(start))) entries.push_back(*std::move(entry));
    rest = rest.substr(0, start);
  }
  return entries;
}

}  // namespace services::access
