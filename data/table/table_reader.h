// A table as text, as names of columns and rows of cells, before anything is known about what the columns mean.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/data/table/arff.h>
#include <hinge/data/table/format_guess.h>
#include <hinge/data/table/row_reader.h>
#include <hinge/data/table/table_errors.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

/// The cells of a table, row by row, in memory that does not grow with the table.
///
/// The text is CSV [RFC 4180] or a relative of it: a cell in double quotes may hold delimiters, line ends, and quotes
/// written twice. Lines end with LF, CR LF or CR. Blanks around cells, rows of empty cells, empty cells behind the last
/// column and a byte order mark are skipped; a cell of `""` is not empty. The text is UTF-8. Text that begins with `@relation` is
/// ARFF, whose header names the columns; its rows may be sparse.
///
/// What the format leaves open is guessed from the first 100 rows: the delimiter (guess_delimiter), then what is in
/// numbers (guess_thousands, guess_decimal), then the header (first_row_is_sample). A column without name is `column 3`, the second `a`
/// is `a.2`, and last columns without name or value are left out.
///
/// What is wrong with the text is a DataError `name:line: …`, which says how to get on. For one thread.
class HINGE_API TableReader {
 public:
  static constexpr std::size_t default_block_size = std::size_t{1} << 18;

  /// Reads up to the first row. `name` stands in messages: the path of the file, or `-`. The bytes come in blocks.
  /// Throws ConfigError for a format with mistakes, DataError for text without a table and for other formats, such as
  /// Parquet: those with the command that converts them.
  TableReader(ByteReader bytes, std::string_view name, const TableFormat& format = {},
              std::size_t block_bytes = default_block_size);
  /// The same for text in memory, which must outlive the reader.
  TableReader(std::string_view text, std::string_view name, const TableFormat& format = {});
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  const std::vector<std::string>& names() const { return names_; }
  /// Whether the header, or the format, names this column.
  bool is_named(std::size_t column) const { return is_named_[column]; }
  /// The index of the column of this name, or `column 3` for the third, whatever its name.
  std::optional<std::size_t> find(std::string_view name) const;
  /// Where the header is, or the first row where there is none.
  std::size_t header_line() const { return header_line_; }
  /// What to try when a column is not found: another delimiter, or a header where there seems to be none. Else "".
  std::string header_hint() const;

  /// The format with everything decided: nothing is "auto", no names.
  const TableFormat& format() const { return format_; }
  /// What was guessed and is worth saying, a sentence each.
  const std::vector<std::string>& remarks() const { return remarks_; }
  /// Of ARFF, what it says about each column; else empty.
  const std::vector<DeclaredColumn>& declared() const { return rows_.syntax.declared; }

  /// Goes to the next row that is not blank; false at the end. Throws TableError when it has not a cell for each column,
  /// and DataError where nothing can be read on.
  bool next();
  /// The cells of this row. They are valid until the next row is read.
  const std::vector<CsvCell>& cells() const { return rows_.cells(); }
  /// Where this row starts.
  std::size_t line() const { return cells().front().line; }

  /// Whether numbers have a decimal point, and no thousands: parse_double reads them.
  bool has_plain_numbers() const { return has_plain_numbers_; }
  /// The number in a cell, by the format's decimal and thousands; nothing if it holds none.
  std::optional<double> number_in(const CsvCell& cell) const {
    return has_plain_numbers_ && !cell.quoted ? parse_double(cell.text) : formatted_number_in(cell);
  }
  /// For a cell that is a number in another format only: `a number (set "decimal": "," to read 1.5)`. Else "".
  std::string number_advice(const CsvCell& cell) const;

  /// Throws DataError `name:line: reason`.
  [[noreturn]] void fail(std::size_t line, const std::string& reason) const { rows_.fail(line, reason); }
  /// Throws DataError `name: reason`.
  [[noreturn]] void fail_file(const std::string& reason) const;
  /// Throws TableError `name:line: column "x": found "text"; wanted …` for a cell of this row.
  [[noreturn]] void fail_cell(std::size_t column, const std::string& wanted) const;

 private:
  std::optional<double> formatted_number_in(const CsvCell& cell) const;
  void begin();
  void skip_lines();
  void read_arff_header();
  void guess_format();
  void guess_numbers(const SampleRows& sample);
  SampleRows read_sample();
  void read_names(const SampleRows& sample);
  void check_title(const SampleRows& sample) const;
  bool has_row_numbers(const SampleRows& sample) const;
  bool begins_with_sample(const SampleRows& sample);
  std::size_t table_width(const SampleRows& sample) const;
  void name_columns(const std::vector<std::string>& given, std::size_t width);

  bool is_arff() const { return !declared().empty(); }

  RowReader rows_;
  std::string name_;
  TableFormat format_;
  bool has_plain_numbers_ = false;  // with a decimal point and no thousands
  std::vector<std::string> remarks_;
  std::vector<std::string> names_;
  std::vector<bool> is_named_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::size_t header_line_ = 1;
  std::vector<std::size_t> sample_lines_;
};

/// Goes to the next row that can be read; what is wrong with those before it is added to `errors`. False at the end, or once
/// `errors` is full. Throws DataError with all of them where nothing can be read on.
HINGE_API bool next_row(TableReader& cells, TableErrors& errors);

}  // namespace hinge
