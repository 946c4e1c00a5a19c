// From a source's samples to those of a training: taking out the test and validation parts, imputing, scaling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/config/options.h>
#include <hinge/core/preprocessing.h>
#include <hinge/core/task.h>
#include <hinge/data/dataset.h>
#include <hinge/data/table/column.h>
#include <hinge/data/table/table_format.h>

namespace hinge {

/// What the training part taught about all samples: how gaps are filled, how columns are read and scaled.
struct DataFit {
  Preprocessing inputs = {};
  Preprocessing targets = {};
  /// The imputed value of each feature (data/imputation.h); empty if no value may be missing.
  std::vector<double> imputed_values = {};
  Columns columns = {};     ///< of a table, all that were read; empty for other sources
  TableFormat format = {};  ///< of a table, with nothing left to guess
};

/// What became of the rows of a table.
struct HINGE_API RowReport {
  using Counts = std::vector<std::pair<std::string, std::size_t>>;

  std::size_t read = 0;
  std::size_t used = 0;
  std::size_t dropped = 0;
  Counts dropped_by = {};  ///< for each column the rows that were left out for a gap in it (a row may count twice)
  Counts filled = {};      ///< for each column the gaps that were filled

  /// `187 of 891 rows are left out for gaps (Age 177, Embarked 2)`, and what was filled; "" for nothing of both.
  std::string text() const;
};

/// The samples of a run: training changes the weights by `train`, `validation` guides it, `test` judges it at the end.
/// A source of an application gives them raw, with gaps as NaN; those of `SourceDescription::load` are filled and scaled.
struct HINGE_API DataParts {
  Dataset<float> train;
  std::optional<Dataset<float>> validation = {};
  std::optional<Dataset<float>> test = {};
  /// The imputed value of each feature (data/imputation.h); empty if no value may be missing.
  std::vector<double> imputed_values = {};
  Preprocessing inputs = {};                  ///< how the features were scaled
  Preprocessing targets = {};                 ///< how the target values were scaled
  Columns columns = {};                       ///< of a table
  TableFormat format = {};                    ///< of a table
  RowReport rows = {};                        ///< of a table
  std::vector<std::size_t> class_lines = {};  ///< of a table: for each class where its first sample starts; else empty
  std::vector<std::string> remarks = {};      ///< what was guessed about a table and is worth saying, in sentences
  /// Of a table: the section `data` of a config that reads the same, where `columns` describes every column.
  std::optional<JsonValue> section = {};

  /// The parts that there are, called training, validation and test.
  std::vector<std::pair<const char*, const Dataset<float>*>> named() const;
  std::vector<std::pair<const char*, Dataset<float>*>> named();
};

/// What is wanted of a source.
struct SampleRequest {
  Task task = Task::classes;     ///< of the loss
  bool scales_targets = true;    ///< whether target values may be scaled
  const DataFit* fit = nullptr;  ///< instead of what the training part would teach: that of a trained model
};

/// A checksum of the samples of a part: a part of other data, or of another split, has another one.
HINGE_API std::string digest_of(const Dataset<float>& part);

/// What parts are chosen by, whatever the samples are: rows of a table, or a data set.
struct SampleColumns {
  std::size_t count = 0;
  std::span<const std::int32_t> classes = {};  ///< of each sample; or none, of values
  /// The values of a column for every sample: a number, or the code of a text. Throws DataError without such a column.
  std::function<std::vector<double>(const std::string& column)> column = {};
};

/// The rows of each part, in ascending order.
struct PartRows {
  std::vector<std::size_t> train = {};
  std::vector<std::size_t> validation = {};  ///< empty: no such part is wanted
  std::vector<std::size_t> test = {};        ///< likewise
};

/// How a part is chosen: a fraction, every k-th sample, or one of K folds; by default nothing.
class HINGE_API PartOptions final : public Description {
 public:
  double fraction = 0;
  std::size_t seed = 0;
  std::size_t every = 0;
  std::size_t offset = 0;
  std::size_t folds = 0;
  std::size_t fold = 0;
  std::string by = "auto";
  std::string column = {};

  std::string_view type() const override { return "part"; }
  std::vector<Option> options() override;
  std::vector<OptionError> errors() const override;

  bool wanted() const { return fraction > 0 || every > 0 || folds > 0; }
};

/// What a config says about the samples of any source.
struct HINGE_API Preparation {
  PartOptions test = {};
  PartOptions validation = {};  ///< taken from what is left after the test part
  std::string preprocess = "none";
  double divisor = 255;

  /// Appends these options to a source's own.
  void append_options(std::vector<Option>& options);

  /// Chooses the test part, then the validation part from the rest. Throws ConfigError for `/data/test` or
  /// `/data/validation` if that part, or what it leaves, would be empty, or the samples lack what it is chosen by.
  PartRows rows(const SampleColumns& samples) const;
  /// The same for a data set, whose columns are its features.
  DataParts split(Dataset<float> all) const;

  /// Fills and scales raw parts, as the request says or as the training part teaches.
  DataParts prepared(DataParts raw, const SampleRequest& request) const;

  /// The transforms, fitted on the training part alone. Regression targets are scaled like the features, except by
  /// `divide`: its divisor is meant for the bytes of images. `robust` does not clip them.
  Preprocessing fit_inputs(const Dataset<float>& train) const;
  Preprocessing fit_targets(const Dataset<float>& train) const;
};

}  // namespace hinge
