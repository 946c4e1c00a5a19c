// What ranks that train together tell each other in a step: gradients and outputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/matrix.h>

namespace hinge {

/// Sums and collections over R = 2ⁿ ranks, with the same result on each. All of them call the same functions in the same order.
/// One thread at a time.
template <typename Scalar>
class HINGE_API RankExchange {
 public:
  explicit RankExchange(Communicator& ranks) : ranks_(&ranks) {}

  /// Adds the gradients of all ranks in a binary tree over the ranks, as GradientTree does over shards. Each rank sends
  /// 2·(1 − 1/R) of a gradient's size in 2·log₂ R messages: it adds an ever smaller part with ever farther ranks (recursive halving),
  /// then collects the sums on the way back (recursive doubling) [Rabenseifner, ICCS 2004; Thakur, Rabenseifner & Gropp 2005].
  void add(std::span<Scalar> gradient);

  /// Completes a matrix of which rank r has the columns from `first[r]` to `first[r + 1]`. Together the ranks send R − 1 times its
  /// size, each in log₂ R messages.
  void collect(const MatrixView<Scalar>& matrix, std::span<const std::size_t> first);

  /// The smallest of the numbers of all ranks. 8 bytes in each of log₂ R messages.
  std::uint64_t smallest(std::uint64_t mine);

  std::uint64_t bytes_sent() const { return bytes_; }
  double seconds() const { return seconds_; }  ///< waiting for the others included

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;
  };

  void swap_bytes(std::size_t other, std::span<const std::byte> mine, std::span<std::byte> theirs);
  std::span<const Scalar> swap(std::size_t other, std::span<const Scalar> mine, std::size_t count);
  void collect_ranges(std::span<Scalar> values);

  Communicator* ranks_;
  std::vector<Scalar> outgoing_;
  std::vector<Scalar> incoming_;
  std::vector<Range> ranges_;  // of `add`: the part before each halving
  std::uint64_t bytes_ = 0;
  double seconds_ = 0;
};

extern template class HINGE_API RankExchange<float>;
extern template class HINGE_API RankExchange<double>;

}  // namespace hinge
