#include "exercise/exercises.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/activations/sigmoid.h>
#include <hinge/layers/activations/tanh.h>

#include "exercise/chain.h"

namespace hinge_command {

namespace {

using hinge::Matrix;

// The numbers of one attempt: multiples of 0.1.
class TenthStream {
 public:
  TenthStream(std::uint64_t seed, std::uint64_t attempt) : stream_(seed, hinge::Purpose::user, 0, attempt) {}

  // A multiple of 0.1 from first/10 to last/10, as its decimal reads.
  double tenths(std::uint64_t first, std::uint64_t last) {
    return static_cast<double>(first + stream_.integer(next_++, last - first + 1)) / 10;
  }
  double signed_tenths(std::uint64_t first, std::uint64_t last) {
    const double sign = stream_.integer(next_++, 2) == 0 ? -1 : 1;
    return sign * tenths(first, last);
  }
  std::size_t index(std::size_t count) { return static_cast<std::size_t>(stream_.integer(next_++, count)); }

 private:
  hinge::RandomStream stream_;
  std::uint64_t next_ = 0;
};

Matrix<double> targets_of(const Exercise& exercise, TenthStream& numbers) {
  Matrix<double> y(exercise.outputs(), exercise.samples);
  if (exercise.is_softmax) {
    const std::size_t first = numbers.index(exercise.outputs());
    for (std::size_t i = 0; i < exercise.samples; ++i) y((first + i) % exercise.outputs(), i) = 1;
    return y;
  }
  for (double& value : y.elements()) value = numbers.tenths(1, 9);  // within the range of every activation
  return y;
}

Givens attempt_of(const Exercise& exercise, std::uint64_t seed, std::uint64_t attempt) {
  TenthStream numbers(seed, attempt);
  Givens givens{.x = Matrix<double>(exercise.inputs, exercise.samples), .y = targets_of(exercise, numbers)};
  for (double& value : givens.x.elements()) value = numbers.tenths(3, 20);
  for (std::size_t l = 0; l < exercise.layers.size(); ++l) {
    Matrix<double>& w = givens.w.emplace_back(exercise.layers[l].units, exercise.inputs_of(l));
    Matrix<double>& b = givens.b.emplace_back(exercise.layers[l].units, std::size_t{1});
    for (double& value : w.elements()) value = numbers.signed_tenths(2, 15);
    if (!exercise.layers[l].bias) continue;
    for (double& value : b.elements()) value = numbers.signed_tenths(2, 9);
  }
  constexpr double rates[] = {0.2, 0.4, 0.5, 0.8, 2};
  givens.learning_rate = rates[numbers.index(std::size(rates))];
  return givens;
}

// Whether the right value and what each slip gives can be told apart with three digits, or are the same number.
bool slips_show(const Exercise& exercise, const Givens& givens, const LinkValues& values, const Link& link) {
  std::vector<double> candidates = {values.at(link)};
  for (const Slip slip : slips_of(link.quantity)) {
    if (const auto value = computed(exercise, givens, values, link, slip)) candidates.push_back(*value);
  }
  const double least = 0.03 * std::max(std::abs(candidates.front()), 0.01);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const double distance = std::abs(candidates[i] - candidates[k]);
      if (distance > 1e-12 && distance < least) return false;
    }
  }
  return true;
}

// Whether answers that are rounded to two digits, so that each is off by up to 5 %, leave the value its sign and size: the
// changes that 1 % in each of them makes add up to 8 % at most. Terms that nearly cancel would make more.
bool bears_rounding(const Exercise& exercise, const Givens& givens, const LinkValues& values, const Link& link) {
  const double value = values.at(link);
  LinkValues moved = values;
  double change = 0;
  for (const auto& [other, at] : values) {
    if (other == link) continue;
    moved[other] = 1.01 * at;
    change += std::abs(computed(exercise, givens, moved, link).value_or(value) - value);
    moved[other] = at;
  }
  return change <= 0.08 * std::abs(value);
}

bool has_equal_elements(const Matrix<double>& matrix) {
  std::vector<double> sorted(matrix.elements().begin(), matrix.elements().end());
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
}

bool is_good(const Exercise& exercise, const Givens& givens) {
  if (has_equal_elements(givens.x) || (!exercise.is_softmax && has_equal_elements(givens.y))) return false;
  LinkValues values;
  const std::vector<Link> links = links_of(exercise);
  for (const Link& link : links) {
    const bool is_dead = exercise.kills && link.step == 1;
    const double value = computed(exercise, givens, values, link).value_or(0);
    const bool is_large_enough = std::abs(value) >= 0.01 || (is_dead && value == 0);
    if (!is_large_enough || std::abs(value) > 20) return false;
    if (is_dead && link.quantity == Quantity::z && value > -0.1) return false;
    values[link] = value;
  }
  return std::all_of(links.begin(), links.end(), [&](const Link& link) {
    return slips_show(exercise, givens, values, link) && bears_rounding(exercise, givens, values, link);
  });
}

}  // namespace

const std::vector<Exercise>& exercises() {
  using hinge::Identity, hinge::Relu, hinge::Sigmoid, hinge::Tanh;
  static const std::vector<Exercise> all = {
      {.name = "neuron", .meaning = "one sigmoid unit, forward and backward", .inputs = 2, .layers = {{1, Sigmoid{}}}},
      {.name = "chain",
       .meaning = "the chain rule through three layers of one unit",
       .layers = {{1, Tanh{}}, {1, Tanh{}}, {1, Tanh{}}}},
      {.name = "mazur",
       .meaning = "a whole step of a 2-2-2 network, after Matt Mazur",
       .inputs = 2,
       .layers = {{2, Sigmoid{}}, {2, Sigmoid{}}},
       .trains_biases = false,
       .last = StepSection::update},
      {.name = "softmax",
       .meaning = "softmax and cross-entropy, a batch of two samples",
       .inputs = 2,
       .layers = {{3, Identity{}, false}},
       .samples = 2,
       .is_softmax = true},
      {.name = "dying",
       .meaning = "a step that kills a ReLU, and the step after it",
       .layers = {{1, Relu{}}},
       .steps = 2,
       .last = StepSection::update,
       .kills = true},
      {.name = "update",
       .meaning = "a step of gradient descent on a batch, and the loss after it",
       .inputs = 2,
       .layers = {{1, Identity{}}},
       .samples = 2,
       .steps = 2,
       .last = StepSection::loss},
  };
  return all;
}

const Exercise& exercise_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Exercise& exercise : exercises()) {
    if (exercise.name == name) return exercise;
    names.emplace_back(exercise.name);
  }
  throw hinge::ConfigError("unknown exercise " + hinge::in_quotes(name) + hinge::suggestion(name, names));
}

Givens givens_of(const Exercise& exercise, std::uint64_t seed) {
  for (std::uint64_t attempt = 0;; ++attempt) {  // some of a hundred are good
    Givens givens = attempt_of(exercise, seed, attempt);
    if (is_good(exercise, givens)) return givens;
  }
}

}  // namespace hinge_command
