// CSV text as a header and rows of cells, before anything is known about what the columns mean.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// One cell of a table, without its quotes.
struct HINGE_API CsvCell {
  std::string_view text = {};
  std::size_t line = 0;  ///< where the cell starts, counted from 1
  bool quoted = false;

  /// Whether the cell stands for a missing value: it is empty or blank, or without quotes `?`, `NA`, `N/A`, or `nan`
  /// in any case. In quotes these are texts like any other.
  bool is_gap() const;
};

/// The cells of a CSV text, row by row: a header with the names of the columns, then rows of as many cells.
///
/// The format is RFC 4180: a cell in double quotes may hold delimiters, line ends, and quotes written twice. Lines end
/// with LF, CR LF or CR. Blanks around cells, blank lines and a byte order mark are skipped; a line of `""` is not blank. The text is UTF-8.
/// What is wrong with the text is a DataError `name:line: …`. For one thread.
class HINGE_API CsvTable {
 public:
  /// Reads the header. `text` must outlive the table; `name` stands in messages where a file would.
  /// Throws ConfigError for a delimiter that may be part of a number, DataError for a header without text, with an
  /// empty name or with the same name twice.
  CsvTable(std::string_view text, std::string_view name, char delimiter);
  CsvTable(const CsvTable&) = delete;
  CsvTable& operator=(const CsvTable&) = delete;

  const std::vector<std::string>& names() const { return names_; }
  /// The index of the column of this name.
  std::optional<std::size_t> find(std::string_view name) const;
  std::size_t header_line() const { return header_line_; }
  /// What to try when a column is not found: another delimiter, or a header where there seems to be none. Else "".
  std::string header_hint() const;

  /// Goes to the next row that is not blank; false at the end. Throws DataError when its width is not the header's.
  bool next();
  /// The cells of this row: views into the text, or into memory that the next row uses again.
  const std::vector<CsvCell>& cells() const { return cells_; }
  /// Where this row starts.
  std::size_t line() const { return cells_.front().line; }

  /// Throws DataError `name:line: reason`.
  [[noreturn]] void fail(std::size_t line, const std::string& reason) const;
  /// Throws DataError `name: reason`.
  [[noreturn]] void fail_file(const std::string& reason) const;
  /// Throws DataError `name:line: column "x": found "text"; wanted …` for a cell of this row.
  [[noreturn]] void fail_cell(std::size_t column, const std::string& wanted) const;

 private:
  void check_encoding();
  void read_header();
  bool next_row();
  bool at_end() const { return position_ >= text_.size(); }
  bool at(char c) const { return !at_end() && text_[position_] == c; }
  bool at_line_end() const { return at('\n') || at('\r'); }
  void skip_blanks();
  void take_line_end();
  void read_row();
  void read_plain(CsvCell& cell);
  void read_quoted(CsvCell& cell);
  void check_after_quote();
  std::string_view unescape(std::string_view raw);

  std::string_view text_;
  std::string name_;
  char delimiter_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::vector<CsvCell> cells_;
  std::deque<std::string> unescaped_;  // of the current row; a deque does not move its strings
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> columns_;
  std::size_t header_line_ = 1;
};

namespace detail {

/// The text in quotes, safe for a terminal.
std::string quoted(std::string_view text);
/// The text without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace detail

}  // namespace hinge
