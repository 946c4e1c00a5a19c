// The gradients of W and b. Each element is a sum over the samples in order, whether vectors lie along units or inputs.
#include <hinge/core/affine.h>

#include <hinge/core/threads.h>

namespace hinge {

namespace {

bool is_narrow(std::size_t units) { return units <= 3; }

// Row stride of the transposed batch. A power of two would map all rows to the same cache lines.
constexpr std::size_t padded(std::size_t length) { return (length + 15) / 16 * 16 + 16; }

// The rows of the largest tile: threads divide the inputs at multiples of it.
constexpr std::size_t input_grain = 12;

// dW with vectors along the inputs. In memory dW is contiguous along the units, so its rows are computed in the scratch
// memory and transposed. A single unit has one row, which is contiguous already.
template <typename Scalar>
void narrow_weight_gradient(const MatrixView<const Scalar>& dz, const MatrixView<Scalar>& dw, bool accumulate,
                            ThreadPool* threads, Buffer<Scalar>& scratch) {
  const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
  const std::size_t units = dw.rows;
  run_ranges(threads, dw.cols, input_grain, [&](std::size_t begin, std::size_t end) {
    Scalar* const columns = dw.data + begin * units;
    Scalar* const rows = units == 1 ? columns : scratch.data() + scratch.size() - dw.size() + begin;
    if (accumulate && units > 1) kernel.transpose(columns, units, rows, dw.cols, end - begin, units);
    kernel.gemm({.a = dz.data,
                 .a_row = dz.row_stride,
                 .a_step = 1,
                 .b = scratch.data() + begin,
                 .b_row = padded(dw.cols),
                 .c = rows,
                 .c_row = dw.cols,
                 .rows = units,
                 .cols = end - begin,
                 .depth = dz.cols,
                 .accumulate = accumulate});
    if (units > 1) kernel.transpose(rows, dw.cols, columns, units, units, end - begin);
  });
}

}  // namespace

std::size_t gradient_scratch_size(std::size_t inputs, std::size_t units, std::size_t max_batch) {
  if (!is_narrow(units)) return checked_size(max_batch, padded(units));
  return checked_size(max_batch, padded(inputs)) + inputs * units;
}

template <typename Scalar>
void transpose_samples(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>& dz, const Block& block,
                       Buffer<Scalar>& scratch) {
  const MatrixView<const Scalar>& from = is_narrow(dz.rows) ? x : dz;
  const std::size_t row = padded(from.rows);
  kernels::of<Scalar>().transpose(from.data + block.first_sample, from.row_stride,
                                  scratch.data() + block.first_sample * row, row, from.rows, block.samples);
}

template <typename Scalar>
void weight_gradient(const MatrixView<const Scalar>& dz, const MatrixView<const Scalar>& x,
                     const MatrixView<Scalar>& dw, bool accumulate, ThreadPool* threads, Buffer<Scalar>& scratch) {
  threads = worthwhile(threads, dw.size() * dz.cols);
  if (is_narrow(dz.rows)) return narrow_weight_gradient(dz, dw, accumulate, threads, scratch);
  const auto gemm = kernels::of<Scalar>().gemm;
  kernels::Gemm<Scalar> product{.a = x.data,
                                .a_row = x.row_stride,
                                .a_step = 1,
                                .b = scratch.data(),
                                .b_row = padded(dz.rows),
                                .c = dw.data,
                                .c_row = dw.col_stride,
                                .rows = x.rows,
                                .cols = dz.rows,
                                .depth = dz.cols,
                                .accumulate = accumulate};
  if (threads == nullptr) return gemm(product);
  run_ranges(threads, x.rows, input_grain, [&](std::size_t begin, std::size_t end) {
    kernels::Gemm<Scalar> block = product;
    block.a += begin * block.a_row;
    block.c += begin * block.c_row;
    block.rows = end - begin;
    gemm(block);
  });
}

template <typename Scalar>
void bias_gradient(const MatrixView<const Scalar>& dz, const MatrixView<Scalar>& db, bool accumulate,
                   const Buffer<Scalar>& scratch) {
  const auto add_rows = kernels::of<Scalar>().add_rows;
  if (!is_narrow(dz.rows)) {
    return add_rows(scratch.data(), padded(dz.rows), dz.cols, dz.rows, db.data, accumulate);
  }
  for (std::size_t u = 0; u < dz.rows; ++u) {
    add_rows(dz.data + u * dz.row_stride, 1, dz.cols, 1, db.data + u, accumulate);
  }
}

template void transpose_samples(const MatrixView<const float>&, const MatrixView<const float>&, const Block&,
                                Buffer<float>&);
template void transpose_samples(const MatrixView<const double>&, const MatrixView<const double>&, const Block&,
                                Buffer<double>&);
template void weight_gradient(const MatrixView<const float>&, const MatrixView<const float>&, const MatrixView<float>&,
                              bool, ThreadPool*, Buffer<float>&);
template void weight_gradient(const MatrixView<const double>&, const MatrixView<const double>&,
                              const MatrixView<double>&, bool, ThreadPool*, Buffer<double>&);
template void bias_gradient(const MatrixView<const float>&, const MatrixView<float>&, bool, const Buffer<float>&);
template void bias_gradient(const MatrixView<const double>&, const MatrixView<double>&, bool, const Buffer<double>&);

}  // namespace hinge
