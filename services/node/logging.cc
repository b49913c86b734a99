#include "services/node/logging.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace services::node {
namespace {

spdlog::level::level_enum LevelOf(const std::string& level) {
  if (level == "debug") return spdlog::level::debug;
  if (level == "warning") return spdlog::level::warn;
  if (level == "error") return spdlog::level::err;
  return spdlog::level::info;
}

}  // namespace

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Logger::Logger(std::string member, const std::string& format, const std::string& level)
    : member_(std::move(member)),
      json_(format == "json"),
      logger_(std::make_shared<spdlog::logger>(member_,
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  logger_->set_level(LevelOf(level));
  logger_->flush_on(spdlog::level::info);
  logger_->set_pattern(json_ ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","node":"%n",%v})"
                             : "%Y-%m-%d %H:%M:%S.%e %-7l [%n] %v");
}

Logger::~Logger() = default;

std::string Logger::Line(std::string_view event, std::initializer_list<Field> fields) const {
  std::string line = json_ ? absl::StrCat("\"event\":", JsonString(event)) : std::string(event);
  for (const auto& [key, value] : fields) {
    if (json_) {
      absl::StrAppend(&line, ",", JsonString(key), ":", JsonString(value));
    } else {
      const bool plain = value.find_first_of(" \"\n=") == std::string::npos && !value.empty();
      absl::StrAppend(&line, " ", std::string(key), "=", plain ? value : JsonString(value));
    }
  }
  return line;
}

void Logger::Debug(std::string_view event, std::initializer_list<Field> fields) {
  if (logger_->should_log(spdlog::level::debug)) logger_->debug("{}", Line(event, fields));
}
void Logger::Info(std::string_view event, std::initializer_list<Field> fields) {
  if (logger_->should_log(spdlog::level::info)) logger_->info("{}", Line(event, fields));
}
void Logger::Warning(std::string_view event, std::initializer_list<Field> fields) {
  if (logger_->should_log(spdlog::level::warn)) logger_->warn("{}", Line(event, fields));
}
void Logger::Error(std::string_view event, std::initializer_list<Field> fields) {
  if (logger_->should_log(spdlog::level::err)) logger_->error("{}", Line(event, fields));
}

}  // namespace services::node
