// Inference and checks of one column, cell by cell.
#include <hinge/data/column_reader.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

using Kind = TableColumn::Kind;
using detail::trimmed;

constexpr std::size_t max_categories = 1000;      // a column with more is a name, a date, an identifier
constexpr std::size_t max_mixed_categories = 20;  // of words and numbers together
constexpr std::size_t max_declared = 20;          // values of an ARFF declaration in a message

// What to write into a config: `"columns": {"x": {"kind": "category"}}`.
std::string advice(const std::string& column, const char* key, JsonValue value) {
  JsonValue section = JsonValue::object({{key, std::move(value)}});
  JsonValue columns = JsonValue::object({{column, std::move(section)}});
  return "\"columns\": " + to_json_line(columns);
}

// The same for the texts that an error is about.
std::string tokens_advice(const std::string& column) {
  std::string text = advice(column, "tokens", std::string(1, TableError::texts_mark));
  const std::string mark = to_json_line(JsonValue(std::string(1, TableError::texts_mark)));
  return text.replace(text.find(mark), mark.size(), 1, TableError::texts_mark);
}

std::string dates_advice(const std::string& column, const char* format) {
  const JsonValue section = JsonValue::object({{"kind", "time"}, {"format", format}});
  return "\"columns\": " + to_json_line(JsonValue::object({{column, section}}));
}

// Whether each of these counts is at least two.
bool all_repeated(const std::vector<std::size_t>& counts) {
  return std::all_of(counts.begin(), counts.end(), [](std::size_t count) { return count > 1; });
}

std::size_t occurrences(const std::vector<std::size_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0});
}

// How often each number occurs.
std::vector<std::size_t> counts_of(const std::vector<double>& all) {
  std::vector<double> numbers;
  std::copy_if(all.begin(), all.end(), std::back_inserter(numbers), [](double x) { return !std::isnan(x); });
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::size_t> counts;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i] == numbers[i - 1]) {
      ++counts.back();
    } else {
      counts.push_back(1);
    }
  }
  return counts;
}

// Few words and numbers, of which the rarer sort is no exception.
bool are_categories(const std::vector<std::size_t>& words, const std::vector<std::size_t>& numbers) {
  return words.size() + numbers.size() <= max_mixed_categories &&
         all_repeated(occurrences(words) < occurrences(numbers) ? words : numbers);
}

}  // namespace

ColumnReader::ColumnReader(TableColumn& column, const TablePlan& plan, const TableReader& cells)
    : column_(&column),
      plan_(&plan),
      learns_labels_(plan.learns && column.column.categories.empty()),
      labels_(cells.format()) {
  for (const std::string& category : column.column.categories) labels_.add(category);
}

bool ColumnReader::is_gap(const TableReader& cells) const {
  const std::vector<std::string>& tokens = column_->column.tokens;
  return cell(cells).is_gap() || std::find(tokens.begin(), tokens.end(), cell(cells).text) != tokens.end();
}

inline std::optional<double> ColumnReader::value_in(const TableReader& cells) {
  return column_->kind == Kind::time ? time_in(cells) : cells.number_in(cell(cells));
}

inline void ColumnReader::take_number(const TableReader& cells) {
  const bool is_token = !column_->column.tokens.empty() && is_gap(cells);
  const auto number = is_token ? std::nullopt : value_in(cells);
  if (!number) return take_other(cells);
  if (column_->kind == Kind::open) column_->kind = Kind::number;
  is_plain_ = column_->kind == Kind::number && column_->column.tokens.empty() && cells.declared().empty() &&
              cells.has_plain_numbers();
  if (column_->kind == Kind::weight && *number < 0) cells.fail_cell(column_->place, "a weight >= 0");
  if (column_->is_label && !(*number >= 0 && *number <= 1)) {
    cells.fail_cell(column_->place, "a label, 0 or 1, or a probability (for other values take a loss such as mse)");
  }
  column_->numbers.push_back(*number);
}

void ColumnReader::take(const TableReader& cells) {
  if (is_plain_ && !cell(cells).quoted) {  // most cells; an optional that number_in hands on would be copied in memory
    const auto number = parse_double(cell(cells).text);
    if (number) return column_->numbers.push_back(*number);
  }
  if (!cells.declared().empty() && column_->kind != Kind::id) check_declared(cells);
  if (column_->kind == Kind::id) {
    if (plan_->keeps_ids) column_->texts.emplace_back(cell(cells).text);
  } else if (column_->holds_codes()) {
    take_text(cells);
  } else {
    take_number(cells);
  }
}

bool ColumnReader::settle(std::size_t rows) {
  if (column_->gaps == rows) {
    throw TableError({.place = plan_->source,
                      .column = "column " + in_quotes(name()),
                      .found = "no value in any row",
                      .wanted = "at least one (leave the column out: " + advice(name(), "kind", "ignored") + ")"});
  }
  if (column_->kind == Kind::category && numbers_among_texts_ > 0) settle_texts();
  if (!words_.empty()) {
    settle_words();
    return false;
  }
  if (column_->kind == Kind::time && column_->column.format == "auto" && !settle_dates()) return false;
  if (column_->holds_codes() && learns_labels_) sort_labels();
  return true;
}

// As long as it is open which comes first, each date tells what it knows about that.
std::optional<double> ColumnReader::time_in(const TableReader& cells) {
  const CsvCell& cell = this->cell(cells);
  const std::string_view text = trimmed(cell.text);
  std::string& format = column_->column.format;
  if (format == "auto" && !cells.declared().empty()) {
    const std::string& declared = cells.declared()[column_->place].date_format;  // dd/MM/yyyy
    if (!declared.empty() && declared[0] != 'y') format = declared[0] == 'M' ? "month first" : "day first";
  }
  if (format != "auto") return parse_time(text, format == "day first" ? DateOrder::day_first : DateOrder::month_first);
  const auto day_first = parse_time(text, DateOrder::day_first);
  const auto month_first = parse_time(text, DateOrder::month_first);
  const bool has_points = text.find('.') < 3;  // the day comes first then, unless a cell tells otherwise
  if (day_first == month_first || (has_points && day_first)) return day_first;
  if (!plan_->learns) return std::nullopt;
  Place& place = !month_first ? day_first_ : !day_first ? month_first_ : either_;
  if (place.line == 0) place = {.line = cell.line, .text = std::string(text)};
  return day_first ? day_first : month_first;
}

// An ARFF file says what its columns hold.
void ColumnReader::check_declared(const TableReader& cells) const {
  const DeclaredColumn& declared = cells.declared()[column_->place];
  const std::vector<std::string>& values = declared.values;
  const bool is_number = declared.kind != DeclaredColumn::Kind::number || cells.number_in(cell(cells));
  const bool is_listed = values.empty() || std::find(values.begin(), values.end(), cell(cells).text) != values.end();
  if ((is_number && is_listed) || is_gap(cells)) return;
  std::vector<std::string> listed;
  for (const std::string& value : values) {
    if (listed.size() < max_declared) listed.push_back(in_quotes(value));
  }
  if (values.size() > max_declared) listed.emplace_back("…");
  const std::string wanted = !is_number ? "a number, as its @attribute declares"
                                        : "one of the values that its @attribute declares, " + join(listed);
  const std::string tokens = plan_->learns ? "; if it stands for a gap: " + tokens_advice(name()) : "";
  cells.fail_cell(column_->place, wanted + " (mend the cell or the declaration" + tokens + ")");
}

// A cell of a column of numbers or times that holds none.
void ColumnReader::take_other(const TableReader& cells) {
  if (is_gap(cells)) {
    take_gap(cells);
    column_->numbers.push_back(TableColumn::no_number);
  } else if (column_->kind == Kind::open) {
    open_with_text(cells);
  } else if (plan_->learns && plan_->encodes && column_->column.kind == "auto" && column_->is_input()) {
    const CsvCell& cell = this->cell(cells);
    if (words_.empty())
      first_word_ = {.line = cell.line, .text = std::string(cell.text), .number_advice = cells.number_advice(cell)};
    if (words_.size() <= max_mixed_categories) ++words_[std::string(cell.text)];
    column_->numbers.push_back(TableColumn::no_number);
  } else {
    fail_word(cells);
  }
}

// The first cell with a value holds no number.
void ColumnReader::open_with_text(const TableReader& cells) {
  const std::string_view text = trimmed(cell(cells).text);
  if (!plan_->encodes || !cells.number_advice(cell(cells)).empty()) fail_word(cells);
  if (parse_time(text)) {
    column_->kind = Kind::time;
    column_->numbers.push_back(*time_in(cells));
    return;
  }
  first_word_ = {.line = cell(cells).line, .text = std::string(text), .is_in_first_row = column_->numbers.empty()};
  column_->kind = Kind::category;
  column_->codes.assign(column_->numbers.size(), TableColumn::gap);
  column_->numbers.clear();
  take_text(cells);
}

void ColumnReader::take_text(const TableReader& cells) {
  const bool is_gap = this->is_gap(cells);
  if (is_gap) take_gap(cells);
  column_->codes.push_back(is_gap ? TableColumn::gap : code_of(cells));
}

void ColumnReader::take_gap(const TableReader& cells) {
  ++column_->gaps;
  if (column_->column.keeps_gaps()) return;
  if (column_->is_target()) {
    cells.fail_cell(column_->place, std::string(column_->kind == Kind::classes ? "a class label" : "a number") +
                                        " (leave rows without one out; missing: drop does)");
  }
  const std::string way_out = plan_->drops
                                  ? " (fill gaps; or missing: drop leaves such rows out, missing: mean fills them: " +
                                        advice(name(), "missing", "mean") + ")"
                                  : " (fill gaps; a model that was trained with missing: mean fills them itself)";
  cells.fail_cell(column_->place, (column_->kind == Kind::category ? "a text" : "a number") + way_out);
}

std::int32_t ColumnReader::code_of(const TableReader& cells) {
  const CsvCell& cell = this->cell(cells);
  const bool may_be_mixed = learns_labels_ && column_->column.kind == "auto" && column_->kind == Kind::category;
  std::optional<std::int32_t> code = labels_.find(cell.text, !learns_labels_);
  if (!code) {
    if (!learns_labels_) return unknown_code(cells);
    if (labels_.size() == max_categories && column_->kind == Kind::category) {
      cells.fail_cell(column_->place, "one of the " + std::to_string(max_categories) +
                                          " categories above, the most there may be (a name, a date, an identifier? "
                                          "leave the column out: " +
                                          advice(name(), "kind", "ignored") + ")");
    }
    code = labels_.add(cell.text);
    if (may_be_mixed && numbers_among_texts_ == 0 && labels_.is_number(*code)) {
      first_number_ = {.line = cell.line, .text = std::string(cell.text)};
    }
  }
  if (may_be_mixed && labels_.is_number(*code)) ++numbers_among_texts_;
  return *code;
}

std::int32_t ColumnReader::unknown_code(const TableReader& cells) const {
  if (column_->column.unknown == "zeros" && column_->kind == Kind::category) return TableColumn::unknown;
  const std::string wanted = column_->kind == Kind::classes ? "a class" : "a category";
  cells.fail_cell(column_->place, wanted + " of the training data" + names_hint(cell(cells).text, labels_.texts()));
}

// A column of texts, some of which are numbers.
void ColumnReader::settle_texts() const {
  std::vector<std::size_t> all(labels_.size());
  for (const std::int32_t code : column_->codes) {
    if (code >= 0) ++all[static_cast<std::size_t>(code)];
  }
  std::vector<std::size_t> counts[2];  // of words, and of numbers
  std::vector<std::string> texts[2];
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_number = labels_.is_number(static_cast<std::int32_t>(i));
    counts[is_number].push_back(all[i]);
    texts[is_number].push_back(labels_.texts()[i]);
  }
  if (are_categories(counts[0], counts[1])) return;
  const std::size_t words = occurrences(counts[0]);
  const bool began_with_word = first_word_.line > 0;
  if (began_with_word && words < numbers_among_texts_) {
    fail_odd(first_word_, std::move(texts[0]), words, "a number, as in the rows below");
  }
  fail_odd(first_number_, std::move(texts[1]), numbers_among_texts_,
           began_with_word ? "a text, as in the rows above" : "a text, as in most rows");
}

// A column that began with numbers or times, and has words. If its numbers are the rarer sort, they are wrong: it is read
// again as texts, for their spellings and lines.
void ColumnReader::settle_words() {
  std::vector<std::size_t> words;
  std::vector<std::string> texts;
  for (const auto& [word, count] : words_) {
    words.push_back(count);
    texts.push_back(word);
  }
  const auto empty =
      std::count_if(column_->numbers.begin(), column_->numbers.end(), [](double x) { return std::isnan(x); });
  const std::size_t count = static_cast<std::size_t>(empty) - column_->gaps;
  if (column_->kind == Kind::time) fail_odd(first_word_, std::move(texts), count, "a date, as in the rows above");
  const std::vector<std::size_t> numbers = counts_of(column_->numbers);
  if (are_categories(words, numbers)) {
    column_->column.kind = "category";
  } else if (count <= occurrences(numbers)) {
    fail_odd(first_word_, std::move(texts), count,
             first_word_.number_advice.empty() ? "a number, as in the rows above" : first_word_.number_advice);
  }
  column_->kind = Kind::category;
}

// Whether the day or the month comes first, as soon as one date tells. False if it is the month: the dates before that one
// must be read again.
bool ColumnReader::settle_dates() {
  const auto fail = [&](const Place& place, const std::string& wanted) {
    throw TableError({.place = plan_->source,
                      .line = place.line,
                      .column = "column " + in_quotes(name()),
                      .found = in_quotes(place.text),
                      .wanted = wanted});
  };
  const std::string of_texts = "; for texts: " + advice(name(), "kind", "category") + ")";
  const bool is_month_first = month_first_.line > 0;
  if (is_month_first && day_first_.line > 0) {
    const bool is_later = month_first_.line > day_first_.line;
    fail(is_later ? month_first_ : day_first_,
         std::string("a date with the ") + (is_later ? "day" : "month") + " first, as in line " +
             std::to_string((is_later ? day_first_ : month_first_).line) + " (mend the cell" + of_texts);
  }
  if (either_.line > 0 && !is_month_first && day_first_.line == 0) {
    fail(either_, "a date that tells whether the day or the month comes first, and no cell does (" +
                      dates_advice(name(), "day first") + ", or " + dates_advice(name(), "month first") + of_texts);
  }
  if (is_month_first || day_first_.line > 0) column_->column.format = is_month_first ? "month first" : "day first";
  column_->column.kind = "time";
  return !is_month_first;
}

void ColumnReader::sort_labels() {
  const std::vector<std::int32_t> renumbered = labels_.sort();
  column_->column.categories = labels_.texts();
  for (std::int32_t& code : column_->codes) code = code < 0 ? code : renumbered[static_cast<std::size_t>(code)];
}

void ColumnReader::fail_word(const TableReader& cells) const {
  std::string wanted = column_->kind == Kind::time ? "a date such as 2024-02-29 or 2024-02-29T12:30" : "a number";
  if (const std::string number = cells.number_advice(cell(cells)); !number.empty()) {
    wanted = number;
  } else if (column_->kind == Kind::values) {
    wanted += " (are these class labels? then the task is classification)";
  } else if (!plan_->learns) {
    wanted += ", as in the training data";
  } else if (!plan_->encodes && column_->column.kind == "auto") {
    wanted +=
        " (encode: onehot makes inputs of a column of texts; else leave it out, or name it as the target if it is)";
  } else {
    wanted += " (if it stands for a gap: " + tokens_advice(name()) + ")";
  }
  cells.fail_cell(column_->place, wanted);
}

void ColumnReader::fail_odd(const Place& place, std::vector<std::string> texts, std::size_t count,
                            const std::string& wanted) const {
  const std::string what = count > 1 ? "these stand for gaps: " : "this one stands for a gap: ";
  std::string ways =
      "; if " + what + tokens_advice(name()) + "; if all are categories: " + advice(name(), "kind", "category");
  if (place.is_in_first_row && count == 1) {
    ways += "; if the line holds units or is a second header: delete it, or \"skip_rows\": " +
            std::to_string(place.line - 1) + " takes it for the header";
  }
  throw TableError({.place = plan_->source,
                    .line = place.line,
                    .column = "column " + in_quotes(name()),
                    .found = in_quotes(place.text),
                    .wanted = wanted + " (a column holds numbers or texts, not both" + ways + ")",
                    .texts = std::move(texts),
                    .count = count});
}

}  // namespace hinge
