// What hinge init takes a table for: what to learn, and what each column is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/data/table_facts.h>

namespace hinge_command {

/// What a column is taken for. `description` is what data.columns says about it.
struct Choice {
  enum class Use {
    input,     ///< or a target
    left_out,  ///< by data.ignore
    unnamed,   ///< left out by the reader itself
  };

  const hinge::ColumnFacts* facts = nullptr;
  Use use = Use::input;
  hinge::JsonValue description = hinge::JsonValue::object();
  std::string reason = {};
  std::size_t inputs = 1;
};

/// What to learn.
struct Target {
  std::vector<const hinge::ColumnFacts*> columns = {};
  std::string reason = {};
  enum class Task { classes, labels, values } task = Task::values;
  std::string task_reason = {};
  std::size_t classes = 0;  ///< of a task of classes
  std::size_t gaps = 0;     ///< and words that stand for them
};

/// What a table holds, by its facts, which must outlive this.
struct TableGuesses {
  const hinge::TableFacts* facts = nullptr;
  Target target = {};
  std::vector<Choice> choices = {};  ///< one for each column
  std::size_t inputs = 0;

  /// Those that are learned from, at least one.
  std::size_t rows() const;
};

/// Without `targets` the column called target, label, class or y is learned, else the last one. Throws DataError for a
/// target that the table has not, or that cannot be learned, and for a table without an input.
TableGuesses guesses_of(const hinge::TableFacts& facts, const std::vector<std::string>& targets);

}  // namespace hinge_command
