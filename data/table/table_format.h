// How a table is written as text: what separates its cells, whether it has a header, how its numbers look.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/options.h>
#include <hinge/core/export.h>

namespace hinge {

/// The format of a table. What is "auto" is guessed from the first rows (TableReader tells how).
struct HINGE_API TableFormat {
  static constexpr std::string_view type = "table_format";

  std::string delimiter = "auto";       ///< a character, `tab`, or `blanks`: runs of spaces and tabs
  std::string header = "auto";          ///< whether the first line holds the names of the columns: "true" or "false"
  std::vector<std::string> names = {};  ///< of all columns, in the place of the header's; empty: the header's
  std::string decimal = "auto";         ///< the decimal separator: "." or ","
  std::string thousands = {};           ///< the character between groups of three digits; empty: none
  std::string comment = {};             ///< lines that begin with this character are skipped; empty: none
  std::size_t skip_rows = 0;            ///< lines above the table that are skipped

  std::vector<Option> options();
  /// The same, behind a source's own options.
  void append_options(std::vector<Option>& options);
  std::vector<OptionError> errors() const;
};

/// A format as one line of JSON, for model files, and back. Throws ConfigError, `name` stands in its message.
HINGE_API std::string format_text(const TableFormat& format);
HINGE_API TableFormat parse_format(std::string_view text, std::string_view name);

/// The number in `text`, where `decimal` separates the fraction and `thousands` groups of three digits: `1.234,5` with
/// a comma and a point is 1234.5. Nothing if the groups are not of three digits each. Otherwise as parse_double. Any number of
/// threads.
HINGE_API std::optional<double> parse_number(std::string_view text, char decimal, std::string_view thousands);

}  // namespace hinge
