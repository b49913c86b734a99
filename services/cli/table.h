#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace services::cli {

// Rows in aligned columns, as wide on a terminal as they are in UTF-8. Not
// thread-safe. Cells are cleaned of control characters (text.h).
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;  // with its unit: "uren per week"
    Align align = Align::kLeft;
    size_t maximum_width = 0;  // 0: as wide as it is
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns; missing ones are empty.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  void Print(bool color, std::ostream& out) const;

 private:
  const std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Names and values below each other; rows with an empty value are left out.
class Facts {
 public:
  void Add(std::string name, std::string value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

}  // namespace services::cli
