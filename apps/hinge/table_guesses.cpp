// What each column of a table is taken for, and what is learned.
#include "table_guesses.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table_format.h>

namespace hinge_command {

namespace {

using hinge::ColumnFacts;
using hinge::JsonValue;
using hinge::TableFacts;
using Strings = std::vector<std::string>;

constexpr std::size_t max_categories = 1000;    // of a column
constexpr std::size_t max_number_classes = 10;  // whole numbers that are taken for classes
constexpr std::size_t max_tokens = 5;           // different words among numbers that are taken for gaps
constexpr std::size_t few_rows = 20;            // too few to tell a category from free text

// Whether it stands for a missing value: the words that pandas takes for one, and a few more.
bool is_gap_word(const std::string& text) {
  constexpr std::string_view words[] = {"null", "none", "nil",     "n/a",     "#n/a", "#n/a n/a", "#na",
                                        "<na>", "nan",  "missing", "unknown", "-",    "--",       "."};
  return std::find(std::begin(words), std::end(words), hinge::lowered(text)) != std::end(words);
}

// Numbers or dates with a few words that stand for gaps.
std::optional<Strings> tokens_of(const ColumnFacts& column) {
  const Strings& words = column.odd_texts;
  if (words.empty() || words.size() > max_tokens || !column.number_advice.empty()) return std::nullopt;
  const std::size_t others = column.numbers > 0 ? column.times + column.words : column.words;
  const bool are_few = 10 * others <= column.values() && column.distinct > max_tokens * 2 + words.size();
  return are_few || std::all_of(words.begin(), words.end(), is_gap_word) ? std::optional(words) : std::nullopt;
}

bool is_called_id(const std::string& name) {
  const std::string word = hinge::lowered(name);
  return word == "id" || word.ends_with("_id") || word.ends_with(" id") || name.ends_with("Id") || word == "index";
}

bool is_free_text(const ColumnFacts& column) {
  return column.distinct > max_categories || (column.values() >= few_rows && 2 * column.distinct > column.values());
}

bool is_id(const ColumnFacts& column) {
  if (column.words > 0 && column.first_word.find(' ') != std::string::npos) return false;  // a sentence, a name
  if (column.is_id_like()) return !column.holds_numbers_with_sign();
  return is_called_id(column.name) && column.gaps == 0 && column.is_whole && column.holds_numbers() &&
         column.distinct == std::min(column.values(), ColumnFacts::max_distinct);
}

Choice left_out(Choice choice, std::string reason) {
  choice.use = Choice::Use::left_out;
  choice.reason = std::move(reason);
  choice.inputs = 0;
  return choice;
}

Choice described(Choice choice, const char* key, JsonValue value, std::string reason) {
  choice.description.set(key, std::move(value));
  choice.reason += (choice.reason.empty() || reason.empty() ? "" : "; ") + reason;
  return choice;
}

Choice category(Choice choice) {
  constexpr std::size_t many = 20;  // of so many texts, not all may be here
  const ColumnFacts& column = *choice.facts;
  if (column.name.find('=') != std::string::npos) {
    return left_out(std::move(choice),
                    "a column of texts whose name holds =, which stands for the inputs of categories");
  }
  if (column.holds_numbers_with_sign() && is_free_text(column)) {
    return left_out(std::move(choice),
                    "texts such as " + hinge::in_quotes(column.first_word) + ": numbers, but for the sign");
  }
  if (is_free_text(column)) {
    return left_out(std::move(choice), hinge::quantity(column.distinct, "different text") + " in " +
                                           hinge::quantity(column.values(), "cell") + ": free text, or names");
  }
  choice.inputs = column.distinct;
  if (column.is_mixed()) {
    choice = described(
        std::move(choice), "kind", "category",
        hinge::quantity(column.numbers, "cell") + " of numbers among " + hinge::quantity(column.words, "word"));
  }
  if (column.distinct > many) {
    choice = described(std::move(choice), "unknown", "zeros",
                       hinge::quantity(column.distinct, "text") + ": another one in a later table is none of them");
  }
  if (column.gaps == 0) return choice;
  ++choice.inputs;
  return described(std::move(choice), "missing", "category",
                   hinge::quantity(column.gaps, "gap") + ": an input of their own");
}

Choice time(Choice choice) {
  const auto has_clock = [](const auto& text) { return text.first.find(':') != std::string::npos; };
  const auto& texts = choice.facts->texts;
  std::vector<JsonValue> parts = {"seconds", "month", "weekday"};
  if (std::any_of(texts.begin(), texts.end(), has_clock)) parts.emplace_back("hour");
  choice.inputs = parts.size();
  choice = described(std::move(choice), "kind", "time", "dates; seconds show a trend, the other parts what recurs");
  choice.description.set("parts", std::move(parts));
  return choice;
}

// A far value would stretch a standardised column; robust clips it smoothly.
Choice number(Choice choice) {
  constexpr double far = 5;
  const double farthest = choice.facts->farthest;
  if (farthest <= far) return choice;
  return described(std::move(choice), "preprocess", "robust",
                   "a value lies " + hinge::to_text(farthest, 2) + " standard deviations from the mean");
}

Choice choose(const ColumnFacts& column) {
  Choice choice{.facts = &column};
  if (column.values() == 0) return left_out(std::move(choice), "empty");
  if (!column.is_named) return {.facts = &column, .use = Choice::Use::unnamed, .inputs = 0};
  if (column.is_constant()) return left_out(std::move(choice), "the same value in every row");
  if (is_id(column)) {
    choice.inputs = 0;
    return described(std::move(choice), "kind", "id", "another value in every row; hinge predict repeats it");
  }
  if (const auto tokens = tokens_of(column)) {
    choice =
        described(std::move(choice), "tokens", hinge::list_of(*tokens),
                  "the cells without a " + std::string(column.numbers > 0 ? "number" : "date") + " are taken for gaps");
    return column.numbers > 0 ? number(std::move(choice)) : time(std::move(choice));
  }
  if (column.holds_numbers()) return number(std::move(choice));
  return column.holds_times() ? time(std::move(choice)) : category(std::move(choice));
}

std::string known_names(const TableFacts& facts, const std::string& name) {
  Strings names;
  for (const ColumnFacts& column : facts.columns) names.push_back(column.name);
  return hinge::suggestion(name, names);
}

const ColumnFacts& column_named(const TableFacts& facts, const std::string& name) {
  for (const ColumnFacts& column : facts.columns) {
    if (column.name == name) return column;
  }
  for (std::size_t i = 0; i < facts.columns.size(); ++i) {
    if (name == "column " + std::to_string(i + 1)) return facts.columns[i];
  }
  throw hinge::DataError("--target: the table has no column " + hinge::in_quotes(name) + known_names(facts, name));
}

const ColumnFacts* column_called_target(const TableFacts& facts) {
  for (const char* name : {"target", "label", "class", "y"}) {
    for (const ColumnFacts& column : facts.columns) {
      if (hinge::lowered(column.name) == name) return &column;
    }
  }
  return nullptr;
}

const ColumnFacts& last_column(const TableFacts& facts) {
  for (std::size_t i = facts.columns.size(); i-- > 0;) {
    const ColumnFacts& column = facts.columns[i];
    if (column.is_named && column.values() > 0) return column;
  }
  throw hinge::DataError("the table has no column with values");
}

[[noreturn]] void refuse(const ColumnFacts& column, const std::string& what) {
  throw hinge::DataError("column " + hinge::in_quotes(column.name) + " " + what + "; name what to learn by --target");
}

// 1 and 1.0 are one number, but two texts.
bool has_two_spellings(const ColumnFacts& column, const hinge::TableFormat& format) {
  std::vector<std::optional<double>> numbers;
  for (const auto& [text, count] : column.texts) {
    const auto number = hinge::parse_number(text, format.decimal.front(), format.thousands);
    if (number) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end();
}

void decide_task(Target& target, const hinge::TableFormat& format) {
  const ColumnFacts& column = *target.columns[0];
  const bool has_tokens = tokens_of(column).has_value();
  if (column.holds_times() || (has_tokens && column.numbers == 0)) {
    refuse(column, "holds dates, which cannot be learned");
  }
  target.classes = column.distinct - (has_tokens ? column.odd_texts.size() : 0);
  if (target.classes == 1) refuse(column, "holds no two different values");
  if (column.holds_numbers() || has_tokens) {
    if (!column.is_whole || target.classes > max_number_classes || target.classes == column.numbers) {
      target.task_reason = hinge::quantity(target.classes, "different number");
      return;
    }
    if (has_two_spellings(column, format)) {
      target.task_reason = "a number is written in two ways, such as 1 and 1.0; classes need one";
      return;
    }
    target.task_reason =
        hinge::quantity(target.classes, "whole number") + "; for values in place of classes take \"mse\"";
  } else if (is_free_text(column)) {
    refuse(column, "holds " + hinge::quantity(column.distinct, "different text") + " in " +
                       hinge::quantity(column.values(), "cell"));
  } else {
    target.task_reason = hinge::quantity(column.distinct, "different text");
  }
  target.task = Target::Task::classes;
}

bool is_label(const ColumnFacts* column) { return column->is_whole && column->smallest == 0 && column->largest == 1; }

void decide_tasks(Target& target) {
  for (const ColumnFacts* column : target.columns) {
    if (!column->holds_numbers()) refuse(*column, "holds texts; several targets must all be numbers");
  }
  const bool has_labels = std::all_of(target.columns.begin(), target.columns.end(), is_label);
  target.task = has_labels ? Target::Task::labels : Target::Task::values;
  target.task_reason = has_labels ? "each target is a yes or no of its own" : "several values";
}

Target choose_target(const TableFacts& facts, const Strings& names) {
  Target target;
  for (const std::string& name : names) {
    const ColumnFacts* column = &column_named(facts, name);
    if (std::find(target.columns.begin(), target.columns.end(), column) != target.columns.end()) {
      throw hinge::DataError("--target: the column " + hinge::in_quotes(column->name) + " is named twice");
    }
    target.columns.push_back(column);
  }
  if (const ColumnFacts* called = column_called_target(facts); called != nullptr && names.empty()) {
    target.columns = {called};
    target.reason = "by its name";
  }
  if (target.columns.empty()) {
    target.columns = {&last_column(facts)};
    target.reason = "the last column";
  }
  for (const ColumnFacts* column : target.columns) {
    if (column->values() == 0 || column->distinct == 1) refuse(*column, "holds no two different values");
    target.gaps += column->gaps;
  }
  target.columns.size() == 1 ? decide_task(target, facts.format) : decide_tasks(target);
  const ColumnFacts& first = *target.columns[0];
  if (tokens_of(first)) target.gaps += first.words + first.times;
  return target;
}

// What data.columns says about a target.
Choice target_choice(const ColumnFacts& column, const Target& target) {
  constexpr double skewed = 4;
  Choice choice{.facts = &column, .inputs = 0};
  std::size_t gaps = column.gaps;
  if (const auto tokens = tokens_of(column)) {
    gaps += column.words + column.times;
    choice = described(std::move(choice), "tokens", hinge::list_of(*tokens), "");
  }
  if (gaps > 0) {
    choice = described(std::move(choice), "missing", "drop",
                       hinge::quantity(gaps, "row") + " without it cannot be learned from");
  }
  if (target.task == Target::Task::values && column.smallest >= 0 && column.skewness > skewed) {
    choice = described(std::move(choice), "preprocess", "log1p",
                       "its skewness is " + hinge::to_text(column.skewness, 3) +
                           ": ln(1 + x) is learned, and turned back in predictions");
  }
  return choice;
}

// A table whose only column but the target counts its rows: a series.
void keep_an_input(std::vector<Choice>& choices) {
  const auto is_input = [](const Choice& choice) { return choice.inputs > 0; };
  if (std::any_of(choices.begin(), choices.end(), is_input)) return;
  for (Choice& choice : choices) {
    const JsonValue* kind = choice.description.find("kind");
    if (kind != nullptr && kind->text == "id" && choice.facts->holds_numbers()) choice = {.facts = choice.facts};
  }
}

// A row without a target is not learned from, and may be the only one with its category.
void allow_unknown_categories(std::vector<Choice>& choices) {
  for (Choice& choice : choices) {
    const bool is_category =
        choice.inputs > 0 && choice.facts->words > 0 && choice.description.find("tokens") == nullptr;
    if (!is_category || choice.description.find("unknown") != nullptr) continue;
    choice = described(std::move(choice), "unknown", "zeros", "it may occur only where the target is missing");
  }
}

}  // namespace

std::size_t TableGuesses::rows() const { return facts->rows - std::min(facts->rows - 1, target.gaps); }

TableGuesses guesses_of(const TableFacts& facts, const Strings& targets) {
  TableGuesses guesses{.facts = &facts, .target = choose_target(facts, targets)};
  const std::vector<const ColumnFacts*>& learned = guesses.target.columns;
  for (const ColumnFacts& column : facts.columns) {
    const bool is_target = std::find(learned.begin(), learned.end(), &column) != learned.end();
    guesses.choices.push_back(is_target ? target_choice(column, guesses.target) : choose(column));
  }
  keep_an_input(guesses.choices);
  if (guesses.target.gaps > 0) allow_unknown_categories(guesses.choices);
  for (const Choice& choice : guesses.choices) guesses.inputs += choice.inputs;
  if (guesses.inputs == 0) {
    throw hinge::DataError("no column is left to learn from; wanted one that is neither empty nor constant");
  }
  return guesses;
}

}  // namespace hinge_command
