// Tables as text: CSV files with one sample in each row.
#pragma once

#include <string>
#include <string_view>

#include <hinge/data/dataset.h>

namespace hinge::inline HINGE_ABI {

/// How to read a table.
struct CsvOptions {
  std::string target = {};  ///< the name of the column to learn; empty means the last one
  Task task = Task::classification;
  char delimiter = ',';  ///< what separates cells: ',', ';', '|' or a tab
};

/// Reads a CSV file, plain or gzip: a header with the names of the columns, then one sample in each row. The target
/// column holds class labels or, in regression, numbers; every other column is a feature and holds numbers.
///
/// The format is RFC 4180: a cell in double quotes may hold delimiters, line ends, and quotes written twice. Lines end
/// with LF, CR LF or CR. Blanks around cells, blank lines and a UTF-8 byte order mark are skipped. A number is what
/// parse_double takes: a decimal point, no thousands separators; empty cells and `nan` are errors, since a network
/// cannot learn from a gap.
///
/// A class label is text, and its spelling is the class. Classes are numbered in the order of the labels: by value when
/// all of them are numbers, else by their bytes, so the order of the rows does not matter.
///
/// Throws FileError when the file cannot be read, ConfigError for an impossible delimiter, and DataError with
/// `file:line:`, the column, what was found and what was wanted for everything that is wrong with the text.
template <typename Scalar>
HINGE_API Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options = {});

/// The same for text in memory; `name` stands in messages where a file would.
template <typename Scalar>
HINGE_API Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options = {});

extern template HINGE_API Dataset<float> read_csv<float>(const std::string&, const CsvOptions&);
extern template HINGE_API Dataset<double> read_csv<double>(const std::string&, const CsvOptions&);
extern template HINGE_API Dataset<float> parse_csv<float>(std::string_view, std::string_view, const CsvOptions&);
extern template HINGE_API Dataset<double> parse_csv<double>(std::string_view, std::string_view, const CsvOptions&);

}  // namespace hinge::inline HINGE_ABI
