// Checks of what a model knows, and the classes that its outputs mean.
#include <hinge/layers/model_edges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

void check_count(std::string_view what, std::size_t count, std::size_t wanted) {
  if (count == 0 || count == wanted) return;
  throw ModelError("model: " + std::to_string(count) + " " + std::string(what) + ", but the network has " +
                   std::to_string(wanted));
}

void check_columns(std::string_view what, const Preprocessing& preprocessing, std::size_t wanted) {
  if (preprocessing.is_identity() || preprocessing.offsets().size() == wanted) return;
  throw ModelError("model: preprocessing of " + std::to_string(preprocessing.offsets().size()) + " " +
                   std::string(what) + ", but the network has " + std::to_string(wanted));
}

void check_unique(std::vector<std::string> names, const char* what) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw ModelError(std::string("two ") + what + " are called \"" + printable(*twice) + "\"");
}

// A single sigmoid output tells two classes apart; every other transform has one output for each class.
bool is_binary(const ModelInfo& info, std::size_t outputs) {
  return info.output_transform == OutputTransform::sigmoid && outputs == 1;
}

}  // namespace

void check_fit(const ModelInfo& info, std::size_t inputs, std::size_t outputs) {
  check_count("feature names", info.feature_names.size(), inputs);
  check_count("target names", info.target_names.size(), outputs);
  check_count("class names", info.class_names.size(), is_binary(info, outputs) ? 2 : outputs);
  check_count("imputed values", info.imputed_values.size(), inputs);
  check_columns("features", info.inputs, inputs);
  if (info.targets.offsets().size() != 1) check_columns("targets", info.targets, outputs);
  if (info.targets.is_identity()) return;
  if (info.is_classifier()) throw ModelError("model: a classification model cannot scale its targets");
  if (info.output_transform != OutputTransform::identity) {
    throw ModelError("model: with the output transform " + std::string(name_of(info.output_transform)) +
                     " the targets cannot be scaled");
  }
}

void check_unique_names(const ModelInfo& info) {
  check_unique(info.feature_names, "features");
  check_unique(info.class_names, "classes");
  std::vector<std::string> columns = info.feature_names;
  columns.insert(columns.end(), info.target_names.begin(), info.target_names.end());
  check_unique(std::move(columns), "features or targets");
}

std::size_t count_classes(const ModelInfo& info, std::size_t outputs) {
  const bool has_labels =
      info.output_transform == OutputTransform::sigmoid && info.class_names.empty() && !is_binary(info, outputs);
  if (has_labels || !info.is_classifier()) return 0;
  return is_binary(info, outputs) ? 2 : outputs;
}

void fail_not_finite(std::size_t feature, std::size_t sample) {
  throw DataError("predict: feature " + std::to_string(feature) + " of sample " + std::to_string(sample) +
                  " is not finite");
}

template <typename Scalar>
void find_classes(const ModelInfo& info, MatrixView<const Scalar> predictions, std::span<std::size_t> classes) {
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (std::size_t k = 0; k < predictions.rows; ++k) {
      if (std::isfinite(predictions(k, i))) continue;
      throw ModelError("classify: output " + std::to_string(k) + " of sample " + std::to_string(i) +
                       " is not finite; the features or the weights are too large");
    }
    const bool binary = is_binary(info, predictions.rows);
    classes[i] = binary ? (predictions(0, i) > Scalar(0.5) ? 1U : 0U) : largest_row(predictions, i);
  }
}

template HINGE_API void find_classes<float>(const ModelInfo&, MatrixView<const float>, std::span<std::size_t>);
template HINGE_API void find_classes<double>(const ModelInfo&, MatrixView<const double>, std::span<std::size_t>);

}  // namespace hinge
