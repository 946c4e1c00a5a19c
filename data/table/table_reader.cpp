// The format of a table, and the names of its columns.
#include <hinge/data/table/table_reader.h>

#include <algorithm>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/table/other_formats.h>

namespace hinge {

namespace {

constexpr std::size_t sample_rows = 100;
constexpr std::size_t sample_bytes = std::size_t{1} << 20;

// The delimiter that a format names; 0: to be guessed.
char delimiter_of(const TableFormat& format) {
  if (format.delimiter == "auto") return 0;
  if (format.delimiter == "tab") return '\t';
  if (format.delimiter == "blanks") return ' ';
  constexpr std::string_view impossible("\"\n\r\0 +-.", 8);  // quotes, line ends, blanks, parts of numbers
  const char delimiter = format.delimiter.empty() ? '\0' : lowered(format.delimiter).front();
  const bool letter_or_digit = (delimiter >= '0' && delimiter <= '9') || (delimiter >= 'a' && delimiter <= 'z');
  if (format.delimiter.size() == 1 && !letter_or_digit && impossible.find(delimiter) == std::string_view::npos) {
    return delimiter;
  }
  throw ConfigError("csv: delimiter = " + in_quotes(format.delimiter) +
                    ", must be a character that is no part of a number, such as \",\", \";\" or a tab");
}

std::string delimiter_name(char delimiter) {
  if (delimiter == '\t') return "tab";
  return delimiter == ' ' ? "blanks" : std::string(1, delimiter);
}

std::string delimiter_words(char delimiter) {
  if (delimiter == '\t') return "tabs";
  return delimiter == ' ' ? "blanks" : in_quotes({&delimiter, 1});
}

void check_format(const TableFormat& format) {
  for (const OptionError& error : format.errors()) {
    throw ConfigError("csv: " + std::string(error.option) + " " + error.message);
  }
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

// A text that advice can quote, cut between two characters.
std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 200;
  return std::string(text.substr(0, utf8_prefix(text.substr(0, longest))));
}

std::string place_name(std::size_t column) { return "column " + std::to_string(column + 1); }

// "column 1 … column 3"
std::string place_names(std::size_t width) { return width == 1 ? "column 1" : "column 1 … " + place_name(width - 1); }

}  // namespace

TableReader::TableReader(ByteReader bytes, std::string_view name, const TableFormat& format, std::size_t block_bytes)
    : rows_(std::move(bytes), name, block_bytes), name_(name), format_(format) {
  begin();
}

TableReader::TableReader(std::string_view text, std::string_view name, const TableFormat& format)
    : rows_(text, name), name_(name), format_(format) {
  begin();
}

// ---------------------------------------------------------------------------------------------------------- the format

void TableReader::begin() {
  check_format(format_);
  rows_.syntax.delimiter = delimiter_of(format_);
  if (!format_.comment.empty()) rows_.syntax.comment = format_.comment[0];
  const bool is_open = format_.delimiter == "auto";
  if (const std::string refusal = format_refusal(rows_.start().first, name_, is_open); !refusal.empty()) {
    fail(1, refusal);
  }
  rows_.check_encoding();
  skip_lines();
  guess_format();
  rows_.release_start();
}

// The lines above the table, also one such as `sep=;`, which is for Excel; and the header of ARFF, whose comments begin
// with %.
void TableReader::skip_lines() {
  for (std::size_t i = 0; i < format_.skip_rows; ++i) rows_.next_line();
  char& delimiter = rows_.syntax.delimiter;
  if (const std::string_view start = rows_.start().first.substr(0, 6); start.starts_with("sep=") && start.size() == 6) {
    if (delimiter == 0 && start.find_first_of("\r\n") == 5) delimiter = start[4];
    if (delimiter == start[4]) rows_.next_line();
  }
  const RowReader::Place place = rows_.place();
  const std::string_view start = rows_.start().first;
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (start[first] != '%' && start[first] != '@')) return;  // a line may be long
  std::string_view text;
  while ((text.empty() || text.front() == '%') && !rows_.at_end()) text = detail::trimmed(rows_.next_line());
  if (is_declaration(text, "@relation")) return read_arff_header();
  rows_.go_to(place);
}

void TableReader::read_arff_header() {
  std::vector<DeclaredColumn> declared;
  for (;;) {
    const std::size_t line = rows_.place().line;
    if (rows_.at_end()) fail(line, "found no @data; wanted it behind the attributes");
    const std::string_view text = detail::trimmed(rows_.next_line());
    if (is_declaration(text, "@data")) break;
    if (text.empty() || text.front() == '%') continue;
    if (!is_declaration(text, "@attribute")) fail(line, "found " + in_quotes(text) + "; wanted @attribute or @data");
    try {
      declared.push_back(parse_attribute(text));
    } catch (const DataError& error) {
      fail(line, error.what());
    }
  }
  if (declared.empty()) fail(rows_.place().line, "found no @attribute; wanted one for each column");
  format_ = {.delimiter = ",", .header = "true", .names = format_.names, .decimal = "."};
  rows_.syntax = {.delimiter = ',', .comment = '%', .declared = std::move(declared)};
}

// Reads the first rows twice: to guess what the format leaves open, and then as rows.
void TableReader::guess_format() {
  char& delimiter = rows_.syntax.delimiter;
  if (delimiter == 0) {
    const auto [start, is_all] = rows_.start();
    delimiter = guess_delimiter(start, rows_.syntax.comment, is_all);
    if (delimiter != ',') remarks_.push_back("the cells are separated by " + delimiter_words(delimiter));
  }
  format_.delimiter = delimiter_name(delimiter);
  const RowReader::Place place = rows_.place();
  SampleRows sample = read_sample();
  if (sample.empty() && !is_arff()) fail_file("found no text; wanted a header and at least one row");
  if (!sample.empty()) header_line_ = sample_lines_[0];
  const bool has_mark = sample.size() > 1 && sample[0][0] == "#" && sample[0].size() == used_size(sample[1]) + 1;
  if (has_mark) sample[0].erase(sample[0].begin());  // # x y
  if (format_.decimal == "auto") guess_numbers(sample);
  has_plain_numbers_ = format_.decimal == "." && format_.thousands.empty();
  rows_.go_to(place);
  read_names(sample);
}

void TableReader::guess_numbers(const SampleRows& sample) {
  const char thousands = format_.thousands.empty() ? guess_thousands(sample) : '\0';
  if (thousands != 0) {
    format_.thousands = std::string(1, thousands);
    remarks_.push_back("the numbers have thousands as in " + std::string(thousands == '.' ? "1.234,5" : "1,234.5"));
  }
  const bool is_clear = format_.thousands == "." || format_.thousands == ",";  // the other one then
  const bool is_guessed = !is_clear && rows_.syntax.delimiter != ',' && guess_decimal(sample) == ',';
  format_.decimal = is_guessed || format_.thousands == "." ? "," : ".";
  if (is_guessed) remarks_.push_back("the numbers have a decimal comma");
}

SampleRows TableReader::read_sample() {
  SampleRows rows;
  while (rows.size() < sample_rows && (rows.size() < 2 || rows_.place().position < sample_bytes) && rows_.next()) {
    sample_lines_.push_back(line());
    auto& row = rows.emplace_back();
    for (const CsvCell& cell : cells()) row.emplace_back(cell.text);
  }
  return rows;
}

void TableReader::read_names(const SampleRows& sample) {
  std::vector<std::string> names;
  if (is_arff()) {
    for (const DeclaredColumn& column : declared()) names.push_back(column.name);
  } else {
    check_title(sample);
    if (format_.header == "auto") format_.header = begins_with_sample(sample) ? "false" : "true";
    if (format_.header == "true") {
      rows_.next();
      names = sample[0];
      if (has_row_numbers(sample)) names.insert(names.begin(), "");
    }
  }
  const std::size_t width = table_width(sample);
  if (!format_.names.empty()) {
    if (format_.names.size() != width) {
      throw ConfigError("csv: names has " + quantity(format_.names.size(), "name") + ", but " + rows_.name() + " has " +
                        quantity(width, "column") + "; wanted one for each");
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
  if (is_arff()) return declared().size();
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
  fail(header_line_, "found " + quantity(sample[0].size(), "cell") + ", and " + std::to_string(width) +
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
      remarks_.push_back("the name " + in_quotes(wanted) + " occurs twice: " + place + " is called " + in_quotes(name));
    }
    columns_.emplace(name, column);
    names_.push_back(std::move(name));
  }
  if (format_.header == "true" && !unnamed.empty()) {
    remarks_.push_back("the header has no name for " + join(unnamed) + ": left out, unless the config names " +
                       (unnamed.size() == 1 ? "it" : "them"));
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
    if (names_.size() > 1 || other == rows_.syntax.delimiter || names_[0].find(other) == std::string::npos) continue;
    return "; the header seems to be separated by " + delimiter_words(other) + ": set the delimiter, or leave it out";
  }
  if (format_.header == "false") return "; the table was read without a header (\"header\": true takes its first line)";
  const bool numbers = std::any_of(names_.begin(), names_.end(), [](const auto& name) { return parse_double(name); });
  return numbers ? "; the header holds numbers: is it missing? (\"header\": false)" : "";
}

// --------------------------------------------------------------------------------------------------------------- rows

bool TableReader::next() {
  if (!rows_.next()) return false;
  rows_.trim(names_.size());
  if (cells().size() == names_.size()) return true;
  const bool has_header = format_.header == "true";
  throw TableError({.place = rows_.name(),
                    .line = line(),
                    .found = quantity(cells().size(), "cell"),
                    .wanted = std::to_string(names_.size()) + ", as the " +
                              (has_header ? "header has" : "rows above have") +
                              " (put cells that hold a delimiter in quotes)"});
}

bool next_row(TableReader& cells, TableErrors& errors) {
  while (!errors.is_full()) {
    try {
      return cells.next();
    } catch (const TableError& error) {
      errors.add(error);
    } catch (const DataError& error) {
      errors.throw_if_any(error.what());
      throw;
    }
  }
  return false;
}

void TableReader::fail_file(const std::string& reason) const { throw DataError(rows_.name() + ": " + reason); }

void TableReader::fail_cell(std::size_t column, const std::string& wanted) const {
  const CsvCell& cell = cells()[column];
  throw TableError({.place = rows_.name(),
                    .line = cell.line,
                    .column = is_named_[column] ? "column " + in_quotes(names_[column]) : names_[column],
                    .found = cell.text.empty() ? "an empty cell" : in_quotes(cell.text),
                    .wanted = wanted,
                    .texts = {shortened(detail::trimmed(cell.text))}});
}

std::optional<double> TableReader::formatted_number_in(const CsvCell& cell) const {
  const std::string_view text = cell.quoted ? detail::trimmed(cell.text) : cell.text;
  if (has_plain_numbers_) return parse_double(text);
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

}  // namespace hinge
