// y = φ(x).
#include <hinge/layers/activation_layer.h>

#include <string>

namespace hinge {

namespace {

// y = φ(x), dx = dy ⊙ φ′(x): z is x itself.
template <typename Scalar>
class StandaloneActivation final : public Layer<Scalar> {
 public:
  StandaloneActivation(const ActivationSpec& activation, std::size_t inputs)
      : Layer<Scalar>(inputs, inputs), spec_(activation), activation_(activation->build<Scalar>()) {}

  std::vector<ParameterDeclaration> declare_parameters() const override {
    return activation_->declare_parameters(this->outputs());
  }

  MatrixView<const Scalar> pre_activation() const override { return this->input(); }
  MatrixView<const Scalar> pre_activation_gradient() const override {
    return this->output_gradient().empty() ? MatrixView<const Scalar>() : dz_;
  }
  const Activation<Scalar>* activation() const override { return activation_.get(); }
  const ActivationSpec* activation_spec() const override { return &spec_; }
  bool is_unit_wise() const override { return true; }

  std::vector<std::string> input_gradient_sides(std::size_t, std::size_t, const EquationFormat&) const override {
    return {"δ of layer " + std::to_string(this->index() + 1)};
  }
  std::vector<std::string> parameter_gradient_sides(std::size_t parameter, std::size_t row, std::size_t,
                                                    const EquationFormat& format) const override {
    return activation_->parameter_gradient_sides(parameter, row, this->input(), this->output_gradient(), format);
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    activation_->value(x, y);
  }
  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    activation_->forward(x, y);
  }

  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    // dz is dx. If dx is skipped, dz is still needed for inspection.
    const MatrixView<Scalar> dz = dx.empty() ? dz_buffer_.view().columns(0, dy.cols) : dx;
    activation_->backward(dy, dz);
    dz_ = dz;
  }

  void bind_more() override { activation_->bind(this->parameters()); }
  void reserve_more(std::size_t batch) override { dz_buffer_ = Matrix<Scalar>(this->inputs(), batch); }
  void forget_more() override {
    activation_->forget();
    dz_ = {};
  }

 private:
  ActivationSpec spec_;
  std::unique_ptr<Activation<Scalar>> activation_;
  Matrix<Scalar> dz_buffer_;
  MatrixView<const Scalar> dz_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Layer<Scalar>> ActivationLayer::build(std::size_t inputs) const {
  return std::make_unique<StandaloneActivation<Scalar>>(activation, inputs);
}

template HINGE_API std::unique_ptr<Layer<float>> ActivationLayer::build<float>(std::size_t) const;
template HINGE_API std::unique_ptr<Layer<double>> ActivationLayer::build<double>(std::size_t) const;

}  // namespace hinge
