// The samples that the data rules look at, column by column.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <hinge/core/export.h>
#include <hinge/core/preprocessing.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/finding.h>

namespace hinge {

/// One input over the sampled rows.
struct HINGE_API SampledColumn {
  std::string name = {};
  std::size_t feature = 0;
  ColumnScaling scaling = {};
  std::vector<float> seen = {};         ///< what the network sees, row by row
  std::vector<std::size_t> order = {};  ///< the rows by ascending value; equal values in random order

  double at(std::size_t place) const { return static_cast<double>(seen[order[place]]); }
  double smallest() const { return at(0); }
  double largest() const { return at(order.size() - 1); }
  bool is_constant() const { return smallest() == largest(); }
  double raw(double value) const { return scaling.invert(value); }
  /// The value that lies above that share of all.
  double value_above(double share) const;
  /// The width of the middle 90 %: few values far out do not move it.
  double width() const { return value_above(0.95) - value_above(0.05); }
};

/// Evenly spread rows of the training part, and their targets.
struct HINGE_API DataSample {
  DataSample(const ResolvedConfig& resolved, const DataParts& parts);

  SampledColumn column(std::size_t feature) const;
  std::size_t features() const { return parts.train.features(); }
  bool has_classes() const { return !classes.empty(); }

  const RunConfig& config;
  const DataParts& parts;
  const JsonValue& tree;
  std::vector<std::size_t> rows;            ///< ascending
  std::vector<std::size_t> shuffled;        ///< 0 … rows.size() − 1
  std::vector<std::int32_t> classes;        ///< of the rows, or none
  std::vector<double> shares;               ///< of the classes
  std::vector<std::vector<double>> values;  ///< of each target, or none
};

/// Mean and population standard deviation.
struct Moments {
  double mean = 0;
  double deviation = 0;
};

template <typename Values>
Moments moments_of(const Values& values) {
  Moments moments;
  const auto count = static_cast<double>(values.size());
  for (const auto value : values) moments.mean += static_cast<double>(value) / count;
  double squares = 0;
  for (const auto value : values) {
    squares += (static_cast<double>(value) - moments.mean) * (static_cast<double>(value) - moments.mean);
  }
  moments.deviation = std::sqrt(squares / count);
  return moments;
}

/// The correlation of two lists of one length, 0 where one is constant.
HINGE_API double correlation(std::span<const double> a, std::span<const double> b);
/// The place of each value in ascending order; equal ones share the lowest. Values far out count like all others.
HINGE_API std::vector<double> ranks_of(std::span<const double> values);
/// 1 − Σp²: how often two samples have different classes by chance.
HINGE_API double chance_of_difference(std::span<const double> shares);

/// `"a", "b", "c" and 4 more`
HINGE_API std::string quoted_names(const std::vector<std::string>& names);

/// The rules about columns and about targets, in the order in which they are shown.
HINGE_API std::vector<Finding> column_findings(const DataSample& sample);
HINGE_API std::vector<Finding> target_findings(const DataSample& sample);

}  // namespace hinge
