// The dense layer: every unit reads every input.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <hinge/layers/activation.h>
#include <hinge/layers/activations/identity.h>
#include <hinge/layers/initializer.h>
#include <hinge/layers/layer.h>

namespace hinge {

template <typename Scalar>
class DenseLayer;

/// Describes a dense layer: `Dense{64, Relu{}}`, `Dense{.units = 10, .bias = false}`.
struct HINGE_API Dense {
  static constexpr std::string_view type = "dense";

  std::size_t units = 0;
  ActivationSpec activation = Identity{};
  bool bias = true;
  InitializerSpec weight_init = HeNormal{};
  InitializerSpec bias_init = Zeros{};
  bool train_weight = true;
  bool train_bias = true;

  std::vector<Option> options();

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

/// z = W x + b 1ᵀ and y = φ(z), with W units × inputs, b units × 1, x inputs × batch, y and z units × batch
/// (docs/backprop.md, eq. 1 and 2). Backward, with dy = ∂L/∂y:
///   dz = dy ⊙ φ′(z)   (eq. 5)    ∂L/∂W = dz xᵀ   (eq. 6)    ∂L/∂b = dz 1   (eq. 7)    dx = Wᵀ dz   (eq. 8)
/// The activation object caches z; its own parameters follow W and b. Without an activation, z is y and dz is dy.
template <typename Scalar>
class HINGE_API DenseLayer final : public Layer<Scalar> {
 public:
  DenseLayer(const Dense& description, std::size_t inputs);

  std::vector<ParameterDeclaration> declare_parameters() const override;

  MatrixView<const Scalar> weight() const override;
  /// Empty without bias.
  MatrixView<const Scalar> bias() const;

  MatrixView<const Scalar> pre_activation() const override;
  MatrixView<const Scalar> pre_activation_gradient() const override;
  const Activation<Scalar>* activation() const override { return activation_.get(); }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override;
  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override;
  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& y,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override;
  bool can_replace_gradients() const override { return true; }
  void bind_more() override;
  void reserve_more(std::size_t batch) override;
  void forget_more() override;

 private:
  std::span<Parameter<Scalar>> activation_parameters();

  Dense description_;
  std::unique_ptr<Activation<Scalar>> activation_;  // null: identity
  Matrix<Scalar> z_buffer_;
  Matrix<Scalar> dz_buffer_;
  Buffer<Scalar> scratch_;  // for the gradients of W and b, see core/affine.h
  MatrixView<const Scalar> dz_;
};

extern template class HINGE_API DenseLayer<float>;
extern template class HINGE_API DenseLayer<double>;

}  // namespace hinge
