// The sums of a softmax over a block of samples.
#include <hinge/core/softmax.h>

#include <algorithm>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

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
