// Fields: Logboek Dataverwerkingen 1.0 (Logius), "Component: Logboek"; encoding:
// OpenTelemetry protocol (OTLP), JSON Protobuf encoding, as its file exporter writes it.
#include "services/access/access_line.h"

#include <map>
#include <utility>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/text.h"
#include "services/access/json.h"

namespace services::access {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;
using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaximumActivityBytes = 200;
constexpr size_t kMaximumPurposeBytes = 600;
constexpr size_t kTraceIdDigits = 32;
constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr size_t kMillisecondDigits = 6;  // of a nanosecond

constexpr char kActivity[] = "dpl.core.processing_activity_id";
constexpr char kSubject[] = "dpl.core.data_subject_id";
constexpr char kSubjectType[] = "dpl.core.data_subject_id_type";
constexpr char kSubjectTypeValue[] = "https://poolcirkel.example/v1/professional";
constexpr char kCircle[] = "poolcirkel.circle";
constexpr char kRequestedBy[] = "poolcirkel.requested_by";
constexpr char kPurpose[] = "poolcirkel.purpose";
constexpr char kActionName[] = "persoonsgegevens tonen";
constexpr int kSpanKindServer = 2;
constexpr int kStatusOk = 1;

bool IsTraceId(const std::string& text) {
  return text.size() == kTraceIdDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

Value ListOf(Struct only) {
  Value value;
  *value.mutable_list_value()->add_values()->mutable_struct_value() = std::move(only);
  return value;
}

void AddAttribute(ListValue& attributes, const std::string& key, const std::string& text) {
  Struct attribute;
  SetText(attribute, "key", key);
  SetText(*(*attribute.mutable_fields())["value"].mutable_struct_value(), "stringValue", text);
  *attributes.add_values()->mutable_struct_value() = std::move(attribute);
}

std::string Nanoseconds(absl::Time time) {
  return std::to_string(absl::ToUnixMillis(time) * kNanosecondsPerMillisecond);
}

// The only element of the list `name`.
const Struct* OnlyOf(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  if (found == object.fields().end() || !found->second.has_list_value()) return nullptr;
  const auto& values = found->second.list_value().values();
  if (values.size() != 1 || !values[0].has_struct_value()) return nullptr;
  return &values[0].struct_value();
}

std::map<std::string, std::string> AttributesOf(const Struct& span) {
  std::map<std::string, std::string> attributes;
  const auto found = span.fields().find("attributes");
  if (found == span.fields().end()) return attributes;
  for (const Value& value : found->second.list_value().values()) {
    const auto key = GetText(value.struct_value(), "key");
    const auto inner = value.struct_value().fields().find("value");
    if (!key || inner == value.struct_value().fields().end()) continue;
    const auto text = GetText(inner->second.struct_value(), "stringValue");
    if (text) attributes[*key] = *text;
  }
  return attributes;
}

std::optional<absl::Time> TimeOf(const Struct& span) {
  const auto text = GetText(span, "startTimeUnixNano");
  if (!text || text->size() <= kMillisecondDigits || text->size() > 19 ||
      text->find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return absl::FromUnixMillis(std::stoll(text->substr(0, text->size() - kMillisecondDigits)));
}

}  // namespace

absl::Status CheckEntry(const AccessEntry& entry) {
  std::vector<absl::Status> found;
  if (!entry.trace_id.empty() && !IsTraceId(entry.trace_id)) {
    found.push_back(base::InvalidField("trace_id", "32 hexadecimale cijfers, niet alle nul"));
  }
  if (entry.activity.empty() || entry.activity.size() > kMaximumActivityBytes ||
      !base::IsPlainText(entry.activity)) {
    found.push_back(base::InvalidField("activity", "een URI van 1 tot 200 bytes"));
  }
  if (entry.purpose.size() > kMaximumPurposeBytes || !base::IsPlainText(entry.purpose)) {
    found.push_back(base::InvalidField("purpose", "hoogstens 600 bytes tekst, zonder regeleinden"));
  }
  if (absl::ToUnixMillis(entry.at) < 0) found.push_back(base::InvalidField("at", "na 1970"));
  return base::Join(found);
}

std::string LineOf(const AccessEntry& entry, const std::string& span_id) {
  Struct span;
  SetText(span, "traceId", entry.trace_id);
  SetText(span, "spanId", span_id);
  SetText(span, "name", kActionName);
  SetNumber(span, "kind", kSpanKindServer);
  SetText(span, "startTimeUnixNano", Nanoseconds(entry.at));
  SetText(span, "endTimeUnixNano", Nanoseconds(entry.at));
  SetNumber(*(*span.mutable_fields())["status"].mutable_struct_value(), "code", kStatusOk);
  ListValue& attributes = *(*span.mutable_fields())["attributes"].mutable_list_value();
  AddAttribute(attributes, kActivity, entry.activity);
  AddAttribute(attributes, kSubject, base::ToText(entry.professional));
  AddAttribute(attributes, kSubjectType, kSubjectTypeValue);
  AddAttribute(attributes, kCircle, base::ToText(entry.circle));
  AddAttribute(attributes, kRequestedBy, base::ToText(entry.requested_by));
  AddAttribute(attributes, kPurpose, entry.purpose);
  Struct scope;
  (*scope.mutable_fields())["spans"] = ListOf(std::move(span));
  Struct resource;
  AddAttribute(*(*(*resource.mutable_fields())["resource"]
                      .mutable_struct_value()
                      ->mutable_fields())["attributes"]
                    .mutable_list_value(),
               "service.name", "poolcirkeld");
  (*resource.mutable_fields())["scopeSpans"] = ListOf(std::move(scope));
  Struct line;
  (*line.mutable_fields())["resourceSpans"] = ListOf(std::move(resource));
  return ToJson(line) + "\n";
}

std::optional<AccessEntry> ParseLine(std::string_view line) {
  const auto object = ParseJson(std::string(line));
  const Struct* resource = object ? OnlyOf(*object, "resourceSpans") : nullptr;
  const Struct* scope = resource != nullptr ? OnlyOf(*resource, "scopeSpans") : nullptr;
  const Struct* span = scope != nullptr ? OnlyOf(*scope, "spans") : nullptr;
  if (span == nullptr) return std::nullopt;
  auto attributes = AttributesOf(*span);
  const auto at = TimeOf(*span);
  const auto trace_id = GetText(*span, "traceId");
  const auto circle = base::FromHex(attributes[kCircle]);
  const auto requested_by = base::ParseUuid<log::MemberId>(attributes[kRequestedBy]);
  const auto professional = base::ParseUuid<log::StreamId>(attributes[kSubject]);
  if (!at || !trace_id || !circle.ok() || !requested_by.ok() || !professional.ok()) {
    return std::nullopt;
  }
  const auto circle_id = log::CircleId::FromBytes(*circle);
  if (!circle_id.ok()) return std::nullopt;
  return AccessEntry{.at = *at,
                     .trace_id = *trace_id,
                     .activity = attributes[kActivity],
                     .circle = *circle_id,
                     .requested_by = *requested_by,
                     .professional = *professional,
                     .purpose = attributes[kPurpose]};
}

}  // namespace services::access
