// From blocks of text to rows of cells.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/io/file.h>
#include <hinge/data/table/arff.h>

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
  bool is_empty() const { return text.empty() && !quoted; }
};

/// How a text is divided into rows and cells.
struct RowSyntax {
  char delimiter = ',';                       ///< a space for runs of blanks
  char comment = 0;                           ///< lines that begin with it are skipped; 0: none
  std::vector<DeclaredColumn> declared = {};  ///< of ARFF, which has quotes and sparse rows of its own; else empty
};

/// The cells of a text, row by row, in memory that does not grow with the text (TableReader tells what it may hold). What
/// is wrong with the text is a DataError `name:line: …`. For one thread.
class HINGE_API RowReader {
 public:
  static constexpr std::size_t start_bytes = std::size_t{1} << 16;

  /// Reads the first `start_bytes`, and skips a byte order mark.
  RowReader(ByteReader bytes, std::string_view name, std::size_t block_bytes);
  /// The same for text in memory, which must outlive the reader.
  RowReader(std::string_view text, std::string_view name);

  RowSyntax syntax = {};

  /// Goes to the next row with a cell that is not empty; false at the end.
  bool next();
  /// The cells of this row. They are valid until the next row is read.
  const std::vector<CsvCell>& cells() const { return cells_; }
  /// Leaves out empty cells at the end of this row while it has more than `width` cells.
  void trim(std::size_t width);
  /// The rest of the line, without its end.
  std::string_view next_line();
  bool at_end() const { return is_whole_ && position_ >= text_.size(); }

  /// Where the text goes on.
  struct Place {
    std::size_t position = 0;
    std::size_t line = 1;
  };
  Place place() const { return {position_, line_}; }
  /// Back to a place, before `release_start`.
  void go_to(const Place& place);
  /// The text from here on, up to `start_bytes`, and whether that is all.
  std::pair<std::string_view, bool> start() const;
  /// Frees what was read twice: from here on the text is read once.
  void release_start() { keeps_start_ = false; }

  /// Throws DataError for text that is not UTF-8. Further blocks are checked when they are read.
  void check_encoding();

  /// What messages call the text: its name, or `standard input`.
  std::string name() const;
  /// Throws DataError `name:line: reason`.
  [[noreturn]] void fail(std::size_t line, const std::string& reason) const;
  [[noreturn]] void fail_columns() const;

 private:
  void skip_mark();
  void read_block();
  bool read_whole_row();
  bool at_text_end() const { return position_ >= text_.size(); }
  bool at(char c) const { return !at_text_end() && text_[position_] == c; }
  bool at_line_end() const { return at('\n') || at('\r'); }
  bool at_quote() const { return at('"') || (is_arff() && at('\'')); }
  bool is_arff() const { return !syntax.declared.empty(); }
  bool is_separated_by_blanks() const { return syntax.delimiter == ' '; }
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
  std::string name_;
  std::string buffer_;
  bool keeps_start_ = true;   // while the format is guessed, which reads the first rows twice
  std::size_t checked_ = 0;   // so far the text is UTF-8
  std::string_view text_;     // what is read and may still be needed
  bool is_whole_ = false;     // whether nothing comes behind it
  std::size_t position_ = 0;  // in the text
  std::size_t line_ = 1;
  std::vector<CsvCell> cells_;
  std::deque<std::string> unescaped_;  // of the current row; a deque does not move its strings
};

namespace detail {

/// The text without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

}  // namespace detail

}  // namespace hinge
