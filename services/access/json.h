#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "google/protobuf/struct.pb.h"

// Reading and writing the few JSON objects of this folder, with protobuf's own
// JSON. Values of another kind than asked for are nothing.
namespace services::access {

std::optional<google::protobuf::Struct> ParseJson(const std::string& text);
// One line; with `indented` one field on each line.
std::string ToJson(const google::protobuf::Struct& object, bool indented = false);

void SetText(google::protobuf::Struct& object, const std::string& name, const std::string& value);
// Up to 2^53, where JSON numbers are exact.
void SetNumber(google::protobuf::Struct& object, const std::string& name, int64_t value);
void SetTruth(google::protobuf::Struct& object, const std::string& name, bool value);

std::optional<std::string> GetText(const google::protobuf::Struct& object, const std::string& name);
// Nothing for a fraction, a negative number or more than 2^53.
std::optional<int64_t> GetNumber(const google::protobuf::Struct& object, const std::string& name);
std::optional<bool> GetTruth(const google::protobuf::Struct& object, const std::string& name);

}  // namespace services::access
