// Columns whose cells would be numbers or dates in another format, or without a few words.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/text.h>
#include <hinge/data/table_facts.h>

namespace hinge_command {

/// Whether a column of numbers or dates has a few words, which may stand for gaps, and too many values for categories.
inline bool has_odd_words(const hinge::ColumnFacts& column) {
  constexpr std::size_t max_words = 10;
  constexpr std::size_t max_mixed_categories = 20;  // with more, reading the table is an error
  return !column.odd_texts.empty() && column.odd_texts.size() <= max_words && column.distinct > max_mixed_categories;
}

/// A sentence for each column that is not among `read`, the numbers and dates, but would be with other separators or
/// without a few words: with the keys that read it.
inline std::vector<std::string> unread_numbers(const hinge::TableFacts& facts, const std::vector<std::string>& read) {
  using hinge::JsonValue;
  std::vector<std::string> warnings;
  for (const hinge::ColumnFacts& column : facts.columns) {
    if (std::find(read.begin(), read.end(), column.name) != read.end()) continue;
    const std::string what = column.numbers > 0 || column.times == 0 ? "numbers" : "dates";
    const std::string start = "column \"" + hinge::printable(column.name) + "\" is not read as " + what + ": ";
    if (!column.number_advice.empty()) {
      warnings.push_back(start + "\"" + hinge::printable(column.first_word) + "\" in line " +
                         std::to_string(column.first_word_line) + " would be " + column.number_advice);
    } else if (has_odd_words(column)) {
      const JsonValue tokens = JsonValue::object({{"tokens", hinge::list_of(column.odd_texts)}});
      const std::size_t usual = column.numbers > 0 ? column.numbers : column.times;
      warnings.push_back(start + std::to_string(usual) + " of " + std::to_string(column.values()) +
                         " cells are; if the others stand for gaps, set \"columns\": " +
                         hinge::to_json_line(JsonValue::object({{column.name, tokens}})) +
                         ", and \"ignore\" without it");
    }
  }
  return warnings;
}

}  // namespace hinge_command
