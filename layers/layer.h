// The layer: what every part of a network has in common.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/core/random.h>
#include <hinge/layers/activation.h>
#include <hinge/layers/parameter.h>

namespace hinge {

/// Whether a backward pass computes ∂L/∂x. The first layer of a network has nobody to hand it to.
enum class InputGradient { compute, skip };

/// Whether a backward pass adds to the gradients of the parameters, or they begin anew.
enum class Gradients { add, replace };

/// What a forward pass is for. In training, layers that draw numbers (dropout) draw them: those of one seed, layer and
/// `number` are always the same. In any other pass each layer computes what it predicts.
struct Pass {
  bool training = true;
  std::uint64_t number = 0;
  /// Whether anybody wants ∂L/∂θ of the parameters. Where not, `backward` may leave their gradients alone.
  bool parameter_gradients = true;
  /// Shares the work of the pass, which comes to the same bits; null: the thread that calls does it all.
  ThreadPool* threads = nullptr;

  /// A pass to look at: all that a training pass leaves behind in the layers, but nothing drawn, and no ∂L/∂θ.
  static Pass inspect() { return {.training = false, .parameter_gradients = false}; }
};

/// A function of a batch that can be trained: y = f(x), with x inputs × batch and y outputs × batch.
///
/// `forward`, `backward` and `predict` check shapes (ShapeError), keep what the backward pass needs, and own the buffers.
/// An author writes the formulas: `infer`, `backpropagate`, and where training differs from prediction, `train_forward`.
/// Inside, shapes are right and all views batch-contiguous. `predict` is const and safe from any number of threads; the
/// rest belongs to one training loop.
/// Once the buffers have grown to the largest batch, nothing here allocates.
template <typename Scalar>
class HINGE_API Layer {
 public:
  static constexpr std::string_view kind = "layer";

  Layer(std::size_t inputs, std::size_t outputs) : inputs_(inputs), outputs_(outputs) {}
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  /// The layer of a description.
  template <typename T>
    requires requires(const T& description, std::size_t inputs) { description.template build<Scalar>(inputs); }
  static std::unique_ptr<Layer> from(const T& description, std::size_t inputs) {
    return description.template build<Scalar>(inputs);
  }

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }

  /// y = f(x), with all that `backward` needs kept. x must stay as it is until then; y is valid until the next `forward`.
  MatrixView<const Scalar> forward(const MatrixView<const Scalar>& x, const Pass& pass = {});

  /// Adds ∂L/∂θ to the gradient of each parameter θ, or puts it in its place, and returns dx = ∂L/∂x (empty when
  /// skipped), given dy = ∂L/∂y of the batch of the last `forward`. dx is valid until the next `backward`. May be called
  /// again: caches are read-only.
  MatrixView<const Scalar> backward(const MatrixView<const Scalar>& dy, InputGradient wanted = InputGradient::compute,
                                    Gradients mode = Gradients::add, ThreadPool* threads = nullptr);

  /// y = f(x) in prediction, into the caller's memory, which must not overlap x.
  void predict(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const;

  /// Makes room for batches of up to `batch` samples. Forgets the last pass when it has to grow.
  void reserve(std::size_t batch);

  /// Drops the views of the last pass, when the memory behind its input goes away.
  void forget();

  /// What the layer learns, in a fixed order. The network makes them and calls `bind`, once, with the layer's place and
  /// the network's seed.
  virtual std::vector<ParameterDeclaration> declare_parameters() const { return {}; }
  void bind(std::span<Parameter<Scalar>> parameters, std::uint32_t index, std::uint64_t seed);
  std::span<Parameter<Scalar>> parameters() { return parameters_; }
  std::span<const Parameter<Scalar>> parameters() const { return parameters_; }

  // What the last pass left, for whoever explains or diagnoses it. Empty before the first pass and after `forget`.
  MatrixView<const Scalar> input() const { return x_; }
  MatrixView<const Scalar> output() const { return y_; }
  MatrixView<const Scalar> output_gradient() const { return dy_; }
  /// z, what the activation was applied to, and dz = ∂L/∂z. A layer without activation shows y and dy.
  virtual MatrixView<const Scalar> pre_activation() const { return y_; }
  virtual MatrixView<const Scalar> pre_activation_gradient() const { return dy_; }
  /// W, outputs × inputs, where unit u is a function of wᵤ·x and W is the layer's first parameter; empty for any other
  /// layer. Health measures margins by it, recycling draws its rows and clears its columns.
  virtual MatrixView<const Scalar> weight() const { return {}; }
  /// The layer's activation, or null.
  virtual const Activation<Scalar>* activation() const { return nullptr; }

 protected:
  /// y = f(x). Safe from any number of threads.
  virtual void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const = 0;

  /// y = f(x), leaving behind what `backpropagate` needs beyond x and y. Where `pass().training` is false, y is that of
  /// `infer`.
  virtual void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) { infer(x, y); }

  /// Adds to the parameters' gradients and writes dx = ∂L/∂x, unless dx is empty: then it is not wanted.
  virtual void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& y,
                             const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) = 0;

  /// Whether `backpropagate` heeds `replaces_gradients`. Of a layer that does not, the gradients are 0 before it adds.
  virtual bool can_replace_gradients() const { return false; }
  /// Whether gradients are to be written where they would be added.
  bool replaces_gradients() const { return replaces_gradients_; }

  /// What the current pass is for. Its `threads` are those of the present call, forward or backward.
  const Pass& pass() const { return pass_; }
  /// The random numbers of this layer in the current pass.
  RandomStream random() const { return {seed_, Purpose::dropout, index_, pass_.number}; }

  /// Called once the parameters are there.
  virtual void bind_more() {}
  /// Makes room for what a layer keeps besides y and dx.
  virtual void reserve_more(std::size_t /*batch*/) {}
  /// Drops what a layer keeps of a pass besides the views of the base.
  virtual void forget_more() {}

 private:
  void check_input(std::string_view function, const MatrixView<const Scalar>& x) const;

  std::size_t inputs_;
  std::size_t outputs_;
  std::uint32_t index_ = 0;
  std::uint64_t seed_ = 0;
  Pass pass_;
  bool replaces_gradients_ = false;
  std::span<Parameter<Scalar>> parameters_;
  Matrix<Scalar> y_buffer_;
  Matrix<Scalar> dx_buffer_;
  MatrixView<const Scalar> x_;
  MatrixView<const Scalar> y_;
  MatrixView<const Scalar> dy_;
};

extern template class HINGE_API Layer<float>;
extern template class HINGE_API Layer<double>;

/// Any layer description, by value: `LayerSpec layer = Dense{64, Relu{}};`. An application's own layer is a class
/// derived from Layer<Scalar>, and a struct that builds it once the number of inputs is known:
/// `template <typename Scalar> std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const`.
using LayerSpec = Spec<Builder<Layer, std::size_t>>;

/// The layers that Hinge brings, by name.
HINGE_API Registry<Builder<Layer, std::size_t>> standard_layers();

}  // namespace hinge
