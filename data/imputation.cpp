// Means over the values that are there, and imputation with them.
#include <hinge/data/imputation.h>

#include <cmath>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/statistics.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

template <typename Scalar>
[[noreturn]] void fail_empty(const Dataset<Scalar>& data, std::size_t row) {
  const auto& names = data.feature_names();
  const std::string name = names.empty() ? std::to_string(row + 1) : "\"" + printable(names[row]) + "\"";
  throw DataError("mean of feature " + name + ": none of " + std::to_string(data.size()) +
                  " samples has a value; wanted at least one (leave the feature out)");
}

}  // namespace

template <typename Scalar>
std::vector<double> feature_means(const Dataset<Scalar>& data) {
  std::vector<double> means(data.features());
  for (std::size_t row = 0; row < means.size(); ++row) {
    RunningMean mean;
    for (std::size_t sample = 0; sample < data.size(); ++sample) {
      const auto value = static_cast<double>(data.inputs()(row, sample));
      if (!std::isnan(value)) mean.add(value);
    }
    if (mean.count() == 0) fail_empty(data, row);
    means[row] = mean.mean();
  }
  return means;
}

template <typename Scalar>
void impute(MatrixView<Scalar> inputs, std::span<const double> imputed_values) {
  if (imputed_values.size() != inputs.rows) {
    throw ShapeError("impute: " + std::to_string(imputed_values.size()) + " imputed values, but " +
                     std::to_string(inputs.rows) + " features; wanted one for each");
  }
  for (std::size_t sample = 0; sample < inputs.cols; ++sample) {
    for (std::size_t row = 0; row < inputs.rows; ++row) {
      Scalar& value = inputs(row, sample);
      if (std::isnan(value)) value = static_cast<Scalar>(imputed_values[row]);
    }
  }
}

template std::vector<double> feature_means<float>(const Dataset<float>&);
template std::vector<double> feature_means<double>(const Dataset<double>&);
template void impute<float>(MatrixView<float>, std::span<const double>);
template void impute<double>(MatrixView<double>, std::span<const double>);

}  // namespace hinge
