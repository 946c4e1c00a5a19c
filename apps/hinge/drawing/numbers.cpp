// Numbers as CSV and as an HTML table.
#include "drawing/numbers.h"

#include <string_view>

#include "drawing/svg.h"

namespace hinge_command {

namespace {

// In quotes where it needs them.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

std::string csv_row(const std::vector<std::string>& cells) {
  std::string row;
  for (std::size_t i = 0; i < cells.size(); ++i) row += (i ? "," : "") + csv_cell(cells[i]);
  return row + "\n";
}

std::string html_row(const std::vector<std::string>& cells, std::string_view kind) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) {
    row += "<" + std::string(kind) + ">" + escaped(cell) + "</" + std::string(kind.substr(0, 2)) + ">";
  }
  return row + "</tr>\n";
}

}  // namespace

std::string csv_of(const Numbers& numbers) {
  std::string text = csv_row(numbers.header);
  for (const auto& row : numbers.rows) text += csv_row(row);
  return text;
}

Numbers shortened(const Numbers& numbers, std::size_t max_rows) {
  const std::size_t count = numbers.rows.size();
  if (count <= max_rows) return numbers;
  const std::size_t stride = (count + max_rows - 1) / max_rows;
  Numbers few{.caption = numbers.caption, .header = numbers.header};
  few.caption += " (1 of " + std::to_string(stride) + " rows)";
  for (std::size_t i = 0; i < count; i += stride) few.rows.push_back(numbers.rows[i]);
  if ((count - 1) % stride != 0) few.rows.push_back(numbers.rows.back());
  return few;
}

std::string html_of(const Numbers& numbers, std::size_t max_rows) {
  const Numbers few = shortened(numbers, max_rows);
  std::string text = "<table>\n<caption>" + escaped(few.caption) + "</caption>\n<thead>" +
                     html_row(few.header, "th scope=\"col\"") + "</thead>\n<tbody>\n";
  for (const auto& row : few.rows) text += html_row(row, "td");
  return text + "</tbody>\n</table>\n";
}

}  // namespace hinge_command
