#include "services/cli/table.h"

#include <algorithm>

#include "services/cli/text.h"

namespace services::cli {
namespace {

std::string Spaces(size_t count) { return std::string(count, ' '); }

}  // namespace

void Table::Add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    cells[i] = Shorten(Clean(cells[i]), columns_[i].maximum_width);
  }
  rows_.push_back(std::move(cells));
}

void Table::Print(bool color, std::ostream& out) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(DisplayWidth(columns_[i].header));
    for (const auto& row : rows_) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  const auto print_line = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string fill = Spaces(widths[i] - DisplayWidth(cell));
      line += columns_[i].align == Align::kRight ? fill + cell : cell + fill;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  };
  const auto header = [&](size_t i) -> const std::string& { return columns_[i].header; };
  out << (color ? "\033[1m" : "") << print_line(header) << (color ? "\033[0m" : "") << "\n";
  for (const auto& row : rows_) {
    out << print_line([&](size_t i) -> const std::string& { return row[i]; }) << "\n";
  }
}

void Facts::Add(std::string name, std::string value) {
  if (value.empty()) return;
  facts_.emplace_back(std::move(name), Clean(value));
}

void Facts::Print(std::ostream& out) const {
  size_t width = 0;
  for (const auto& fact : facts_) width = std::max(width, DisplayWidth(fact.first));
  for (const auto& [name, value] : facts_) {
    out << name << Spaces(width - DisplayWidth(name) + 2) << value << "\n";
  }
}

}  // namespace services::cli
