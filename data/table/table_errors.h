// What is wrong with the rows of a table: one error for each cell, and one that reports them all.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/export.h>

namespace hinge {

/// A row or a cell of a table that cannot be read. The rows below may be read on.
class HINGE_API TableError final : public DataError {
 public:
  /// Stands in `wanted` for the texts that were found, as a JSON list: `"tokens": ["abc", "-"]`.
  static constexpr char texts_mark = '\1';

  struct Detail {
    std::string place = {};   ///< the name of the table
    std::size_t line = 0;     ///< 0: none
    std::string column = {};  ///< `column "age"`; empty: the whole row
    std::string found = {};
    std::string wanted = {};              ///< and the way out
    std::vector<std::string> texts = {};  ///< of the cells, each once
    std::size_t count = 1;                ///< of the cells or rows

    /// `table.csv:7: column "age": found "abc"; wanted …; the first of 3 such cells`
    std::string message() const;
  };

  explicit TableError(Detail detail) : DataError(detail.message()), detail_(std::move(detail)) {}
  const Detail& detail() const noexcept { return detail_; }

 private:
  Detail detail_;
};

/// Collects the errors of a table. Those of one kind in one column are one, with a count. For one thread.
class HINGE_API TableErrors {
 public:
  void add(const TableError& error);
  /// Whether there are so many that reading on is of no use.
  bool is_full() const { return count_ >= max_count; }
  /// Throws DataError if there are any: a line for each of the first ten kinds, ordered by the lines of the table, and last
  /// `further`, an error that ended the reading.
  void throw_if_any(const std::string& further = "") const;

 private:
  static constexpr std::size_t max_count = 1000;
  std::vector<TableError::Detail> kinds_;
  std::size_t count_ = 0;
};

}  // namespace hinge
