// Normalisation of rows: the statistics of each row, and what is computed from them. Sums are in double; element i goes to
// sum i % 8, and the 8 sums are added in a fixed tree. No multiply-adds: the bits are those of every set.
#pragma once

#include <hinge/core/kernels/loops.h>
#include <hinge/core/kernels/optimizers.h>
#include <hinge/core/kernels/simd.h>

namespace HINGE_INSTRUCTION_SET {
namespace {

using hinge::kernels::NormalizedRows;
using hinge::kernels::RowGradients;
using hinge::kernels::RowStatistics;

constexpr std::size_t row_sums = 8;

// ((s₀ + s₄) + (s₂ + s₆)) + ((s₁ + s₅) + (s₃ + s₇)): halves are added, as vectors.
HINGE_SIMD double total_of(const double* sums) {
  using Four [[gnu::vector_size(32)]] = double;
  using Two [[gnu::vector_size(16)]] = double;
  Four half;
  Four other_half;
  __builtin_memcpy(&half, sums, sizeof(half));
  __builtin_memcpy(&other_half, sums + 4, sizeof(half));
  half += other_half;
  Two quarters[2];
  __builtin_memcpy(quarters, &half, sizeof(half));
  const Two pair = quarters[0] + quarters[1];
  return pair[0] + pair[1];
}

struct TwoSums {
  double first;
  double second;
};

// The sums of both terms(pᵢ, qᵢ), which takes vectors of doubles or single ones and adds to two of the same kind.
template <typename Scalar, typename Terms>
HINGE_SIMD TwoSums sum_terms(const Scalar* p, const Scalar* q, std::size_t count, const Terms& terms) {
  using S = Simd<double>;
  constexpr std::size_t vectors = row_sums / S::lanes;
  typename S::Vector first[vectors] = {};
  typename S::Vector second[vectors] = {};
  std::size_t i = 0;
  for (; i + row_sums <= count; i += row_sums) {
    HINGE_UNROLL
    for (std::size_t k = 0; k < vectors; ++k) {
      const std::size_t at = i + k * S::lanes;
      terms(load_as_double(p + at), load_as_double(q + at), first[k], second[k]);
    }
  }
  double firsts[row_sums];
  double seconds[row_sums];
  HINGE_UNROLL
  for (std::size_t k = 0; k < vectors; ++k) {
    S::store(firsts + k * S::lanes, first[k]);
    S::store(seconds + k * S::lanes, second[k]);
  }
  for (std::size_t lane = 0; i < count; ++i, ++lane) {
    terms(static_cast<double>(p[i]), static_cast<double>(q[i]), firsts[lane], seconds[lane]);
  }
  return {total_of(firsts), total_of(seconds)};
}

// With differences d from the first element, m = first + Σd/n and v = Σd²/n − (Σd/n)². The first element is one of the row,
// so (Σd/n)² ≤ (n − 1)·v, and the subtraction loses at most log₂ n bits, wherever the row lies.
template <typename Scalar>
void row_statistics(const RowStatistics<Scalar>& s) {
  const double share = 1 / static_cast<double>(s.count);
  for (std::size_t r = 0; r < s.rows; ++r) {
    const Scalar* x = s.x + r * s.x_row;
    const double start = static_cast<double>(x[0]);
    const TwoSums sums = sum_terms(x, x, s.count, [start](const auto& value, const auto&, auto& first, auto& second) {
      const auto d = value - start;
      first += d;
      second += d * d;
    });
    s.first[r] = x[0];
    s.offset[r] = sums.first;
    s.variance[r] = sums.second;
  }
  HINGE_INDEPENDENT
  for (std::size_t r = 0; r < s.rows; ++r) {
    const double offset = s.offset[r] * share;
    const double variance = s.variance[r] * share - offset * offset;
    s.offset[r] = offset;
    s.variance[r] = variance < 0 ? 0 : variance;
    s.inverse[r] = static_cast<Scalar>(1 / root(s.variance[r] + s.epsilon));
  }
}

// How a vector is read and written: whole, or its first lanes at the end of a row.
template <typename Scalar>
struct WholeVector {
  HINGE_SIMD typename Simd<Scalar>::Vector load(const Scalar* from, std::size_t) { return Simd<Scalar>::load(from); }
  HINGE_SIMD void store(Scalar* to, typename Simd<Scalar>::Vector v, std::size_t) { Simd<Scalar>::store(to, v); }
};

template <typename Scalar>
struct PartVector {
  HINGE_SIMD typename Simd<Scalar>::Vector load(const Scalar* from, std::size_t lanes) {
    return Simd<Scalar>::load_some(from, lanes);
  }
  HINGE_SIMD void store(Scalar* to, typename Simd<Scalar>::Vector v, std::size_t lanes) {
    Simd<Scalar>::store_some(to, v, lanes);
  }
};

// Calls step(i, access, lanes) for each vector of `count` numbers. Rows are short: the loops of compilers have longer ends.
// From the last one to the first: buffers of the same size often lie behind each other, a few lines more than whole pages
// apart, and a processor takes a load for one of what was just stored at the same place of another page.
template <typename Scalar, typename Step>
HINGE_SIMD void each_vector(std::size_t count, const Step& step) {
  using S = Simd<Scalar>;
  std::size_t i = count - count % S::lanes;
  if (i < count) step(i, PartVector<Scalar>{}, count - i);
  while (i > 0) {
    i -= S::lanes;
    step(i, WholeVector<Scalar>{}, S::lanes);
  }
}

template <typename Scalar>
void normalize_rows(const NormalizedRows<Scalar>& n) {
  using S = Simd<Scalar>;
  for (std::size_t r = n.rows; r-- > 0;) {
    const Scalar* x = n.x + r * n.x_row;
    Scalar* y = n.y + r * n.y_row;
    Scalar* normalized = n.normalized == nullptr ? y : n.normalized + r * n.normalized_row;  // then y overwrites it
    const auto centre = S::broadcast(n.centre[r]);
    const auto offset = S::broadcast(static_cast<Scalar>(n.offset[r]));
    const auto inverse = S::broadcast(n.inverse[r]);
    const auto gamma = S::broadcast(n.gamma[r]);
    const auto beta = S::broadcast(n.beta[r]);
    each_vector<Scalar>(n.count, [&](std::size_t i, auto access, std::size_t lanes) {
      const auto value = ((access.load(x + i, lanes) - centre) - offset) * inverse;
      access.store(normalized + i, value, lanes);
      access.store(y + i, gamma * value + beta, lanes);
    });
  }
}

template <typename Scalar>
void sum_row_gradients(const RowGradients<Scalar>& g) {
  for (std::size_t r = 0; r < g.rows; ++r) {
    const TwoSums sums = sum_terms(g.dy + r * g.dy_row, g.normalized + r * g.normalized_row, g.count,
                                   [](const auto& dy, const auto& normalized, auto& first, auto& second) {
                                     first += dy;
                                     second += dy * normalized;
                                   });
    g.sum[r] = sums.first;
    g.sum_with_normalized[r] = sums.second;
  }
}

template <typename Scalar>
void normalize_rows_backward(const RowGradients<Scalar>& g, const Scalar* scale, double share, Scalar* dx,
                             std::size_t dx_row) {
  using S = Simd<Scalar>;
  for (std::size_t r = g.rows; r-- > 0;) {
    const Scalar* dy = g.dy + r * g.dy_row;
    const Scalar* normalized = g.normalized + r * g.normalized_row;
    const auto mean = S::broadcast(static_cast<Scalar>(g.sum[r] * share));
    const auto slope = S::broadcast(static_cast<Scalar>(g.sum_with_normalized[r] * share));
    const auto factor = S::broadcast(scale[r]);
    Scalar* out = dx + r * dx_row;
    each_vector<Scalar>(g.count, [&](std::size_t i, auto access, std::size_t lanes) {
      const auto rest = (access.load(dy + i, lanes) - mean) - access.load(normalized + i, lanes) * slope;
      access.store(out + i, factor * rest, lanes);
    });
  }
}

}  // namespace
}  // namespace HINGE_INSTRUCTION_SET
