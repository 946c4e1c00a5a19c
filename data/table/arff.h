// The header of an ARFF file, the format of Weka and OpenML: the names and kinds of the columns.
// https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// What a file itself says about a column.
struct DeclaredColumn {
  enum class Kind { number, nominal, text, date };

  std::string name = {};
  Kind kind = Kind::number;
  std::vector<std::string> values = {};  ///< of a nominal column, in the order of the file
  std::string date_format = {};          ///< of a date, where the file has one: yyyy-MM-dd
};

/// Whether a line is that declaration, such as `@data`, in any case.
HINGE_API bool is_declaration(std::string_view line, std::string_view keyword);

/// The column of a line `@attribute name type`. Throws DataError with what was found and wanted, without a place.
HINGE_API DeclaredColumn parse_attribute(std::string_view line);

/// The text without its backslashes: `\'` is ', `\n` and `\t` a line end and a tab, `\\` a backslash.
HINGE_API std::string without_backslashes(std::string_view text);

}  // namespace hinge
