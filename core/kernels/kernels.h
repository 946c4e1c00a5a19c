// The inner loops of training and prediction, on raw pointers, compiled once for each instruction set.
//
// This header and the sources behind it know nothing but pointers: no Eigen, no standard library and no inline function.
// Were one of those compiled with AVX2 here and without it elsewhere, the linker would keep either copy for both.
#pragma once

#include <cstddef>

namespace hinge::kernels {

/// C = A·B, or C += A·B, with A rows × depth, B depth × cols and C rows × cols.
///
/// A may lie in any order: a(i, k) = a[i·a_row + k·a_step]. The rows of B and C are contiguous. C overlaps neither.
///
/// Each element of C is one chain: it starts at 0 (or at what it was), adds a(i, k)·b(k, j) for k = 0, 1, 2, … by one
/// multiply-add each, and the biases in the end. So its bits depend neither on the shape of the rest, nor on the place in
/// it, nor on how the work is cut into tiles; only on the instruction set, for AVX2 has a multiply-add that rounds once,
/// and the baseline rounds twice.
template <typename Scalar>
struct Product {
  const Scalar* a;
  std::size_t a_row;
  std::size_t a_step;
  const Scalar* b;
  std::size_t b_row;
  Scalar* c;
  std::size_t c_row;
  std::size_t rows;
  std::size_t cols;
  std::size_t depth;
  bool accumulate = false;
  const Scalar* row_bias = nullptr;     ///< `rows` numbers, each added to its row of C, or null
  const Scalar* column_bias = nullptr;  ///< `cols` numbers, each added to its column of C, or null
};

/// The kernels for one type of number. They allocate nothing and are safe from any number of threads.
template <typename Scalar>
struct Kernels {
  void (*product)(const Product<Scalar>&);
  /// to(c, r) = from(r, c), for rows × cols numbers `from` whose rows are contiguous, and likewise those of `to`.
  void (*transpose)(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row, std::size_t rows,
                    std::size_t cols);
};

/// All kernels of one instruction set.
struct KernelSet {
  const char* name;
  Kernels<float> of_float;
  Kernels<double> of_double;
};

/// What every processor of the kind has (of x86-64: SSE2).
extern const KernelSet baseline;
#if defined(__x86_64__)
/// AVX2 and FMA, which x86-64 processors have since 2013 to 2015.
extern const KernelSet avx2;
#endif

/// The best set that the processor has, or the one that the environment variable HINGE_ISA names. Chosen at the first
/// call, for good. Throws ConfigError when there is no set of that name, or the processor cannot run it.
const KernelSet& active();

/// The kernels of the active set for one type.
template <typename Scalar>
const Kernels<Scalar>& of();
template <>
const Kernels<float>& of<float>();
template <>
const Kernels<double>& of<double>();

}  // namespace hinge::kernels
