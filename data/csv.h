// Tables as text: CSV files with one sample in each row.
//
// The file to learn from is read by read_csv, which decides what the columns mean. The names of the data set that it
// returns hold all of that: every further file is read against them, with the same inputs, classes and targets.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/matrix.h>
#include <hinge/data/dataset.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

/// What to do with a feature that holds texts.
enum class Encode {
  none,    ///< refuse it
  onehot,  ///< make an input of each of its categories, which is 1 where the cell holds that text, else 0
};

/// What to do with a gap: a cell without a value, as CsvCell::is_gap tells.
enum class Missing {
  error,  ///< refuse it
  drop,   ///< leave its row out
  keep,   ///< keep a feature's gap as NaN, for impute (data/imputation.h); a target's is refused
};

/// The delimiter that a config or a command line calls `,`, `;`, `|`, `tab`, `blanks` (a space) or `auto` (0: guessed).
/// Throws ConfigError for another name.
HINGE_API char delimiter_named(const std::string& name);

/// How to read a table. A column is called by its name in the header.
struct CsvOptions {
  std::string target = {};                 ///< the column to learn; empty means the last one
  std::vector<std::string> targets = {};   ///< instead of `target`, in regression: the columns to learn, in this order
  std::vector<std::string> features = {};  ///< the columns to learn from, in this order; empty means all others
  std::vector<std::string> ignore = {};    ///< instead of `features`: the columns to leave out
  Task task = Task::classification;
  char delimiter = 0;  ///< ',', ';', '|', a tab, or a space for runs of blanks; 0: what `format` says
  Encode encode = Encode::none;
  Missing missing = Missing::error;
  TableFormat format = {};
};

/// What there is to say about a file beside its numbers.
struct CsvReport {
  std::vector<std::size_t> lines = {};    ///< for each sample the line where its row starts, counted from 1
  std::vector<std::size_t> dropped = {};  ///< the same for each row that was left out for a gap
  std::size_t gaps = 0;                   ///< cells that were kept as NaN
  std::vector<std::string> unused = {};   ///< columns that are neither features nor targets
};

/// Reads a table as text, plain or gzip: the names of the columns, then one sample in each row. `options.format` tells
/// how it is written, or leaves that to be guessed (TableFormat). The target column holds class labels or, in regression,
/// numbers; the features hold numbers or, with Encode::onehot, texts. A column that the header does not name is no
/// feature, unless it is asked for.
///
/// A number is finite, written as parse_number takes it with the format's separators. A column holds numbers
/// or texts, never both: with a number and `1.5kg` in one column, the second is an error, not a category. A text
/// feature `colour` becomes an input `colour=red` for each of its categories, ordered by their bytes, at most 1000.
///
/// A class label is text, and its spelling is the class. Classes are numbered in the order of the labels: by value when
/// all of them are numbers, else by their bytes, so the order of the rows does not matter.
///
/// With Missing::keep a feature's gap is NaN in the data set (for a text, in each input of its column): fill it before
/// training. `report`, where given, is overwritten.
///
/// Throws FileError when the file cannot be read, ConfigError for options that contradict each other, and DataError with
/// `file:line:`, the column, what was found and what was wanted for everything that is wrong with the text.
template <typename Scalar>
HINGE_API Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options = {},
                                   CsvReport* report = nullptr);
/// The same for text in memory; `name` stands in messages where a file would.
template <typename Scalar>
HINGE_API Dataset<Scalar> parse_csv(std::string_view text, std::string_view name, const CsvOptions& options = {},
                                    CsvReport* report = nullptr);

/// Reads a further file of the same table, to validate or test on: `names` are those of the first file's data set. The
/// columns are found by name, in any order; others are left out. A class or category that `names` has not is an error.
/// Without classes the task is regression. Of `options` only `delimiter`, `format` and `missing` count.
///
/// The input `colour=red` is the column of this name, where there is one (so a table that is encoded already is read
/// too), else a category of the column in front of the first `=`.
/// Throws as read_csv does, and ConfigError for names without features or targets, or a column that is both.
template <typename Scalar>
HINGE_API Dataset<Scalar> read_csv_like(const std::string& path, const DatasetNames& names,
                                        const CsvOptions& options = {}, CsvReport* report = nullptr);
template <typename Scalar>
HINGE_API Dataset<Scalar> parse_csv_like(std::string_view text, std::string_view name, const DatasetNames& names,
                                         const CsvOptions& options = {}, CsvReport* report = nullptr);

/// The inputs of a table that need not have a target.
template <typename Scalar>
struct CsvInputs {
  Buffer<Scalar> values = {};
  std::size_t features = 0;
  CsvReport report = {};

  /// features × samples, sample-contiguous.
  MatrixView<const Scalar> view() const {
    return MatrixView<const Scalar>::samples(values.data(), features, report.lines.size());
  }
  MatrixView<Scalar> view() { return MatrixView<Scalar>::samples(values.data(), features, report.lines.size()); }
};

/// Reads what a trained network is to predict from: the inputs that it knows by `feature_names`, found as in
/// read_csv_like. Throws as that does.
template <typename Scalar>
HINGE_API CsvInputs<Scalar> read_csv_inputs(const std::string& path, std::span<const std::string> feature_names,
                                            const CsvOptions& options = {});
template <typename Scalar>
HINGE_API CsvInputs<Scalar> parse_csv_inputs(std::string_view text, std::string_view name,
                                             std::span<const std::string> feature_names,
                                             const CsvOptions& options = {});

}  // namespace hinge
