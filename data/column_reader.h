// Reads one column of a table, cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hinge/data/table.h>
#include <hinge/data/table/labels.h>

namespace hinge {

/// Puts the cells of one column into a TableColumn, and infers what that leaves open (Table::learn). Column and plan must
/// outlive it, and `cells` be those that it is given later. For one thread.
class HINGE_API ColumnReader {
 public:
  ColumnReader(TableColumn& column, const TablePlan& plan, const TableReader& cells);

  const std::string& name() const { return column_->name; }
  bool drops_gaps() const { return column_->column.missing == "drop" && plan_->drops; }
  bool is_gap(const TableReader& cells) const;

  /// The cell of this row. Throws TableError for one that the column cannot hold.
  void take(const TableReader& cells);

  /// Once all rows are read: infers what is open and sorts the categories. False if the column turns out to be one of
  /// words and numbers, whose cells must be read again as categories. Throws TableError for odd cells among others, and
  /// for a column without a value.
  bool settle(std::size_t rows);

 private:
  struct Place {
    std::size_t line = 0;
    std::string text = {};
    std::string number_advice = {};  // how the text would be a number
    bool is_in_first_row = false;
  };

  const CsvCell& cell(const TableReader& cells) const { return cells.cells()[column_->place]; }
  std::optional<double> value_in(const TableReader& cells);
  std::optional<double> time_in(const TableReader& cells);
  void check_declared(const TableReader& cells) const;
  void take_number(const TableReader& cells);
  void take_other(const TableReader& cells);
  void open_with_text(const TableReader& cells);
  void take_text(const TableReader& cells);
  void take_gap(const TableReader& cells);
  std::int32_t code_of(const TableReader& cells);
  std::int32_t unknown_code(const TableReader& cells) const;
  void settle_texts() const;
  void settle_words();
  bool settle_dates();
  void sort_labels();
  [[noreturn]] void fail_word(const TableReader& cells) const;
  [[noreturn]] void fail_odd(const Place& place, std::vector<std::string> texts, std::size_t count,
                             const std::string& wanted) const;

  TableColumn* column_;
  const TablePlan* plan_;
  bool learns_labels_;
  bool is_plain_ = false;  // every number that can be read is one
  Labels labels_;
  Place first_word_;
  Place first_number_;
  std::map<std::string, std::size_t> words_;  // of a column of numbers, each with its count
  std::size_t numbers_among_texts_ = 0;       // in a column that is taken for one of texts
  Place day_first_;                           // the first date that cannot have the month first
  Place month_first_;                         // the first that cannot have the day first
  Place either_;                              // the first that is another date with the day first
};

}  // namespace hinge
