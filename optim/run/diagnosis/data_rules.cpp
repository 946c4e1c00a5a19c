// The samples of the data rules, and all rules together.
#include <hinge/optim/run/diagnosis/data_rules.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include <hinge/core/random.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/diagnosis/data_sample.h>

namespace hinge {

namespace {

// Shares of 5,000 samples are right to within 1.4 %, twice the standard error at 50 %.
constexpr std::size_t most_rows = 5000;
// Wide data get fewer rows, so that the rules take tens of milliseconds; 500 rows still tell a share to within 5 %.
constexpr std::size_t most_values = 400000;
constexpr std::size_t fewest_rows = 500;

// One row at random of each of as many equal stretches: even, and in no step with the order of the data.
std::vector<std::size_t> spread_rows(std::size_t of, std::size_t count) {
  const RandomStream random(0, Purpose::probe);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * of / count;
    const std::size_t end = (i + 1) * of / count;
    rows.push_back(begin + static_cast<std::size_t>(random.integer(i, end - begin)));
  }
  return rows;
}

}  // namespace

DataSample::DataSample(const ResolvedConfig& resolved, const DataParts& data_parts)
    : config(resolved.config), parts(data_parts), tree(resolved.tree) {
  const Dataset<float>& train = parts.train;
  const std::size_t fitting = std::clamp(most_values / train.features(), fewest_rows, most_rows);
  rows = spread_rows(train.size(), std::min(train.size(), fitting));
  shuffled = permutation(rows.size(), RandomStream(1, Purpose::probe));
  if (train.target_rows() == 0) {
    shares.resize(train.class_count());
    for (const std::size_t row : rows) {
      classes.push_back(train.classes()[row]);
      shares[static_cast<std::size_t>(classes.back())] += 1 / static_cast<double>(rows.size());
    }
  }
  for (std::size_t k = 0; k < train.target_rows(); ++k) {
    std::vector<double>& target = values.emplace_back();
    for (const std::size_t row : rows) target.push_back(static_cast<double>(train.values()(k, row)));
  }
}

SampledColumn DataSample::column(std::size_t feature) const {
  const Dataset<float>& train = parts.train;
  SampledColumn column{.feature = feature, .scaling = parts.inputs.column(feature), .order = shuffled};
  const std::vector<std::string>& names = train.feature_names();
  column.name = feature < names.size() ? names[feature] : "input " + std::to_string(feature);
  for (const std::size_t row : rows) column.seen.push_back(train.inputs()(feature, row));
  std::stable_sort(column.order.begin(), column.order.end(),
                   [&](std::size_t a, std::size_t b) { return column.seen[a] < column.seen[b]; });
  return column;
}

double SampledColumn::value_above(double share) const {
  return at(static_cast<std::size_t>(share * static_cast<double>(order.size() - 1)));
}

double correlation(std::span<const double> a, std::span<const double> b) {
  const Moments of_a = moments_of(a);
  const Moments of_b = moments_of(b);
  if (of_a.deviation == 0 || of_b.deviation == 0) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - of_a.mean) * (b[i] - of_b.mean);
  return sum / (static_cast<double>(a.size()) * of_a.deviation * of_b.deviation);
}

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> ranks;
  for (const double value : values) {
    ranks.push_back(static_cast<double>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()));
  }
  return ranks;
}

double chance_of_difference(std::span<const double> shares) {
  double same = 0;
  for (const double share : shares) same += share * share;
  return 1 - same;
}

std::string quoted_names(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + in_quotes(names[i]);
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

std::vector<Finding> data_findings(const ResolvedConfig& resolved, const DataParts& parts) {
  const DataSample sample(resolved, parts);
  std::vector<Finding> findings = column_findings(sample);
  std::vector<Finding> of_targets = target_findings(sample);
  std::move(of_targets.begin(), of_targets.end(), std::back_inserter(findings));
  if (sample.rows.size() < parts.train.size()) {
    for (Finding& finding : findings) {
      finding.evidence += " (found in " + std::to_string(sample.rows.size()) + " of the " +
                          std::to_string(parts.train.size()) + " training samples)";
    }
  }
  std::stable_partition(findings.begin(), findings.end(), [](const Finding& finding) { return finding.is_certain; });
  return findings;
}

}  // namespace hinge
