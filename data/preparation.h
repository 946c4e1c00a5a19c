// From a source's samples to those of a training: taking out the test and validation parts, imputing, scaling.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/options.h>
#include <hinge/core/preprocessing.h>
#include <hinge/data/dataset.h>

namespace hinge {

/// The samples of a run: training changes the weights by `train`, `validation` guides it, `test` judges it at the end.
struct DataParts {
  Dataset<float> train;
  std::optional<Dataset<float>> validation = {};
  std::optional<Dataset<float>> test = {};
  /// The imputed value of each feature (data/imputation.h); empty if no value may be missing.
  std::vector<double> imputed_values = {};
};

/// How a part is taken out of a data set: a random fraction, or every k-th sample; by default nothing.
class HINGE_API PartOptions final : public Description {
 public:
  double fraction = 0;
  std::size_t seed = 0;
  std::size_t every = 0;
  std::size_t offset = 0;

  std::string_view type() const override { return "part"; }
  std::vector<Option> options() override;
  std::vector<OptionError> errors() const override;

  bool wanted() const { return fraction > 0 || every > 0; }
  /// Takes the part out of `data`, which keeps the rest; nothing if no part is wanted. Throws DataError if either would
  /// be empty.
  std::optional<Dataset<float>> take_from(Dataset<float>& data) const;
};

/// What a config says about the samples of any source.
struct HINGE_API Preparation {
  PartOptions test = {};
  PartOptions validation = {};  ///< taken from what is left after the test part
  std::string preprocess = "none";
  double divisor = 255;

  /// Appends these options to a source's own.
  void append_options(std::vector<Option>& options);

  /// Takes out the test part, then the validation part. Throws ConfigError for `/data/test` or `/data/validation` if
  /// that part, or what it leaves, would be empty.
  DataParts split(Dataset<float> all) const;

  /// The transforms, fitted on the training part alone. Regression targets are scaled like the features, except by
  /// `divide`: its divisor is meant for the bytes of images.
  Preprocessing fit_inputs(const Dataset<float>& train) const;
  Preprocessing fit_targets(const Dataset<float>& train) const;
};

}  // namespace hinge
