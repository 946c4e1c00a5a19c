// Delimiters by the number of cells that they make, headers by the kinds of the cells below them.
#include <hinge/data/table/format_guess.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <hinge/core/number.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

namespace {

constexpr std::size_t max_rows = 100;

bool is_line_end(char c) { return c == '\n' || c == '\r'; }

// How a delimiter divides a text into rows and cells: quickly, and without a complaint.
class Division {
 public:
  Division(std::string_view text, char delimiter, char comment) : text_(text), delimiter_(delimiter) {
    while (position_ < text_.size() && widths_.size() < max_rows) {
      while (position_ < text_.size() && is_line_end(text_[position_])) ++position_;
      if (position_ == text_.size()) break;
      if (comment != 0 && text_[position_] == comment) {
        while (position_ < text_.size() && !is_line_end(text_[position_])) ++position_;
      } else {
        divide_row();
      }
    }
  }

  bool reached_end() const { return position_ >= text_.size(); }
  void drop_last_row() { widths_.pop_back(); }
  std::size_t rows() const { return widths_.size(); }

  // The most frequent number of cells in a row, of equally frequent ones the larger.
  std::size_t width() const {
    std::map<std::size_t, std::size_t> counts;
    for (const std::size_t width : widths_) ++counts[width];
    const auto rarer = [](const auto& a, const auto& b) {
      return a.second < b.second || (a.second == b.second && a.first < b.first);
    };
    return counts.empty() ? 0 : std::max_element(counts.begin(), counts.end(), rarer)->first;
  }
  // Between blanks, the header may have no name for a column of row numbers, or a # in front.
  bool has_odd_header() const {
    const std::size_t first = widths_.empty() ? 0 : widths_[0];
    return delimiter_ == ' ' && (first + 1 == width() || (first == width() + 1 && text_.starts_with('#')));
  }
  double regular_fraction() const {
    const auto count = std::count(widths_.begin(), widths_.end(), width()) + (has_odd_header() ? 1 : 0);
    return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(widths_.size(), 1));
  }
  // Whether commas stand inside of numbers only. Two columns between blanks are no proof: `5,10 kg`.
  bool has_decimal_commas() const {
    return decimal_commas_ > 0 && other_commas_ == 0 && (delimiter_ != ' ' || width() > 2);
  }
  double number_fraction() const {
    return static_cast<double>(numbers_) / static_cast<double>(std::max<std::size_t>(cells_, 1));
  }

 private:
  bool is_blank(std::size_t i) const { return text_[i] == ' ' || (text_[i] == '\t' && delimiter_ != '\t'); }
  bool is_delimiter(std::size_t i) const { return delimiter_ == ' ' ? is_blank(i) : text_[i] == delimiter_; }

  void divide_row() {
    std::size_t width = 0;
    for (bool goes_on = true; goes_on;) {
      while (position_ < text_.size() && is_blank(position_)) ++position_;
      const bool at_end = position_ == text_.size() || is_line_end(text_[position_]);
      if (at_end && (delimiter_ == ' ' || width == 0)) break;
      divide_cell();
      ++width;
      goes_on = position_ < text_.size() && is_delimiter(position_);
      if (goes_on && delimiter_ != ' ') ++position_;
    }
    if (width > 0) widths_.push_back(width);
  }

  void divide_cell() {
    const std::size_t first = position_;
    const bool quoted = position_ < text_.size() && text_[position_] == '"';
    if (quoted) {
      do {  // up to a quote that is not written twice
        position_ = std::min(text_.find('"', position_ + 1), text_.size() - 1) + 1;
      } while (position_ < text_.size() && text_[position_] == '"');
    }
    while (position_ < text_.size() && !is_line_end(text_[position_]) && !is_delimiter(position_)) ++position_;
    std::string_view cell = text_.substr(first, position_ - first);
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\t')) cell.remove_suffix(1);
    if (quoted && cell.size() > 1) cell = cell.substr(1, cell.size() - 2);
    ++cells_;
    const bool has_comma = cell.find(',') != std::string_view::npos;
    const bool is_number =
        parse_number(cell, '.', "") || (cell.find(',') != 0 && !cell.ends_with(',') && parse_number(cell, ',', ""));
    if (is_number) ++numbers_;
    if (has_comma && !quoted) ++(is_number ? decimal_commas_ : other_commas_);
  }

  std::string_view text_;
  char delimiter_;
  std::size_t position_ = 0;
  std::vector<std::size_t> widths_;
  std::size_t cells_ = 0;
  std::size_t numbers_ = 0;
  std::size_t decimal_commas_ = 0;  // cells that are numbers with a comma
  std::size_t other_commas_ = 0;    // other cells with one, without quotes
};

// What a column says about the cell in its first row.
class ColumnVote {
 public:
  ColumnVote(const SampleRows& rows, std::size_t column, char decimal, std::string_view thousands)
      : first_(cell_at(rows[0], column)) {
    const auto is_number = [&](const std::string& text) { return parse_number(text, decimal, thousands).has_value(); };
    value_ = parse_number(first_, decimal, thousands);
    std::map<std::string, std::size_t> counts;
    std::size_t numbers = 0;
    for (std::size_t row = 1; row < rows.size(); ++row) {
      const std::string& cell = cell_at(rows[row], column);
      if (cell.empty()) continue;
      ++counts[cell];
      ++cells_;
      if (is_number(cell)) ++numbers;
    }
    holds_numbers_ = cells_ > 0 && 2 * numbers > cells_;
    occurs_again_ = counts.contains(first_);
    few_values_ = cells_ >= 4 && 2 * counts.size() <= cells_;
  }

  const std::optional<double>& value() const { return value_; }
  bool says_sample() const { return value_ ? holds_numbers_ || cells_ == 0 : !first_.empty() && occurs_again_; }
  bool says_header() const {
    return !value_ && !first_.empty() && !occurs_again_ && (holds_numbers_ || few_values_ || cells_ == 0);
  }

 private:
  static const std::string& cell_at(const std::vector<std::string>& row, std::size_t column) {
    static const std::string none;
    return column < row.size() ? row[column] : none;
  }

  const std::string& first_;
  std::optional<double> value_;
  std::size_t cells_ = 0;
  bool holds_numbers_ = false;
  bool occurs_again_ = false;
  bool few_values_ = false;
};

// Whether numbers name columns: whole ones in equal steps, at least three, or two that are years or begin to count.
bool count_columns(const std::vector<double>& numbers) {
  if (numbers.size() < 2) return false;
  const double step = numbers[1] - numbers[0];
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != std::floor(numbers[i]) || (i > 0 && numbers[i] - numbers[i - 1] != step)) return false;
  }
  const bool are_years = numbers.front() >= 1900 && numbers.back() <= 2100;
  const bool begin = step == 1 && (numbers[0] == 0 || numbers[0] == 1);
  return step > 0 && (numbers.size() > 2 || are_years || begin);
}

bool has_point(const std::string& cell) {
  return cell.find('.') != std::string::npos && parse_number(cell, '.', "").has_value();
}

// Whether a cell is a number with a decimal comma and cannot be one with thousands.
bool has_decimal_comma(const std::string& cell) {
  return cell.find(',') != std::string::npos && parse_number(cell, ',', "") && !parse_number(cell, '.', ",");
}

}  // namespace

char guess_delimiter(std::string_view start, char comment, bool is_whole) {
  std::tuple<double, bool, double> best{0, false, -1};
  char guess = ',';
  for (const char delimiter : {';', '\t', '|', ',', ' '}) {
    Division division(start, delimiter, comment);
    if (division.reached_end() && !is_whole && division.rows() > 1) division.drop_last_row();
    if (division.width() < 2) continue;
    const std::tuple score{division.regular_fraction(), division.has_decimal_commas(), division.number_fraction()};
    const auto [regular, commas, numbers] = score;
    const bool is_other_table = std::get<0>(best) == 1 && division.has_odd_header();
    const bool by_accident = delimiter == ' ' && (regular < 1 || numbers == 0 || is_other_table);  // sentences
    if (by_accident || score <= best) continue;
    best = score;
    guess = delimiter;
  }
  return guess;
}

char guess_decimal(const SampleRows& rows) {
  bool commas = false;
  for (const auto& row : rows) {
    if (std::any_of(row.begin(), row.end(), has_point)) return '.';
    commas = commas || std::any_of(row.begin(), row.end(), has_decimal_comma);
  }
  return commas ? ',' : '.';
}

char guess_thousands(const SampleRows& rows) {
  for (const auto& [thousands, decimal] : {std::pair{'.', ','}, std::pair{',', '.'}}) {
    const std::string_view mark(&thousands, 1);
    bool is_seen = false;
    bool is_possible = true;
    for (const auto& row : rows) {
      for (const std::string& cell : row) {
        const bool is_number = parse_number(cell, decimal, mark).has_value();
        const bool has_both = cell.find(thousands) != std::string::npos && cell.find(decimal) != std::string::npos;
        is_seen = is_seen || (is_number && has_both);
        is_possible = is_possible && (is_number || !parse_number(cell, thousands, ""));
      }
    }
    if (is_seen && is_possible) return thousands;
  }
  return 0;
}

bool first_row_is_sample(const SampleRows& rows, char decimal, std::string_view thousands) {
  std::vector<double> numbers;
  std::size_t samples = 0;
  std::size_t headers = 0;
  for (std::size_t column = 0; column < rows[0].size(); ++column) {
    const ColumnVote vote(rows, column, decimal, thousands);
    if (vote.value()) numbers.push_back(*vote.value());
    if (vote.says_sample()) ++samples;
    if (vote.says_header()) ++headers;
  }
  if (count_columns(numbers)) samples -= std::min(samples, numbers.size());
  return samples > headers;
}

}  // namespace hinge
