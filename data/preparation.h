// What happens to samples between their source and the training: parts are set aside, gaps filled, columns scaled.
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

/// The samples of a run: those to learn from, those to watch while learning, and those to judge by at the end.
struct DataParts {
  Dataset<float> train;
  std::optional<Dataset<float>> validation = {};
  std::optional<Dataset<float>> test = {};
  /// What to put in the place of missing features (data/imputation.h); empty when nothing may be missing.
  std::vector<double> imputed_values = {};
};

/// How a part is taken out of a data set: a share drawn at random, or every k-th sample; by default nothing.
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
  /// The part taken out, if one is wanted; `data` keeps the rest. Throws DataError when either would be empty.
  std::optional<Dataset<float>> take_from(Dataset<float>& data) const;
};

/// What a config says about the samples of any source.
struct HINGE_API Preparation {
  PartOptions test = {};
  PartOptions validation = {};  ///< from what the test part leaves
  std::string preprocess = "none";
  double divisor = 255;

  /// For the options of a source, after its own.
  void append_options(std::vector<Option>& options);

  /// Takes out the test part, then the validation part. Throws ConfigError for `/data/test` or `/data/validation` when it
  /// or what it leaves would be empty.
  DataParts split(Dataset<float> all) const;

  /// The transforms, fitted on the training part alone. Regression targets are scaled as the features are, but not
  /// divided: a divisor is about the bytes of images.
  Preprocessing fit_inputs(const Dataset<float>& train) const;
  Preprocessing fit_targets(const Dataset<float>& train) const;
};

}  // namespace hinge
