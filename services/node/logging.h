#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
}

namespace services::node {

// The log for administrators, on standard error: one line for each thing that
// happened, as text or as one JSON object. English; no personal data, no tokens.
// Thread-safe.
class Logger {
 public:
  using Field = std::pair<std::string_view, std::string>;

  // `format` is "text" or "json"; `level` "debug", "info", "warning" or "error".
  Logger(std::string member, const std::string& format, const std::string& level);
  ~Logger();

  void Debug(std::string_view event, std::initializer_list<Field> fields = {});
  void Info(std::string_view event, std::initializer_list<Field> fields = {});
  void Warning(std::string_view event, std::initializer_list<Field> fields = {});
  void Error(std::string_view event, std::initializer_list<Field> fields = {});

 private:
  std::string Line(std::string_view event, std::initializer_list<Field> fields) const;

  std::string member_;
  bool json_;
  std::shared_ptr<spdlog::logger> logger_;
};

// Writes `text` as a JSON string, quotes included; what is not UTF-8 is replaced.
std::string JsonString(std::string_view text);

}  // namespace services::node
