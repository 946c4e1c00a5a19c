// Which columns of a table are read, and as what.
#pragma once

#include <string>
#include <vector>

#include <hinge/data/dataset.h>
#include <hinge/data/table.h>
#include <hinge/data/table/column.h>

namespace hinge {

/// What a config or an application says of a table to learn from. A column is called by its name or as `column 3`.
/// `columns` comes first; the other members speak for the columns that it leaves open.
struct TableChoice {
  std::string target = {};                 ///< the column to learn; empty means the last one
  std::vector<std::string> targets = {};   ///< instead of `target`, for values and labels
  std::vector<std::string> features = {};  ///< the inputs, in this order; empty means all others
  std::vector<std::string> ignore = {};    ///< instead of `features`: the columns to leave out
  Columns columns = {};
  std::vector<std::string> groups = {};  ///< columns whose values divide the rows into groups (PartOptions)
  Task task = Task::classes;
  bool scales_targets = true;
  bool encodes = true;            ///< texts are categories, or refused
  std::string missing = "error";  ///< error, drop, mean or median
  std::string preprocess = "none";
};

/// Throws DataError for a column that the table has not, ConfigError for a choice that contradicts itself; its pointer
/// names the key where there is one (`/data/columns/age`).
HINGE_API TablePlan plan_of(const TableReader& cells, const std::string& source, const TableChoice& choice);

/// What a further table is read for.
enum class Further {
  samples,  ///< inputs and targets; rows with a gap are left out where the columns say `drop`
  inputs,   ///< inputs and ids, every row
};

/// How a further table is read, whose columns are known. Throws DataError for a column that it has not.
HINGE_API TablePlan plan_of(const TableReader& cells, const std::string& source, const Columns& columns, Further what);

/// The columns behind inputs and targets of these names: `width` is a column; `colour=red` is one too, or else a category
/// of `colour`; so `age is missing` and `when month` belong to `age` and `when`. Throws ConfigError for no names, or a
/// column that is both.
HINGE_API Columns columns_of(const TableReader& cells, const DatasetNames& names, const std::string& missing);

/// Refuses names of columns, categories or classes that lead to two things, once the table is read.
HINGE_API void check_names(const TableReader& cells, const Table& table);

}  // namespace hinge
