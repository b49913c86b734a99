#include "services/access/json.h"

#include <cmath>

#include "google/protobuf/util/json_util.h"

namespace services::access {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr double kLargestExact = 9007199254740992.0;  // 2^53

const Value* Find(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? nullptr : &found->second;
}

}  // namespace

std::optional<Struct> ParseJson(const std::string& text) {
  Struct object;
  if (!google::protobuf::util::JsonStringToMessage(text, &object).ok()) return std::nullopt;
  return object;
}

std::string ToJson(const Struct& object, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(object, &text, options);
  return status.ok() ? text : std::string();
}

void SetText(Struct& object, const std::string& name, const std::string& value) {
  (*object.mutable_fields())[name].set_string_value(value);
}

void SetNumber(Struct& object, const std::string& name, int64_t value) {
  (*object.mutable_fields())[name].set_number_value(static_cast<double>(value));
}

void SetTruth(Struct& object, const std::string& name, bool value) {
  (*object.mutable_fields())[name].set_bool_value(value);
}

std::optional<std::string> GetText(const Struct& object, const std::string& name) {
  const Value* value = Find(object, name);
  if (value == nullptr || value->kind_case() != Value::kStringValue) return std::nullopt;
  return value->string_value();
}

std::optional<int64_t> GetNumber(const Struct& object, const std::string& name) {
  const Value* value = Find(object, name);
  if (value == nullptr || value->kind_case() != Value::kNumberValue) return std::nullopt;
  const double number = value->number_value();
  if (!(number >= 0 && number <= kLargestExact) || std::floor(number) != number) {
    return std::nullopt;
  }
  return static_cast<int64_t>(number);
}

std::optional<bool> GetTruth(const Struct& object, const std::string& name) {
  const Value* value = Find(object, name);
  if (value == nullptr || value->kind_case() != Value::kBoolValue) return std::nullopt;
  return value->bool_value();
}

}  // namespace services::access
