// Counter-based random numbers: a number is a pure function of its purpose and index, and there is no generator state.
//
// A stream is named by (seed, purpose, layer, step), and its i-th number depends on i alone. So weights do not change
// when another layer is added after them, a shuffle does not depend on the number of threads, and a resumed run needs
// no generator state. The generator is Philox4x32-10 [Salmon et al., Parallel random numbers: as easy as 1, 2, 3,
// SC'11]. The distributions use + − × ÷ √ and the logarithm of core/math.h, so every compiler and build type draws the
// same bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <hinge/core/export.h>

namespace hinge {

/// What a stream is used for. The values determine every result: append new ones, never renumber.
enum class Purpose : std::uint32_t {
  weights = 1,    ///< initial weights; layer counts from 0, step is the index of the parameter in its layer, or
                  ///< 2⁶⁴ − 1 for the stream that the parameters of the layer share
  shuffle = 2,    ///< order of the samples; layer is the shard, step is the epoch
  probe = 3,      ///< the choice of the probe's samples
  split = 4,      ///< training, validation and test parts of a data set
  generator = 5,  ///< points of a generated data set
  dropout = 6,    ///< masks; layer counts from 0, step is the number of the pass
  recycle = 7,    ///< weights of recycled units; layer counts from 0, step is 256·draw + the parameter's index in its
                  ///< layer, or 256·draw + 255 for the stream that the parameters of the layer share
  user = 64,      ///< the first value for an application's own purposes
};

/// One block of Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key.
HINGE_API std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A stream of random numbers, addressed by index. Cheap to construct and to copy; const members are safe from any
/// thread. Numbers with the same index are made from the same bits, so use a fresh index for each number.
class HINGE_API RandomStream {
 public:
  RandomStream(std::uint64_t seed, Purpose purpose, std::uint32_t layer = 0, std::uint64_t step = 0);

  /// 64 random bits.
  std::uint64_t bits(std::uint64_t index) const { return attempt(index, 0)[0]; }
  /// The bits of indices first, first + 1, …, faster than one by one.
  void bits(std::uint64_t first, std::span<std::uint64_t> to) const;
  /// Uniform on [0, 1): a multiple of 2⁻⁵³.
  double uniform(std::uint64_t index) const;
  /// Uniform on {0, …, bound − 1}, unbiased. Requires bound ≥ 1.
  std::uint64_t integer(std::uint64_t index, std::uint64_t bound) const;
  /// Standard normal, by the polar method [Marsaglia & Bray 1964].
  double normal(std::uint64_t index) const;
  /// Standard normal, given |x| ≤ cut: normal(index) if it lies within, else it draws again. Requires cut > 0. It takes
  /// 1 / P(|x| ≤ cut) draws on average: 1.05 for a cut of 2, 13 for 0.1.
  double truncated_normal(std::uint64_t index, double cut) const;

 private:
  // The bits of the n-th try of an index: rejection sampling may need several, independent of all other indices.
  std::array<std::uint64_t, 2> attempt(std::uint64_t index, std::uint32_t number) const;

  std::array<std::uint32_t, 2> key_;
};

/// Puts `values` into a random order; all n! orders are equally likely (Fisher–Yates). Uses indices 0 … size − 1.
HINGE_API void shuffle(std::span<std::size_t> values, const RandomStream& stream);

/// A random order of 0 … size − 1.
HINGE_API std::vector<std::size_t> permutation(std::size_t size, const RandomStream& stream);

}  // namespace hinge
