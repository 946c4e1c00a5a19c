// The sum of the gradients of shards, in an order that depends on their number alone.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace hinge {

/// Adds S = 2ⁿ gradients g₀ … g_{S−1} in a binary tree: sums of two neighbours, of two neighbouring sums, and so on,
///   (g₀ + g₁) + (g₂ + g₃)   for S = 4.
/// Any process that has 2ᵐ of them, from a multiple of 2ᵐ on, can add these by itself. It keeps one partial sum for each level.
/// One thread at a time.
template <typename Scalar>
class GradientTree {
 public:
  /// Begins a sum of so many gradients, a power of 2.
  void start(std::size_t count) {
    count_ = count;
    added_ = 0;
  }

  /// Takes the next gradient. Where that completes sums, they are in `gradient` afterwards: the whole sum behind the last one.
  void add(std::span<Scalar> gradient) {
    std::size_t level = 0;
    for (; (added_ >> level & 1) != 0; ++level) {
      const std::vector<Scalar>& before = partial_[level];
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = before[i] + gradient[i];
    }
    if (++added_ == count_) return;
    if (level == partial_.size()) partial_.emplace_back();
    partial_[level].assign(gradient.begin(), gradient.end());
  }

 private:
  std::vector<std::vector<Scalar>> partial_;  // level l: the last sum of 2ˡ gradients, where bit l of `added_` is set
  std::size_t count_ = 0;
  std::size_t added_ = 0;
};

}  // namespace hinge
