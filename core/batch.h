// The input of a training step: a batch of samples, with the targets that the loss compares outputs with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <hinge/core/matrix.h>

namespace hinge {

/// The targets of a batch: a class index for each sample, or a column of values, never both.
/// It is a view and owns no memory; the values may have any memory order.
template <typename Scalar>
struct Targets {
  std::span<const std::int32_t> classes;  ///< one index for each sample, counted from 0; empty when there are values
  MatrixView<const Scalar> values;        ///< outputs × batch; no rows when there are classes

  bool are_classes() const { return values.rows == 0; }
  /// The number of samples.
  std::size_t size() const { return are_classes() ? classes.size() : values.cols; }

  /// A view of samples [first, first + count). Throws ShapeError if there are fewer.
  Targets samples(std::size_t first, std::size_t count) const {
    if (count > size() || first > size() - count) fail_columns(first, count, size());
    if (are_classes()) return {classes.subspan(first, count), {}};
    return {{}, values.columns(first, count)};
  }
};

// Throws ShapeError: a batch was asked for more samples than it has room for.
[[noreturn]] HINGE_API void fail_batch_size(std::size_t size, std::size_t capacity);

/// Room for up to `capacity` samples, refilled for every step. All views show its current `size()` samples; a short
/// batch is a narrower view of the same memory. Only the constructor allocates.
template <typename Scalar>
class Batch {
 public:
  /// `target_rows` = 0 means class indices. Starts full: size() = capacity.
  Batch(std::size_t features, std::size_t target_rows, std::size_t capacity, bool weighted = false)
      : inputs_(features, capacity),
        values_(target_rows, capacity),
        classes_(target_rows == 0 ? capacity : 0),
        weights_(weighted ? capacity : 0),
        capacity_(capacity),
        size_(capacity) {}

  std::size_t features() const { return inputs_.rows(); }
  std::size_t target_rows() const { return values_.rows(); }
  bool has_weights() const { return weights_.size() > 0; }
  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return size_; }

  /// Views taken earlier keep their old width. Throws ShapeError if size > capacity().
  void set_size(std::size_t size) {
    if (size > capacity_) fail_batch_size(size, capacity_);
    size_ = size;
  }

  /// features × size, batch-contiguous.
  MatrixView<Scalar> inputs() { return inputs_.view().columns(0, size_); }
  MatrixView<const Scalar> inputs() const { return inputs_.view().columns(0, size_); }

  /// One index for each sample; empty when the targets are values.
  std::span<std::int32_t> classes() { return std::span(classes_).first(classes_.empty() ? 0 : size_); }
  std::span<const std::int32_t> classes() const { return std::span(classes_).first(classes_.empty() ? 0 : size_); }

  /// target_rows × size, batch-contiguous; no rows when the targets are classes.
  MatrixView<Scalar> values() { return values_.view().columns(0, size_); }
  MatrixView<const Scalar> values() const { return values_.view().columns(0, size_); }

  /// One weight ≥ 0 for each sample; empty when every sample weighs the same.
  std::span<Scalar> weights() { return weights_.span().first(has_weights() ? size_ : 0); }
  std::span<const Scalar> weights() const { return weights_.span().first(has_weights() ? size_ : 0); }

  Targets<Scalar> targets() const { return {classes(), values()}; }

 private:
  Matrix<Scalar> inputs_;
  Matrix<Scalar> values_;
  std::vector<std::int32_t> classes_;
  Buffer<Scalar> weights_;
  std::size_t capacity_;
  std::size_t size_;
};

}  // namespace hinge
