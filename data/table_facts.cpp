// Counts the cells of a table.
#include <hinge/data/table_facts.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include <hinge/core/statistics.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table_reader.h>
#include <hinge/data/table/text_index.h>

namespace hinge {

namespace {

constexpr std::size_t many_categories = 100;
constexpr std::size_t most_far_values = 3;  // that are told one by one
constexpr std::size_t fewest_of_ids = 10;   // rows: two or three different values are no ids
constexpr std::size_t fewest_with_far = 9;  // values: the quartiles of fewer say little

// The text without a sign of money in front of it, or of money or percent behind it; a minus may come first.
bool is_number_with_sign(const TableReader& cells, const CsvCell& cell) {
  std::string_view text = detail::trimmed(cell.text);
  if (text.starts_with('-')) text.remove_prefix(1);
  for (const std::string_view sign : {"$", "€", "£", "%"}) {
    if (sign != "%" && text.starts_with(sign)) text.remove_prefix(sign.size());
    if (text.ends_with(sign)) text.remove_suffix(sign.size());
  }
  text = detail::trimmed(text);
  if (text.find_first_of("0123456789+-.,") != 0) return false;  // soon, as most words are no numbers at all
  CsvCell rest = cell;
  rest.text = text;
  return cells.number_in(rest).has_value() || !cells.number_advice(rest).empty();
}

// One column, while it is read.
class ColumnCounter {
 public:
  ColumnCounter(std::string name, bool is_named, std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
    facts_.name = std::move(name);
    facts_.is_named = is_named;
  }

  // Begins a lookup, for the memory of a whole row is fetched in the time of one cell's.
  void announce(std::string_view text) {
    hash_ = TextIndex::hash_of(text);
    texts_.prefetch(hash_);
  }

  // What a text means is found out once, as most columns of texts have few.
  void take(const TableReader& cells, std::size_t place) {
    const CsvCell& cell = cells.cells()[place];
    if (cell.is_gap() || std::find(tokens_.begin(), tokens_.end(), cell.text) != tokens_.end()) {
      ++facts_.gaps;
    } else if (const std::size_t known = texts_.find(cell.text, hash_); known != TextIndex::none) {
      ++counts_[known];
      add(meanings_[known], cell.line);
    } else {
      const Meaning meaning = meaning_of(cells, cell);
      add(meaning, cell.line);
      if (texts_.size() == ColumnFacts::max_distinct) return;
      texts_.add(cell.text);
      counts_.push_back(1);
      meanings_.push_back(meaning);
    }
  }

  ColumnFacts finish() {
    facts_.distinct = texts_.size();
    const auto usual = facts_.numbers > 0 ? &ColumnFacts::numbers : &ColumnFacts::times;
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      facts_.texts.emplace_back(texts_.texts()[i], counts_[i]);
      const bool is_odd = facts_.*usual > 0 && meanings_[i].count != usual;
      if (is_odd) facts_.odd_texts.emplace_back(texts_.texts()[i]);
    }
    std::sort(facts_.texts.begin(), facts_.texts.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (!values_.empty()) add_moments();
    if (!values_.empty()) add_order();
    return std::move(facts_);
  }

 private:
  struct Meaning {
    std::size_t ColumnFacts::*count = &ColumnFacts::words;  // or numbers, or times
    bool is_number_with_sign = false;
    double value = 0;  // of a number, or of a time
  };

  Meaning meaning_of(const TableReader& cells, const CsvCell& cell) {
    if (const auto number = cells.number_in(cell)) return {.count = &ColumnFacts::numbers, .value = *number};
    if (const auto time = parse_time(detail::trimmed(cell.text))) return {.count = &ColumnFacts::times, .value = *time};
    if (facts_.words == 0) {
      facts_.first_word = std::string(cell.text);
      facts_.first_word_line = cell.line;
      facts_.number_advice = cells.number_advice(cell);
    }
    return {.is_number_with_sign = is_number_with_sign(cells, cell)};
  }

  void add(const Meaning& meaning, std::size_t line) {
    ++(facts_.*meaning.count);
    if (meaning.count == &ColumnFacts::words) {
      facts_.numbers_with_sign += meaning.is_number_with_sign ? 1 : 0;
      return;
    }
    if (values_.empty() || meaning.value < facts_.smallest) {
      facts_.smallest = meaning.value;
      smallest_line_ = line;
    }
    if (values_.empty() || meaning.value > facts_.largest) {
      facts_.largest = meaning.value;
      largest_line_ = line;
    }
    values_.push_back(meaning.value);
  }

  void add_moments() {
    const double count = static_cast<double>(values_.size());
    double mean = 0;
    for (const double x : values_) mean += x / count;
    double m2 = 0;
    double m3 = 0;
    facts_.is_whole = true;
    for (const double x : values_) {
      m2 += (x - mean) * (x - mean) / count;
      m3 += (x - mean) * (x - mean) * (x - mean) / count;
      facts_.is_whole = facts_.is_whole && x == std::floor(x);
    }
    if (!(m2 > 0)) return;
    facts_.skewness = m3 / std::pow(m2, 1.5);
    facts_.farthest = std::max(mean - facts_.smallest, facts_.largest - mean) / std::sqrt(m2);
  }

  // Reorders the values and lets them go.
  void add_order() {
    std::vector<double> values = std::exchange(values_, {});
    const auto [lower, median, upper] = quartiles(values);
    facts_.median = median;
    if (values.size() < fewest_with_far || !(upper > lower)) return;
    const auto at_rank = [&](std::size_t rank) {
      const auto place = values.begin() + static_cast<std::ptrdiff_t>(rank);
      std::nth_element(values.begin(), place, values.end());
      return *place;
    };
    const double far = 10 * (upper - lower);
    const double above = facts_.largest - upper;
    const double below = lower - facts_.smallest;
    const bool is_above = above > far && above > 3 * (at_rank(values.size() - 2) - upper);
    facts_.is_far_out = is_above || (below > far && below > 3 * (lower - at_rank(1)));
    facts_.far_value = is_above ? facts_.largest : facts_.smallest;
    facts_.far_line = is_above ? largest_line_ : smallest_line_;
  }

  ColumnFacts facts_;
  std::vector<std::string> tokens_;
  TextIndex texts_;
  std::uint64_t hash_ = 0;
  std::vector<std::size_t> counts_;  // of each text
  std::vector<Meaning> meanings_;
  std::vector<double> values_;
  std::size_t smallest_line_ = 0;
  std::size_t largest_line_ = 0;
};

// `"a", "b", "c" and 4 more`
std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t most = 8;
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    if (shown.size() < most) shown.push_back(in_quotes(name));
  }
  return join(shown) + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

std::string columns_named(const std::vector<std::string>& names) {
  return (names.size() == 1 ? "column " : std::to_string(names.size()) + " columns, ") + names_text(names) +
         (names.size() == 1 ? ": " : ", each: ");
}

std::string far_text(const ColumnFacts& column) {
  return columns_named({column.name}) + to_text(column.far_value) + " (line " + std::to_string(column.far_line) +
         ") lies far from all other values, whose median is " + to_text(column.median, 4);
}

std::string sign_text(const ColumnFacts& column) {
  return "texts such as " + in_quotes(column.first_word) +
         " would be numbers without the sign, and are read as categories";
}

// A line with the only word of most columns of numbers, at least of two; 0: none.
std::size_t line_of_words(const std::vector<ColumnFacts>& columns) {
  const auto numbers = std::count_if(columns.begin(), columns.end(), [](const auto& c) { return c.numbers > 0; });
  for (const ColumnFacts& column : columns) {
    const auto count = std::count_if(columns.begin(), columns.end(), [&](const ColumnFacts& other) {
      return other.is_mixed() && other.words == 1 && other.first_word_line == column.first_word_line;
    });
    if (count > 1 && 2 * count > numbers) return column.first_word_line;
  }
  return 0;
}

}  // namespace

bool ColumnFacts::is_id_like() const {
  if (values() < fewest_of_ids || gaps > 0) return false;
  const bool all_differ = distinct == std::min(values(), max_distinct) && texts.front().second == 1;
  if (words == values()) return all_differ;
  return all_differ && holds_numbers() && is_whole && largest - smallest == static_cast<double>(numbers - 1);
}

std::vector<std::string> TableFacts::oddities(const std::vector<std::string>& used) const {
  std::vector<std::string> ids;
  std::vector<std::string> far;
  std::vector<std::string> found;
  for (const ColumnFacts& column : columns) {
    if (std::find(used.begin(), used.end(), column.name) == used.end()) continue;
    if (column.is_id_like()) ids.push_back(column.name);
    if (column.is_far_out) far.push_back(column.name);
    if (column.is_far_out && far.size() <= most_far_values) found.push_back(far_text(column));
    if (column.holds_numbers_with_sign()) found.push_back(columns_named({column.name}) + sign_text(column));
    if (column.words > 0 && column.distinct > many_categories && !column.is_id_like()) {
      found.push_back(columns_named({column.name}) + std::to_string(column.distinct) +
                      " different texts, an input for each");
    }
  }
  if (far.size() > most_far_values) {
    far.erase(far.begin(), far.begin() + std::ptrdiff_t{most_far_values});
    found.push_back(columns_named(far) + "one value lies far from all others, too");
  }
  if (!ids.empty()) found.push_back(columns_named(ids) + "another value in every row, as an id has");
  if (const std::size_t line = line_of_words(columns); line > 0) {
    found.push_back(
        "line " + std::to_string(line) +
        " has the only word of most columns of numbers: delete it if it is a second header, or holds units");
  }
  return found;
}

TableFacts facts_of(TableReader& cells, const Columns& columns) {
  std::vector<std::vector<std::string>> tokens(cells.names().size());
  for (const auto& [name, column] : columns.sections()) {
    if (const auto place = cells.find(name)) tokens[*place] = column.tokens;
  }
  std::vector<ColumnCounter> counters;
  const bool has_header = cells.format().header == "true";
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    counters.emplace_back(cells.names()[i], cells.is_named(i) || !has_header, tokens[i]);
  }
  TableFacts facts{.format = cells.format(), .is_arff = !cells.declared().empty(), .remarks = cells.remarks()};
  TableErrors errors;
  while (next_row(cells, errors)) {
    ++facts.rows;
    for (std::size_t i = 0; i < counters.size(); ++i) counters[i].announce(cells.cells()[i].text);
    for (std::size_t i = 0; i < counters.size(); ++i) counters[i].take(cells, i);
  }
  errors.throw_if_any();
  for (ColumnCounter& counter : counters) facts.columns.push_back(counter.finish());
  return facts;
}

}  // namespace hinge
