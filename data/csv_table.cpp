// From text to cells: quotes, line ends, and the header.
#include <hinge/data/csv_table.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace detail {

std::string quoted(std::string_view text) { return '"' + printable(text) + '"'; }

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace detail

using detail::quoted;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void check_delimiter(char delimiter) {
  constexpr std::string_view impossible("\"\n\r\0 +-.", 8);  // quotes, line ends, blanks, parts of numbers
  const bool letter_or_digit =
      (delimiter >= '0' && delimiter <= '9') || (lower(delimiter) >= 'a' && lower(delimiter) <= 'z');
  if (!letter_or_digit && impossible.find(delimiter) == std::string_view::npos) return;
  throw ConfigError("csv: delimiter = " + quoted(std::string_view(&delimiter, 1)) +
                    ", must be a character that is no part of a number, such as \",\", \";\" or a tab");
}

constexpr std::uint64_t in_each_byte(unsigned char byte) { return std::uint64_t{0x0101010101010101} * byte; }

// Sets the high bit of each byte that is c. Above the first of these some others may be set too.
std::uint64_t mark(std::uint64_t bytes, char c) {
  const std::uint64_t difference = bytes ^ in_each_byte(static_cast<unsigned char>(c));
  return (difference - in_each_byte(1)) & ~difference & in_each_byte(0x80);
}

// Where a cell without quotes ends: at a delimiter or a line end. Eight bytes at once, as this is done for every cell.
std::size_t plain_end(std::string_view text, std::size_t position, char delimiter) {
  constexpr std::size_t at_once = sizeof(std::uint64_t);
  for (; std::endian::native == std::endian::little && text.size() - position >= at_once; position += at_once) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + position, at_once);
    const std::uint64_t ends = mark(bytes, delimiter) | mark(bytes, '\n') | mark(bytes, '\r');
    if (ends != 0) return position + static_cast<std::size_t>(std::countr_zero(ends)) / 8;
  }
  const auto is_end = [&](char c) { return c == delimiter || c == '\n' || c == '\r'; };
  while (position < text.size() && !is_end(text[position])) ++position;
  return position;
}

}  // namespace

bool CsvCell::is_gap() const {
  constexpr std::size_t longest = 3;
  if (detail::trimmed(text).empty()) return true;
  if (quoted || text.size() > longest) return false;
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return text == "?" || text == "NA" || text == "N/A" || word == "nan";  // "Na" is sodium
}

CsvTable::CsvTable(std::string_view text, std::string_view name, char delimiter)
    : text_(text), name_(printable(name)), delimiter_(delimiter) {
  check_delimiter(delimiter);
  check_encoding();
  read_header();
}

void CsvTable::check_encoding() {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
  if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
    fail(1, "found UTF-16 text; wanted UTF-8 (save the file again with that encoding)");
  }
  if (text_.starts_with(byte_order_mark)) fail(1, "found two byte order marks; wanted at most one");
  const auto fail_at = [&](std::size_t position, const std::string& reason) {
    const std::string_view before = text_.substr(0, position);
    fail(static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1, reason);
  };
  const std::size_t zero = text_.find('\0');
  if (zero != std::string_view::npos) {
    fail_at(zero,
            "found a zero byte; wanted text in UTF-8 (is this another kind of file? export a spreadsheet as CSV)");
  }
  const std::size_t valid = utf8_prefix(text_);
  if (valid == text_.size()) return;
  fail_at(valid, "found the byte " + printable(text_.substr(valid, 1)) +
                     ", which is not UTF-8; wanted text in UTF-8 (save the file again with that encoding)");
}

void CsvTable::read_header() {
  if (!next_row()) fail_file("found no text; wanted a header and at least one row");
  header_line_ = line();
  for (std::size_t column = 0; column < cells_.size(); ++column) {
    const CsvCell& cell = cells_[column];
    const std::string place = "column " + std::to_string(column + 1);
    if (cell.text.empty()) {
      fail(cell.line, place + ": found no name; wanted one (a column without a name is often a row number, which " +
                          "a network must not learn from: remove it)");
    }
    const auto [first, is_new] = columns_.emplace(cell.text, column);
    names_.emplace_back(cell.text);
    if (is_new) continue;
    const bool is_number = parse_double(cell.text).has_value();
    fail(cell.line, place + ": found the name " + quoted(cell.text) + ", which column " +
                        std::to_string(first->second + 1) + " has already; wanted a different one" +
                        (is_number ? " (is the header missing?)" : ""));
  }
}

std::optional<std::size_t> CsvTable::find(std::string_view name) const {
  const auto found = columns_.find(name);
  return found == columns_.end() ? std::nullopt : std::optional(found->second);
}

std::string CsvTable::header_hint() const {
  for (const char other : {';', '\t', ',', '|'}) {
    if (names_.size() > 1 || other == delimiter_ || names_[0].find(other) == std::string::npos) continue;
    return "; the header seems to be separated by " + std::string(other == '\t' ? "tabs" : quoted({&other, 1})) +
           ": set the delimiter";
  }
  const bool numbers = std::any_of(names_.begin(), names_.end(), [](const auto& name) { return parse_double(name); });
  return numbers ? "; the header holds numbers: is it missing?" : "";
}

bool CsvTable::next() {
  if (!next_row()) return false;
  if (cells_.size() == names_.size()) return true;
  fail(line(), "found " + std::to_string(cells_.size()) + (cells_.size() == 1 ? " cell" : " cells") + "; wanted " +
                   std::to_string(names_.size()) + ", as the header has (put cells that hold a delimiter in quotes)");
}

void CsvTable::fail(std::size_t line, const std::string& reason) const {
  throw DataError(name_ + ":" + std::to_string(line) + ": " + reason);
}

void CsvTable::fail_file(const std::string& reason) const { throw DataError(name_ + ": " + reason); }

void CsvTable::fail_cell(std::size_t column, const std::string& wanted) const {
  const CsvCell& cell = cells_[column];
  fail(cell.line, "column " + quoted(names_[column]) + ": found " +
                      (cell.text.empty() ? "an empty cell" : quoted(cell.text)) + "; wanted " + wanted);
}

bool CsvTable::next_row() {
  do {
    if (at_end()) return false;
    read_row();
  } while (cells_.size() == 1 && cells_[0].text.empty() && !cells_[0].quoted);
  return true;
}

void CsvTable::skip_blanks() {
  while ((at(' ') || at('\t')) && !at(delimiter_)) ++position_;
}

// LF, CR LF or CR.
void CsvTable::take_line_end() {
  position_ += text_.substr(position_).starts_with("\r\n") ? 2 : 1;
  ++line_;
}

void CsvTable::read_row() {
  cells_.clear();
  unescaped_.clear();
  for (;;) {
    skip_blanks();
    CsvCell& cell = cells_.emplace_back();
    if (at('"')) {
      read_quoted(cell);
    } else {
      read_plain(cell);
    }
    if (!at(delimiter_)) break;
    ++position_;
  }
  if (!at_end()) take_line_end();
}

void CsvTable::read_plain(CsvCell& cell) {
  const std::size_t first = position_;
  position_ = plain_end(text_, first, delimiter_);
  cell.text = detail::trimmed(text_.substr(first, position_ - first));
  cell.line = line_;
}

void CsvTable::read_quoted(CsvCell& cell) {
  const std::size_t opened = line_;
  const std::size_t first = ++position_;
  bool escaped = false;
  for (;; ++position_) {
    if (at_end()) fail(opened, "found a quote that is never closed; wanted a second \" at the end of the cell");
    if (at_line_end()) {
      take_line_end();
      --position_;
    } else if (at('"')) {
      if (!text_.substr(position_).starts_with("\"\"")) break;
      escaped = true;
      ++position_;
    }
  }
  const std::string_view raw = text_.substr(first, position_ - first);
  ++position_;
  check_after_quote();
  cell = {escaped ? unescape(raw) : raw, opened, true};
}

void CsvTable::check_after_quote() {
  skip_blanks();
  if (at_end() || at(delimiter_) || at_line_end()) return;
  fail(line_, "found " + quoted(text_.substr(position_, 1)) +
                  " after a closing quote; wanted the end of the cell (write a quote inside a cell twice)");
}

std::string_view CsvTable::unescape(std::string_view raw) {
  std::string& text = unescaped_.emplace_back();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '"') ++i;  // the second of a pair
  }
  return text;
}

}  // namespace hinge
