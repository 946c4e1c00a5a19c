// The inner loops of training and prediction, on raw pointers, compiled once for each instruction set.
//
// This header and the sources behind it know nothing but pointers and core/math.h, whose functions are always inlined: no
// Eigen and nothing else of the standard library. Were an inline function compiled with AVX2 here and without it elsewhere,
// the linker would keep either copy for both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hinge::kernels {

/// C = A·B + biases, or C += A·B + biases, with A rows × depth, B depth × cols and C rows × cols.
///
/// A may lie in any order: a(i, k) = a[i·a_row + k·a_step]. The rows of B and C are contiguous. C overlaps neither.
///
/// Each element of C is one chain: it starts at 0 (or at what it was), adds a(i, k)·b(k, j) for k = 0, 1, 2, … by one
/// multiply-add each, and the bias last. So its bits do not depend on the other elements, nor on how the work is cut into tiles.
/// They depend on the instruction set only: the multiply-adds of AVX2, AVX-512 and NEON round once, that of the baseline twice.
template <typename Scalar>
struct Gemm {
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
  const Scalar* row_bias = nullptr;  ///< `rows` numbers, each added to its row of C, or null
  const Scalar* col_bias = nullptr;  ///< `cols` numbers, each added to its column of C, or null; only where rows = 1
};

/// y = W·x + b of a single sample: the same chains as in a product of W and a batch. w(u, k) = w[u + k·w_step],
/// x(k) = x[k·x_step]; y and b (or null) have `units` numbers. y overlaps nothing else.
template <typename Scalar>
struct Gemv {
  const Scalar* w;
  std::size_t w_step;
  const Scalar* x;
  std::size_t x_step;
  const Scalar* bias;
  Scalar* y;
  std::size_t units;
  std::size_t inputs;
};

/// The pull of decay on a parameter p: l2·p + l1·sign(p).
template <typename Scalar>
struct Penalty {
  Scalar l2;
  Scalar l1;
};

/// A step of gradient descent, with g = gradient + pull: v ← momentum·v + fresh·g, p ← p − rate·(own·g + ahead·v); without
/// momentum p ← p − rate·g. A v too small for a normal number becomes 0 (math::normal_or_zero): where no gradient comes any
/// more, as in a dead unit, it would stay among these for ever.
template <typename Scalar>
struct Descent {
  Scalar rate;
  Penalty<Scalar> penalty;
  Scalar momentum;
  Scalar fresh;
  Scalar own;
  Scalar ahead;
};

/// A step of Adam, with g = gradient + pull: m ← β₁·m + new₁·g, s ← β₂·s + new₂·g²; then
/// p ← p − (rate·pull apart + mean_rate·m / (√s / root_correction + ε)). m and s become 0 as the v of a Descent does.
template <typename Scalar>
struct Adam {
  Scalar beta1;
  Scalar new1;
  Scalar beta2;
  Scalar new2;
  Penalty<Scalar> penalty;
  Scalar rate;
  Scalar mean_rate;
  Scalar root_correction;
  Scalar epsilon;
  Penalty<Scalar> penalty_apart;
};

/// A step of RMSprop, with g = gradient + pull: s ← α·s + fresh·g², d = g / (√s + ε), p ← p − rate·d. Centered, ḡ ← α·ḡ +
/// fresh·g and √(s − ḡ²) divides; with momentum, v ← momentum·v + d and p ← p − rate·v. d = g where the divisor is 0.
/// s, ḡ and v become 0 as the v of a Descent does.
template <typename Scalar>
struct RmsProp {
  Scalar rate;
  Penalty<Scalar> penalty;
  Scalar alpha;
  Scalar fresh;
  Scalar epsilon;
  Scalar momentum;
};

/// A step of Adagrad, with g = gradient + pull: s ← s + g², p ← p − rate·g / (√(initial + s) + ε), and g alone where the
/// divisor is 0.
template <typename Scalar>
struct Adagrad {
  Scalar rate;
  Penalty<Scalar> penalty;
  Scalar initial;
  Scalar epsilon;
};

/// A step of Rprop: the length of each element, `first_length` where it is 0, grows by `increase` up to `largest` where
/// the gradient keeps its sign, and shrinks by `decrease` down to `smallest` where it changes it. There the gradient counts
/// as 0, in this step and as the last one of the next. p ← p − sign(g)·length.
template <typename Scalar>
struct Rprop {
  Scalar first_length;
  Scalar decrease;
  Scalar increase;
  Scalar smallest;
  Scalar largest;
};

/// What is added up or compared in turn: element i goes to sum i % 16. So the order does not depend on the set, and no
/// element waits for the one before.
inline constexpr std::size_t sums_in_turn = 16;

/// What the z of a unit tell, sixteen of each in turn. NaN does not fire, and is not the largest.
template <typename Scalar>
struct Firing {
  Scalar largest[sums_in_turn];
  Scalar doubt[sums_in_turn];  ///< 0, NaN once a z was not finite
  Scalar fires[sums_in_turn];  ///< how often z > 0, fewer than 2²⁴ times each
};

/// Normalisation of the rows, or of the columns, of rows × cols numbers. The kernels work on those in [begin, end); pointers
/// are to the values of the first one.
///
/// Statistics: mean = first + offset, with the first number of the row or column; variance = Σ(x − mean)²/n ≥ 0 over its n
/// numbers; inverse = 1/√(variance + ε). Sums are in double. x − first is exact to a rounding relative to itself, so
/// (x − first) − offset loses nothing where the mean is large beside the deviation.
/// Then normalized = ((x − first) − offset)·inverse and y = γ·normalized + β, with γ and β for each row. `normalized` may be
/// null, and for rows `offset`, which then is 0.
template <typename Scalar>
struct Normalization {
  const Scalar* x;
  std::size_t x_row;
  Scalar* normalized;
  std::size_t normalized_row;
  Scalar* y;
  std::size_t y_row;
  std::size_t rows;
  std::size_t cols;
  double epsilon;
  Scalar* first;
  double* offset;
  double* variance;
  Scalar* inverse;
  const Scalar* gamma;
  const Scalar* beta;
};

/// Backward: the sums, in double, of g and g·normalized over each row, where g is dy, or over each column, where g is γ·dy
/// with a γ for each row. Then dx = scale·((g − share·sum) − normalized·share·sum_with_normalized), with a scale for each row
/// or column.
template <typename Scalar>
struct NormalizationGradient {
  const Scalar* dy;
  std::size_t dy_row;
  const Scalar* normalized;
  std::size_t normalized_row;
  std::size_t rows;
  std::size_t cols;
  double* sum;
  double* sum_with_normalized;
  const Scalar* gamma;
  const Scalar* scale;
  double share;
  Scalar* dx;
  std::size_t dx_row;
};

/// The kernels for one type of number. They allocate nothing and are safe from any number of threads.
template <typename Scalar>
struct Kernels {
  void (*gemm)(const Gemm<Scalar>&) = nullptr;
  void (*gemv)(const Gemv<Scalar>&) = nullptr;
  /// sums(j) = Σₖ b(k, j), or adds it, for j < cols: one chain each, as in a product whose A is ones.
  void (*add_rows)(const Scalar* b, std::size_t b_row, std::size_t rows, std::size_t cols, Scalar* sums,
                   bool accumulate) = nullptr;
  /// to(c, r) = from(r, c), for rows × cols numbers `from` whose rows are contiguous, and likewise those of `to`.
  void (*transpose)(const Scalar* from, std::size_t from_row, Scalar* to, std::size_t to_row, std::size_t rows,
                    std::size_t cols) = nullptr;
  /// to(f, i) = from[samples[i]·from_step + f], for i < count and f < features: samples side by side become rows.
  void (*gather)(const Scalar* from, std::size_t from_step, const std::size_t* samples, std::size_t count,
                 std::size_t features, Scalar* to, std::size_t to_row) = nullptr;

  // Element by element, also where input and output are the same memory. NaN stays NaN.
  void (*relu)(const Scalar* z, Scalar* a, std::size_t count) = nullptr;
  void (*leaky_relu)(const Scalar* z, Scalar* a, std::size_t count, Scalar below) = nullptr;
  /// dz = da·(1 for z > 0, `below` for z < 0, `at_zero` for 0)
  void (*relu_backward)(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count, Scalar below,
                        Scalar at_zero) = nullptr;
  void (*sigmoid)(const Scalar* z, Scalar* a, std::size_t count) = nullptr;
  void (*sigmoid_chain)(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count) = nullptr;
  void (*tanh)(const Scalar* z, Scalar* a, std::size_t count) = nullptr;
  void (*tanh_chain)(const Scalar* z, const Scalar* da, Scalar* dz, std::size_t count) = nullptr;
  /// e(k, i) = exp(z(k, i) − shift(i)) and sums(i) = Σₖ e(k, i), for k < rows and i < count. e may be z itself, and all its
  /// rows one and the same.
  void (*exponentials)(const Scalar* z, std::size_t z_row, std::size_t rows, std::size_t count, const Scalar* shift,
                       Scalar* e, std::size_t e_row, Scalar* sums) = nullptr;
  void (*logarithms)(const Scalar* x, Scalar* y, std::size_t count) = nullptr;
  /// losses(i) += l(i) and dz(i) = factors(i)·∂l(i)/∂o(i), unless dz is null, for the binary cross-entropy l of the logits o,
  /// the targets y and the weight q of positives: l = q·y·softplus(−o) + (1 − y)·softplus(o). dz may be o itself.
  void (*add_binary_cross_entropy)(const Scalar* o, const Scalar* y, Scalar positive_weight, const Scalar* factors,
                                   Scalar* losses, Scalar* dz, std::size_t count) = nullptr;
  /// Adds |v| and v², in double, to sixteen sums in turn.
  void (*add_sizes)(const Scalar* v, std::size_t count, double* sums) = nullptr;
  void (*add_squares)(const Scalar* v, std::size_t count, double* sums) = nullptr;
  /// Σ vᵢ² in double: element i goes to the sum i % 32, and the 32 sums are added in their order.
  double (*sum_of_squares)(const Scalar* v, std::size_t count) = nullptr;
  /// v ← factor·v
  void (*scale)(Scalar* v, std::size_t count, Scalar factor) = nullptr;
  void (*add_firing)(const Scalar* z, std::size_t count, Firing<Scalar>& firing) = nullptr;
  /// mask = 0 where the upper 53 bits are a number below `dropped`, else `kept`.
  void (*keep_or_drop)(const std::uint64_t* bits, std::uint64_t dropped, Scalar kept, Scalar* mask,
                       std::size_t count) = nullptr;
  void (*descend)(const Descent<Scalar>&, const Scalar* gradient, Scalar* value, std::size_t count) = nullptr;
  void (*descend_with_momentum)(const Descent<Scalar>&, const Scalar* gradient, Scalar* velocity, Scalar* value,
                                std::size_t count) = nullptr;
  void (*remember_moments)(const Adam<Scalar>&, const Scalar* gradient, const Scalar* value, Scalar* mean,
                           Scalar* squares, std::size_t count) = nullptr;
  void (*move_by_moments)(const Adam<Scalar>&, const Scalar* mean, const Scalar* squares, Scalar* value,
                          std::size_t count) = nullptr;
  /// `mean` is null unless centered, `velocity` without momentum.
  void (*rmsprop)(const RmsProp<Scalar>&, const Scalar* gradient, Scalar* squares, Scalar* mean, Scalar* velocity,
                  Scalar* value, std::size_t count) = nullptr;
  void (*adagrad)(const Adagrad<Scalar>&, const Scalar* gradient, Scalar* squares, Scalar* value,
                  std::size_t count) = nullptr;
  void (*rprop)(const Rprop<Scalar>&, const Scalar* gradient, Scalar* last, Scalar* length, Scalar* value,
                std::size_t count) = nullptr;

  void (*row_statistics)(const Normalization<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*column_statistics)(const Normalization<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*normalize_rows)(const Normalization<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*normalize_columns)(const Normalization<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*sum_row_gradients)(const NormalizationGradient<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*sum_column_gradients)(const NormalizationGradient<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*normalize_rows_backward)(const NormalizationGradient<Scalar>&, std::size_t begin, std::size_t end) = nullptr;
  void (*normalize_columns_backward)(const NormalizationGradient<Scalar>&, std::size_t begin,
                                     std::size_t end) = nullptr;

  /// Multiply-adds that wait for nothing, not even memory: what the processor can do at most. Writes what they come to, so
  /// that they are not left out, and returns the number of floating-point operations, two for each multiply-add.
  std::size_t (*exercise)(std::size_t rounds, Scalar* result) = nullptr;
};

/// All kernels of one instruction set.
struct KernelSet {
  const char* name = "";
  Kernels<float> of_float = {};
  Kernels<double> of_double = {};
  /// The first two words of the Philox blocks (core/random.h) with that key and the counters first, first + 1, …
  void (*random_bits)(const std::uint32_t key[2], std::uint64_t first, std::uint64_t* to, std::size_t count) = nullptr;
  /// to(i) = x(i) mod (first_bound + i), with first_bound > 0
  void (*remainders)(const std::uint64_t* x, std::uint64_t first_bound, std::uint64_t* to, std::size_t count) = nullptr;
};

/// What every processor of the kind has (of x86-64: SSE2), without fused multiply-adds.
extern const KernelSet baseline;
#if defined(__x86_64__)
/// AVX2 and FMA, which x86-64 processors have since 2013 to 2015.
extern const KernelSet avx2;
/// AVX-512 (F), of servers since 2017 and desktops since 2022. The same bits as AVX2.
extern const KernelSet avx512;
#elif defined(__aarch64__)
/// What every 64-bit ARM has, with fused multiply-adds. The same bits as AVX2.
extern const KernelSet neon;
#endif

/// The best set that the processor has, or the one that the environment variable HINGE_ISA names. Chosen at the first
/// call, for good. Throws ConfigError when there is no set of that name, or the processor cannot run it.
const KernelSet& active();

/// The kernels of the active set for one type.
template <typename Scalar>
const Kernels<Scalar>& of() {
  if constexpr (sizeof(Scalar) == sizeof(float)) {
    return active().of_float;
  } else {
    return active().of_double;
  }
}

}  // namespace hinge::kernels
