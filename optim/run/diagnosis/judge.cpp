// Judging the trainings of a diagnosis.
#include <hinge/optim/run/diagnosis/judge.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <hinge/core/random.h>

namespace hinge {

namespace {

constexpr std::size_t min_fold = 10;
constexpr double balanced_below = 0.25;  // of an equal share: 12.5 % of two classes, 2.5 % of ten
constexpr double far_target = 10;        // distances of the quartiles from the median: never in 1e20 normal numbers
constexpr std::size_t max_whole_numbers = 20;  // more are counts or measurements

double quantile_of_sorted(const std::vector<double>& sorted, double level) {
  return sorted[static_cast<std::size_t>(level * static_cast<double>(sorted.size() - 1))];
}

// The values of one target in their own units.
std::vector<double> raw_values(const Dataset<float>& data, const Preprocessing& targets, std::size_t row) {
  std::vector<double> values;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto scaled = static_cast<double>(data.values()(row, i));
    values.push_back(targets.is_identity() ? scaled : targets.column(row).invert(scaled));
  }
  return values;
}

std::size_t largest(const Matrix<float>& outputs, std::size_t sample) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < outputs.rows(); ++k) {
    if (outputs(k, sample) > outputs(best, sample)) best = k;
  }
  return best;
}

double average(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Standard error of the mean.
double error_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = average(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto n = static_cast<double>(values.size());
  return std::sqrt(squares / (n - 1) / n);
}

}  // namespace

Judge::Judge(const DataParts& parts, const Loss<float>& loss, std::size_t outputs, std::size_t max_rows,
             std::size_t seed)
    : judges_(parts.train.size(), 1) {
  const Dataset<float>& train = parts.train;
  if (train.target_rows() == 0) {
    weigh_classes(train, outputs);
  } else if (loss.is_classification()) {  // labels: a constant answer says the more frequent one of each
    metric_ = "accuracy";
    for (std::size_t k = 0; k < train.target_rows(); ++k) {
      double yes = 0;
      for (std::size_t i = 0; i < train.size(); ++i) yes += train.values()(k, i) > 0.5F ? 1 : 0;
      yes /= static_cast<double>(train.size());
      constant_ += std::max(yes, 1 - yes) / static_cast<double>(train.target_rows());
    }
  } else {
    weigh_values(parts);
    find_whole_numbers(parts);
  }
  rows_.resize(train.size());
  std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  if (rows_.size() > max_rows) {
    shuffle(rows_, RandomStream(seed, Purpose::split, 1));
    rows_.resize(max_rows);
    std::sort(rows_.begin(), rows_.end());
  }
  make_folds(train, seed);
}

void Judge::weigh_classes(const Dataset<float>& train, std::size_t outputs) {
  std::vector<double> counts(std::max<std::size_t>(train.class_count(), outputs == 1 ? 2 : 1));
  for (const std::int32_t each : train.classes()) counts[static_cast<std::size_t>(each)] += 1;
  const auto n = static_cast<double>(train.size());
  double most = 0;
  double least = n;
  double present = 0;
  for (const double count : counts) {
    if (count == 0) continue;
    most = std::max(most, count);
    least = std::min(least, count);
    present += 1;
  }
  rarity_ = least * present / n;
  most_frequent_ = most / n;
  const bool is_balanced = rarity_ < balanced_below;
  metric_ = is_balanced ? "balanced_accuracy" : "accuracy";
  constant_ = is_balanced ? 1 / present : most / n;
  for (const double count : counts) class_weights_.push_back(is_balanced && count > 0 ? n / (present * count) : 1);
}

void Judge::weigh_values(const DataParts& parts) {
  const Dataset<float>& train = parts.train;
  for (std::size_t k = 0; k < train.target_rows(); ++k) {
    const std::vector<double> values = raw_values(train, parts.targets, k);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double median = quantile_of_sorted(sorted, 0.5);
    const double distance = quantile_of_sorted(sorted, 0.75) - quantile_of_sorted(sorted, 0.25);
    for (std::size_t i = 0; i < values.size() && distance > 0; ++i) {
      if (std::abs(values[i] - median) > far_target * distance) judges_[i] = 0;
    }
  }
  outlying_targets_ = static_cast<std::size_t>(std::count(judges_.begin(), judges_.end(), 0));
  for (std::size_t k = 0; k < train.target_rows(); ++k) {
    const std::vector<double> values = raw_values(train, parts.targets, k);
    std::vector<double> judging;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (judges_[i] != 0) judging.push_back(values[i]);
    }
    const double mean = average(judging);
    double squares = 0;
    for (const double value : judging) squares += (value - mean) * (value - mean);
    variances_.push_back(std::max(squares / static_cast<double>(judging.size()), 1e-30));
  }
}

void Judge::find_whole_numbers(const DataParts& parts) {
  if (parts.train.target_rows() != 1) return;
  std::map<double, std::size_t> counts;
  const std::vector<double> values = raw_values(parts.train, parts.targets, 0);
  for (const double value : values) {
    // A scaled value is a float: it comes back to six digits or so.
    if (std::abs(value - std::round(value)) > 1e-4 * std::max(1.0, std::abs(value))) return;
    ++counts[std::round(value)];
    if (counts.size() > max_whole_numbers) return;
  }
  if (counts.size() < 2 || counts.size() * 2 > values.size()) return;
  whole_numbers_ = counts.size();
  metric_ = "accuracy";
  std::size_t most = 0;
  for (const auto& [value, count] : counts) most = std::max(most, count);
  constant_ = static_cast<double>(most) / static_cast<double>(values.size());
}

void Judge::make_folds(const Dataset<float>& train, std::size_t seed) {
  if (rows_.size() < repetitions * min_fold) return;
  std::vector<std::size_t> order(rows_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, RandomStream(seed, Purpose::split, 2));
  if (!train.classes().empty()) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return train.classes()[rows_[a]] < train.classes()[rows_[b]];
    });
  }
  folds_.resize(rows_.size());
  for (std::size_t i = 0; i < order.size(); ++i) folds_[order[i]] = i % repetitions;
}

bool Judge::is_accurate(std::span<const std::vector<double>> gains) const {
  double right = 0;
  double samples = 0;
  for (const std::vector<double>& each : gains) {
    for (const double gain : each) right += gain > 0 ? 1 : 0;
    samples += static_cast<double>(each.size());
  }
  constexpr double of_the_rest = 0.1;
  return right / samples > most_frequent_ + of_the_rest * (1 - most_frequent_);
}

void Judge::judge_by_accuracy() {
  metric_ = "accuracy";
  constant_ = most_frequent_;
  std::fill(class_weights_.begin(), class_weights_.end(), 1.0);
}

void Judge::make_plain(std::vector<double>& gains) {
  for (double& gain : gains) gain = gain > 0 ? 1 : 0;
}

std::vector<std::size_t> Judge::training_rows(std::size_t repetition) const {
  if (judges_by_training()) return rows_;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (folds_[i] != repetition) rows.push_back(rows_[i]);
  }
  return rows;
}

std::vector<std::size_t> Judge::judging_rows(std::size_t repetition) const {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if ((judges_by_training() || folds_[i] == repetition) && judges_[rows_[i]] != 0) rows.push_back(rows_[i]);
  }
  return rows;
}

std::vector<double> Judge::gains(const Network<float>& network, const Loss<float>& loss, const Preprocessing& targets,
                                 const Dataset<float>& samples) const {
  const Matrix<float> outputs = network.predict(samples.inputs());
  for (std::size_t k = 0; k < outputs.rows(); ++k) {
    for (std::size_t i = 0; i < outputs.cols(); ++i) {
      if (!std::isfinite(outputs(k, i))) return {};
    }
  }
  std::vector<double> gains(samples.size());
  if (samples.target_rows() == 0) {
    for (std::size_t i = 0; i < gains.size(); ++i) {
      const std::size_t answer = outputs.rows() == 1 ? (outputs(0, i) > 0 ? 1 : 0) : largest(outputs, i);
      const auto right = static_cast<std::size_t>(samples.classes()[i]);
      if (answer == right) gains[i] = class_weights_.empty() ? 1 : class_weights_[right];
    }
    return gains;
  }
  const bool has_labels = loss.is_classification();
  const auto share = 1 / static_cast<double>(samples.target_rows());
  for (std::size_t k = 0; k < samples.target_rows(); ++k) {
    const std::vector<double> right = raw_values(samples, targets, k);
    // A quantile loss has outputs of its own: the one in the middle stands for the value.
    const std::size_t row = outputs.rows() == samples.target_rows() ? k : outputs.rows() / 2;
    for (std::size_t i = 0; i < gains.size(); ++i) {
      auto answer = static_cast<double>(outputs(row, i));
      if (has_labels) {
        gains[i] += (answer > 0) == (right[i] > 0.5) ? share : 0;
        continue;
      }
      if (loss.output_transform() == OutputTransform::exp) answer = std::exp(answer);
      if (!targets.is_identity()) answer = targets.column(k).invert(answer);
      const double error = answer - right[i];
      gains[i] +=
          whole_numbers_ > 0 ? (std::abs(error) < 0.5 ? share : 0) : share * (1 - error * error / variances_[k]);
    }
  }
  return gains;
}

double Judge::score(std::span<const std::vector<double>> gains) const {
  double sum = 0;
  for (const std::vector<double>& each : gains) sum += std::max(average(each), constant_);
  return sum / static_cast<double>(gains.size());
}

Difference Judge::difference(std::span<const std::vector<double>> a, std::span<const std::vector<double>> b) const {
  std::vector<double> samples;
  std::vector<double> means;
  for (std::size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
    // A training below the constant answer counts as that: how far below says nothing.
    const bool a_counts = average(a[r]) > constant_;
    const bool b_counts = average(b[r]) > constant_;
    const std::size_t first = samples.size();
    for (std::size_t i = 0; i < a[r].size(); ++i) {
      samples.push_back((b_counts ? b[r][i] : constant_) - (a_counts ? a[r][i] : constant_));
    }
    means.push_back(average(std::span(samples).subspan(first)));
  }
  return {.mean = average(means), .error = std::max(error_of(samples), error_of(means))};
}

}  // namespace hinge
