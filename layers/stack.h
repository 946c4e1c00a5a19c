// Layers in a row, as a network and a block have them.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/layer.h>

namespace hinge {

/// Layers in a row: y = fₙ(… f₂(f₁(x))), with x inputs × batch and y outputs × batch.
///
/// A Network is one, and a layer that is made of layers has one inside (Layer::inner). Shapes are checked by the layers;
/// `predict` is const and safe from any number of threads, the other functions belong to one training loop.
template <typename Scalar>
class HINGE_API Stack {
 public:
  /// Builds the layers. The specs must not be empty and must stay where they are as long as the stack.
  Stack(std::size_t inputs, std::span<const LayerSpec> specs);

  std::size_t size() const { return layers_.size(); }
  std::size_t outputs() const { return layers_.back()->outputs(); }
  Layer<Scalar>& layer(std::size_t index) { return *layers_[index]; }
  const Layer<Scalar>& layer(std::size_t index) const { return *layers_[index]; }
  const LayerSpec& spec(std::size_t index) const { return specs_[index]; }

  /// y, valid until the next `forward`.
  MatrixView<const Scalar> forward(const MatrixView<const Scalar>& x, const Pass& pass);
  /// ∂L/∂x from ∂L/∂y, as Layer::backward of each layer in turn.
  MatrixView<const Scalar> backward(const MatrixView<const Scalar>& dy, InputGradient wanted, Gradients mode,
                                    ThreadPool* threads);

  /// Elements of scratch memory that `predict` needs for a batch.
  std::size_t scratch_size(std::size_t batch) const;
  /// y = f(x) as in prediction. Neither y nor the scratch memory may overlap x.
  void predict(MatrixView<const Scalar> x, const MatrixView<Scalar>& y, Scalar* scratch) const;

  void reserve(std::size_t batch);
  void forget();

 private:
  std::size_t room(std::size_t batch) const;

  std::span<const LayerSpec> specs_;
  std::size_t widest_ = 0;           // outputs of the widest layer
  bool layers_need_memory_ = false;  // whether any layer needs scratch memory for itself
  std::vector<std::unique_ptr<Layer<Scalar>>> layers_;
};

extern template class HINGE_API Stack<float>;
extern template class HINGE_API Stack<double>;

}  // namespace hinge
