// Guesses about a table's format, from its first rows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// The first rows of a table, cell by cell.
using SampleRows = std::vector<std::vector<std::string>>;

/// What separates the cells of a text: `,` `;` `|`, a tab, or ' ' for runs of blanks. It is the one that
/// gives most of the first 100 rows the same number of cells; of several, one between numbers with a decimal comma, then the
/// one that makes numbers of most cells; a comma if none gives two cells. Quotes are respected; lines that begin with `comment` (0: none) are left out.
/// `is_whole` tells whether `start` is the whole text, so that its last line is complete. Any number of threads.
HINGE_API char guess_delimiter(std::string_view start, char comment, bool is_whole);

/// The decimal separator: a comma if at least one cell is a number with a decimal comma alone, such as `1,5`, and none
/// has a decimal point. `1,234` might be in thousands, so it says nothing.
HINGE_API char guess_decimal(const SampleRows& rows);

/// The character between groups of three digits, if a cell has both that and the decimal separator: `.` for `1.234,5`, `,`
/// for `1,234.5`, and if no number contradicts. Else 0.
HINGE_API char guess_thousands(const SampleRows& rows);

/// Whether the first row is a sample, not a header. Each column votes: for a sample, if the first cell is a number as
/// below, or a text that occurs again below; for a header, if it is a text above numbers, or above texts that occur
/// again and again while it does not. Gaps are empty texts. Numbers that count (0, 1, 2 or 1990, 2000, 2010) are names: they do not vote.
HINGE_API bool first_row_is_sample(const SampleRows& rows, char decimal, std::string_view thousands);

}  // namespace hinge
