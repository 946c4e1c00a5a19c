// The dense layer's products. W lies out-contiguous in memory: all weights of one input side by side.
#include <hinge/layers/dense.h>

#include <span>
#include <utility>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/threads.h>

namespace hinge {

namespace {

// The distance of rows of dzᵀ or xᵀ. Rows that are a power of two long would fall on the same lines of the cache, hence
// the gap.
constexpr std::size_t transposed_row(std::size_t length) { return (length + 15) / 16 * 16 + 16; }

// What threads share: whole lines of the cache, and whole tiles of the product.
constexpr std::size_t sample_grain = 16;
constexpr std::size_t input_grain = 12;
constexpr std::size_t unit_grain = 16;

// Rows [begin, end) of a view.
template <typename Scalar>
MatrixView<Scalar> rows(const MatrixView<Scalar>& all, std::size_t begin, std::size_t end) {
  return all.transposed().columns(begin, end - begin).transposed();
}

}  // namespace

std::vector<Option> Dense::options() {
  constexpr double max_units = 1 << 20;
  return {
      {"units", &units, Range::between(1, max_units), "number of outputs", true},
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

// z = W x + b 1ᵀ   (eq. 1), of the units from the first on, as many as z has rows.
template <typename Scalar>
void DenseLayer<Scalar>::affine(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& z,
                                std::size_t first_unit) const {
  const MatrixView<const Scalar> w = weight();
  const Scalar* const b = description_.bias ? bias().data + first_unit : nullptr;
  const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
  if (x.cols == 1 && z.row_stride == 1) {
    return kernel.gemv({.w = w.data + first_unit,
                        .w_step = w.col_stride,
                        .x = x.data,
                        .x_step = x.row_stride,
                        .bias = b,
                        .y = z.data,
                        .units = z.rows,
                        .inputs = w.cols});
  }
  kernel.product({.a = w.data + first_unit,
                  .a_row = 1,
                  .a_step = w.col_stride,
                  .b = x.data,
                  .b_row = x.row_stride,
                  .c = z.data,
                  .c_row = z.row_stride,
                  .rows = z.rows,
                  .cols = x.cols,
                  .depth = w.cols,
                  .row_bias = b});
}

// z and y = φ(z), of the units from the first on.
template <typename Scalar>
void DenseLayer<Scalar>::compute(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& z,
                                 const MatrixView<Scalar>& y, std::size_t first_unit) const {
  affine(x, z, first_unit);
  if (activation_) activation_->value(z, y);
}

// Writes columns [begin, end) of a matrix as rows of the layer's memory for a transposed one.
template <typename Scalar>
void DenseLayer<Scalar>::transpose(const MatrixView<const Scalar>& from, std::size_t begin, std::size_t end) {
  const std::size_t row = transposed_row(from.rows);
  kernels::of<Scalar>().transpose(from.data + begin, from.row_stride, transposed_.data() + begin * row, row, from.rows,
                                  end - begin);
}

// The transposed matrix, with its rows contiguous.
template <typename Scalar>
MatrixView<const Scalar> DenseLayer<Scalar>::transposed(const MatrixView<const Scalar>& from) const {
  return {transposed_.data(), from.cols, from.rows, transposed_row(from.rows), 1};
}

// db += dz 1   (eq. 7)
template <typename Scalar>
void DenseLayer<Scalar>::add_bias_gradient() {
  const auto add_rows = kernels::of<Scalar>().add_rows;
  Scalar* const gradient = this->parameters()[1].gradient().data;
  const bool accumulate = !this->replaces_gradients();
  if (!is_narrow()) {
    const MatrixView<const Scalar> dzt = transposed(dz_);
    return add_rows(dzt.data, dzt.row_stride, dzt.rows, dzt.cols, gradient, accumulate);
  }
  for (std::size_t u = 0; u < dz_.rows; ++u) {
    add_rows(dz_.data + u * dz_.row_stride, 1, dz_.cols, 1, gradient + u, accumulate);
  }
}

// dWᵀ += x dzᵀ   (eq. 6), of the inputs [begin, end), with vectors along the units.
template <typename Scalar>
void DenseLayer<Scalar>::add_weight_gradient(const MatrixView<const Scalar>& x, std::size_t begin, std::size_t end) {
  const MatrixView<const Scalar> dzt = transposed(dz_);
  const MatrixView<Scalar> gradient = this->parameters()[0].gradient();
  kernels::of<Scalar>().product({.a = x.data + begin * x.row_stride,
                                 .a_row = x.row_stride,
                                 .a_step = 1,
                                 .b = dzt.data,
                                 .b_row = dzt.row_stride,
                                 .c = gradient.data + begin * gradient.col_stride,
                                 .c_row = gradient.col_stride,
                                 .rows = end - begin,
                                 .cols = dzt.cols,
                                 .depth = dzt.rows,
                                 .accumulate = !this->replaces_gradients()});
}

// dW += dz xᵀ, with vectors along the inputs: a few units leave most of a vector empty. The chains are the same. The rows of
// dW are put together apart, as in memory they lie across; that of a single unit lies there as it is.
template <typename Scalar>
void DenseLayer<Scalar>::add_narrow_weight_gradient(const MatrixView<const Scalar>& x, std::size_t begin,
                                                    std::size_t end) {
  const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
  const MatrixView<const Scalar> xt = transposed(x);
  const std::size_t units = this->outputs();
  const bool accumulate = !this->replaces_gradients();
  Scalar* const gradient = this->parameters()[0].gradient().data + begin * units;
  Scalar* const rows = units == 1 ? gradient : rows_.data() + begin;
  if (accumulate && units > 1) kernel.transpose(gradient, units, rows, xt.cols, end - begin, units);
  kernel.product({.a = dz_.data,
                  .a_row = dz_.row_stride,
                  .a_step = 1,
                  .b = xt.data + begin,
                  .b_row = xt.row_stride,
                  .c = rows,
                  .c_row = xt.cols,
                  .rows = units,
                  .cols = end - begin,
                  .depth = xt.rows,
                  .accumulate = accumulate});
  if (units > 1) kernel.transpose(rows, xt.cols, gradient, units, units, end - begin);
}

// dx = Wᵀ dz   (eq. 8), of the samples [begin, end)
template <typename Scalar>
void DenseLayer<Scalar>::write_input_gradient(const MatrixView<Scalar>& dx, std::size_t begin, std::size_t end) const {
  const MatrixView<const Scalar> w = weight();
  kernels::of<Scalar>().product({.a = w.data,
                                 .a_row = w.col_stride,
                                 .a_step = 1,
                                 .b = dz_.data + begin,
                                 .b_row = dz_.row_stride,
                                 .c = dx.data + begin,
                                 .c_row = dx.row_stride,
                                 .rows = w.cols,
                                 .cols = end - begin,
                                 .depth = w.rows});
}

template <typename Scalar>
void DenseLayer<Scalar>::infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const {
  compute(x, y, y);
}

template <typename Scalar>
void DenseLayer<Scalar>::train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) {
  const MatrixView<Scalar> z = activation_ ? z_buffer_.view().columns(0, x.cols) : y;
  ThreadPool* const threads = helpers(x.cols);
  if (threads != nullptr && is_cut_along_units(x.cols)) {
    run_ranges(threads, z.rows, unit_grain, [&](std::size_t begin, std::size_t end) {
      compute(x, rows(z, begin, end), rows(y, begin, end), begin);
    });
  } else {
    run_ranges(threads, x.cols, sample_grain, [&](std::size_t begin, std::size_t end) {
      const std::size_t count = end - begin;
      compute(x.columns(begin, count), z.columns(begin, count), y.columns(begin, count));
    });
  }
  if (activation_) activation_->keep(z);
}

// The pool, where sharing pays: a run of it costs about half a microsecond, in which a thread makes some 50,000 multiply-adds.
template <typename Scalar>
ThreadPool* DenseLayer<Scalar>::helpers(std::size_t batch) const {
  constexpr std::size_t enough = 1 << 18;
  return this->inputs() * this->outputs() * batch < enough ? nullptr : this->pass().threads;
}

// Which way threads fetch less of what others wrote. Each of n has updated an n-th of the weights: one that takes samples
// needs all of them, one that takes units its share; but then z lies with its units, and the backward pass wants it by
// samples. What an activation learns belongs to all units.
template <typename Scalar>
bool DenseLayer<Scalar>::is_cut_along_units(std::size_t batch) {
  return this->outputs() >= batch && this->inputs() > 2 * batch && activation_parameters().empty();
}

template <typename Scalar>
void DenseLayer<Scalar>::backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                                       const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) {
  dz_ = dy;
  if (activation_) {
    if (this->replaces_gradients()) {
      for (Parameter<Scalar>& p : activation_parameters()) p.zero_gradient();  // an activation only adds
    }
    activation_->learn(dy);
    dz_ = dz_buffer_.view().columns(0, dy.cols);
  }
  const auto parameters = this->parameters();
  const bool learns = this->pass().parameter_gradients;
  const bool learns_weight = learns && parameters[0].trainable();
  const bool learns_bias = learns && description_.bias && parameters[1].trainable();
  ThreadPool* const threads = helpers(dy.cols);
  run_ranges(threads, dy.cols, sample_grain, [&](std::size_t begin, std::size_t end) {
    const std::size_t count = end - begin;
    if (activation_) {  // eq. 5
      activation_->chain(pre_activation().columns(begin, count), dy.columns(begin, count),
                         dz_buffer_.view().columns(begin, count));
    }
    if (learns_weight || (learns_bias && !is_narrow())) transpose(is_narrow() ? x : dz_, begin, end);
    if (!dx.empty()) write_input_gradient(dx, begin, end);
  });
  if (learns_bias) add_bias_gradient();
  if (!learns_weight) return;
  run_ranges(threads, x.rows, input_grain, [&](std::size_t begin, std::size_t end) {
    if (is_narrow()) return add_narrow_weight_gradient(x, begin, end);
    add_weight_gradient(x, begin, end);
  });
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
  const std::size_t length = is_narrow() ? this->inputs() : this->outputs();
  transposed_ = Buffer<Scalar>(checked_size(batch, transposed_row(length)));
  if (is_narrow()) rows_ = Buffer<Scalar>(this->inputs() * this->outputs());
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

}  // namespace hinge
