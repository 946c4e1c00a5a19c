// Cutting a batch into blocks, and the sums of a softmax over one.
#include <hinge/layers/losses/sample_block.h>

#include <algorithm>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

template <typename Scalar>
LossSums BlockLoss<Scalar>::compute(const MatrixView<const Scalar>& output, const Targets<Scalar>& targets,
                                    std::span<const Scalar> weights, double scale, const MatrixView<Scalar>& dz) const {
  LossSums sums;
  for (std::size_t first = 0; first < output.cols; first += block_size) {
    const std::size_t count = std::min(block_size, output.cols - first);
    SampleBlock<Scalar> block;  // its weights are not set to 0 first
    block.output = output.columns(first, count);
    block.targets = targets.samples(first, count);
    block.scale = static_cast<Scalar>(scale);
    block.dz = dz.empty() ? dz : dz.columns(first, count);
    if (weights.empty()) {
      std::fill_n(block.weights.data(), count, Scalar(1));
    } else {
      std::copy_n(weights.data() + first, count, block.weights.data());
    }
    compute_block(block, sums);
  }
  return sums;
}

template class BlockLoss<float>;
template class BlockLoss<double>;

template <typename Scalar>
BlockRow<Scalar> column_maxima(const MatrixView<const Scalar>& outputs) {
  BlockRow<Scalar> maxima;
  std::copy_n(outputs.row(0).data(), outputs.cols, maxima.data());
  for (std::size_t k = 1; k < outputs.rows; ++k) {
    const Scalar* row = outputs.row(k).data();
    for (std::size_t i = 0; i < outputs.cols; ++i) maxima[i] = row[i] > maxima[i] ? row[i] : maxima[i];
  }
  return maxima;
}

template <typename Scalar>
BlockRow<Scalar> sum_of_exponentials(const MatrixView<const Scalar>& outputs, const BlockRow<Scalar>& shift,
                                     const MatrixView<Scalar>& exponentials) {
  BlockRow<Scalar> sums;
  BlockRow<Scalar> unused;
  const bool keep = !exponentials.empty();
  kernels::of<Scalar>().exponentials(outputs.data, outputs.row_stride, outputs.rows, outputs.cols, shift.data(),
                                     keep ? exponentials.data : unused.data(), keep ? exponentials.row_stride : 0,
                                     sums.data());
  return sums;
}

template BlockRow<float> column_maxima(const MatrixView<const float>&);
template BlockRow<double> column_maxima(const MatrixView<const double>&);
template BlockRow<float> sum_of_exponentials(const MatrixView<const float>&, const BlockRow<float>&,
                                             const MatrixView<float>&);
template BlockRow<double> sum_of_exponentials(const MatrixView<const double>&, const BlockRow<double>&,
                                              const MatrixView<double>&);

}  // namespace hinge
