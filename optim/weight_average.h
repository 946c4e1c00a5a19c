// The running mean of a network's weights.
#pragma once

#include <cstddef>
#include <span>

#include <hinge/core/matrix.h>

namespace hinge {

/// ā ← β·ā + (1 − β)·θ after each step, from ā = 0; the mean is ā / (1 − βᵏ) after k steps, a weighted mean of θ₁ … θₖ.
/// Its noise is that of about 1/(1 − β) steps averaged. One thread at a time.
template <typename Scalar>
class HINGE_API WeightAverage {
 public:
  WeightAverage() = default;
  /// For `size` numbers, with 0 < decay < 1.
  WeightAverage(double decay, std::size_t size) : decay_(decay), sums_(size) {}

  /// Steps that it holds.
  std::size_t count() const { return count_; }

  /// Adds the weights after a step. Allocates nothing.
  void add(std::span<const Scalar> values);
  /// Writes the mean. Requires count() > 0.
  void write(std::span<Scalar> values) const;
  /// Forgets all steps.
  void reset();

  /// ā, to go on from.
  std::span<const Scalar> sums() const { return {sums_.data(), sums_.size()}; }
  /// As after `count` steps that left these sums. Requires as many numbers as it is for.
  void restore(std::size_t count, std::span<const Scalar> sums);

 private:
  double decay_ = 0;
  double remaining_ = 1;  // βᵏ
  std::size_t count_ = 0;
  Buffer<Scalar> sums_;
};

extern template class HINGE_API WeightAverage<float>;
extern template class HINGE_API WeightAverage<double>;

}  // namespace hinge
