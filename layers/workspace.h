// Scratch memory for predictions.
#pragma once

#include <cstddef>

#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>

namespace hinge {

/// Scratch memory for predictions. Each thread needs its own; it may serve any number of networks in turn.
template <typename Scalar>
class HINGE_API Workspace {
 public:
  Workspace() = default;
  /// Makes room for batches of up to `batch` samples, so that predictions of that size do not allocate.
  Workspace(const Network<Scalar>& network, std::size_t batch);

  /// Memory for a batch-contiguous copy of the batch itself; `predict` with this workspace may read it.
  MatrixView<Scalar> input(std::size_t rows, std::size_t cols);

 private:
  friend class Network<Scalar>;
  friend class Model<Scalar>;

  // Throws ShapeError when x lies in memory that a prediction is about to write to.
  void require_apart(const MatrixView<const Scalar>& x, bool writes_input) const;
  void reserve(const Network<Scalar>& network, std::size_t batch);

  Buffer<Scalar> input_;
  Buffer<Scalar> output_;
  // Of a chunk of the batch: the inputs side by side, and the values of two layers in turn.
  Buffer<Scalar> chunk_;
  Buffer<Scalar> first_;
  Buffer<Scalar> second_;
};

extern template class HINGE_API Workspace<float>;
extern template class HINGE_API Workspace<double>;

}  // namespace hinge
