// The dense layer's products. W lies out-contiguous in memory, so `weight().transposed()` is the batch-contiguous view
// Wᵀ (inputs × units), which Eigen maps without a copy.
#include <hinge/layers/dense.h>

#include <array>

#include <hinge/core/eigen.h>

namespace hinge::inline HINGE_ABI {

namespace {

template <typename Scalar>
void add_bias(MatrixView<const Scalar> b, MatrixView<Scalar> z) {
  for (std::size_t r = 0; r < z.rows; ++r) {
    const Scalar bias = b(r, 0);
    for (Scalar& value : z.row(r)) value += bias;
  }
}

// The sum of a row, in eight interleaved partial sums: one order of additions, whatever the address or the compiler.
template <typename Scalar>
Scalar row_sum(std::span<const Scalar> row) {
  constexpr std::size_t lanes = 8;
  std::array<Scalar, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= row.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += row[i + lane];
  }
  for (std::size_t lane = 0; i < row.size(); ++i, ++lane) sums[lane] += row[i];
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

}  // namespace

std::vector<Option> Dense::options() {
  constexpr double most_units = 1 << 20;
  return {
      {"units", &units, Range::between(1, most_units), "number of outputs", true},
      {"activation", &activation, {}, "the function applied to each output"},
      {"bias", &bias, {}, "whether each unit adds a learned constant"},
      {"weight_init", &weight_init, {}, "how the weights start"},
      {"bias_init", &bias_init, {}, "how the biases start; randomized_asymmetric belongs in both"},
      {"train_weight", &train_weight, {}, "false keeps the weights as they start"},
      {"train_bias", &train_bias, {}, "false keeps the biases as they start"},
  };
}

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> Dense::build(std::size_t inputs) const {
  return std::make_unique<DenseLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> Dense::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> Dense::build<double>(std::size_t) const;

template <typename Scalar>
DenseLayer<Scalar>::DenseLayer(const Dense& description, std::size_t inputs)
    : Layer<Scalar>(inputs, description.units), description_(description) {
  if (description.activation.type() != Identity::type) activation_ = description.activation->template build<Scalar>();
}

template <typename Scalar>
std::vector<ParameterDeclaration> DenseLayer<Scalar>::declare_parameters() const {
  const Fans fans{this->inputs(), this->outputs()};
  std::vector<ParameterDeclaration> parameters;
  parameters.push_back(
      {"weight", this->outputs(), this->inputs(), fans, description_.weight_init, description_.train_weight, true});
  if (description_.bias) {
    parameters.push_back(
        {"bias", this->outputs(), 1, fans, description_.bias_init, description_.train_bias, false, fans.in});
  }
  return parameters;
}

template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::weight() const {
  return this->parameters()[0].value();
}

template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::bias() const {
  return description_.bias ? this->parameters()[1].value() : MatrixView<const Scalar>();
}

// z = W x + b 1ᵀ   (eq. 1)
template <typename Scalar>
void DenseLayer<Scalar>::affine(MatrixView<const Scalar> x, MatrixView<Scalar> z) const {
  const auto transposed_weight = weight().transposed().eigen();
  z.eigen().noalias() = transposed_weight.transpose() * x.eigen();
  if (description_.bias) add_bias(bias(), z);
}

template <typename Scalar>
void DenseLayer<Scalar>::infer(MatrixView<const Scalar> x, MatrixView<Scalar> y) const {
  affine(x, y);
  if (activation_) activation_->value(y, y);
}

template <typename Scalar>
void DenseLayer<Scalar>::train_forward(MatrixView<const Scalar> x, MatrixView<Scalar> y) {
  if (!activation_) return affine(x, y);
  const MatrixView<Scalar> z = z_buffer_.view().columns(0, x.cols);
  affine(x, z);
  activation_->forward(z, y);
}

template <typename Scalar>
void DenseLayer<Scalar>::backpropagate(MatrixView<const Scalar> x, MatrixView<const Scalar>,
                                       MatrixView<const Scalar> dy, MatrixView<Scalar> dx) {
  dz_ = dy;
  if (activation_) {
    const MatrixView<Scalar> dz = dz_buffer_.view().columns(0, dy.cols);
    activation_->backward(dy, dz);  // eq. 5
    dz_ = dz;
  }
  const auto parameters = this->parameters();
  if (parameters[0].trainable()) {
    auto transposed_gradient = parameters[0].gradient().transposed().eigen();
    transposed_gradient.noalias() += x.eigen() * dz_.eigen().transpose();  // eq. 6: (dz xᵀ)ᵀ = x dzᵀ
  }
  if (description_.bias && parameters[1].trainable()) {
    const MatrixView<Scalar> gradient = parameters[1].gradient();
    for (std::size_t r = 0; r < dz_.rows; ++r) gradient(r, 0) += row_sum(dz_.row(r));  // eq. 7
  }
  if (!dx.empty()) dx.eigen().noalias() = weight().transposed().eigen() * dz_.eigen();  // eq. 8
}

template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::pre_activation() const {
  return activation_ ? activation_->cached_input() : this->output();
}

template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::pre_activation_gradient() const {
  return this->output_gradient().empty() ? MatrixView<const Scalar>() : dz_;
}

template <typename Scalar>
void DenseLayer<Scalar>::reserve_more(std::size_t batch) {
  if (!activation_) return;
  z_buffer_ = Matrix<Scalar>(this->outputs(), batch);
  dz_buffer_ = Matrix<Scalar>(this->outputs(), batch);
}

template <typename Scalar>
void DenseLayer<Scalar>::forget_more() {
  if (activation_) activation_->forget();
  dz_ = {};
}

template class DenseLayer<float>;
template class DenseLayer<double>;

}  // namespace hinge::inline HINGE_ABI
