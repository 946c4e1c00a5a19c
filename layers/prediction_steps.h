// The steps that a prediction consists of, and how they are read from a model file.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/io/safetensors.h>

namespace hinge {

/// No step gets more.
inline constexpr std::size_t samples_at_once = 64;

/// One operation on the values of some samples: features × samples numbers, a row behind the other.
class HINGE_API PredictionStep {
 public:
  PredictionStep(std::size_t inputs, std::size_t outputs) : inputs_(inputs), outputs_(outputs) {}
  virtual ~PredictionStep() = default;
  PredictionStep(const PredictionStep&) = delete;
  PredictionStep& operator=(const PredictionStep&) = delete;

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }
  /// How many numbers of memory it needs for each sample.
  virtual std::size_t memory() const { return 0; }
  /// Computes y, which does not overlap x.
  virtual void run(const float* x, float* y, std::size_t samples, float* memory) const = 0;

 private:
  std::size_t inputs_;
  std::size_t outputs_;
};

/// Steps one behind the other, at least one.
class HINGE_API StepList {
 public:
  explicit StepList(std::size_t inputs) : inputs_(inputs), outputs_(inputs) {}

  void add(std::unique_ptr<const PredictionStep> step);
  bool empty() const { return steps_.empty(); }
  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }
  /// Two results in turn, and behind them what a step needs for itself.
  std::size_t memory() const { return 2 * widest_ + memory_of_step_; }
  void run(const float* x, float* y, std::size_t samples, float* memory) const;

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::size_t widest_ = 0;
  std::size_t memory_of_step_ = 0;
  std::vector<std::unique_ptr<const PredictionStep>> steps_;
};

/// The steps of the network that the text `network` of a model file describes, `{"inputs": 4, "seed": 1, "layers": […]}`, with the
/// numbers of its tensors, each used once. Throws ModelError with the place of what does not fit.
HINGE_API StepList steps_of(const JsonValue& network, const std::vector<Tensor>& tensors);

}  // namespace hinge
