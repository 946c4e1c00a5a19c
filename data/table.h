// A table as it was read: its columns in double precision or as numbers of categories, and what the network gets of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/task.h>
#include <hinge/data/dataset.h>
#include <hinge/data/preparation.h>
#include <hinge/data/table/column.h>
#include <hinge/data/table/table_reader.h>

namespace hinge {

/// A column that is read, and what was read of it: in `numbers` or in `codes` an element for each row.
struct TableColumn {
  enum class Kind {
    open,      ///< an input whose kind the cells decide
    number,    ///< numbers
    time,      ///< numbers: seconds
    category,  ///< codes
    classes,   ///< codes, to learn
    values,    ///< numbers, to learn
    weight,    ///< numbers
    id,        ///< texts
  };
  static constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
  static constexpr std::int32_t gap = -1;      ///< the code of a gap; its number is NaN
  static constexpr std::int32_t unknown = -2;  ///< the code of a category that the training part had not

  std::size_t place = 0;  ///< in a row of the table
  std::string name = {};
  Column column = {};  ///< once it is read, all that is there to know
  Kind kind = Kind::open;
  std::vector<double> numbers = {};
  std::vector<std::int32_t> codes = {};
  std::vector<std::string> texts = {};
  std::size_t gaps = 0;   ///< that were kept
  bool is_label = false;  ///< values of a yes or no

  bool is_input() const { return kind <= Kind::category; }
  bool is_target() const { return kind == Kind::classes || kind == Kind::values; }
  bool holds_codes() const { return kind == Kind::category || kind == Kind::classes; }
};

/// What to read of a table.
struct TablePlan {
  bool learns = false;      ///< kinds and categories that the columns do not give; otherwise they must give them
  bool drops = true;        ///< rows with a gap in a column of missing: drop; otherwise such a gap is refused
  bool encodes = true;      ///< a column of texts is a category or a time; otherwise it is refused
  bool keeps_ids = false;   ///< their texts
  std::string source = {};  ///< the name of the table, for messages
  std::vector<TableColumn> columns = {};  ///< the inputs in their order, then the others
};

/// The rows of a table, all of them or a block. For one thread.
class HINGE_API Table {
 public:
  using Open = std::function<std::unique_ptr<TableReader>()>;

  /// Reads a table to learn from. A number, a category or a time is inferred where a column says `auto`:
  ///   - numbers, if all its cells are numbers; a time, if all are dates (parse_time), of which one at least tells
  ///     whether the day or the month comes first;
  ///   - categories, if its cells are texts, or a few words and numbers (at most 20, none of the rarer sort only once).
  /// Any other column of words and numbers is refused at the first odd cell. Where words and numbers are categories, or
  /// the month comes first, the table is read a second time, from what `again` opens.
  /// Categories and classes are ordered by value if all are numbers, else by their bytes.
  /// Throws DataError with `source:line:`, the column, what was found and what was wanted, for up to ten kinds of mistakes.
  static Table learn(TableReader& cells, const Open& again, TablePlan plan);

  std::size_t size() const { return lines.size(); }
  DatasetNames names() const;
  Columns descriptions() const;
  RowReport report() const;
  /// A column as a number for each row: its number, or the code of its text. Throws DataError if it was not read.
  std::vector<double> values(std::string_view column) const;

  /// Imputed values and scalings from some of the rows: the training part. What `divide` scales is divided by `divisor`.
  /// Throws DataError for a column without any value there, or one that cannot be scaled.
  DataFit fit(std::span<const std::size_t> rows, double divisor) const;

  /// Some of the rows for a network: filled, scaled, and only then rounded to Scalar. Without imputed values gaps are NaN.
  /// Throws DataError for what is not finite then.
  template <typename Scalar>
  Dataset<Scalar> dataset(std::span<const std::size_t> rows, const DataFit& fit) const;
  /// The same of all rows.
  template <typename Scalar>
  Dataset<Scalar> dataset(const DataFit& fit) const;
  /// The inputs alone, of all rows, sample by sample; in double neither filled nor scaled, if the fit is empty.
  template <typename Scalar>
  Buffer<Scalar> inputs(const DataFit& fit) const;

  /// Throws DataError `source:line: column "x": what`, for a row that was read.
  [[noreturn]] void fail(std::size_t row, const std::string& column, const std::string& what) const;

  std::string source;
  std::vector<TableColumn> columns;
  std::vector<std::size_t> lines;                               ///< for each row where it starts
  std::vector<std::size_t> dropped;                             ///< the same for rows that were left out
  std::vector<std::pair<std::string, std::size_t>> dropped_by;  ///< how many for a gap in which column

 private:
  template <typename Scalar>
  class Encoder;
};

/// Reads a table whose columns are known, block by block.
class HINGE_API TableBlocks {
 public:
  /// `plan` does not learn. `cells` must outlive this object.
  TableBlocks(TableReader& cells, TablePlan plan);
  TableBlocks(const TableBlocks&) = delete;
  TableBlocks& operator=(const TableBlocks&) = delete;
  ~TableBlocks();

  /// Replaces the rows of `table()` by the next ones, at most so many; false if there is none.
  bool next(std::size_t max_rows);
  const Table& table() const;

 private:
  class Rows;
  friend class Table;
  friend Table read_table(TableReader& cells, TablePlan plan);
  std::unique_ptr<Rows> rows_;
};

/// All rows of a table whose columns are known. Throws DataError, also where there is no row.
HINGE_API Table read_table(TableReader& cells, TablePlan plan);

}  // namespace hinge
