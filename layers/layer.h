// The base class of all layers.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/spec.h>
#include <hinge/core/equation.h>
#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/core/random.h>
#include <hinge/layers/activation.h>
#include <hinge/layers/parameter.h>

namespace hinge {

template <typename Scalar>
class Stack;

/// Whether a backward pass computes ∂L/∂x. No layer before the first one needs it.
enum class InputGradient { compute, skip };

/// Whether a backward pass adds to the gradients of the parameters or overwrites them.
enum class Gradients { add, replace };

/// Options of a forward pass.
struct Pass {
  /// If true, dropout draws its mask. If false, each layer computes what `predict` computes.
  bool training = true;
  /// Selects the random numbers: the same seed, layer and number give the same mask.
  std::uint64_t number = 0;
  /// If false, `backward` may skip parameter gradients.
  bool parameter_gradients = true;
  /// If true, the first `backward` of a training pass moves the layers' state, such as running means. Passes that only look
  /// set it to false.
  bool updates_state = true;
  /// Threads that share the work; null: the calling thread does it alone. The bits do not depend on it.
  ThreadPool* threads = nullptr;

  /// A pass for inspection: layers keep their state as in training, but draw no mask and compute no parameter gradients.
  static Pass inspect() { return {.training = false, .parameter_gradients = false, .updates_state = false}; }
};

/// A trainable function of a batch: y = f(x), with x inputs × batch and y outputs × batch.
///
/// The base class checks shapes (ShapeError), owns the buffers and keeps x, y and dy of the last pass. A subclass implements
/// the formulas: `infer` and `backpropagate`, and `train_forward` if training differs from prediction. They receive
/// batch-contiguous views of the right shapes.
/// `predict` is const and safe from any number of threads; the other functions belong to one training loop.
/// Nothing allocates once the buffers fit the largest batch.
template <typename Scalar>
class HINGE_API Layer {
 public:
  static constexpr std::string_view kind = "layer";

  Layer(std::size_t inputs, std::size_t outputs) : inputs_(inputs), outputs_(outputs) {}
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  /// Builds the layer that a description describes.
  template <typename T>
    requires requires(const T& description, std::size_t inputs) { description.template build<Scalar>(inputs); }
  static std::unique_ptr<Layer> from(const T& description, std::size_t inputs) {
    return description.template build<Scalar>(inputs);
  }

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }

  /// y = f(x). Keeps a view of x for `backward`, so x must not change until then. y is valid until the next `forward`.
  MatrixView<const Scalar> forward(const MatrixView<const Scalar>& x, const Pass& pass = {});

  /// Takes dy = ∂L/∂y of the batch of the last `forward` and returns dx = ∂L/∂x, empty if skipped. Adds ∂L/∂θ to the gradient
  /// of each parameter θ, or overwrites it. dx is valid until the next `backward`. May be called again for the same batch;
  /// only the first call moves the layer's state.
  MatrixView<const Scalar> backward(const MatrixView<const Scalar>& dy, InputGradient wanted = InputGradient::compute,
                                    Gradients mode = Gradients::add, ThreadPool* threads = nullptr);

  /// y = f(x) as in prediction. The memory of y must not overlap x.
  void predict(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const;
  /// The same without allocation, with memory of `scratch_size(x.cols)` elements that x and y do not overlap.
  void predict(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const;
  /// Elements of scratch memory that a prediction needs for a batch.
  virtual std::size_t scratch_size(std::size_t /*batch*/) const { return 0; }

  /// Sizes the buffers for batches of up to `batch` samples. Forgets the last pass if they grow.
  void reserve(std::size_t batch);

  /// Drops the views of the last pass. Call it before the memory of x goes away.
  void forget();

  /// The parameters of the layer, in a fixed order. The network creates them and calls `bind` once, with the layer's index and
  /// the network's seed.
  virtual std::vector<ParameterDeclaration> declare_parameters() const { return {}; }
  void bind(std::span<Parameter<Scalar>> parameters, std::uint32_t index, std::uint64_t seed);
  std::span<Parameter<Scalar>> parameters() { return parameters_; }
  std::span<const Parameter<Scalar>> parameters() const { return parameters_; }
  /// The layer's place in the network, counted from 0.
  std::size_t index() const { return index_; }

  /// The fewest samples that a training batch may have: 2 for a layer that needs their variance. Such a layer does not train in
  /// shards (StepOptions::shards).
  virtual std::size_t min_training_batch() const { return 1; }

  /// The layer's state besides parameters, in a fixed order. The network creates it and calls `bind_state` once, before
  /// `bind`.
  virtual std::vector<StateDeclaration> declare_state() const { return {}; }
  void bind_state(std::span<LayerState<Scalar>> state) { state_ = state; }
  std::span<LayerState<Scalar>> state() { return state_; }
  std::span<const LayerState<Scalar>> state() const { return state_; }

  // State of the last pass, for inspection. Empty before the first pass and after `forget`.
  MatrixView<const Scalar> input() const { return x_; }
  MatrixView<const Scalar> output() const { return y_; }
  MatrixView<const Scalar> output_gradient() const { return dy_; }
  /// z, the input of the activation, and dz = ∂L/∂z. Without an activation they are y and dy.
  virtual MatrixView<const Scalar> pre_activation() const { return y_; }
  virtual MatrixView<const Scalar> pre_activation_gradient() const { return dy_; }
  /// W, outputs × inputs, where unit u is a function of wᵤ·x and W is the layer's first parameter; empty for any other
  /// layer. Health measures margins by it, recycling draws its rows and clears its columns.
  virtual MatrixView<const Scalar> weight() const { return {}; }
  /// The layer's activation, or null, and its description.
  virtual const Activation<Scalar>* activation() const { return nullptr; }
  virtual const ActivationSpec* activation_spec() const { return nullptr; }
  /// Whether the unit passes no gradient for this sample of the last pass: its slope φ′(z) is 0, or it was dropped.
  virtual bool blocks_gradient(std::size_t unit, std::size_t sample) const;

  // The equations of the last pass, forward and backward, for `hinge explain`; numbers are written by `format`. In them x
  // is the input, a the output y, and δ = ∂L/∂z. The defaults show the values, and φ if there is an activation.
  /// From x to a, for one unit and sample: `z = w1·x1 + b = 0.3`, `a = tanh(0.3) = 0.29`. At least one; the last gives a.
  virtual std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                                  const EquationFormat& format) const;
  /// From ∂L/∂a to δ, for one unit and sample; none if z is a.
  virtual std::vector<Equation> backward_equations(std::size_t unit, std::size_t sample,
                                                   const EquationFormat& format) const;
  /// What ∂L/∂x of one input and sample is equal to, in letters or numbers, but for its value: `0.4·0.13 + 0.5·(−0.04)`.
  virtual std::vector<std::string> input_gradient_sides(std::size_t /*input*/, std::size_t /*sample*/,
                                                        const EquationFormat& /*format*/) const {
    return {};
  }
  /// The same for ∂L/∂θ of element (row, col) of the layer's parameter of that index, a sum over the batch.
  virtual std::vector<std::string> parameter_gradient_sides(std::size_t /*parameter*/, std::size_t /*row*/,
                                                            std::size_t /*col*/,
                                                            const EquationFormat& /*format*/) const {
    return {};
  }

  /// The layers inside this one, or null. The network numbers them before this one and binds their parameters.
  virtual Stack<Scalar>* inner() { return nullptr; }
  /// Whether the health report counts the outputs as units of this layer.
  virtual bool has_units() const { return activation() != nullptr || !parameters_.empty(); }
  /// Whether output u depends on input u alone. Then recycling finds the same unit in front of the layer and behind it.
  virtual bool is_unit_wise() const { return false; }

 protected:
  /// y = f(x). Safe from any number of threads.
  virtual void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const = 0;

  /// The same with `scratch_size(x.cols)` elements of scratch memory, for a layer that needs some.
  virtual void infer_in(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* /*scratch*/) const {
    infer(x, y);
  }

  /// y = f(x); keeps what `backpropagate` needs besides x and y. If `pass().training` is false, y equals that of `infer`.
  virtual void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) { infer(x, y); }

  /// Adds to the gradients of the parameters and writes dx = ∂L/∂x. An empty dx is not wanted.
  virtual void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& y,
                             const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) = 0;

  /// Whether `backpropagate` obeys `replaces_gradients`. If not, the base class sets the gradients to 0 first.
  virtual bool can_replace_gradients() const { return false; }
  /// If true, `backpropagate` overwrites gradients instead of adding to them.
  bool replaces_gradients() const { return replaces_gradients_; }

  /// Moves the layer's state by the batch of the last `forward`. Called once for each training pass, after
  /// `backpropagate`: a pass whose loss is not finite or has no weight moves nothing.
  virtual void update_state() {}

  /// The options of the current pass. `threads` are those of the current call, forward or backward.
  const Pass& pass() const { return pass_; }
  /// The random stream of this layer and pass.
  RandomStream random() const { return {seed_, Purpose::dropout, index_, pass_.number}; }

  /// Called after `bind`.
  virtual void bind_more() {}
  /// Sizes the buffers that a subclass owns.
  virtual void reserve_more(std::size_t /*batch*/) {}
  /// Drops the state of the last pass that a subclass keeps.
  virtual void forget_more() {}

 private:
  void check_input(std::string_view function, const MatrixView<const Scalar>& x) const;
  void check_prediction(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const;

  std::size_t inputs_;
  std::size_t outputs_;
  std::uint32_t index_ = 0;
  std::uint64_t seed_ = 0;
  Pass pass_;
  bool replaces_gradients_ = false;
  std::span<Parameter<Scalar>> parameters_;
  std::span<LayerState<Scalar>> state_;
  Matrix<Scalar> y_buffer_;
  Matrix<Scalar> dx_buffer_;
  MatrixView<const Scalar> x_;
  MatrixView<const Scalar> y_;
  MatrixView<const Scalar> dy_;
};

extern template class HINGE_API Layer<float>;
extern template class HINGE_API Layer<double>;

/// Any layer description, by value: `LayerSpec layer = Dense{64, Relu{}};`. To add a layer of your own, derive a class from
/// Layer<Scalar>, and write a struct that builds it once the number of inputs is known:
/// `template <typename Scalar> std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const`.
using LayerSpec = Spec<Builder<Layer, std::size_t>>;

/// The built-in layers, by name.
HINGE_API Registry<Builder<Layer, std::size_t>> standard_layers();

}  // namespace hinge
