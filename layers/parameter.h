// What a layer owns: the parameters that it learns, and state that it only keeps. Both are views into buffers of the network.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <hinge/core/matrix.h>
#include <hinge/layers/initializer.h>

namespace hinge {

/// A parameter that a layer declares: its shape, its first values, and how it is trained.
struct ParameterDeclaration {
  std::string name = {};  ///< `weight`, `bias`
  std::size_t rows = 0;
  std::size_t cols = 0;
  Fans fans = {};
  InitializerSpec start = Zeros{};
  bool trainable = true;
  bool decays = true;  ///< whether weight decay shrinks it: weights yes, biases and learned slopes no
  std::size_t first_column =
      0;                    ///< where it begins in (W | b), as LayerStart counts: 0 for weights, fans.in for a bias
  std::string symbol = {};  ///< its letter in equations: `w`, `b`, `γ`; else its name
  /// Whether it is a matrix even with a single column, as W is: files show its two dimensions, and equations number its
  /// columns, w1. With several columns it is one anyway.
  bool is_matrix = false;

  /// First values of the whole parameter, drawn from its own stream and from the one that its layer shares.
  Matrix<double> draw(const RandomStream& random, const RandomStream& shared) const {
    Matrix<double> drawn(rows, cols);
    start->fill(drawn, fans, random, {shared, first_column});
    return drawn;
  }
};

/// One parameter of a network. All values lie in one buffer and all gradients in another, in the order of the layers,
/// so that an optimiser, a norm or a checkpoint is one pass over memory. A const parameter shows its elements read-only;
/// that is why it cannot be copied.
template <typename Scalar>
class Parameter {
 public:
  Parameter(std::string name, const ParameterDeclaration& declared, MatrixView<Scalar> value,
            MatrixView<Scalar> gradient)
      : name_(std::move(name)),
        symbol_(declared.symbol.empty() ? declared.name : declared.symbol),
        value_(value),
        gradient_(gradient),
        is_matrix_(declared.is_matrix || declared.cols > 1),
        trainable_(declared.trainable),
        decays_(declared.decays) {}
  Parameter(const Parameter&) = delete;
  Parameter(Parameter&&) noexcept = default;
  Parameter& operator=(const Parameter&) = delete;
  Parameter& operator=(Parameter&&) noexcept = default;
  ~Parameter() = default;

  /// `layers.0.weight`
  const std::string& name() const { return name_; }
  /// Its letter in equations, `w`.
  const std::string& symbol() const { return symbol_; }
  /// Whether files and equations show it as a matrix; else it is a vector with one value for each row.
  bool is_matrix() const { return is_matrix_; }

  /// out × in for a weight, out × 1 for a bias; column-major (out-contiguous), without gaps.
  MatrixView<Scalar> value() { return value_; }
  MatrixView<const Scalar> value() const { return value_; }

  /// ∂L/∂value, same shape and order; the backward pass adds to it. Empty in a Model, which only predicts.
  MatrixView<Scalar> gradient() { return gradient_; }
  MatrixView<const Scalar> gradient() const { return gradient_; }
  void zero_gradient() {
    for (std::size_t i = 0; i < gradient_.size(); ++i) gradient_.data[i] = Scalar(0);
  }
  void drop_gradient() { gradient_ = {}; }

  std::size_t size() const { return value_.size(); }
  bool trainable() const { return trainable_; }
  /// Freezes the parameter, or lets it train again; its gradient becomes 0. Optimisers keep its state and skip it while it
  /// is frozen. A copy of the network keeps this, a file does not: there the description of the layer decides.
  void set_trainable(bool trainable) {
    trainable_ = trainable;
    zero_gradient();
  }
  /// Whether weight decay shrinks it.
  bool decays() const { return decays_; }

 private:
  std::string name_;
  std::string symbol_;
  MatrixView<Scalar> value_;
  MatrixView<Scalar> gradient_;
  bool is_matrix_;
  bool trainable_;
  bool decays_;
};

/// State that a layer declares: a vector that training moves, but no gradient, such as a running mean.
struct StateDeclaration {
  std::string name = {};  ///< `running_mean`
  std::size_t size = 0;
  double start = 0;  ///< first value of each element
};

/// One vector of a network's state. It belongs to the model as parameters do (it is copied, converted and saved with it),
/// but no optimiser, clipping or averaging sees it. A const one shows its elements read-only; that is why it cannot be
/// copied.
template <typename Scalar>
class LayerState {
 public:
  LayerState(std::string name, std::span<Scalar> values) : name_(std::move(name)), values_(values) {}
  LayerState(const LayerState&) = delete;
  LayerState(LayerState&&) noexcept = default;
  LayerState& operator=(const LayerState&) = delete;
  LayerState& operator=(LayerState&&) noexcept = default;
  ~LayerState() = default;

  /// `layers.1.running_mean`
  const std::string& name() const { return name_; }
  std::span<Scalar> values() { return values_; }
  std::span<const Scalar> values() const { return values_; }

 private:
  std::string name_;
  std::span<Scalar> values_;
};

}  // namespace hinge
