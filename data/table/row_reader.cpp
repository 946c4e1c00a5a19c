// From blocks of text to cells: quotes and line ends.
#include <hinge/data/table/row_reader.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/table/other_formats.h>

namespace hinge {

namespace detail {

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace detail

namespace {

constexpr std::size_t max_row = std::size_t{1} << 28;
constexpr std::size_t max_columns = std::size_t{1} << 18;  // a cell takes 32 bytes, and its text may have none

constexpr std::uint64_t in_each_byte(unsigned char byte) { return std::uint64_t{0x0101010101010101} * byte; }

// Sets the high bit of each byte that is c. Above the first of these some others may be set too.
std::uint64_t mark(std::uint64_t bytes, char c) {
  const std::uint64_t difference = bytes ^ in_each_byte(static_cast<unsigned char>(c));
  return (difference - in_each_byte(1)) & ~difference & in_each_byte(0x80);
}

// Where a cell without quotes ends: at a delimiter or a line end. Eight bytes at once, as this is done for every cell;
// but not between blanks, which end cells in two ways.
std::size_t plain_end(std::string_view text, std::size_t position, char delimiter) {
  if (delimiter == ' ') return std::min(text.find_first_of(" \t\r\n", position), text.size());
  constexpr std::size_t at_once = sizeof(std::uint64_t);
  for (; std::endian::native == std::endian::little && text.size() - position >= at_once; position += at_once) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + position, at_once);
    const std::uint64_t ends = mark(bytes, delimiter) | mark(bytes, '\n') | mark(bytes, '\r');
    if (ends != 0) return position + static_cast<std::size_t>(std::countr_zero(ends)) / 8;
  }
  const auto is_end = [&](char c) { return c == delimiter || c == '\n' || c == '\r'; };
  while (position < text.size() && !is_end(text[position])) ++position;
  return position;
}

}  // namespace

bool CsvCell::is_gap() const {
  constexpr std::size_t longest = 3;
  if (detail::trimmed(text).empty()) return true;
  if (quoted || text.size() > longest) return false;
  return text == "?" || text == "NA" || text == "N/A" || lowered(text) == "nan";  // "Na" is sodium
}

RowReader::RowReader(ByteReader bytes, std::string_view name, std::size_t block_bytes)
    : bytes_(std::move(bytes)), block_size_(block_bytes), name_(name) {
  while (!is_whole_ && text_.size() < start_bytes) read_block();
  skip_mark();
}

RowReader::RowReader(std::string_view text, std::string_view name) : name_(name), text_(text), is_whole_(true) {
  skip_mark();
}

void RowReader::skip_mark() {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text_.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
  if (text_.substr(position_).starts_with(byte_order_mark)) fail(1, "found two byte order marks; wanted at most one");
}

void RowReader::go_to(const Place& place) {
  position_ = place.position;
  line_ = place.line;
}

std::pair<std::string_view, bool> RowReader::start() const {
  const std::string_view rest = text_.substr(position_);
  return {rest.substr(0, start_bytes), is_whole_ && rest.size() <= start_bytes};
}

std::string RowReader::name() const { return name_ == "-" ? "standard input" : printable(name_); }

void RowReader::fail(std::size_t line, const std::string& reason) const {
  throw DataError(name() + ":" + std::to_string(line) + ": " + reason);
}

// ------------------------------------------------------------------------------------------------------------- blocks

// Moves what is still needed to the front and appends a block, or as much again where a row is longer than that.
void RowReader::read_block() {
  const std::size_t dropped = keeps_start_ ? 0 : position_;
  const std::size_t kept = text_.size() - dropped;
  if (text_.size() - position_ > max_row) {
    fail(line_, "found a row of more than 256 MiB; wanted a table (is a quote never closed?)");
  }
  if (dropped > 0) std::memmove(buffer_.data(), buffer_.data() + dropped, kept);
  const std::size_t block = std::max(block_size_, kept);
  if (buffer_.size() < kept + block) buffer_.resize(kept + block);
  const std::size_t count = bytes_->read(buffer_.data() + kept, block);
  is_whole_ = count == 0;
  text_ = std::string_view(buffer_).substr(0, kept + count);
  position_ -= dropped;
  checked_ -= std::min(checked_, dropped);
}

// A character that a block cuts off waits for the next one.
void RowReader::check_encoding() {
  constexpr std::size_t longest_character = 4;
  const std::string_view text = text_.substr(checked_);
  const auto fail_at = [&](std::size_t i, const std::string& reason) {
    const std::string_view before = text_.substr(position_, std::max(checked_ + i, position_) - position_);
    fail(line_ + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')), reason);
  };
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    fail_at(zero,
            "found a zero byte; wanted text in UTF-8 (is this another kind of file? export a spreadsheet as CSV)");
  }
  const std::size_t valid = utf8_prefix(text);
  checked_ += valid;
  const bool is_cut = !is_whole_ && text.size() - valid < longest_character;
  if (valid < text.size() && !is_cut) fail_at(0, encoding_refusal(text.substr(valid, 1), name_));
}

// --------------------------------------------------------------------------------------------------------------- rows

bool RowReader::next() {
  do {
    if (!read_whole_row()) return false;
  } while (std::all_of(cells_.begin(), cells_.end(), [](const CsvCell& cell) { return cell.is_empty(); }));
  return true;
}

void RowReader::trim(std::size_t width) {
  while (cells_.size() > width && cells_.back().is_empty()) cells_.pop_back();
}

// Reads a row, and again with a further block where it came to the end of the text: the row may go on there. False if
// no text is left.
bool RowReader::read_whole_row() {
  for (;;) {
    const auto [position, line] = std::pair(position_, line_);
    if (!at_text_end()) read_row();
    if (!at_text_end() || is_whole_) return position_ > position;
    position_ = position;
    line_ = line;
    read_block();
    check_encoding();
  }
}

// The rest of this line, without its end.
std::string_view RowReader::next_line() {
  const auto line_end = [&] { return text_.find_first_of("\r\n", position_); };
  std::size_t end = line_end();
  while (!is_whole_ && (end == std::string_view::npos || end + 1 == text_.size())) {
    read_block();
    check_encoding();
    end = line_end();
  }
  const std::string_view line = text_.substr(position_, end - position_);
  position_ += line.size();
  if (!at_text_end()) take_line_end();
  return line;
}

inline void RowReader::skip_blanks() {
  while ((at(' ') || at('\t')) && (!at(syntax.delimiter) || is_separated_by_blanks())) ++position_;
}

// LF, CR LF or CR.
void RowReader::take_line_end() {
  const bool is_return = at('\r');
  ++position_;
  if (is_return && at('\n')) ++position_;
  ++line_;
}

// Whether a further cell follows in this row.
inline bool RowReader::take_delimiter() {
  if (is_separated_by_blanks()) {
    skip_blanks();
    return !at_text_end() && !at_line_end();
  }
  if (!at(syntax.delimiter)) return false;
  ++position_;
  return true;
}

inline void RowReader::read_plain(CsvCell& cell, char end) {
  const std::size_t first = position_;
  position_ = plain_end(text_, first, syntax.delimiter);
  if (end != syntax.delimiter) position_ = std::min(position_, text_.find(end, first));
  cell.text = detail::trimmed(text_.substr(first, position_ - first));
  cell.line = line_;
  cell.quoted = is_arff() && !cell.text.empty() && cell.text != "?";
}

inline void RowReader::read_cell(CsvCell& cell, char end) {
  if (!at_text_end() && text_[position_] > '\'') return read_plain(cell, end);  // neither a blank nor a quote
  skip_blanks();
  if (at_quote()) {
    read_quoted(cell);
    check_after_quote(end);
  } else {
    read_plain(cell, end);
  }
}

void RowReader::fail_columns() const {
  fail(line_, "found more than " + std::to_string(max_columns) + " cells in a row; wanted at most that many columns");
}

void RowReader::read_row() {
  cells_.clear();
  unescaped_.clear();
  if (syntax.comment != 0 && at(syntax.comment)) {
    position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
  } else if (skip_blanks(); is_arff() && at('{')) {
    read_sparse_row();
  } else if (!is_separated_by_blanks() || !(at_text_end() || at_line_end())) {
    do {
      if (cells_.size() == max_columns) fail_columns();
      read_cell(cells_.emplace_back(), syntax.delimiter);
    } while (take_delimiter());
  }
  if (!at_text_end()) take_line_end();
}

void RowReader::read_quoted(CsvCell& cell) {
  const std::size_t opened = line_;
  const char quote = text_[position_];
  const std::size_t first = ++position_;
  bool escaped = false;
  for (;; ++position_) {
    if (at_text_end() && !is_whole_) return;
    if (at_text_end()) fail(opened, "found a quote that is never closed; wanted a second one at the end of the cell");
    if (at_line_end()) {
      take_line_end();
      --position_;
    } else if (is_arff() ? at('\\') : text_.substr(position_).starts_with("\"\"")) {
      escaped = true;
      ++position_;
    } else if (at(quote)) {
      break;
    }
  }
  const std::string_view raw = text_.substr(first, position_ - first);
  ++position_;
  cell = {escaped ? unescape(raw) : raw, opened, true};
}

void RowReader::check_after_quote(char end) {
  const bool was_blank = at(' ') || at('\t');
  skip_blanks();
  if (at_text_end() || at(syntax.delimiter) || at(end) || at_line_end() || (is_separated_by_blanks() && was_blank))
    return;
  fail(line_, "found " + in_quotes(text_.substr(position_, 1)) +
                  " after a closing quote; wanted the end of the cell (write a quote inside a cell twice)");
}

std::string_view RowReader::unescape(std::string_view raw) {
  std::string& text = unescaped_.emplace_back();
  if (is_arff()) return text = without_backslashes(raw);
  for (std::size_t i = 0; i < raw.size(); ++i) {
    text += raw[i];
    if (raw[i] == '"') ++i;  // the second of a pair
  }
  return text;
}

// `{0 1.5, 3 red}`: of the columns that are not there, numbers are 0 and nominal ones have their first value.
void RowReader::read_sparse_row() {
  for (const DeclaredColumn& column : syntax.declared) {
    const bool is_number = column.kind == DeclaredColumn::Kind::number || column.values.empty();
    cells_.push_back({is_number ? std::string_view("0") : column.values.front(), line_, true});
  }
  ++position_;
  for (skip_blanks(); !at('}'); skip_blanks()) {
    const std::size_t first = position_;
    while (!at_text_end() && text_[position_] >= '0' && text_[position_] <= '9') ++position_;
    const auto column = parse_size(text_.substr(first, position_ - first));
    if (at_text_end() && !is_whole_) return;
    if (!column || *column >= cells_.size() || !(at(' ') || at('\t'))) {
      fail(line_, "found a sparse row that is not as in {0 1.5, 3 red}; wanted an index below " +
                      std::to_string(cells_.size()) + ", a blank and a value");
    }
    read_cell(cells_[*column], '}');
    if (at(syntax.delimiter)) ++position_;
  }
  ++position_;
  skip_blanks();
  if (!at_text_end() && !at_line_end()) fail(line_, "found more behind a sparse row; wanted the end of the line");
}

}  // namespace hinge
