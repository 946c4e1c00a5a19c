// The dense layer's products. W lies out-contiguous in memory: all weights of one input side by side.
#include <hinge/layers/dense.h>

#include <span>
#include <utility>

#include <hinge/core/kernels/kernels.h>

namespace hinge::inline HINGE_ABI {

namespace {

// The distance of rows of dzᵀ or xᵀ. Rows that are a power of two long would fall on the same lines of the cache, hence
// the gap.
constexpr std::size_t transposed_row(std::size_t length) { return (length + 15) / 16 * 16 + 16; }

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
  if (activation_) {
    for (ParameterDeclaration& p : activation_->declare_parameters(this->outputs())) parameters.push_back(std::move(p));
  }
  return parameters;
}

template <typename Scalar>
void DenseLayer<Scalar>::bind_more() {
  if (activation_) activation_->bind(activation_parameters());
}

template <typename Scalar>
std::span<Parameter<Scalar>> DenseLayer<Scalar>::activation_parameters() {
  return this->parameters().subspan(description_.bias ? 2 : 1);
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
  const MatrixView<const Scalar> w = weight();
  if (x.cols == 1 && z.row_stride == 1) return affine_of_one(x, z);
  kernels::of<Scalar>().product({.a = w.data,
                                 .a_row = 1,
                                 .a_step = w.col_stride,
                                 .b = x.data,
                                 .b_row = x.row_stride,
                                 .c = z.data,
                                 .c_row = z.row_stride,
                                 .rows = w.rows,
                                 .cols = x.cols,
                                 .depth = w.cols,
                                 .row_bias = bias().data});
}

// zᵀ = xᵀ Wᵀ + bᵀ: a single sample has no other to share a vector with, but units have. The chains are the same.
template <typename Scalar>
void DenseLayer<Scalar>::affine_of_one(MatrixView<const Scalar> x, MatrixView<Scalar> z) const {
  const MatrixView<const Scalar> w = weight();
  kernels::of<Scalar>().product({.a = x.data,
                                 .a_row = 0,
                                 .a_step = x.row_stride,
                                 .b = w.data,
                                 .b_row = w.col_stride,
                                 .c = z.data,
                                 .c_row = 0,
                                 .rows = 1,
                                 .cols = w.rows,
                                 .depth = w.cols,
                                 .column_bias = bias().data});
}

// A single unit's dz is its own transpose.
template <typename Scalar>
void DenseLayer<Scalar>::add_parameter_gradients(MatrixView<const Scalar> x) {
  const auto parameters = this->parameters();
  const bool learns_bias = description_.bias && parameters[1].trainable();
  if (!parameters[0].trainable() && !learns_bias) return;
  const MatrixView<const Scalar> dzt = dz_.rows == 1 ? dz_.transposed() : transpose(dz_);
  if (learns_bias) add_bias_gradient(dzt);
  if (parameters[0].trainable()) add_weight_gradient(x, dzt);
}

// fromᵀ with its rows contiguous, in the layer's memory.
template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::transpose(MatrixView<const Scalar> from) {
  const std::size_t row = transposed_row(from.rows);
  kernels::of<Scalar>().transpose(from.data, from.row_stride, transposed_.data(), row, from.rows, from.cols);
  return {transposed_.data(), from.cols, from.rows, row, 1};
}

// dbᵀ += 1ᵀ dzᵀ   (eq. 7)
template <typename Scalar>
void DenseLayer<Scalar>::add_bias_gradient(MatrixView<const Scalar> dzt) {
  constexpr Scalar one = 1;
  kernels::of<Scalar>().product({.a = &one,
                                 .a_row = 0,
                                 .a_step = 0,
                                 .b = dzt.data,
                                 .b_row = dzt.row_stride,
                                 .c = this->parameters()[1].gradient().data,
                                 .c_row = 0,
                                 .rows = 1,
                                 .cols = dzt.cols,
                                 .depth = dzt.rows,
                                 .accumulate = !this->replaces_gradients()});
}

// dWᵀ += x dzᵀ   (eq. 6), with vectors along the units. A single unit has no other to share a vector with, but its inputs
// have: then dW += dz xᵀ, where the chains are the same.
template <typename Scalar>
void DenseLayer<Scalar>::add_weight_gradient(MatrixView<const Scalar> x, MatrixView<const Scalar> dzt) {
  const bool is_one = dz_.rows == 1;
  const MatrixView<const Scalar> left = is_one ? dz_ : x;
  const MatrixView<const Scalar> right = is_one ? transpose(x) : dzt;
  const MatrixView<Scalar> gradient = this->parameters()[0].gradient();
  kernels::of<Scalar>().product({.a = left.data,
                                 .a_row = left.row_stride,
                                 .a_step = 1,
                                 .b = right.data,
                                 .b_row = right.row_stride,
                                 .c = gradient.data,
                                 .c_row = gradient.col_stride,
                                 .rows = left.rows,
                                 .cols = right.cols,
                                 .depth = right.rows,
                                 .accumulate = !this->replaces_gradients()});
}

// dx = Wᵀ dz   (eq. 8)
template <typename Scalar>
void DenseLayer<Scalar>::write_input_gradient(MatrixView<Scalar> dx) const {
  const MatrixView<const Scalar> w = weight();
  kernels::of<Scalar>().product({.a = w.data,
                                 .a_row = w.col_stride,
                                 .a_step = 1,
                                 .b = dz_.data,
                                 .b_row = dz_.row_stride,
                                 .c = dx.data,
                                 .c_row = dx.row_stride,
                                 .rows = w.cols,
                                 .cols = dz_.cols,
                                 .depth = w.rows});
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
    if (this->replaces_gradients()) {
      for (Parameter<Scalar>& p : activation_parameters()) p.zero_gradient();  // an activation only adds
    }
    const MatrixView<Scalar> dz = dz_buffer_.view().columns(0, dy.cols);
    activation_->backward(dy, dz);  // eq. 5
    dz_ = dz;
  }
  if (this->pass().parameter_gradients) add_parameter_gradients(x);
  if (!dx.empty()) write_input_gradient(dx);
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
  const std::size_t length = this->outputs() == 1 ? this->inputs() : this->outputs();
  transposed_ = Buffer<Scalar>(checked_size(batch, transposed_row(length)));
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
