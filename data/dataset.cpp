// Making data sets, with all checks: the rest of the library trusts them.
#include <hinge/data/dataset.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// More classes than any real task has. A larger index is a value that was mistaken for a class.
constexpr std::int32_t max_classes = 1 << 20;

// `feature "alpha"` if the row has a name, else `feature 3`, counted from 1.
std::string row_name(std::string_view kind, std::size_t row, const std::vector<std::string>& names) {
  const std::string label(kind);
  return names.empty() ? label + " " + std::to_string(row + 1) : label + " \"" + printable(names[row]) + "\"";
}

// No early exit: the compiler vectorises a loop without branches.
template <typename Scalar>
bool is_finite(std::span<const Scalar> numbers) {
  unsigned others = 0;
  for (const Scalar x : numbers) others |= static_cast<unsigned>(!(std::abs(x) <= std::numeric_limits<Scalar>::max()));
  return others == 0;
}

// Requires a sample-contiguous matrix without gaps.
template <typename Scalar>
void require_finite(MatrixView<const Scalar> matrix, std::string_view kind, const std::vector<std::string>& names) {
  if (is_finite(std::span(matrix.data, matrix.size()))) return;
  for (std::size_t sample = 0; sample < matrix.cols; ++sample) {
    for (std::size_t row = 0; row < matrix.rows; ++row) {
      const Scalar value = matrix(row, sample);
      if (std::isfinite(value)) continue;
      throw DataError("data set: sample " + std::to_string(sample) + ": " + row_name(kind, row, names) + " is " +
                      to_text(static_cast<double>(value)) +
                      "; wanted a finite number (fill gaps or leave such samples out)");
    }
  }
}

void require_names(const std::vector<std::string>& names, std::size_t wanted, std::string_view thing) {
  if (names.empty() || names.size() == wanted) return;
  throw ShapeError("data set: " + quantity(names.size(), std::string(thing) + " name") + ", but " +
                   quantity(wanted, thing));
}

std::vector<std::string> numbered_classes(std::span<const std::int32_t> classes) {
  const std::int32_t largest = classes.empty() ? 0 : std::max(0, *std::max_element(classes.begin(), classes.end()));
  if (largest >= max_classes) {
    throw DataError("data set: class index " + std::to_string(largest) + "; wanted an index below " +
                    std::to_string(max_classes) + " (are the targets values? then make a regression data set)");
  }
  return numbered_names("", static_cast<std::size_t>(largest) + 1);
}

// A sample-contiguous copy of a view in any memory order.
template <typename Scalar>
Buffer<Scalar> sample_by_sample(MatrixView<const Scalar> from) {
  Buffer<Scalar> buffer(from.size());
  copy(from.transposed(), MatrixView<Scalar>::samples(buffer.data(), from.rows, from.cols).transposed());
  return buffer;
}

template <typename Scalar>
void gather_samples(MatrixView<const Scalar> from, std::span<const std::size_t> rows, MatrixView<Scalar> to) {
  for (std::size_t i = 0; i < rows.size(); ++i) copy(from.columns(rows[i], 1), to.columns(i, 1));
}

template <typename Element>
std::vector<Element> gather_elements(const std::vector<Element>& from, std::span<const std::size_t> rows) {
  std::vector<Element> to;
  if (from.empty()) return to;
  to.reserve(rows.size());
  for (const std::size_t row : rows) to.push_back(from[row]);
  return to;
}

}  // namespace

std::vector<std::string> numbered_names(std::string_view prefix, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::string(prefix) + std::to_string(i));
  return names;
}

template <typename Scalar>
Dataset<Scalar> Dataset<Scalar>::classification(Buffer<Scalar> inputs, std::size_t features,
                                                std::vector<std::int32_t> classes, DatasetNames names,
                                                std::vector<Scalar> weights) {
  Dataset data;
  data.inputs_ = std::move(inputs);
  data.features_ = features;
  data.size_ = classes.size();
  data.classes_ = std::move(classes);
  data.names_ = std::move(names);
  data.weights_ = std::move(weights);
  data.check_sizes();
  if (data.names_.classes.empty()) data.names_.classes = numbered_classes(data.classes_);
  data.check_numbers();
  data.check_classes();
  return data;
}

template <typename Scalar>
Dataset<Scalar> Dataset<Scalar>::classification(MatrixView<const Scalar> inputs, std::span<const std::int32_t> classes,
                                                DatasetNames names, std::span<const Scalar> weights) {
  return classification(sample_by_sample(inputs), inputs.rows, {classes.begin(), classes.end()}, std::move(names),
                        {weights.begin(), weights.end()});
}

template <typename Scalar>
Dataset<Scalar> Dataset<Scalar>::regression(Buffer<Scalar> inputs, std::size_t features, Buffer<Scalar> values,
                                            std::size_t target_rows, DatasetNames names, std::vector<Scalar> weights) {
  if (target_rows == 0 || values.size() % target_rows != 0) {
    throw ShapeError("data set: " + quantity(values.size(), "target value") + " in rows of " +
                     std::to_string(target_rows) + "; wanted the same number of values, at least 1, for each sample");
  }
  Dataset data;
  data.inputs_ = std::move(inputs);
  data.features_ = features;
  data.size_ = values.size() / target_rows;
  data.values_ = std::move(values);
  data.target_rows_ = target_rows;
  data.names_ = std::move(names);
  data.weights_ = std::move(weights);
  data.check_sizes();
  data.check_numbers();
  return data;
}

template <typename Scalar>
Dataset<Scalar> Dataset<Scalar>::regression(MatrixView<const Scalar> inputs, MatrixView<const Scalar> values,
                                            DatasetNames names, std::span<const Scalar> weights) {
  return regression(sample_by_sample(inputs), inputs.rows, sample_by_sample(values), values.rows, std::move(names),
                    {weights.begin(), weights.end()});
}

template <typename Scalar>
void Dataset<Scalar>::check_sizes() const {
  if (size_ == 0) throw DataError("data set: no samples; wanted at least one");
  if (features_ == 0) throw DataError("data set: no features; wanted at least one");
  if (inputs_.size() % features_ != 0 || inputs_.size() / features_ != size_) {
    throw ShapeError("data set: " + quantity(inputs_.size(), "input value") + ", but " + quantity(size_, "target") +
                     " and " + quantity(features_, "feature") + "; wanted targets x features values");
  }
  if (!weights_.empty() && weights_.size() != size_) {
    throw ShapeError("data set: " + quantity(weights_.size(), "weight") + ", but " + quantity(size_, "sample"));
  }
  require_names(names_.features, features_, "feature");
  require_names(names_.targets, target_rows_ == 0 ? 1 : target_rows_, "target");
  if (target_rows_ > 0 && !names_.classes.empty()) {
    throw ShapeError("data set: " + quantity(names_.classes.size(), "class name") +
                     ", but the targets are values; wanted none");
  }
}

template <typename Scalar>
void Dataset<Scalar>::check_numbers() const {
  require_finite(inputs(), "feature", names_.features);
  require_finite(values(), "target", names_.targets);
  require_finite(MatrixView<const Scalar>::samples(weights_.data(), 1, weights_.size()), "weight", {"weight"});
  double sum = 0;
  for (std::size_t sample = 0; sample < weights_.size(); ++sample) {
    if (weights_[sample] < 0) {
      throw DataError("data set: sample " + std::to_string(sample) + ": weight is " +
                      to_text(static_cast<double>(weights_[sample])) + "; wanted a number >= 0");
    }
    sum += static_cast<double>(weights_[sample]);
  }
  if (has_weights() && sum == 0) throw DataError("data set: every weight is 0; wanted at least one above 0");
}

template <typename Scalar>
void Dataset<Scalar>::check_classes() const {
  for (std::size_t sample = 0; sample < size_; ++sample) {
    const std::int32_t index = classes_[sample];
    if (index >= 0 && static_cast<std::size_t>(index) < class_count()) continue;
    throw DataError("data set: sample " + std::to_string(sample) + ": class index " + std::to_string(index) +
                    "; wanted 0 to " + std::to_string(class_count() - 1) + " (" +
                    quantity(class_count(), "class name") + ", counted from 0)");
  }
}

template <typename Scalar>
Dataset<Scalar> Dataset<Scalar>::subset(std::span<const std::size_t> rows) const {
  if (rows.empty()) throw DataError("subset of a data set: no samples; wanted at least one");
  const std::size_t largest = *std::max_element(rows.begin(), rows.end());
  if (largest >= size_) {
    throw ShapeError("subset of a data set: sample " + std::to_string(largest) + ", but the last one is sample " +
                     std::to_string(size_ - 1));
  }
  Dataset part;
  part.size_ = rows.size();
  part.features_ = features_;
  part.target_rows_ = target_rows_;
  part.names_ = names_;
  part.inputs_ = Buffer<Scalar>(features_ * rows.size());
  part.values_ = Buffer<Scalar>(target_rows_ * rows.size());
  gather_samples(inputs(), rows, part.inputs());
  gather_samples(values(), rows, part.values());
  part.classes_ = gather_elements(classes_, rows);
  part.weights_ = gather_elements(weights_, rows);
  return part;
}

template <typename Scalar>
template <typename Other>
Dataset<Other> Dataset<Scalar>::convert() const {
  const auto converted = [](const Buffer<Scalar>& from) {
    Buffer<Other> to(from.size());
    std::transform(from.data(), from.data() + from.size(), to.data(), [](Scalar v) { return static_cast<Other>(v); });
    return to;
  };
  std::vector<Other> weights(weights_.begin(), weights_.end());
  if (target_rows_ == 0) {
    return Dataset<Other>::classification(converted(inputs_), features_, classes_, names_, std::move(weights));
  }
  return Dataset<Other>::regression(converted(inputs_), features_, converted(values_), target_rows_, names_,
                                    std::move(weights));
}

template class Dataset<float>;
template class Dataset<double>;

template HINGE_API Dataset<double> Dataset<float>::convert<double>() const;
template HINGE_API Dataset<float> Dataset<double>::convert<float>() const;

}  // namespace hinge
