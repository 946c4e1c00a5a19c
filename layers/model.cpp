// Raw data in, probabilities or values out.
#include <hinge/layers/model.h>

#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/layers/loss.h>
#include <hinge/layers/network.h>

namespace hinge {

namespace {

void check_names(std::string_view what, std::size_t names, std::size_t wanted) {
  if (names == 0 || names == wanted) return;
  throw ModelError("model: " + std::to_string(names) + " " + std::string(what) + ", but the network has " +
                   std::to_string(wanted));
}

void check_columns(std::string_view what, const Preprocessing& preprocessing, std::size_t wanted) {
  if (preprocessing.is_identity() || preprocessing.offsets().size() == wanted) return;
  throw ModelError("model: preprocessing of " + std::to_string(preprocessing.offsets().size()) + " " +
                   std::string(what) + ", but the network has " + std::to_string(wanted));
}

// NaN is a missing value where the model has one to put in its place.
template <typename Scalar>
void impute(std::span<const double> imputed_values, MatrixView<Scalar> x) {
  if (imputed_values.empty()) return;
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (Scalar& value : x.row(r)) value = std::isnan(value) ? static_cast<Scalar>(imputed_values[r]) : value;
  }
}

template <typename Scalar>
void check_finite(MatrixView<const Scalar> x) {
  for (std::size_t c = 0; c < x.cols; ++c) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      if (!std::isfinite(x(r, c))) {
        throw DataError("predict: feature " + std::to_string(r) + " of sample " + std::to_string(c) + " is not finite");
      }
    }
  }
}

// Scaled values back to the units of the targets.
template <typename Scalar>
void put_back(const Preprocessing& targets, MatrixView<Scalar> values) {
  if (targets.offsets().size() != 1) return targets.invert(values);
  for (std::size_t r = 0; r < values.rows; ++r) {  // several outputs of one target
    targets.invert(MatrixView<Scalar>{&values(r, 0), 1, values.cols, values.row_stride, values.col_stride});
  }
}

// A single sigmoid output tells two classes apart; every other transform has one output for each class.
std::size_t class_count(OutputTransform transform, std::size_t outputs) {
  return transform == OutputTransform::sigmoid && outputs == 1 ? 2 : outputs;
}

}  // namespace

template <typename Scalar>
Model<Scalar>::Model(Network<Scalar> network, ModelInfo info) : info_(std::move(info)) {
  check_names("feature names", info_.feature_names.size(), network.inputs());
  check_names("target names", info_.target_names.size(), network.outputs());
  check_names("class names", info_.class_names.size(), class_count(info_.output_transform, network.outputs()));
  check_names("imputed values", info_.imputed_values.size(), network.inputs());
  check_columns("features", info_.inputs, network.inputs());
  if (info_.targets.offsets().size() != 1) check_columns("targets", info_.targets, network.outputs());
  if (is_classifier() && !info_.targets.is_identity())
    throw ModelError("model: a classification model cannot scale its targets");
  if (info_.output_transform != OutputTransform::identity && !info_.targets.is_identity()) {
    throw ModelError("model: with the output transform " + std::string(name_of(info_.output_transform)) +
                     " the targets cannot be scaled");
  }
  network.drop_gradients();
  network_ = std::make_unique<Network<Scalar>>(std::move(network));
}

template <typename Scalar>
Model<Scalar>::Model(const Model& other)
    : info_(other.info_), network_(new Network<Scalar>(*other.network_, Network<Scalar>::Memory::prediction)) {}

template <typename Scalar>
Model<Scalar>::Model(Model&& other) noexcept = default;

template <typename Scalar>
Model<Scalar>& Model<Scalar>::operator=(Model other) noexcept {
  network_ = std::move(other.network_);
  info_ = std::move(other.info_);
  return *this;
}

template <typename Scalar>
Model<Scalar>::~Model() = default;

template <typename Scalar>
MatrixView<Scalar> Model<Scalar>::predict(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace) const {
  network_->check_input("predict", x);
  workspace.require_apart(x, true);
  const MatrixView<Scalar> scaled = workspace.input(x.rows, x.cols);
  copy(x, scaled);
  impute<Scalar>(info_.imputed_values, scaled);
  check_finite<Scalar>(scaled);
  info_.inputs.apply(scaled);
  const MatrixView<Scalar> y = network_->predict(scaled, workspace);
  apply_output_transform(info_.output_transform, y);
  put_back(info_.targets, y);
  return y;
}

template <typename Scalar>
Matrix<double> Model<Scalar>::predict_in_double(const MatrixView<const double>& x, Workspace<Scalar>& workspace) const {
  if (x.rows != network_->inputs()) network_->check_input("predict", MatrixView<const Scalar>{nullptr, x.rows, x.cols});
  Matrix<double> scaled = matrix_of(x);
  impute<double>(info_.imputed_values, scaled.view());
  check_finite<double>(scaled.view());
  info_.inputs.apply(scaled.view());
  const MatrixView<Scalar> rounded = workspace.input(x.rows, x.cols);
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (std::size_t c = 0; c < x.cols; ++c) rounded(r, c) = static_cast<Scalar>(scaled(r, c));
  }
  const MatrixView<Scalar> y = network_->predict(rounded, workspace);
  apply_output_transform(info_.output_transform, y);
  Matrix<double> values(y.rows, y.cols);
  for (std::size_t r = 0; r < y.rows; ++r) {
    for (std::size_t c = 0; c < y.cols; ++c) values(r, c) = static_cast<double>(y(r, c));
  }
  put_back(info_.targets, values.view());
  return values;
}

template <typename Scalar>
Matrix<Scalar> Model<Scalar>::predict(const MatrixView<const Scalar>& x) const {
  Workspace<Scalar> workspace;
  return matrix_of(predict(x, workspace));
}

template <typename Scalar>
std::span<Scalar> Model<Scalar>::predict(std::span<const Scalar> features, Workspace<Scalar>& workspace) const {
  const MatrixView<Scalar> y =
      predict(MatrixView<const Scalar>::samples(features.data(), features.size(), 1), workspace);
  return {y.data, y.rows};
}

template <typename Scalar>
void Model<Scalar>::classify(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace,
                             std::span<std::size_t> classes) const {
  if (!is_classifier()) throw ModelError("classify: this is a regression model; use predict");
  if (classes.size() != x.cols) {
    throw ShapeError("classify: room for " + std::to_string(classes.size()) + " classes, but x has " +
                     std::to_string(x.cols) + " samples");
  }
  find_classes<Scalar>(predict(x, workspace), classes);
}

template <typename Scalar>
template <typename Prediction>
void Model<Scalar>::find_classes(MatrixView<const Prediction> probabilities, std::span<std::size_t> classes) const {
  const bool binary = class_count(info_.output_transform, network_->outputs()) != network_->outputs();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (std::size_t k = 0; k < probabilities.rows; ++k) {
      if (std::isfinite(probabilities(k, i))) continue;
      throw ModelError("classify: output " + std::to_string(k) + " of sample " + std::to_string(i) +
                       " is not finite; the features or the weights are too large");
    }
    classes[i] = binary ? (probabilities(0, i) > Prediction(0.5) ? 1U : 0U) : largest_row(probabilities, i);
  }
}

template <typename Scalar>
std::vector<std::size_t> Model<Scalar>::classify(MatrixView<const Scalar> x) const {
  Workspace<Scalar> workspace;
  std::vector<std::size_t> classes(x.cols);
  classify(x, workspace, classes);
  return classes;
}

template <typename Scalar>
std::size_t Model<Scalar>::classify(std::span<const Scalar> features, Workspace<Scalar>& workspace) const {
  std::size_t found = 0;
  classify(MatrixView<const Scalar>::samples(features.data(), features.size(), 1), workspace, {&found, 1});
  return found;
}

template <typename Scalar>
std::vector<std::size_t> Model<Scalar>::classes_of(MatrixView<const double> predictions) const {
  if (!is_classifier()) throw ModelError("classify: this is a regression model; use predict");
  std::vector<std::size_t> classes(predictions.cols);
  find_classes<double>(predictions, classes);
  return classes;
}

template class Model<float>;
template class Model<double>;

}  // namespace hinge
