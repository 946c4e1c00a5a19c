// Rules about the targets, and what the inputs say about them.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <hinge/core/random.h>
#include <hinge/core/text.h>
#include <hinge/data/part_warnings.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/run/diagnosis/config_values.h>
#include <hinge/optim/run/diagnosis/data_sample.h>

namespace hinge {

namespace {

using LossOfRun = Loss<float>;

void add_missing_classes(const DataSample& sample, const LossOfRun&, std::vector<Finding>& findings) {
  for (std::string& text : part_warnings(sample.parts)) {
    add_finding(findings, "class_missing", "data", std::move(text));
  }
}

// ---------------------------------------------------------------- shares and order of the targets

// Without weights the gradient of such a class is a twentieth of the whole, and many batches of 32 have none of it.
constexpr double rare_share = 0.05;

void add_imbalance(const DataSample& sample, const LossOfRun& loss, std::vector<Finding>& findings) {
  if (!sample.has_classes() || loss.task() != Task::classes) return;
  const JsonValue& weights = option_at(sample.tree, "loss.class_weights");
  if (!weights.elements.empty() || !weights.members.empty() || !weights.text.empty()) return;
  std::size_t rarest = 0;
  for (std::size_t c = 0; c < sample.shares.size(); ++c) {
    if (sample.shares[c] > 0 && sample.shares[c] < sample.shares[rarest]) rarest = c;
  }
  const double wanted = std::min(rare_share, 0.25 / static_cast<double>(sample.shares.size()));
  if (sample.shares[rarest] >= wanted) return;
  add_finding(findings, "imbalance", "loss.class_weights",
              "class " + in_quotes(sample.parts.train.class_names()[rarest]) + " is rare, " +
                  percent_text(sample.shares[rarest]) +
                  " of the training samples, and the loss counts all samples alike: such imbalance is "
                  "learned last",
              {"loss.class_weights=balanced"})
      .is_certain = false;
}

// Of the changes that a random order has; three blocks of classes in 300 rows have 1 %.
constexpr double sorted_changes = 0.2;
// A step upwards for 95 % of the rows is a sorted list; a random order has 50 %.
constexpr double sorted_steps = 0.95;
constexpr std::size_t sorted_rows = 20;

// How far from a random order: the share of a random order's changes, or of steps against the order.
bool is_sorted_by_target(const DataSample& sample) {
  const std::size_t count = sample.rows.size();
  double changes = 0;
  double rises = 0;
  double steps = 0;
  for (std::size_t i = 1; i < count; ++i) {
    if (sample.has_classes()) {
      changes += sample.classes[i] != sample.classes[i - 1] ? 1 : 0;
    } else if (sample.values[0][i] != sample.values[0][i - 1]) {
      rises += sample.values[0][i] > sample.values[0][i - 1] ? 1 : 0;
      ++steps;
    }
  }
  if (sample.has_classes()) {
    const double by_chance = chance_of_difference(sample.shares) * static_cast<double>(count - 1);
    return by_chance > 0 && changes < sorted_changes * by_chance;
  }
  return steps >= sorted_rows && std::max(rises, steps - rises) > sorted_steps * steps;
}

void add_unshuffled(const DataSample& sample, const LossOfRun&, std::vector<Finding>& findings) {
  const TrainSection& train = sample.config.train;
  if (train.shuffle || train.batch_size >= sample.parts.train.size() || sample.rows.size() < sorted_rows) return;
  if (!sample.has_classes() && sample.values.size() != 1) return;
  if (!is_sorted_by_target(sample)) return;
  add_finding(findings, "unshuffled", "train.shuffle",
              std::string("the training samples are sorted by their ") + (sample.has_classes() ? "class" : "target") +
                  " and train.shuffle is false: each batch of " + std::to_string(train.batch_size) +
                  " pulls the network towards the few targets that it holds",
              {"train.shuffle=true"});
}

// ---------------------------------------------------------------- values

// The raw values of target k.
std::vector<double> raw_targets(const DataSample& sample, std::size_t k) {
  std::vector<double> raw;
  const ColumnScaling scaling = sample.parts.targets.column(k);
  for (const double value : sample.values[k]) raw.push_back(scaling.invert(value));
  return raw;
}

// Class numbers are few, without a gap, and each stands more than once.
constexpr std::size_t most_class_numbers = 20;
constexpr std::size_t samples_a_number = 2;

void add_wrong_loss(const DataSample& sample, const LossOfRun& loss, std::vector<Finding>& findings) {
  if (sample.values.size() != 1 || loss.task() != Task::values) return;
  std::set<double> numbers;
  for (const double raw : raw_targets(sample, 0)) {
    const double rounding = 1e-5 * (1 + std::abs(raw));
    if (std::abs(raw - std::round(raw)) > rounding) return;
    numbers.insert(std::round(raw) + 0.0);  // no -0
    if (numbers.size() > most_class_numbers) return;
  }
  const auto count = static_cast<double>(numbers.size());
  if (numbers.size() < 2 || numbers.size() * samples_a_number > sample.rows.size()) return;
  if (*numbers.rbegin() - *numbers.begin() != count - 1) return;
  const std::string last = std::to_string(sample.config.model.layers.specs().size() - 1);
  add_finding(findings, "wrong_loss", "loss",
              "the targets are " + to_text(count) + " whole numbers, " + to_text(*numbers.begin()) + " to " +
                  to_text(*numbers.rbegin()) + ", and the loss " + std::string(sample.config.loss.type()) +
                  " takes them for amounts: if they are numbers of classes, it should be "
                  "softmax_cross_entropy",
              {"loss=softmax_cross_entropy", "model.layers[" + last + "].units=auto",
               "model.layers[" + last + "].activation=identity"})
      .is_certain = false;
}

// Whether the slope of the loss grows with the error, so that an error counts by its square.
bool is_squared(const LossOfRun& loss) {
  // A loss that wants several outputs for a target judges no single error.
  if (!loss.scales_targets() || loss.target_rows(2) != 2) return false;
  const auto slope = [&](float error) {
    const float target = 0;
    float dz = 0;
    loss.evaluate({&error, 1, 1, 1, 1}, {{}, {&target, 1, 1, 1, 1}}, {}, 1, {&dz, 1, 1, 1, 1});
    return dz;
  };
  return slope(1000.0F) > 100 * slope(1.0F);
}

// The width of the middle 90 % of the targets in deviations: normal 3.3, lognormal (σ = 1) 2.3, lognormal (σ = 2) 0.5.
constexpr double squeezed_targets = 0.1;
constexpr std::size_t target_rows_for_outliers = 50;

void add_target_outliers(const DataSample& sample, const LossOfRun& loss, std::vector<Finding>& findings) {
  if (sample.rows.size() < target_rows_for_outliers || !is_squared(loss)) return;
  for (std::size_t k = 0; k < sample.values.size(); ++k) {
    std::vector<double> raw = raw_targets(sample, k);
    std::sort(raw.begin(), raw.end());
    const double low = raw[raw.size() / 20];
    const double high = raw[raw.size() - 1 - raw.size() / 20];
    const Moments moments = moments_of(raw);
    if (low == high || high - low > squeezed_targets * moments.deviation) continue;
    const double farthest = raw.back() - moments.mean > moments.mean - raw.front() ? raw.back() : raw.front();
    add_finding(findings, "target_outlier", "loss",
                "the targets have outliers, up to " + to_text(farthest, 4) + ": 90 % lie between " + to_text(low, 4) +
                    " and " + to_text(high, 4) + ", their deviation is " + to_text(moments.deviation, 3) +
                    ", and the loss squares errors, so few samples decide it; use mae, or check them",
                {"loss=mae", "data.preprocess=robust"});
    return;
  }
}

// A new network gives values of size 1, and its last bias moves by a rate of some 0.001 to 0.1 a step. Values to 10 are
// learned soundly, from 100 on a squared loss has gradients of 10⁴ at the start.
constexpr double large_target = 100;
constexpr double odd_target = 10;
constexpr double tiny_target = 0.01;

void add_targets_unscaled(const DataSample& sample, const LossOfRun& loss, std::vector<Finding>& findings) {
  if (loss.is_classification() || !loss.scales_targets()) return;
  double size = 0;
  double widest = 0;
  for (const std::vector<double>& target : sample.values) {
    const Moments moments = moments_of(target);
    size = std::max(size, std::hypot(moments.mean, moments.deviation));
    widest = std::max(widest, moments.deviation);
  }
  const bool is_tiny = widest > 0 && widest < tiny_target;
  if (size < odd_target && !is_tiny) return;
  add_finding(findings, "targets_unscaled", "data.preprocess",
              is_tiny ? "the targets are not scaled: their deviation is " + to_text(widest, 3) +
                            ", and the first errors of a new network are about 1"
                      : "the targets are not scaled: their size is " + to_text(size, 3) +
                            ", and that of the outputs of a new network about 1",
              {"data.preprocess=standard"})
      .is_certain = size >= large_target;
}

// ---------------------------------------------------------------- what the inputs say about the targets

constexpr std::size_t most_neighbours = 1000;
constexpr double most_products = 2e7;  // a few hundredths of a second
constexpr std::size_t related_rows = 200;
// Deviations of chance: beyond, 1 of 80 unrelated tables lies, or 1 of 40 of the column's rule, rarely both.
constexpr double related_deviations = 2.5;
constexpr std::size_t permutations_of_columns = 40;
// One of five unrelated tables has a column that looks better than that; a weak relation (forestfires: 0.05) seldom less.
constexpr double clear_chance = 0.2;
constexpr std::size_t permutations_of_neighbours = 100;

// The targets of some rows as numbers of mean 0 and deviation 1: ranks of values, or for each class 1 where it is, else 0.
std::vector<std::vector<double>> target_series(const DataSample& sample, const std::vector<std::size_t>& places) {
  constexpr std::size_t most_series = 10;
  std::vector<std::vector<double>> series;
  const std::size_t count = std::min(most_series, sample.has_classes() ? sample.shares.size() : sample.values.size());
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double>& numbers = series.emplace_back();
    for (const std::size_t place : places) {
      const bool is_class = sample.has_classes() && sample.classes[place] == static_cast<std::int32_t>(k);
      numbers.push_back(sample.has_classes() ? (is_class ? 1 : 0) : sample.values[k][place]);
    }
    if (!sample.has_classes()) numbers = ranks_of(numbers);
    const Moments moments = moments_of(numbers);
    for (double& number : numbers) number = moments.deviation > 0 ? (number - moments.mean) / moments.deviation : 0;
  }
  return series;
}

// Some samples, each with the nearest of the others. Distances are of columns scaled to deviation 1.
struct Neighbours {
  std::vector<std::size_t> places = {};   // of the sample, at random
  std::vector<std::size_t> nearest = {};  // of the first ones: an index into `places`
  std::vector<std::vector<double>> columns = {};
};

Neighbours neighbours_in(const DataSample& sample) {
  Neighbours found;
  const std::size_t count = std::min(most_neighbours, sample.rows.size());
  found.places.assign(sample.shuffled.begin(), sample.shuffled.begin() + static_cast<std::ptrdiff_t>(count));
  const MatrixView<const float> inputs = sample.parts.train.inputs();
  std::vector<float> points(count * sample.features());
  for (std::size_t f = 0; f < sample.features(); ++f) {
    std::vector<double>& column = found.columns.emplace_back();
    for (const std::size_t place : found.places) column.push_back(static_cast<double>(inputs(f, sample.rows[place])));
    const Moments moments = moments_of(column);
    for (std::size_t i = 0; i < count; ++i) {
      column[i] = moments.deviation > 0 ? (column[i] - moments.mean) / moments.deviation : 0;
      points[i * sample.features() + f] = static_cast<float>(column[i]);
    }
  }
  const double products = static_cast<double>(count * sample.features());
  const auto asked = std::clamp<std::size_t>(static_cast<std::size_t>(most_products / products), 50, 300);
  for (std::size_t i = 0; i < std::min(asked, count); ++i) {
    float best = std::numeric_limits<float>::infinity();
    std::size_t nearest = i == 0 ? 1 : 0;
    for (std::size_t j = 0; j < count; ++j) {
      float distance = 0;
      const float* a = &points[i * sample.features()];
      const float* b = &points[j * sample.features()];
      for (std::size_t f = 0; f < sample.features(); ++f) distance += (a[f] - b[f]) * (a[f] - b[f]);
      if (j == i || distance >= best) continue;
      best = distance;
      nearest = j;
    }
    found.nearest.push_back(nearest);
  }
  return found;
}

// Σ over targets of how alike those of neighbours are, with the targets dealt out anew in this order.
double likeness(const Neighbours& neighbours, const std::vector<std::vector<double>>& series,
                const std::vector<std::size_t>& order) {
  double sum = 0;
  for (const std::vector<double>& numbers : series) {
    for (std::size_t i = 0; i < neighbours.nearest.size(); ++i) {
      sum += numbers[order[i]] * numbers[order[neighbours.nearest[i]]];
    }
  }
  return sum;
}

// The largest Σ over targets of r² that a single column has.
double best_column(const Neighbours& neighbours, const std::vector<std::vector<double>>& series,
                   const std::vector<std::size_t>& order) {
  double best = 0;
  for (const std::vector<double>& column : neighbours.columns) {
    double sum = 0;
    for (const std::vector<double>& numbers : series) {
      double products = 0;
      for (std::size_t i = 0; i < column.size(); ++i) products += column[i] * numbers[order[i]];
      sum += products * products;
    }
    best = std::max(best, sum);
  }
  return best;
}

std::vector<std::size_t> deal(std::size_t count, std::size_t number) {
  return permutation(count, RandomStream(2, Purpose::probe, 0, number));
}

// Permutation tests: are neighbours more alike, or unlike (as in parity), than after the targets are dealt out anew?
bool neighbours_are_related(const Neighbours& neighbours, const std::vector<std::vector<double>>& series,
                            const std::vector<std::size_t>& as_they_are) {
  std::vector<double> by_chance;
  for (std::size_t p = 0; p < permutations_of_neighbours; ++p) {
    by_chance.push_back(likeness(neighbours, series, deal(as_they_are.size(), p)));
  }
  const Moments chance = moments_of(by_chance);
  return std::abs(likeness(neighbours, series, as_they_are) - chance.mean) > related_deviations * chance.deviation;
}

// The share of deals after which some column correlates with the targets as well as one does now.
double chance_of_columns(const Neighbours& neighbours, const std::vector<std::vector<double>>& series,
                         const std::vector<std::size_t>& as_they_are) {
  const double best = best_column(neighbours, series, as_they_are);
  double as_good = 0;
  for (std::size_t p = 0; p < permutations_of_columns; ++p) {
    if (best_column(neighbours, series, deal(as_they_are.size(), p)) >= best) as_good += 1;
  }
  return as_good / static_cast<double>(permutations_of_columns);
}

// Wrong labels and overlapping classes look alike here: of 18 sound tables five are beyond, none of which is learned to an
// accuracy of 0.8.
constexpr double noisy_share = 0.6;

void add_label_noise(const DataSample& sample, const Neighbours& neighbours, std::vector<Finding>& findings) {
  if (!sample.has_classes()) return;
  double different = 0;
  for (std::size_t i = 0; i < neighbours.nearest.size(); ++i) {
    const bool is_same =
        sample.classes[neighbours.places[i]] == sample.classes[neighbours.places[neighbours.nearest[i]]];
    different += is_same ? 0 : 1 / static_cast<double>(neighbours.nearest.size());
  }
  const double by_chance = chance_of_difference(sample.shares);
  if (different < noisy_share * by_chance || different > by_chance + 0.1) return;  // beyond: alternating, as in parity
  add_finding(findings, "label_noise", "data.path",
              percent_text(different) + " of " + std::to_string(neighbours.nearest.size()) +
                  " training samples have another class than their nearest neighbour (by chance " +
                  percent_text(by_chance) + " would): noisy labels, or classes that overlap")
      .is_certain = false;
}

void add_unrelated(const DataSample& sample, const LossOfRun&, std::vector<Finding>& findings) {
  if (sample.rows.size() < related_rows) return;
  const Neighbours neighbours = neighbours_in(sample);
  const std::vector<std::vector<double>> series = target_series(sample, neighbours.places);
  std::vector<std::size_t> as_they_are(neighbours.places.size());
  for (std::size_t i = 0; i < as_they_are.size(); ++i) as_they_are[i] = i;
  if (neighbours_are_related(neighbours, series, as_they_are)) return add_label_noise(sample, neighbours, findings);
  const double chance = chance_of_columns(neighbours, series, as_they_are);
  if (chance == 0) return add_label_noise(sample, neighbours, findings);
  add_finding(findings, "nothing_to_learn", "data.path",
              "the targets look unrelated to the inputs: of " + std::to_string(neighbours.places.size()) +
                  " training samples neighbours are no more alike in their targets than random pairs, "
                  "and no column correlates with them; check that rows and targets belong together")
      .is_certain = chance >= clear_chance;
}

using TargetRule = void (*)(const DataSample&, const LossOfRun&, std::vector<Finding>&);

constexpr std::array<TargetRule, 7> target_rules = {add_missing_classes, add_unshuffled,       add_unrelated,
                                                    add_target_outliers, add_targets_unscaled, add_wrong_loss,
                                                    add_imbalance};

}  // namespace

std::vector<Finding> target_findings(const DataSample& sample) {
  const auto loss = sample.config.loss->build<float>();
  std::vector<Finding> findings;
  for (const TargetRule rule : target_rules) rule(sample, *loss, findings);
  return findings;
}

}  // namespace hinge
