// Says what the columns of a table hold.
#include "checked_columns.h"

#include <algorithm>
#include <utility>

#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

#include "console.h"

namespace hinge_command {

namespace {

using hinge::ColumnFacts;

std::string times_text(const CheckedColumn& column) {
  const auto earlier = [&](const auto& a, const auto& b) {
    return hinge::parse_time(a.first, column.order) < hinge::parse_time(b.first, column.order);
  };
  const auto& texts = column.facts->texts;
  const auto [first, last] = std::minmax_element(texts.begin(), texts.end(), earlier);
  return first->first + " to " + last->first;
}

// `4.3 to 7.9, median 5.8`, or the commonest texts with their counts.
std::string values_text(const CheckedColumn& column) {
  const ColumnFacts& facts = *column.facts;
  if (!column.has_texts && facts.holds_numbers() && facts.distinct > 2) {
    return short_number(facts.smallest) + " to " + short_number(facts.largest) + ", median " +
           short_number(facts.median);
  }
  if (facts.holds_times()) return times_text(column);
  std::vector<std::string> words;
  for (const auto& [text, count] : facts.texts) {
    if (words.size() == 3) break;
    words.push_back(cut(hinge::printable(text), 14) + " " + std::to_string(count));
  }
  const std::string more =
      facts.distinct == ColumnFacts::max_distinct ? "more" : std::to_string(facts.distinct - words.size()) + " more";
  if (facts.distinct > words.size()) words.push_back(more);
  return hinge::join(words);
}

}  // namespace

hinge::TableFacts table_facts(const hinge::LoadedConfig& loaded) {
  return loaded.config.data->facts([&](const std::string& path) { return hinge::join_path(loaded.folder, path); });
}

std::vector<CheckedColumn> checked_columns(const hinge::TableFacts& facts, const hinge::Columns& columns) {
  std::vector<CheckedColumn> checked;
  for (const ColumnFacts& column : facts.columns) {
    CheckedColumn& entry = checked.emplace_back(CheckedColumn{.facts = &column});
    for (const auto& [name, description] : columns.sections()) {
      if (name != column.name) continue;
      entry.kind = description.kind;
      entry.is_input = entry.kind == "number" || entry.kind == "category" || entry.kind == "time";
      entry.has_texts = !description.categories.empty();
      if (description.format == "month first") entry.order = hinge::DateOrder::month_first;
      if (entry.is_input) entry.inputs = hinge::input_names(name, description).size();
    }
  }
  return checked;
}

Numbers column_numbers(const std::vector<CheckedColumn>& columns) {
  Numbers numbers{.caption = "Columns of the table", .header = {"column", "kind", "gaps", "inputs", "values"}};
  for (const CheckedColumn& column : columns) {
    numbers.rows.push_back({column.facts->name, column.kind, std::to_string(column.facts->gaps),
                            std::to_string(column.inputs), values_text(column)});
  }
  return numbers;
}

}  // namespace hinge_command
