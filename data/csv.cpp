// From text to cells, from cells to a header and numbers, from numbers to a data set.
#include <hinge/data/csv.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

namespace {

using Strings = std::vector<std::string>;

struct Cell {
  std::string_view text;
  std::size_t line;  // where it starts
};

std::string quoted(std::string_view text) { return '"' + printable(text) + '"'; }

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Cuts text into the cells of one row after the other. The cells are views into the text, or into memory that the next
// row uses again.
class Tokenizer {
 public:
  Tokenizer(std::string_view text, std::string_view name, char delimiter)
      : text_(text), name_(printable(name)), delimiter_(delimiter) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
      fail(1, "found UTF-16 text; wanted UTF-8 (save the file again with that encoding)");
    }
  }

  // Reads the next row that is not blank; false at the end.
  bool next(std::vector<Cell>& cells) {
    do {
      if (at_end()) return false;
      read_row(cells);
    } while (cells.size() == 1 && cells[0].text.empty());
    return true;
  }

  [[noreturn]] void fail(std::size_t line, const std::string& reason) const {
    throw DataError(name_ + ":" + std::to_string(line) + ": " + reason);
  }
  [[noreturn]] void fail_file(const std::string& reason) const { throw DataError(name_ + ": " + reason); }

 private:
  bool at_end() const { return position_ >= text_.size(); }
  bool at(char c) const { return !at_end() && text_[position_] == c; }
  bool at_line_end() const { return at('\n') || at('\r'); }
  bool at_blank() const { return (at(' ') || at('\t')) && !at(delimiter_); }

  void skip_blanks() {
    while (at_blank()) ++position_;
  }

  // LF, CR LF or CR.
  void take_line_end() {
    position_ += text_.substr(position_).starts_with("\r\n") ? 2 : 1;
    ++line_;
  }

  void read_row(std::vector<Cell>& cells) {
    cells.clear();
    unescaped_.clear();
    for (;;) {
      skip_blanks();
      cells.push_back(at('"') ? read_quoted() : read_plain());
      if (!at(delimiter_)) break;
      ++position_;
    }
    if (!at_end()) take_line_end();
  }

  Cell read_plain() {
    const std::size_t first = position_;
    while (!at_end() && !at(delimiter_) && !at_line_end()) ++position_;
    return {trimmed(text_.substr(first, position_ - first)), line_};
  }

  Cell read_quoted() {
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
    return {escaped ? unescape(raw) : raw, opened};
  }

  void check_after_quote() {
    skip_blanks();
    if (at_end() || at(delimiter_) || at_line_end()) return;
    fail(line_, "found " + quoted(text_.substr(position_, 1)) +
                    " after a closing quote; wanted the end of the cell (write a quote inside a cell twice)");
  }

  std::string_view unescape(std::string_view raw) {
    std::string& text = unescaped_.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      text += raw[i];
      if (raw[i] == '"') ++i;  // the second of a pair
    }
    return text;
  }

  std::string_view text_;
  std::string name_;
  char delimiter_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::deque<std::string> unescaped_;  // of the current row; a deque does not move its strings
};

void check_delimiter(char delimiter) {
  constexpr std::string_view impossible("\"\n\r\0 +-.", 8);  // quotes, line ends, blanks, parts of numbers
  const bool letter_or_digit = (delimiter >= '0' && delimiter <= '9') || (delimiter >= 'a' && delimiter <= 'z') ||
                               (delimiter >= 'A' && delimiter <= 'Z');
  if (!letter_or_digit && impossible.find(delimiter) == std::string_view::npos) return;
  throw ConfigError("csv: delimiter = " + quoted(std::string_view(&delimiter, 1)) +
                    ", must be a character that is no part of a number, such as \",\", \";\" or a tab");
}

// The columns: their names, and which one is the target.
struct Header {
  Strings names;
  std::size_t target = 0;

  std::size_t width() const { return names.size(); }
  bool is_feature(std::size_t column) const { return column != target; }
  Strings feature_names() const {
    Strings features = names;
    features.erase(features.begin() + static_cast<std::ptrdiff_t>(target));
    return features;
  }
};

void check_width(const Tokenizer& table, const Cell& only, char delimiter) {
  std::string hint;
  for (const char other : {';', '\t', ',', '|'}) {
    if (other == delimiter || only.text.find(other) == std::string_view::npos) continue;
    hint = "; the header seems to be separated by " + std::string(other == '\t' ? "tabs" : quoted({&other, 1})) +
           ": set the delimiter";
    break;
  }
  table.fail(only.line, "found one column, " + quoted(only.text) + "; wanted at least a feature and a target" + hint);
}

void check_names(const Tokenizer& table, const std::vector<Cell>& cells) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    const auto& [name, line] = cells[column];
    const std::string place = "column " + std::to_string(column + 1);
    if (name.empty()) {
      table.fail(line, place + ": found no name; wanted one (a column without a name is often a row number, which " +
                           "a network must not learn from: remove it)");
    }
    const auto [first, is_new] = seen.emplace(name, column);
    if (is_new) continue;
    const bool is_number = parse_double(name).has_value();
    table.fail(line, place + ": found the name " + quoted(name) + ", which column " +
                         std::to_string(first->second + 1) + " has already; wanted a different one" +
                         (is_number ? " (is the header missing?)" : ""));
  }
}

// Whether the features' names are numbers, but do not just count the columns: then the first row is a sample.
bool looks_like_sample(const Strings& features) {
  double previous = 0;
  bool counts = true;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto number = parse_double(features[i]);
    if (!number) return false;
    counts = counts && *number == std::floor(*number) && (i == 0 || *number == previous + 1);
    previous = *number;
  }
  return !counts || features.size() == 1;
}

std::size_t find_target(const Tokenizer& table, std::size_t line, const Strings& names, const std::string& target) {
  constexpr std::size_t most_listed = 20;
  if (target.empty()) return names.size() - 1;
  const auto found = std::find(names.begin(), names.end(), target);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string hint;
  if (names.size() <= most_listed) {
    hint = suggestion(target, names);
  } else if (const std::string guess = nearest(target, names); !guess.empty()) {
    hint = "; did you mean " + quoted(guess) + "?";
  }
  table.fail(line, "found " + std::to_string(names.size()) + " columns, none called " + quoted(target) +
                       "; wanted the name of the target column" + hint);
}

Header read_header(Tokenizer& table, const CsvOptions& options) {
  std::vector<Cell> cells;
  if (!table.next(cells)) table.fail_file("found no text; wanted a header and at least one row");
  const std::size_t line = cells[0].line;
  if (cells.size() == 1) check_width(table, cells[0], options.delimiter);
  check_names(table, cells);
  Header header;
  for (const Cell& cell : cells) header.names.emplace_back(cell.text);
  header.target = find_target(table, line, header.names, options.target);
  if (looks_like_sample(header.feature_names())) {
    table.fail(line, "found numbers where the names of the features should be; wanted a header (add a first line " +
                         std::string("with a name for each column)"));
  }
  return header;
}

// What to do about a cell that is no number.
std::string number_hint(std::string_view text, bool is_target) {
  if (text.empty()) return "a number (fill gaps, or leave such rows out)";
  std::string with_point(text);
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  if (with_point != text && parse_double(with_point)) return "a number with a decimal point, " + quoted(with_point);
  if (is_target) return "a number (are these class labels? then the task is classification)";
  return "a number (is this the target? then name it; else replace it by numbers, or leave it out)";
}

// Numbers and labels row by row.
template <typename Scalar>
class Rows {
 public:
  Rows(Tokenizer& table, const Header& header, Task task) : table_(table), header_(header), task_(task) {}

  void read() {
    std::vector<Cell> cells;
    while (table_.next(cells)) {
      if (cells.size() != header_.width()) fail_width(cells);
      for (std::size_t column = 0; column < cells.size(); ++column) read_cell(cells[column], column);
      ++size_;
    }
    if (size_ == 0) table_.fail_file("found a header but no rows; wanted at least one row");
  }

  Dataset<Scalar> dataset() {
    DatasetNames names{.features = header_.feature_names(), .classes = {}, .targets = {header_.names[header_.target]}};
    const auto inputs = MatrixView<const Scalar>::samples(inputs_.data(), header_.width() - 1, size_);
    if (task_ == Task::regression) {
      return Dataset<Scalar>::regression(inputs, MatrixView<const Scalar>::samples(values_.data(), 1, size_),
                                         std::move(names));
    }
    names.classes = sort_classes();
    return Dataset<Scalar>::classification(inputs, classes_, std::move(names));
  }

 private:
  [[noreturn]] void fail_width(const std::vector<Cell>& cells) const {
    table_.fail(cells[0].line, "found " + std::to_string(cells.size()) + (cells.size() == 1 ? " cell" : " cells") +
                                   "; wanted " + std::to_string(header_.width()) +
                                   ", as the header has (put cells that hold a delimiter in quotes)");
  }

  [[noreturn]] void fail_cell(const Cell& cell, std::size_t column, const std::string& wanted) const {
    table_.fail(cell.line, "column " + quoted(header_.names[column]) + ": found " +
                               (cell.text.empty() ? "an empty cell" : quoted(cell.text)) + "; wanted " + wanted);
  }

  void read_cell(const Cell& cell, std::size_t column) {
    if (header_.is_feature(column)) {
      inputs_.push_back(number(cell, column));
    } else if (task_ == Task::regression) {
      values_.push_back(number(cell, column));
    } else {
      if (cell.text.empty()) fail_cell(cell, column, "a class label (leave rows without one out)");
      classes_.push_back(class_index(cell.text));
    }
  }

  Scalar number(const Cell& cell, std::size_t column) const {
    const auto value = parse_double(trimmed(cell.text));
    if (!value) fail_cell(cell, column, number_hint(trimmed(cell.text), !header_.is_feature(column)));
    if (std::abs(*value) > static_cast<double>(std::numeric_limits<Scalar>::max())) {
      fail_cell(cell, column, "a number that single precision can hold (scale the column, or train in double)");
    }
    return static_cast<Scalar>(*value);
  }

  // The class of a label, numbered as they come.
  std::int32_t class_index(std::string_view label) {
    const auto found = labels_.find(label);
    if (found != labels_.end()) return found->second;
    return labels_.emplace(std::string(label), static_cast<std::int32_t>(labels_.size())).first->second;
  }

  // Puts the labels in order, numbers the classes accordingly, and returns the labels.
  Strings sort_classes() {
    check_class_count();
    Strings sorted;
    for (const auto& [label, index] : labels_) sorted.push_back(label);
    sort_numbers(sorted);
    std::vector<std::int32_t> renumbered(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      renumbered[static_cast<std::size_t>(labels_.at(sorted[i]))] = static_cast<std::int32_t>(i);
    }
    for (std::int32_t& index : classes_) index = renumbered[static_cast<std::size_t>(index)];
    return sorted;
  }

  void check_class_count() const {
    if (labels_.size() > 1) return;
    table_.fail_file("column " + quoted(header_.names[header_.target]) + ": found only the class " +
                     quoted(labels_.begin()->first) + "; wanted at least two (is this the target column?)");
  }

  // By value if every label is a number; otherwise the labels stay in the order of their bytes.
  void sort_numbers(Strings& labels) const {
    std::vector<std::pair<double, std::string>> numbers;
    for (const std::string& label : labels) {
      const auto value = parse_double(label);
      if (!value) return;
      numbers.emplace_back(*value, label);
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      labels[i] = numbers[i].second;
      if (i == 0 || numbers[i].first != numbers[i - 1].first) continue;
      table_.fail_file("column " + quoted(header_.names[header_.target]) + ": found the labels " +
                       quoted(labels[i - 1]) + " and " + quoted(labels[i]) +
                       ", the same number; wanted one spelling for each class");
    }
  }

  Tokenizer& table_;
  const Header& header_;
  Task task_;
  std::size_t size_ = 0;
  std::vector<Scalar> inputs_;
  std::vector<Scalar> values_;
  std::vector<std::int32_t> classes_;
  std::map<std::string, std::int32_t, std::less<>> labels_;
};

}  // namespace

template <typename Scalar>
Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options) {
  check_delimiter(options.delimiter);
  Tokenizer table(text, name, options.delimiter);
  const Header header = read_header(table, options);
  Rows<Scalar> rows(table, header, options.task);
  rows.read();
  return rows.dataset();
}

template <typename Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options) {
  return parse_csv<Scalar>(read_file(path), path, options);
}

template Dataset<float> read_csv<float>(const std::string&, const CsvOptions&);
template Dataset<double> read_csv<double>(const std::string&, const CsvOptions&);
template Dataset<float> parse_csv<float>(std::string_view, std::string_view, const CsvOptions&);
template Dataset<double> parse_csv<double>(std::string_view, std::string_view, const CsvOptions&);

}  // namespace hinge::inline HINGE_ABI
