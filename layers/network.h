// The network: layers in a row, and the buffers that hold everything they learn and keep.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/layer.h>
#include <hinge/layers/stack.h>

namespace hinge {

class ModelReader;

/// Scratch memory for predictions. Each thread needs its own; it may serve any number of networks in turn.
template <typename Scalar>
class HINGE_API Workspace {
 public:
  Workspace() = default;
  /// Makes room for batches of up to `batch` samples, so that predictions of that size do not allocate.
  Workspace(const Network<Scalar>& network, std::size_t batch);

  /// Memory for a batch-contiguous copy of the batch itself; `predict` with this workspace may read it.
  MatrixView<Scalar> input(std::size_t rows, std::size_t cols);

 private:
  friend class Network<Scalar>;
  friend class Model<Scalar>;

  // Throws ShapeError when x lies in memory that a prediction is about to write to.
  void require_apart(const MatrixView<const Scalar>& x, bool writes_input) const;
  void reserve(const Network<Scalar>& network, std::size_t batch);

  Buffer<Scalar> input_;
  Buffer<Scalar> output_;
  // Of a chunk of the batch: the inputs side by side, and the values of layers.
  Buffer<Scalar> chunk_;
  Buffer<Scalar> scratch_;
};

/// A multilayer perceptron: output = fₙ(… f₂(f₁(x))), with x features × batch and the output outputs × batch.
///
/// The same inputs, layers and seed give the same first weights in every build, and the float network those of the
/// double one rounded. Const members are safe from any number of threads at once; the others need one thread at a time.
/// A network can be copied (parameters, state and seed, not the caches of the last pass) and moved; one that was moved from can
/// only be assigned to or destroyed.
template <typename Scalar>
class HINGE_API Network {
 public:
  /// Builds the layers and draws their first weights. Throws ConfigError without layers, with 0 inputs, with more
  /// than 1000 layers or 2³¹ parameters; MemoryError for more parameters than the machine's memory can train.
  Network(std::size_t inputs, std::vector<LayerSpec> layers, std::uint64_t seed = 0);
  Network(const Network& other) : Network(other, Memory::training) {}
  Network(Network&& other) noexcept = default;
  Network& operator=(const Network& other);
  Network& operator=(Network&& other) noexcept = default;
  ~Network() = default;

  /// How many parameters such a network has, before memory is taken for them. Throws as the constructor does.
  static std::size_t count_parameters(std::size_t inputs, const std::vector<LayerSpec>& layers);
  /// How many numbers its layers keep besides parameters.
  static std::size_t count_state(std::size_t inputs, const std::vector<LayerSpec>& layers);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return stack_.outputs(); }
  std::uint64_t seed() const { return seed_; }
  /// What the network was built from. A layer inside another is described by that one's spec.
  const std::vector<LayerSpec>& specs() const { return specs_; }

  /// The number of layers, those inside others included.
  std::size_t size() const { return layers_.size(); }
  /// Layer `index`, counted from 0 in the order of computation: the layers inside a block come before the block.
  const Layer<Scalar>& layer(std::size_t index) const { return *layers_[index].layer; }
  /// The description of layer `index`.
  const LayerSpec& spec(std::size_t index) const { return *layers_[index].spec; }
  /// Where layer `index` stands, as its parameters' names begin: `layers.2`, and inside of that `layers.2.layers.0`.
  const std::string& path(std::size_t index) const { return layers_[index].path; }
  /// The layer that reads the output of layer `index`, and nothing else; nothing behind the last layer of the network or
  /// of a block.
  std::optional<std::size_t> next_in_row(std::size_t index) const { return layers_[index].next; }

  /// Raw outputs; for probabilities or values in the user's units see Model. x may be of either order. The result lives in
  /// the workspace until its next use. Starts no thread, and allocates nothing once the workspace has grown to the batch.
  /// Throws ShapeError when x has another number of rows than the network has inputs, or lies in the workspace itself, as
  /// the result of an earlier prediction does: networks in a chain need a workspace each.
  MatrixView<Scalar> predict(const MatrixView<const Scalar>& x, Workspace<Scalar>& workspace) const;
  /// The same with memory of its own.
  Matrix<Scalar> predict(const MatrixView<const Scalar>& x) const;

  /// The forward pass of training: raw outputs, valid until the next `forward`; each layer keeps what `backward` needs.
  /// A batch-contiguous x is read in place and must stay as it is until then. Random layers draw by
  /// `pass.number`: a training loop counts its passes.
  MatrixView<const Scalar> forward(const MatrixView<const Scalar>& x, const Pass& pass = {});
  MatrixView<const Scalar> forward(Matrix<Scalar>&& x, const Pass& pass = {}) = delete;  // gone before `backward`
  /// Adds ∂L/∂θ to the gradients of all parameters, or replaces them, given dz = ∂L/∂output of the last
  /// `forward`. Returns ∂L/∂x when it is wanted, else an empty view. `threads` share the work, as those of a Pass do.
  MatrixView<const Scalar> backward(const MatrixView<const Scalar>& dz, InputGradient wanted = InputGradient::skip,
                                    Gradients mode = Gradients::add, ThreadPool* threads = nullptr);
  void zero_gradients();

  /// Makes room for training batches of up to `batch` samples.
  void reserve(std::size_t batch);
  /// Drops what the layers show of the last pass, when the memory of its batch goes away.
  void forget();

  /// All parameters, in the order of the layers, and the two buffers they look into.
  std::span<Parameter<Scalar>> parameters() { return parameters_; }
  std::span<const Parameter<Scalar>> parameters() const { return parameters_; }
  std::span<Scalar> values() { return values_.span(); }
  std::span<const Scalar> values() const { return values_.span(); }
  std::span<Scalar> gradients() { return gradients_.span(); }
  std::span<const Scalar> gradients() const { return gradients_.span(); }

  /// The layers' state besides parameters, such as running means, and the buffer that it looks into.
  std::span<LayerState<Scalar>> state() { return state_; }
  std::span<const LayerState<Scalar>> state() const { return state_; }
  std::span<Scalar> state_values() { return state_values_.span(); }
  std::span<const Scalar> state_values() const { return state_values_.span(); }

  /// The parameter with that name, `layers.0.weight`. Throws ModelError for an unknown name.
  Parameter<Scalar>& parameter(std::string_view name);
  const Parameter<Scalar>& parameter(std::string_view name) const;
  /// Freezes a parameter or lets it train again, also between the steps of a training: see Parameter::set_trainable.
  void set_trainable(std::string_view name, bool trainable) { parameter(name).set_trainable(trainable); }

  /// The same network with the other scalar; parameters are converted one by one.
  template <typename Other>
  Network<Other> convert() const;

  /// A table for people: layer, outputs, parameters, activation.
  std::string summary() const;

 private:
  friend class Model<Scalar>;
  friend class ModelReader;
  friend class Workspace<Scalar>;
  template <typename>
  friend class Network;

  // A network that only predicts, as that of a Model, has no gradients: those of its parameters are empty views.
  enum class Memory { training, prediction };

  struct Numbered {
    Layer<Scalar>* layer = nullptr;
    const LayerSpec* spec = nullptr;
    std::string path = {};
    std::optional<std::size_t> next = {};
  };
  // All parameters are 0, for a caller who has their values.
  Network(std::size_t inputs, std::vector<LayerSpec> layers, std::uint64_t seed, Memory memory);
  Network(const Network& other, Memory memory);
  void drop_gradients();

  static std::vector<Numbered> number_layers(Stack<Scalar>& stack);
  static void number_row(Stack<Scalar>& row, const std::string& place, std::size_t depth,
                         std::vector<Numbered>& numbered);
  void check_input(std::string_view function, const MatrixView<const Scalar>& x) const;
  void predict_chunk(const MatrixView<const Scalar>& samples, const MatrixView<Scalar>& output,
                     Workspace<Scalar>& workspace) const;
  std::size_t index_of(std::string_view name) const;
  std::string description(std::size_t index) const;
  template <typename Other>
  void adopt_frozen(const Network<Other>& other);
  void place_parameters(Memory memory);
  void place_state();

  std::size_t inputs_;
  std::vector<LayerSpec> specs_;
  std::uint64_t seed_;
  Stack<Scalar> stack_;
  std::vector<Numbered> layers_;
  std::vector<Parameter<Scalar>> parameters_;
  Buffer<Scalar> values_;
  Buffer<Scalar> gradients_;
  std::vector<LayerState<Scalar>> state_;
  Buffer<Scalar> state_values_;
  Matrix<Scalar> input_buffer_;  // a batch-contiguous copy of an x that is not
};

/// For passes over a batch that does not outlive the scope: when it is left, also by an exception, the layers drop their
/// views of that batch.
template <typename Scalar>
class PassScope {
 public:
  explicit PassScope(Network<Scalar>& network) : network_(network) {}
  PassScope(const PassScope&) = delete;
  PassScope& operator=(const PassScope&) = delete;
  ~PassScope() { network_.forget(); }

 private:
  Network<Scalar>& network_;
};

extern template class HINGE_API Workspace<float>;
extern template class HINGE_API Workspace<double>;
extern template class HINGE_API Network<float>;
extern template class HINGE_API Network<double>;

}  // namespace hinge
