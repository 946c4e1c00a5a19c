// The columns of a table as hinge check and the report show them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/data/table/column.h>
#include <hinge/data/table_facts.h>
#include <hinge/optim/run/config.h>

#include "drawing/numbers.h"

namespace hinge_command {

/// A column of a table, and what a run makes of it.
struct CheckedColumn {
  const hinge::ColumnFacts* facts;
  std::string kind = "ignored";
  bool is_input = false;
  std::size_t inputs = 0;
  bool has_texts = false;                           ///< categories or classes, though they may look like numbers
  hinge::DateOrder order = hinge::DateOrder::open;  ///< of a time
};

/// What the table of a config holds, for which it is read once. Without columns if the data are no table. Throws as
/// reading it does.
hinge::TableFacts table_facts(const hinge::LoadedConfig& loaded);

/// The columns of the table, as `columns` describes them. They point into `facts`.
std::vector<CheckedColumn> checked_columns(const hinge::TableFacts& facts, const hinge::Columns& columns);

/// A row for each column: its name as it is in the table, its kind, gaps and inputs, and its values in words.
Numbers column_numbers(const std::vector<CheckedColumn>& columns);

}  // namespace hinge_command
