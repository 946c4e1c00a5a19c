// The data set: samples in memory, with their targets, weights and names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/batch.h>
#include <hinge/core/matrix.h>
#include <hinge/core/task.h>

namespace hinge {

/// Names of the rows of the inputs, of the classes, and of the rows of the target values. Each list may be empty.
struct DatasetNames {
  std::vector<std::string> features = {};
  std::vector<std::string> classes = {};
  std::vector<std::string> targets = {};
};

/// `prefix0`, `prefix1`, …: names for things without names of their own.
HINGE_API std::vector<std::string> numbered_names(std::string_view prefix, std::size_t count);

/// Samples and their targets: inputs X (features × samples), and for each sample a class index or a column of target
/// values (target_rows × samples). Each sample may have a weight.
///
/// In memory each sample's features lie side by side (sample-contiguous), as in a row-major samples × features array.
/// The constructors check everything: there is at least one sample and one feature, sizes agree, numbers are finite,
/// and every class index is below class_count(). The one exception: a reader that was told to keep missing values
/// leaves NaN in their places until `impute` (data/imputation.h). Copying copies the samples. Const members are safe
/// from any number of threads; the mutable views are for preprocessing, by one thread.
template <typename Scalar>
class HINGE_API Dataset {
 public:
  /// Takes over `inputs`, which holds the samples one after the other. Without class names the classes are called
  /// "0", "1", … up to the largest index. `weights` has one number ≥ 0 for each sample, or is empty.
  /// Throws ShapeError if sizes do not agree, DataError if a number is not finite or a class index is out of range.
  static Dataset classification(Buffer<Scalar> inputs, std::size_t features, std::vector<std::int32_t> classes,
                                DatasetNames names = {}, std::vector<Scalar> weights = {});
  /// The same with a copy of `inputs`: features × samples, in any memory order.
  static Dataset classification(MatrixView<const Scalar> inputs, std::span<const std::int32_t> classes,
                                DatasetNames names = {}, std::span<const Scalar> weights = {});

  /// Takes over `inputs` and `values`, which hold features and target values sample by sample.
  /// Throws as `classification` does.
  static Dataset regression(Buffer<Scalar> inputs, std::size_t features, Buffer<Scalar> values, std::size_t target_rows,
                            DatasetNames names = {}, std::vector<Scalar> weights = {});
  /// The same with copies of `inputs` (features × samples) and `values` (target_rows × samples), in any memory order.
  static Dataset regression(MatrixView<const Scalar> inputs, MatrixView<const Scalar> values, DatasetNames names = {},
                            std::span<const Scalar> weights = {});

  /// The samples of these indices, in this order; an index may occur twice. All classes and names are kept, so a class
  /// index means the same in both. Throws DataError for no indices, ShapeError for an index out of range.
  Dataset subset(std::span<const std::size_t> rows) const;

  /// The same samples in the other precision. Converting to float rounds; it throws DataError for a double too large
  /// for float.
  template <typename Other>
  Dataset<Other> convert() const;

  std::size_t size() const { return size_; }
  std::size_t features() const { return features_; }
  /// The number of target values of a sample; 0 means class indices.
  std::size_t target_rows() const { return target_rows_; }
  Task task() const { return target_rows_ == 0 ? Task::classification : Task::regression; }
  /// The number of classes, 0 in regression. A class may be without samples.
  std::size_t class_count() const { return names_.classes.size(); }
  bool has_weights() const { return !weights_.empty(); }

  /// features × samples, sample-contiguous.
  MatrixView<Scalar> inputs() { return MatrixView<Scalar>::samples(inputs_.data(), features_, size_); }
  MatrixView<const Scalar> inputs() const {
    return MatrixView<const Scalar>::samples(inputs_.data(), features_, size_);
  }

  /// One index for each sample; empty in regression.
  std::span<const std::int32_t> classes() const { return classes_; }

  /// target_rows × samples, sample-contiguous; no rows in classification.
  MatrixView<Scalar> values() { return MatrixView<Scalar>::samples(values_.data(), target_rows_, size_); }
  MatrixView<const Scalar> values() const {
    return MatrixView<const Scalar>::samples(values_.data(), target_rows_, size_);
  }

  /// One weight for each sample, or none.
  std::span<const Scalar> weights() const { return weights_; }

  /// The targets of all samples. The values are sample-contiguous.
  Targets<Scalar> targets() const { return {classes(), values()}; }

  const DatasetNames& names() const { return names_; }
  const std::vector<std::string>& feature_names() const { return names_.features; }
  const std::vector<std::string>& class_names() const { return names_.classes; }
  const std::vector<std::string>& target_names() const { return names_.targets; }

 private:
  Dataset() = default;
  void check_sizes() const;
  void check_numbers() const;
  void check_classes() const;

  Buffer<Scalar> inputs_;
  Buffer<Scalar> values_;
  std::vector<std::int32_t> classes_;
  std::vector<Scalar> weights_;
  DatasetNames names_;
  std::size_t size_ = 0;
  std::size_t features_ = 0;
  std::size_t target_rows_ = 0;
};

extern template class HINGE_API Dataset<float>;
extern template class HINGE_API Dataset<double>;

}  // namespace hinge
