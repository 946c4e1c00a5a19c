// From blocks of text to cells: quotes, line ends, and the names of the columns.
#include <hinge/data/table/table_reader.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/table/other_formats.h>

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

constexpr std::size_t max_row = std::size_t{1} << 28;
constexpr std::size_t sample_rows = 100;
constexpr std::size_t sample_bytes = std::size_t{1} << 20;
constexpr std::size_t start_bytes = std::size_t{1} << 16;

// The delimiter that a format names; 0: to be guessed.
char delimiter_of(const TableFormat& format) {
  if (format.delimiter == "auto") return 0;
  if (format.delimiter == "tab") return '\t';
  if (format.delimiter == "blanks") return ' ';
  constexpr std::string_view impossible("\"\n\r\0 +-.", 8);  // quotes, line ends, blanks, parts of numbers
  const char delimiter = lower(format.delimiter.empty() ? '\0' : format.delimiter.front());
  const bool letter_or_digit = (delimiter >= '0' && delimiter <= '9') || (delimiter >= 'a' && delimiter <= 'z');
  if (format.delimiter.size() == 1 && !letter_or_digit && impossible.find(delimiter) == std::string_view::npos) {
    return delimiter;
  }
  throw ConfigError("csv: delimiter = " + quoted(format.delimiter) +
                    ", must be a character that is no part of a number, such as \",\", \";\" or a tab");
}

std::string delimiter_name(char delimiter) {
  if (delimiter == '\t') return "tab";
  return delimiter == ' ' ? "blanks" : std::string(1, delimiter);
}

std::string delimiter_words(char delimiter) {
  if (delimiter == '\t') return "tabs";
  return delimiter == ' ' ? "blanks" : quoted({&delimiter, 1});
}

void check_format(const TableFormat& format) {
  for (const OptionError& error : format.errors()) {
    throw ConfigError("csv: " + std::string(error.option) + " " + error.message);
  }
}

constexpr std::uint64_t in_each_byte(unsigned char byte) { return std::uint64_t{0x0101010101010101} * byte; }

// Sets the high bit of each byte that is c. Above the first of these some others may be set too.
std::uint64_t mark(std::uint64_t bytes, char c) {
  const std::uint64_t difference = bytes ^ in_each_byte(static_cast<unsigned char>(c));
  return (difference - in_each_byte(1)) & ~difference & in_each_byte(0x80);
}

// Where a cell without quotes ends: at a delimiter or a line end. Eight bytes at once, as this is done for every cell;
// but not between blanks, which end cells in two ways.
std::size_t plain_end(std::string_view text, std::size_t position, char delimiter) {
  if (delimiter == ' ') return std::min(text.find_first_of(" \t\r\n", position), text.size());
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

// The number of cells up to the last one that is not empty.
std::size_t used_size(const std::vector<std::string>& row) {
  const auto is_used = [](const std::string& cell) { return !cell.empty(); };
  return static_cast<std::size_t>(row.rend() - std::find_if(row.rbegin(), row.rend(), is_used));
}

SampleRows without_gaps(SampleRows rows) {
  for (auto& row : rows) {
    for (std::string& cell : row) {
      if (CsvCell{.text = cell}.is_gap()) cell.clear();
    }
  }
  return rows;
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string place_name(std::size_t column) { return "column " + std::to_string(column + 1); }

// "column 1 … column 3"
std::string place_names(std::size_t width) { return width == 1 ? "column 1" : "column 1 … " + place_name(width - 1); }

}  // namespace

bool CsvCell::is_gap() const {
  constexpr std::size_t longest = 3;
  if (detail::trimmed(text).empty()) return true;
  if (quoted || text.size() > longest) return false;
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return text == "?" || text == "NA" || text == "N/A" || word == "nan";  // "Na" is sodium
}

TableReader::TableReader(ByteReader bytes, std::string_view name, const TableFormat& format, std::size_t block_size)
    : bytes_(std::move(bytes)), block_size_(block_size), name_(name), format_(format) {
  begin();
}

TableReader::TableReader(std::string_view text, std::string_view name, const TableFormat& format)
    : text_(text), is_whole_(true), name_(name), format_(format) {
  begin();
}

// -------------------------------------------------------------------------------------------------- the text, in blocks

// Moves what is still needed to the front and appends a block, or as much again where a row is longer than that.
void TableReader::read_block() {
  const std::size_t dropped = keeps_start_ ? 0 : position_;
  const std::size_t kept = text_.size() - dropped;
  if (text_.size() - position_ > max_row) {
    fail(line_, "found a row of more than 256 MiB; wanted a table (is a quote never closed?)");
  }
  if (dropped > 0) std::memmove(buffer_.data(), buffer_.data() + dropped, kept);
  const std::size_t block = std::max(block_size_, kept);
  if (buffer_.size() < kept + block) buffer_.resize(kept + block);
  const std::size_t count = bytes_->read(buffer_.data() + kept, block);
  is_whole_ = count == 0;
  text_ = std::string_view(buffer_).substr(0, kept + count);
  position_ -= dropped;
  checked_ -= std::min(checked_, dropped);
}

// A character that a block cuts off waits for the next one.
void TableReader::check_encoding() {
  constexpr std::size_t longest_character = 4;
  const std::string_view text = text_.substr(checked_);
  const auto fail_at = [&](std::size_t i, const std::string& reason) {
    const std::string_view before = text_.substr(position_, std::max(checked_ + i, position_) - position_);
    fail(line_ + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')), reason);
  };
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    fail_at(zero,
            "found a zero byte; wanted text in UTF-8 (is this another kind of file? export a spreadsheet as CSV)");
  }
  const std::size_t valid = utf8_prefix(text);
  checked_ += valid;
  const bool is_cut = !is_whole_ && text.size() - valid < longest_character;
  if (valid < text.size() && !is_cut) fail_at(0, encoding_refusal(text.substr(valid, 1), name_));
}

// ------------------------------------------------------------------------------------------------ the format, the names

void TableReader::begin() {
  check_format(format_);
  delimiter_ = delimiter_of(format_);
  if (!format_.comment.empty()) comment_ = format_.comment[0];
  while (!is_whole_ && text_.size() < start_bytes) read_block();
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text_.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
  if (text_.substr(position_).starts_with(byte_order_mark)) fail(1, "found two byte order marks; wanted at most one");
  if (const std::string refusal = format_refusal(text_.substr(position_, start_bytes), name_); !refusal.empty()) {
    fail(1, refusal);
  }
  check_encoding();
  skip_lines();
  guess_format();
  keeps_start_ = false;
}

// The lines above the table, also one such as `sep=;`, which is for Excel; and the header of ARFF, whose comments begin
// with %.
void TableReader::skip_lines() {
  for (std::size_t i = 0; i < format_.skip_rows; ++i) next_line();
  if (const std::string_view start = text_.substr(position_, 6); start.starts_with("sep=") && start.size() == 6) {
    if (delimiter_ == 0 && start.find_first_of("\r\n") == 5) delimiter_ = start[4];
    if (delimiter_ == start[4]) next_line();
  }
  const auto [position, line] = std::pair(position_, line_);
  std::string_view text;
  while ((text.empty() || text.front() == '%') && !(at_end() && is_whole_)) text = detail::trimmed(next_line());
  if (is_declaration(text, "@relation")) return read_arff_header();
  position_ = position;
  line_ = line;
}

void TableReader::read_arff_header() {
  for (;;) {
    const std::size_t line = line_;
    if (at_end() && is_whole_) fail(line, "found no @data; wanted it behind the attributes");
    const std::string_view text = detail::trimmed(next_line());
    if (is_declaration(text, "@data")) break;
    if (text.empty() || text.front() == '%') continue;
    if (!is_declaration(text, "@attribute")) fail(line, "found " + quoted(text) + "; wanted @attribute or @data");
    try {
      declared_.push_back(parse_attribute(text));
    } catch (const DataError& error) {
      fail(line, error.what());
    }
  }
  if (declared_.empty()) fail(line_, "found no @attribute; wanted one for each column");
  format_ = {.delimiter = ",", .header = "true", .names = format_.names, .decimal = "."};
  delimiter_ = ',';
  comment_ = '%';
}

// Reads the first rows twice: to guess what the format leaves open, and then as rows.
void TableReader::guess_format() {
  if (delimiter_ == 0) {
    const std::string_view start = text_.substr(position_, start_bytes);
    delimiter_ = guess_delimiter(start, comment_, is_whole_ && position_ + start.size() == text_.size());
    if (delimiter_ != ',') remarks_.push_back("the cells are separated by " + delimiter_words(delimiter_));
  }
  format_.delimiter = delimiter_name(delimiter_);
  const auto [position, line] = std::pair(position_, line_);
  SampleRows sample = read_sample();
  if (sample.empty() && !is_arff()) fail_file("found no text; wanted a header and at least one row");
  if (!sample.empty()) header_line_ = sample_lines_[0];
  const bool has_mark = sample.size() > 1 && sample[0][0] == "#" && sample[0].size() == used_size(sample[1]) + 1;
  if (has_mark) sample[0].erase(sample[0].begin());  // # x y
  if (format_.decimal == "auto") {
    const bool is_clear = format_.thousands == "." || format_.thousands == ",";  // the other one then
    const bool is_guessed = !is_clear && delimiter_ != ',' && guess_decimal(sample) == ',';
    format_.decimal = is_guessed || format_.thousands == "." ? "," : ".";
    if (is_guessed) remarks_.push_back("the numbers have a decimal comma");
  }
  position_ = position;
  line_ = line;
  read_names(sample);
}

SampleRows TableReader::read_sample() {
  SampleRows rows;
  while (rows.size() < sample_rows && (rows.size() < 2 || position_ < sample_bytes) && next_row()) {
    sample_lines_.push_back(line());
    auto& row = rows.emplace_back();
    for (const CsvCell& cell : cells_) row.emplace_back(cell.text);
  }
  return rows;
}

void TableReader::read_names(const SampleRows& sample) {
  std::vector<std::string> names;
  if (is_arff()) {
    for (const DeclaredColumn& column : declared_) names.push_back(column.name);
  } else {
    check_title(sample);
    if (format_.header == "auto") format_.header = begins_with_sample(sample) ? "false" : "true";
    if (format_.header == "true") {
      next_row();
      names = sample[0];
      if (has_row_numbers(sample)) names.insert(names.begin(), "");
    }
  }
  const std::size_t width = table_width(sample);
  if (!format_.names.empty()) {
    if (format_.names.size() != width) {
      throw ConfigError("csv: names has " + counted(format_.names.size(), "name") + ", but " + place() + " has " +
                        counted(width, "column") + "; wanted one for each");
    }
    names = std::exchange(format_.names, {});
  }
  name_columns(names, width);
}

// Says so if it guesses that there is no header.
bool TableReader::begins_with_sample(const SampleRows& sample) {
  if (!first_row_is_sample(without_gaps(sample), format_.decimal[0], format_.thousands)) return false;
  remarks_.push_back("the first line is a sample, so the table has no header" +
                     (format_.names.empty() ? ": its columns are called " + place_names(table_width(sample)) : ""));
  return true;
}

// That of the first row, without last columns that are empty in all rows.
std::size_t TableReader::table_width(const SampleRows& sample) const {
  if (is_arff()) return declared_.size();
  std::size_t width = sample[0].size() + (format_.header != "false" && has_row_numbers(sample) ? 1 : 0);
  const auto is_shorter = [&](const auto& row) { return used_size(row) < width; };
  while (width > 1 && std::all_of(sample.begin(), sample.end(), is_shorter)) --width;
  return width;
}

// R writes a header without a name for the row numbers. A title above the table is no such header: names stand below it.
bool TableReader::has_row_numbers(const SampleRows& sample) const {
  if (sample.size() < 2 || sample[0].size() + 1 != used_size(sample[1])) return false;
  return first_row_is_sample(without_gaps({sample.begin() + 1, sample.end()}), format_.decimal[0], format_.thousands);
}

// Lines above the table have fewer cells than its rows.
void TableReader::check_title(const SampleRows& sample) const {
  const std::size_t width = used_size(sample.back());
  if (sample.size() < 3 || sample[0].size() >= width || has_row_numbers(sample)) return;
  std::size_t first = 0;
  while (used_size(sample[first]) != width) ++first;
  if (sample.size() - first < 2) return;
  fail(header_line_, "found " + counted(sample[0].size(), "cell") + ", and " + std::to_string(width) +
                         " in later rows; wanted a header with a name for each column (\"skip_rows\": " +
                         std::to_string(sample_lines_[first] - 1) + " leaves out the lines above the table)");
}

// Without names given for them, columns are called by their places; the second of a name is `a.2`.
void TableReader::name_columns(const std::vector<std::string>& given, std::size_t width) {
  const auto is_given = [&](const std::string& name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  };
  std::vector<std::string> unnamed;
  for (std::size_t column = 0; column < width; ++column) {
    const std::string place = place_name(column);
    is_named_.push_back(column < given.size() && !given[column].empty());
    const std::string& wanted = is_named_.back() ? given[column] : place;
    if (!is_named_.back()) unnamed.push_back(place);
    std::string name = wanted;
    bool taken = columns_.contains(name) || (!is_named_.back() && is_given(name));
    for (std::size_t n = 2; taken; ++n) {
      name = wanted + "." + std::to_string(n);
      taken = columns_.contains(name) || is_given(name);
    }
    if (name != wanted) {
      remarks_.push_back("the name " + quoted(wanted) + " occurs twice: " + place + " is called " + quoted(name));
    }
    columns_.emplace(name, column);
    names_.push_back(std::move(name));
  }
  if (format_.header == "true" && !unnamed.empty()) {
    remarks_.push_back("the header has no name for " + join(unnamed));
  }
}

std::optional<std::size_t> TableReader::find(std::string_view name) const {
  if (const auto found = columns_.find(name); found != columns_.end()) return found->second;
  constexpr std::string_view place = "column ";
  if (!name.starts_with(place)) return std::nullopt;
  const auto number = parse_size(name.substr(place.size()));
  return number && *number > 0 && *number <= names_.size() ? std::optional(*number - 1) : std::nullopt;
}

std::string TableReader::header_hint() const {
  for (const char other : {';', '\t', ',', '|'}) {
    if (names_.size() > 1 || other == delimiter_ || names_[0].find(other) == std::string::npos) continue;
    return "; the header seems to be separated by " + delimiter_words(other) + ": set the delimiter, or leave it out";
  }
  if (format_.header == "false") return "; the table was read without a header (\"header\": true takes its first line)";
  const bool numbers = std::any_of(names_.begin(), names_.end(), [](const auto& name) { return parse_double(name); });
  return numbers ? "; the header holds numbers: is it missing? (\"header\": false)" : "";
}

// ---------------------------------------------------------------------------------------------------------------- rows

bool TableReader::next() {
  if (!next_row()) return false;
  const auto is_empty = [](const CsvCell& cell) { return cell.text.empty() && !cell.quoted; };
  while (cells_.size() > names_.size() && is_empty(cells_.back())) cells_.pop_back();
  if (cells_.size() == names_.size()) return true;
  const bool has_header = format_.header == "true";
  fail(line(), "found " + counted(cells_.size(), "cell") + "; wanted " + std::to_string(names_.size()) + ", as the " +
                   (has_header ? "header has" : "rows above have") + " (put cells that hold a delimiter in quotes)");
}

void TableReader::fail(std::size_t line, const std::string& reason) const {
  throw DataError(place() + ":" + std::to_string(line) + ": " + reason);
}

void TableReader::fail_file(const std::string& reason) const { throw DataError(place() + ": " + reason); }

std::string TableReader::place() const { return name_ == "-" ? "standard input" : printable(name_); }

void TableReader::fail_cell(std::size_t column, const std::string& wanted) const {
  const CsvCell& cell = cells_[column];
  fail(cell.line, (is_named_[column] ? "column " + quoted(names_[column]) : names_[column]) + ": found " +
                      (cell.text.empty() ? "an empty cell" : quoted(cell.text)) + "; wanted " + wanted);
}

std::optional<double> TableReader::number_in(const CsvCell& cell) const {
  const std::string_view text = cell.quoted ? detail::trimmed(cell.text) : cell.text;
  if (format_.decimal == "." && format_.thousands.empty()) return parse_double(text);
  return parse_number(text, format_.decimal[0], format_.thousands);
}

std::string TableReader::number_advice(const CsvCell& cell) const {
  if (number_in(cell)) return "";
  const std::string_view text = detail::trimmed(cell.text);
  std::vector<std::string> ways;
  for (const char decimal : {'.', ','}) {
    for (const std::string_view thousands : {"", ",", ".", "'", " ", "\u00A0", "\u202F"}) {
      const bool is_used = thousands.empty() || text.find(thousands) != std::string_view::npos;
      if (!is_used || thousands == std::string_view(&decimal, 1)) continue;
      const auto value = parse_number(text, decimal, thousands);
      if (!value) continue;
      std::string keys = decimal == format_.decimal[0] ? "" : std::string("\"decimal\": \"") + decimal + '"';
      if (thousands != format_.thousands) {
        keys += (keys.empty() ? "" : ", ") + ("\"thousands\": \"" + std::string(thousands)) + '"';
      }
      if (!keys.empty()) ways.push_back("set " + keys + " to read " + to_text(*value));
    }
  }
  return ways.empty() ? "" : "a number (" + join(ways, ", or ") + ")";
}

bool TableReader::next_row() {
  const auto is_empty = [](const CsvCell& cell) { return cell.text.empty() && !cell.quoted; };
  do {
    if (!read_whole_row()) return false;
  } while (std::all_of(cells_.begin(), cells_.end(), is_empty));
  return true;
}

// Reads a row, and again with a further block where it came to the end of the text: the row may go on there. False if
// no text is left.
bool TableReader::read_whole_row() {
  for (;;) {
    const auto [position, line] = std::pair(position_, line_);
    if (!at_end()) read_row();
    if (!at_end() || is_whole_) return position_ > position;
    position_ = position;
    line_ = line;
    read_block();
    check_encoding();
  }
}

// The rest of this line, without its end.
std::string_view TableReader::next_line() {
  const auto line_end = [&] { return text_.find_first_of("\r\n", position_); };
  std::size_t end = line_end();
  while (!is_whole_ && (end == std::string_view::npos || end + 1 == text_.size())) {
    read_block();
    check_encoding();
    end = line_end();
  }
  const std::string_view line = text_.substr(position_, end - position_);
  position_ += line.size();
  if (!at_end()) take_line_end();
  return line;
}

void TableReader::skip_blanks() {
  while ((at(' ') || at('\t')) && (!at(delimiter_) || is_separated_by_blanks())) ++position_;
}

// LF, CR LF or CR.
void TableReader::take_line_end() {
  position_ += text_.substr(position_).starts_with("\r\n") ? 2 : 1;
  ++line_;
}

// Whether a further cell follows in this row.
bool TableReader::take_delimiter() {
  if (is_separated_by_blanks()) {
    skip_blanks();
    return !at_end() && !at_line_end();
  }
  if (!at(delimiter_)) return false;
  ++position_;
  return true;
}

void TableReader::read_row() {
  cells_.clear();
  unescaped_.clear();
  if (comment_ != 0 && at(comment_)) {
    position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
  } else if (skip_blanks(); is_arff() && at('{')) {
    read_sparse_row();
  } else if (!is_separated_by_blanks() || !(at_end() || at_line_end())) {
    do {
      read_cell(cells_.emplace_back(), delimiter_);
    } while (take_delimiter());
  }
  if (!at_end()) take_line_end();
}

void TableReader::read_cell(CsvCell& cell, char end) {
  skip_blanks();
  if (at_quote()) {
    read_quoted(cell);
    check_after_quote(end);
  } else {
    read_plain(cell, end);
  }
}

void TableReader::read_plain(CsvCell& cell, char end) {
  const std::size_t first = position_;
  position_ = plain_end(text_, first, delimiter_);
  if (end != delimiter_) position_ = std::min(position_, text_.find(end, first));
  cell.text = detail::trimmed(text_.substr(first, position_ - first));
  cell.line = line_;
  cell.quoted = is_arff() && !cell.text.empty() && cell.text != "?";
}

void TableReader::read_quoted(CsvCell& cell) {
  const std::size_t opened = line_;
  const char quote = text_[position_];
  const std::size_t first = ++position_;
  bool escaped = false;
  for (;; ++position_) {
    if (at_end() && !is_whole_) return;
    if (at_end()) fail(opened, "found a quote that is never closed; wanted a second one at the end of the cell");
    if (at_line_end()) {
      take_line_end();
      --position_;
    } else if (is_arff() ? at('\\') : text_.substr(position_).starts_with("\"\"")) {
      escaped = true;
      ++position_;
    } else if (at(quote)) {
      break;
    }
  }
  const std::string_view raw = text_.substr(first, position_ - first);
  ++position_;
  cell = {escaped ? unescape(raw) : raw, opened, true};
}

void TableReader::check_after_quote(char end) {
  const bool was_blank = at(' ') || at('\t');
  skip_blanks();
  if (at_end() || at(delimiter_) || at(end) || at_line_end() || (is_separated_by_blanks() && was_blank)) return;
  fail(line_, "found " + quoted(text_.substr(position_, 1)) +
                  " after a closing quote; wanted the end of the cell (write a quote inside a cell twice)");
}

std::string_view TableReader::unescape(std::string_view raw) {
  std::string& text = unescaped_.emplace_back();
  if (is_arff()) return text = without_backslashes(raw);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '"') ++i;  // the second of a pair
  }
  return text;
}

// `{0 1.5, 3 red}`: of the columns that are not there, numbers are 0 and nominal ones have their first value.
void TableReader::read_sparse_row() {
  for (const DeclaredColumn& column : declared_) {
    const bool is_number = column.kind == DeclaredColumn::Kind::number || column.values.empty();
    cells_.push_back({is_number ? std::string_view("0") : column.values.front(), line_, true});
  }
  ++position_;
  for (skip_blanks(); !at('}'); skip_blanks()) {
    const std::size_t first = position_;
    while (!at_end() && text_[position_] >= '0' && text_[position_] <= '9') ++position_;
    const auto column = parse_size(text_.substr(first, position_ - first));
    if (at_end() && !is_whole_) return;
    if (!column || *column >= cells_.size() || !(at(' ') || at('\t'))) {
      fail(line_, "found a sparse row that is not as in {0 1.5, 3 red}; wanted an index below " +
                      std::to_string(cells_.size()) + ", a blank and a value");
    }
    read_cell(cells_[*column], '}');
    if (at(delimiter_)) ++position_;
  }
  ++position_;
  skip_blanks();
  if (!at_end() && !at_line_end()) fail(line_, "found more behind a sparse row; wanted the end of the line");
}

}  // namespace hinge
