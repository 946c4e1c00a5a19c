// The products of a dense layer, divided among threads: z = W x + b 1ᵀ and the gradients of W, b and x.
#pragma once

#include <cstddef>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/matrix.h>
#include <hinge/core/threads.h>

namespace hinge {

/// What one thread computes of a units × batch matrix: a range of units and a range of samples.
struct Block {
  std::size_t first_unit;
  std::size_t units;
  std::size_t first_sample;
  std::size_t samples;

  template <typename Scalar>
  MatrixView<Scalar> of(const MatrixView<Scalar>& m) const {
    return {m.data + first_unit * m.row_stride + first_sample * m.col_stride, units, samples, m.row_stride,
            m.col_stride};
  }
};

/// How `affine` may divide its work. With `samples` every thread has all units, as an activation with parameters needs.
enum class Cut { samples, samples_or_units };

/// The pool, or null if the work is too small to share: a run of the pool takes about half a microsecond, in which one
/// thread makes some 50,000 multiply-adds.
inline ThreadPool* worthwhile(ThreadPool* threads, std::size_t multiply_adds) {
  constexpr std::size_t enough = 1 << 18;
  return multiply_adds < enough ? nullptr : threads;
}

/// One block of z = W x + b 1ᵀ as a matrix product.
template <typename Scalar>
kernels::Gemm<Scalar> affine_product(const MatrixView<const Scalar>& w, const MatrixView<const Scalar>& b,
                                     const MatrixView<const Scalar>& x, const MatrixView<Scalar>& z,
                                     const Block& block) {
  return {.a = w.data + block.first_unit,
          .a_row = 1,
          .a_step = w.col_stride,
          .b = x.data + block.first_sample,
          .b_row = x.row_stride,
          .c = z.data + block.first_unit * z.row_stride + block.first_sample,
          .c_row = z.row_stride,
          .rows = block.units,
          .cols = block.samples,
          .depth = w.cols,
          .row_bias = b.data == nullptr ? nullptr : b.data + block.first_unit};
}

/// z = W x + b of a single sample, with the units divided among the threads. Calls `then(block)` as `affine` does.
template <typename Scalar, typename Then>
void affine_single(const MatrixView<const Scalar>& w, const MatrixView<const Scalar>& b,
                   const MatrixView<const Scalar>& x, const MatrixView<Scalar>& z, ThreadPool* threads,
                   const Then& then) {
  constexpr std::size_t grain = 16;  // numbers of a cache line
  run_ranges(threads, z.rows, grain, [&](std::size_t begin, std::size_t end) {
    kernels::of<Scalar>().gemv({.w = w.data + begin,
                                .w_step = w.col_stride,
                                .x = x.data,
                                .x_step = x.row_stride,
                                .bias = b.data == nullptr ? nullptr : b.data + begin,
                                .y = z.data + begin,
                                .units = end - begin,
                                .inputs = w.cols});
    then(Block{begin, end - begin, 0, 1});
  });
}

/// z = W x + b 1ᵀ (docs/backprop.md, eq. 1), with W units × inputs and out-contiguous, b units × 1 or empty, x inputs ×
/// batch and z units × batch, both batch-contiguous. Each thread computes its block of z, then calls `then(block)` while
/// that block is still in its cache. If `threads` is null, the caller computes everything.
///
/// If the units are divided, each thread reads only its rows of W, those that it updated. If the samples
/// are divided, each thread reads all of W, but later finds z in its own cache in the backward pass. So the units are
/// divided if W is much larger than z.
template <typename Scalar, typename Then>
void affine(const MatrixView<const Scalar>& w, const MatrixView<const Scalar>& b, const MatrixView<const Scalar>& x,
            const MatrixView<Scalar>& z, ThreadPool* threads, Cut cut, const Then& then) {
  threads = worthwhile(threads, w.size() * x.cols);
  const bool along_units = cut == Cut::samples_or_units && w.rows >= x.cols && w.cols > 2 * x.cols;
  if (x.cols == 1 && z.row_stride == 1) return affine_single(w, b, x, z, along_units ? threads : nullptr, then);
  const auto gemm = kernels::of<Scalar>().gemm;
  if (threads == nullptr) {
    const Block all{0, z.rows, 0, z.cols};
    gemm(affine_product(w, b, x, z, all));
    return then(all);
  }
  constexpr std::size_t grain = 16;
  run_ranges(threads, along_units ? z.rows : z.cols, grain, [&](std::size_t begin, std::size_t end) {
    const Block block = along_units ? Block{begin, end - begin, 0, z.cols} : Block{0, z.rows, begin, end - begin};
    gemm(affine_product(w, b, x, z, block));
    then(block);
  });
}

/// The samples of `block` in dx = Wᵀ dz as a matrix product.
template <typename Scalar>
kernels::Gemm<Scalar> input_gradient_product(const MatrixView<const Scalar>& w, const MatrixView<const Scalar>& dz,
                                             const MatrixView<Scalar>& dx, const Block& block) {
  return {.a = w.data,
          .a_row = w.col_stride,
          .a_step = 1,
          .b = dz.data + block.first_sample,
          .b_row = dz.row_stride,
          .c = dx.data + block.first_sample,
          .c_row = dx.row_stride,
          .rows = w.cols,
          .cols = block.samples,
          .depth = w.rows};
}

/// dx = Wᵀ dz (eq. 8), with the samples divided among the threads. Each thread calls `before(block)` first, which may
/// compute its block of dz. If dx is empty, nothing else happens.
template <typename Scalar, typename Before>
void input_gradient(const MatrixView<const Scalar>& w, const MatrixView<const Scalar>& dz, const MatrixView<Scalar>& dx,
                    ThreadPool* threads, const Before& before) {
  const auto gemm = kernels::of<Scalar>().gemm;
  threads = worthwhile(threads, w.size() * dz.cols);
  if (threads == nullptr) {
    const Block all{0, dz.rows, 0, dz.cols};
    before(all);
    if (!dx.empty()) gemm(input_gradient_product(w, dz, dx, all));
    return;
  }
  constexpr std::size_t grain = 16;
  run_ranges(threads, dz.cols, grain, [&](std::size_t begin, std::size_t end) {
    const Block block{0, dz.rows, begin, end - begin};
    before(block);
    if (!dx.empty()) gemm(input_gradient_product(w, dz, dx, block));
  });
}

/// Elements of scratch memory that the gradients of W and b need for batches of up to `max_batch`. It holds dzᵀ, so
/// that vectors lie along the units. With three units or fewer most of such a vector would be empty, so it holds xᵀ,
/// with vectors along the inputs.
HINGE_API std::size_t gradient_scratch_size(std::size_t inputs, std::size_t units, std::size_t max_batch);

/// Transposes the samples of `block` into the scratch memory. The gradients below require this for each sample, once.
/// Several threads may call it at once, for different samples.
template <typename Scalar>
void transpose_samples(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& dz, const Block& block,
                       Buffer<Scalar>& scratch);

/// dW = dz xᵀ (eq. 6), or with `accumulate` dW += dz xᵀ. The inputs are divided among the threads.
template <typename Scalar>
void weight_gradient(const MatrixView<const Scalar>& dz, const MatrixView<const Scalar>& x,
                     const MatrixView<Scalar>& dw, bool accumulate, ThreadPool* threads, Buffer<Scalar>& scratch);

/// db = dz 1 (eq. 7), or with `accumulate` db += dz 1.
template <typename Scalar>
void bias_gradient(const MatrixView<const Scalar>& dz, const MatrixView<Scalar>& db, bool accumulate,
                   const Buffer<Scalar>& scratch);

}  // namespace hinge
