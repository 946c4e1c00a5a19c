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
using detail::quoted;
using detail::trimmed;

constexpr std::size_t max_categories = 1000;      // a column with more is a name, a date, an identifier
constexpr std::size_t max_mixed_categories = 20;  // of words and numbers together

// What to write into a config: `"columns": {"x": {"kind": "category"}}`.
std::string advice(const std::string& column, const char* key, JsonValue value) {
  JsonValue section = JsonValue::object({{key, std::move(value)}});
  JsonValue columns = JsonValue::object({{column, std::move(section)}});
  return "\"columns\": " + to_json_line(columns);
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

ColumnReader::ColumnReader(TableColumn& column, const TablePlan& plan)
    : column_(&column), plan_(&plan), learns_labels_(plan.learns && column.column.categories.empty()) {
  for (const std::string& category : column.column.categories) labels_.add(category);
}

bool ColumnReader::is_gap(const TableReader& cells) const {
  const std::vector<std::string>& tokens = column_->column.tokens;
  return cell(cells).is_gap() || std::find(tokens.begin(), tokens.end(), cell(cells).text) != tokens.end();
}

void ColumnReader::take(const TableReader& cells) {
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
    throw DataError(plan_->source + ": column " + quoted(name()) +
                    ": found no value in any row; wanted at least one (leave the column out: " +
                    advice(name(), "kind", "ignored") + ")");
  }
  if (column_->kind == Kind::category && numbers_among_texts_ > 0) settle_texts();
  if (!words_.empty()) {
    settle_numbers();
    return false;
  }
  if (column_->holds_codes() && learns_labels_) sort_labels();
  return true;
}

std::optional<double> ColumnReader::value_in(const TableReader& cells) const {
  if (column_->kind == Kind::time) return parse_time(trimmed(cell(cells).text));
  return cells.number_in(cell(cells));
}

void ColumnReader::take_number(const TableReader& cells) {
  const bool is_token = !column_->column.tokens.empty() && is_gap(cells);
  const auto number = is_token ? std::nullopt : value_in(cells);
  if (!number) return take_other(cells);
  if (column_->kind == Kind::open) column_->kind = Kind::number;
  if (column_->kind == Kind::weight && *number < 0) cells.fail_cell(column_->place, "a weight >= 0");
  column_->numbers.push_back(*number);
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
    if (words_.empty()) first_word_ = {cell.line, std::string(cell.text), cells.number_advice(cell)};
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
  if (const auto time = parse_time(text)) {
    column_->kind = Kind::time;
    column_->numbers.push_back(*time);
    return;
  }
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
      first_number_ = {cell.line, std::string(cell.text), ""};
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

void ColumnReader::settle_texts() const {
  std::vector<std::size_t> all(labels_.size());
  for (const std::int32_t code : column_->codes) {
    if (code >= 0) ++all[static_cast<std::size_t>(code)];
  }
  std::vector<std::size_t> words;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    (labels_.is_number(static_cast<std::int32_t>(i)) ? numbers : words).push_back(all[i]);
  }
  if (!are_categories(words, numbers)) fail_odd(first_number_, "a text, as in the rows above");
}

// A column that began with numbers or times, and has words.
void ColumnReader::settle_numbers() const {
  std::vector<std::size_t> words;
  for (const auto& [word, count] : words_) words.push_back(count);
  if (column_->kind == Kind::time) fail_odd(first_word_, "a date, as in the rows above");
  if (are_categories(words, counts_of(column_->numbers))) return;
  fail_odd(first_word_,
           first_word_.number_advice.empty() ? "a number, as in the rows above" : first_word_.number_advice);
}

void ColumnReader::sort_labels() {
  column_->column.categories = sorted_labels(labels_.texts());
  const std::vector<std::int32_t> renumbered = labels_.reorder(column_->column.categories);
  for (std::int32_t& code : column_->codes) code = code < 0 ? code : renumbered[static_cast<std::size_t>(code)];
}

void ColumnReader::fail_word(const TableReader& cells) const {
  const std::string_view text = trimmed(cell(cells).text);
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
    wanted += " (if it stands for a gap: " + advice(name(), "tokens", std::vector<JsonValue>{std::string(text)}) + ")";
  }
  cells.fail_cell(column_->place, wanted);
}

void ColumnReader::fail_odd(const Place& place, const std::string& wanted) const {
  throw DataError(plan_->source + ":" + std::to_string(place.line) + ": column " + quoted(name()) + ": found " +
                  quoted(place.text) + "; wanted " + wanted +
                  " (a column holds numbers or texts, not both; if this one stands for a gap: " +
                  advice(name(), "tokens", std::vector<JsonValue>{place.text}) +
                  "; if all are categories: " + advice(name(), "kind", "category") + ")");
}

}  // namespace hinge
