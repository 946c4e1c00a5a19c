// The dense layer, in the formulas of docs/backprop.md.
#include <hinge/layers/dense.h>

#include <span>
#include <utility>

#include <hinge/core/affine.h>

namespace hinge {

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

template <typename Scalar>
void DenseLayer<Scalar>::infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const {
  affine(weight(), bias(), x, y, nullptr, Cut::samples, [&](const Part&) {  // eq. 1
    if (activation_) activation_->value(y, y);                              // eq. 2
  });
}

template <typename Scalar>
void DenseLayer<Scalar>::train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) {
  const MatrixView<Scalar> z = activation_ ? z_buffer_.view().columns(0, x.cols) : y;
  const Cut cut = activation_parameters().empty() ? Cut::samples_or_units : Cut::samples;
  affine(weight(), bias(), x, z, this->pass().threads, cut, [&](const Part& part) {  // eq. 1
    if (activation_) activation_->value(part.of<const Scalar>(z), part.of(y));       // eq. 2
  });
  if (activation_) activation_->keep(z);
}

template <typename Scalar>
void DenseLayer<Scalar>::backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                                       const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) {
  const auto parameters = this->parameters();
  const bool learns = this->pass().parameter_gradients;
  const bool learns_weight = learns && parameters[0].trainable();
  const bool learns_bias = learns && description_.bias && parameters[1].trainable();
  const bool accumulate = !this->replaces_gradients();
  ThreadPool* const threads = this->pass().threads;

  if (activation_) {
    if (!accumulate) {
      for (Parameter<Scalar>& p : activation_parameters()) p.zero_gradient();  // an activation only adds
    }
    activation_->learn(dy);
  }
  const MatrixView<Scalar> dz = dz_buffer_.view().columns(0, activation_ ? dy.cols : 0);
  dz_ = activation_ ? dz : dy;
  input_gradient(weight(), dz_, dx, threads, [&](const Part& part) {                           // eq. 8
    if (activation_) activation_->chain(part.of(pre_activation()), part.of(dy), part.of(dz));  // eq. 5
    if (learns_weight || learns_bias) transpose_samples(x, dz_, part, scratch_);
  });
  if (learns_bias) bias_gradient(dz_, parameters[1].gradient(), accumulate, scratch_);                  // eq. 7
  if (learns_weight) weight_gradient(dz_, x, parameters[0].gradient(), accumulate, threads, scratch_);  // eq. 6
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
  scratch_ = Buffer<Scalar>(gradient_scratch_size(this->inputs(), this->outputs(), batch));
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
