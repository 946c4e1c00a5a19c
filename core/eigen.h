// The bridge to Eigen: its matrices as views, and views as its maps, without a copy. Eigen 3.4 and 5.
#pragma once

#include <Eigen/Core>

#include <hinge/core/matrix.h>

namespace hinge {

/// An Eigen expression that has its elements in memory: a matrix or vector, a Map or Ref, a block, a transpose; of either
/// order, with any strides. Not a sum or a product, which has no memory yet, and not a temporary matrix, whose memory
/// would be gone.
template <typename T>
concept EigenMemory = requires(T& m) {
  m.data();
  m.rowStride();
  m.colStride();
}
&&!std::is_base_of_v<Eigen::PlainObjectBase<T>, T>;

/// The same memory as a view, read-only where `m` is. As in Eigen, element (r, c) stays element (r, c): where a row of `m`
/// is a sample, pass `view(m.transpose())`. Valid as long as the memory of `m`.
template <EigenMemory T>
auto view(T&& m) {
  return MatrixView<std::remove_pointer_t<decltype(m.data())>>{
      m.data(), static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols()),
      static_cast<std::size_t>(m.rowStride()), static_cast<std::size_t>(m.colStride())};
}

// The map is row-major with an outer and an inner stride, which is what a view is.
template <typename Scalar>
auto MatrixView<Scalar>::eigen() const {
  using Plain = Eigen::Matrix<std::remove_const_t<Scalar>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  using Mapped = std::conditional_t<std::is_const_v<Scalar>, const Plain, Plain>;
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  return Eigen::Map<Mapped, Eigen::Unaligned, Strides>(
      data, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols),
      Strides(static_cast<Eigen::Index>(row_stride), static_cast<Eigen::Index>(col_stride)));
}

}  // namespace hinge
