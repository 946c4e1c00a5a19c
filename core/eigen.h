// The bridge to Eigen: `view.eigen()` where formulas are written. Only sources that multiply matrices include it.
#pragma once

#include <Eigen/Core>

#include <hinge/core/matrix.h>

namespace hinge {

// The map is row-major with an outer stride, which is what a batch-contiguous view is.
template <typename Scalar>
auto MatrixView<Scalar>::eigen() const {
  using Value = std::remove_const_t<Scalar>;
  using Plain = Eigen::Matrix<Value, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Mapped = std::conditional_t<std::is_const_v<Scalar>, const Plain, Plain>;
  if (!batch_contiguous()) fail_not_batch_contiguous();
  return Eigen::Map<Mapped, Eigen::Unaligned, Eigen::OuterStride<>>(
      data, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols),
      Eigen::OuterStride<>(static_cast<Eigen::Index>(row_stride)));
}

}  // namespace hinge
