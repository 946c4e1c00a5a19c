// The running mean of a network's weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <hinge/core/matrix.h>

namespace hinge {

/// The mean of the weights θ₁ … θₖ after k steps, in which each step counts β times the one after it:
///   W ← β·W + 1,   θ̄ ← θ̄ + (θ − θ̄) / W,   from W = 0,   so that θ̄ = Σᵢ βᵏ⁻ⁱ·θᵢ / Σᵢ βᵏ⁻ⁱ.
/// Its noise is that of about 1/(1 − β) steps averaged. It is kept in double, and the first step makes W = 1 and θ̄ = θ:
/// a weight that does not move has exactly itself for a mean. One thread at a time.
template <typename Scalar>
class HINGE_API WeightAverage {
 public:
  WeightAverage() = default;
  /// For `size` numbers, with 0 < decay < 1.
  WeightAverage(double decay, std::size_t size) : decay_(decay), mean_(size) {}

  /// Steps that it holds.
  std::uint64_t count() const { return count_; }

  /// Adds the weights after a step. Allocates nothing.
  void add(std::span<const Scalar> values);
  /// Writes the mean, rounded. Requires count() > 0.
  void write(std::span<Scalar> values) const;
  /// Forgets all steps.
  void reset();

  /// θ̄, to go on from; of no meaning where count() is 0.
  std::span<const double> mean() const { return {mean_.data(), mean_.size()}; }
  /// As after `count` steps with this mean. Requires as many numbers as it is for.
  void restore(std::uint64_t count, std::span<const double> mean);

 private:
  double decay_ = 0;
  double total_ = 0;  // W
  std::uint64_t count_ = 0;
  Buffer<double> mean_;
};

extern template class HINGE_API WeightAverage<float>;
extern template class HINGE_API WeightAverage<double>;

}  // namespace hinge
