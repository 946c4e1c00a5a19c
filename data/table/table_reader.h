// A table as text, as names of columns and rows of cells, before anything is known about what the columns mean.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/io/file.h>
#include <hinge/data/table/arff.h>
#include <hinge/data/table/format_guess.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

/// One cell of a table, without its quotes.
struct HINGE_API CsvCell {
  std::string_view text = {};
  std::size_t line = 0;  ///< where the cell starts, counted from 1
  bool quoted = false;

  /// Whether the cell stands for a missing value: it is empty or blank, or without quotes `?`, `NA`, `N/A`, or `nan`
  /// in any case. In quotes these are texts like any other. In ARFF only `?` and an empty cell are gaps: all other cells
  /// count as quoted.
  bool is_gap() const;
};

/// The cells of a table, row by row, in memory that does not grow with the table.
///
/// The text is CSV [RFC 4180] or a relative of it: a cell in double quotes may hold delimiters, line ends, and quotes
/// written twice. Lines end with LF, CR LF or CR. Blanks around cells, rows of empty cells, empty cells behind the last
/// column and a byte order mark are skipped; a cell of `""` is not empty. The text is UTF-8. Text that begins with `@relation` is
/// ARFF, whose header names the columns; its rows may be sparse.
///
/// What the format leaves open is guessed from the first 100 rows: the delimiter (guess_delimiter), then the decimal
/// separator (guess_decimal), then the header (first_row_is_sample). A column without name is `column 3`, the second `a`
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
              std::size_t block_size = default_block_size);
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
  const std::vector<DeclaredColumn>& declared() const { return declared_; }

  /// Goes to the next row that is not blank; false at the end. Throws DataError when it has not a cell for each column.
  bool next();
  /// The cells of this row. They are valid until the next row is read.
  const std::vector<CsvCell>& cells() const { return cells_; }
  /// Where this row starts.
  std::size_t line() const { return cells_.front().line; }

  /// The number in a cell, by the format's decimal and thousands; nothing if it holds none.
  std::optional<double> number_in(const CsvCell& cell) const;
  /// For a cell that is a number in another format only: `a number (set "decimal": "," to read 1.5)`. Else "".
  std::string number_advice(const CsvCell& cell) const;

  /// Throws DataError `name:line: reason`.
  [[noreturn]] void fail(std::size_t line, const std::string& reason) const;
  /// Throws DataError `name: reason`.
  [[noreturn]] void fail_file(const std::string& reason) const;
  /// Throws DataError `name:line: column "x": found "text"; wanted …` for a cell of this row.
  [[noreturn]] void fail_cell(std::size_t column, const std::string& wanted) const;

 private:
  // The text, block by block.
  void read_block();
  void check_encoding();

  // The format.
  void begin();
  void skip_lines();
  void read_arff_header();
  void guess_format();
  SampleRows read_sample();
  void read_names(const SampleRows& sample);
  void check_title(const SampleRows& sample) const;
  bool has_row_numbers(const SampleRows& sample) const;
  bool begins_with_sample(const SampleRows& sample);
  std::size_t table_width(const SampleRows& sample) const;
  void name_columns(const std::vector<std::string>& given, std::size_t width);

  // Rows.
  std::string place() const;
  bool next_row();
  bool read_whole_row();
  std::string_view next_line();
  bool at_end() const { return position_ >= text_.size(); }
  bool at(char c) const { return !at_end() && text_[position_] == c; }
  bool at_line_end() const { return at('\n') || at('\r'); }
  bool at_quote() const { return at('"') || (is_arff() && at('\'')); }
  bool is_arff() const { return !declared_.empty(); }
  bool is_separated_by_blanks() const { return delimiter_ == ' '; }
  void skip_blanks();
  void take_line_end();
  bool take_delimiter();
  void read_row();
  void read_cell(CsvCell& cell, char end);
  void read_sparse_row();
  void read_plain(CsvCell& cell, char end);
  void read_quoted(CsvCell& cell);
  void check_after_quote(char end);
  std::string_view unescape(std::string_view raw);

  std::optional<ByteReader> bytes_;  // none: the whole text is here
  std::size_t block_size_ = 0;
  std::string buffer_;
  bool keeps_start_ = true;   // while the format is guessed, which reads the first rows twice
  std::size_t checked_ = 0;   // so far the text is UTF-8
  std::string_view text_;     // what is read and may still be needed
  bool is_whole_ = false;     // whether nothing comes behind it
  std::size_t position_ = 0;  // in the text
  std::size_t line_ = 1;

  std::string name_;
  TableFormat format_;
  char delimiter_ = ',';  // a space for runs of blanks
  char comment_ = 0;      // 0: none
  std::vector<std::string> remarks_;
  std::vector<DeclaredColumn> declared_;
  std::vector<CsvCell> cells_;
  std::deque<std::string> unescaped_;  // of the current row; a deque does not move its strings
  std::vector<std::string> names_;
  std::vector<bool> is_named_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::size_t header_line_ = 1;
  std::vector<std::size_t> sample_lines_;
};

namespace detail {

/// The text in quotes, safe for a terminal.
std::string quoted(std::string_view text);
/// The text without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace detail

}  // namespace hinge
