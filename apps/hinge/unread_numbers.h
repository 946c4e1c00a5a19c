// Columns whose cells would be numbers in another format.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/data/table_facts.h>

namespace hinge_command {

/// A sentence for each column that is not among `numbers`, but whose first word would be a number if the format had other
/// separators: with the keys that read it.
inline std::vector<std::string> unread_numbers(const hinge::TableFacts& facts,
                                               const std::vector<std::string>& numbers = {}) {
  std::vector<std::string> warnings;
  for (const hinge::ColumnFacts& column : facts.columns) {
    const bool is_read = std::find(numbers.begin(), numbers.end(), column.name) != numbers.end();
    if (is_read || column.number_advice.empty()) continue;
    warnings.push_back("column \"" + hinge::printable(column.name) + "\" is not read as numbers: \"" +
                       hinge::printable(column.first_word) + "\" in line " + std::to_string(column.first_word_line) +
                       " would be " + column.number_advice);
  }
  return warnings;
}

}  // namespace hinge_command
