// The dense layer, in the formulas of docs/backprop.md.
#include <hinge/layers/dense.h>

#include <cmath>
#include <span>
#include <string>
#include <utility>

#include <hinge/core/affine.h>
#include <hinge/core/error.h>

namespace hinge {

namespace {

// The equations are in the header. The activation object caches z.
template <typename Scalar>
class DenseLayer final : public Layer<Scalar> {
 public:
  DenseLayer(const Dense& description, std::size_t inputs)
      : Layer<Scalar>(inputs, description.units), description_(description) {
    if (description.activation.type() != Identity::type) activation_ = description.activation->build<Scalar>();
  }

  std::vector<ParameterDeclaration> declare_parameters() const override {
    const Fans fans{this->inputs(), this->outputs()};
    std::vector<ParameterDeclaration> parameters;
    parameters.push_back({.name = "weight",
                          .rows = this->outputs(),
                          .cols = this->inputs(),
                          .fans = fans,
                          .start = description_.weight_init,
                          .trainable = description_.train_weight,
                          .symbol = "w",
                          .is_matrix = true});
    if (description_.bias) {
      parameters.push_back({.name = "bias",
                            .rows = this->outputs(),
                            .cols = 1,
                            .fans = fans,
                            .start = description_.bias_init,
                            .trainable = description_.train_bias,
                            .decays = false,
                            .first_column = fans.in,
                            .symbol = "b"});
    }
    if (activation_) {
      for (ParameterDeclaration& p : activation_->declare_parameters(this->outputs()))
        parameters.push_back(std::move(p));
    }
    return parameters;
  }

  MatrixView<const Scalar> weight() const override { return this->parameters()[0].value(); }
  MatrixView<const Scalar> pre_activation() const override {
    return activation_ ? activation_->cached_input() : this->output();
  }
  MatrixView<const Scalar> pre_activation_gradient() const override {
    return this->output_gradient().empty() ? MatrixView<const Scalar>() : dz_;
  }
  const Activation<Scalar>* activation() const override { return activation_.get(); }
  const ActivationSpec* activation_spec() const override { return activation_ ? &description_.activation : nullptr; }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    Sum sum = format.sum();
    for (std::size_t k = 0; k < this->inputs(); ++k) {
      sum.add(format.fill("{}·{}", {weight()(unit, k), this->input()(k, sample)}));
    }
    std::string terms = sum.text();
    if (description_.bias) {
      const double b = bias()(unit, 0);
      terms += (b < 0 ? " − " : " + ") + format.number(std::abs(b));
    }
    std::vector<Equation> equations = {{"z", {terms, format.number(pre_activation()(unit, sample))}}};
    if (activation_) equations.push_back(Layer<Scalar>::forward_equations(unit, sample, format).front());
    return equations;
  }

  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    Sum sum = format.sum();
    for (std::size_t j = 0; j < this->outputs(); ++j) {
      sum.add(format.fill("{}·{}", {weight()(j, input), dz_(j, sample)}));
    }
    return {sum.text()};
  }

  std::vector<std::string> parameter_gradient_sides(std::size_t parameter, std::size_t row, std::size_t col,
                                                    const EquationFormat& format) const override {
    const std::size_t own = description_.bias ? 2 : 1;
    if (parameter >= own) {
      return activation_->parameter_gradient_sides(parameter - own, row, pre_activation(), this->output_gradient(),
                                                   format);
    }
    const bool is_weight = parameter == 0;
    Sum sum = format.sum();
    for (std::size_t i = 0; i < dz_.cols; ++i) {
      const double delta = dz_(row, i);
      sum.add(is_weight ? format.fill("{}·{}", {delta, this->input()(col, i)}) : format.number(delta));
    }
    const std::string term = is_weight ? "δ·x" + std::to_string(col + 1) : "δ";
    if (dz_.cols > 1) return {"Σ " + term, sum.text()};  // over the samples
    return is_weight ? std::vector{term, sum.text()} : std::vector{term};
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    affine(weight(), bias(), x, y, nullptr, Cut::samples, [&](const Block&) {  // eq. 1
      if (activation_) activation_->value(y, y);                               // eq. 2
    });
  }

  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    const MatrixView<Scalar> z = activation_ ? z_buffer_.view().columns(0, x.cols) : y;
    const Cut cut = activation_parameters().empty() ? Cut::samples_or_units : Cut::samples;
    affine(weight(), bias(), x, z, this->pass().threads, cut, [&](const Block& block) {  // eq. 1
      if (activation_) activation_->value(block.of<const Scalar>(z), block.of(y));       // eq. 2
    });
    if (activation_) activation_->keep(z);
  }

  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
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
    input_gradient(weight(), dz_, dx, threads, [&](const Block& block) {                            // eq. 8
      if (activation_) activation_->chain(block.of(pre_activation()), block.of(dy), block.of(dz));  // eq. 5
      if (learns_weight || learns_bias) transpose_samples(x, dz_, block, scratch_);
    });
    if (learns_bias) bias_gradient(dz_, parameters[1].gradient(), accumulate, scratch_);                  // eq. 7
    if (learns_weight) weight_gradient(dz_, x, parameters[0].gradient(), accumulate, threads, scratch_);  // eq. 6
  }

  bool can_replace_gradients() const override { return true; }

  void bind_more() override {
    if (activation_) activation_->bind(activation_parameters());
  }

  void reserve_more(std::size_t batch) override {
    scratch_ = Buffer<Scalar>(gradient_scratch_size(this->inputs(), this->outputs(), batch));
    if (!activation_) return;
    z_buffer_ = Matrix<Scalar>(this->outputs(), batch);
    dz_buffer_ = Matrix<Scalar>(this->outputs(), batch);
  }

  void forget_more() override {
    if (activation_) activation_->forget();
    dz_ = {};
  }

 private:
  // Empty without bias.
  MatrixView<const Scalar> bias() const {
    return description_.bias ? this->parameters()[1].value() : MatrixView<const Scalar>();
  }
  std::span<Parameter<Scalar>> activation_parameters() { return this->parameters().subspan(description_.bias ? 2 : 1); }

  Dense description_;
  std::unique_ptr<Activation<Scalar>> activation_;  // null: identity
  Matrix<Scalar> z_buffer_;
  Matrix<Scalar> dz_buffer_;
  Buffer<Scalar> scratch_;  // for the gradients of W and b, see core/affine.h
  MatrixView<const Scalar> dz_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> Dense::build(std::size_t inputs) const {
  if (units == 0) throw ConfigError("dense: units = 0, must be >= 1; auto is for the last layer of a run");
  return std::make_unique<DenseLayer<Scalar>>(*this, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> Dense::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> Dense::build<double>(std::size_t) const;

}  // namespace hinge
