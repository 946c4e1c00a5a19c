// Raw data in, probabilities or values out.
#include <hinge/layers/model.h>

#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/layers/model_edges.h>
#include <hinge/layers/network.h>

namespace hinge {

namespace {

template <typename Scalar>
void check_finite(MatrixView<const Scalar> x) {
  for (std::size_t c = 0; c < x.cols; ++c) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      if (!std::isfinite(x(r, c))) fail_not_finite(r, c);
    }
  }
}

}  // namespace

template <typename Scalar>
Model<Scalar>::Model(Network<Scalar> network, ModelInfo info) : info_(std::move(info)) {
  check_fit(info_, network.inputs(), network.outputs());
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
  impute<Scalar>(info_, scaled);
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
  impute<double>(info_, scaled.view());
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
  find_classes<Scalar>(info_, predict(x, workspace), classes);
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
  find_classes<double>(info_, predictions, classes);
  return classes;
}

template class Model<float>;
template class Model<double>;

}  // namespace hinge
