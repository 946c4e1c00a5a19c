#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/optim/metrics/confusion_matrix.h>

#include "support/throws.h"

using namespace hinge;

namespace {

using Labels = std::vector<std::size_t>;

ConfusionMatrix matrix_of(std::size_t classes, const Labels& targets, const Labels& predictions) {
  ConfusionMatrix confusion(classes);
  for (std::size_t i = 0; i < targets.size(); ++i) confusion.add(targets[i], predictions[i]);
  return confusion;
}

// A few quotients of whole numbers and their sum: each operation rounds by at most 2⁻⁵³ of a number ≤ 12.
constexpr double rounding = 1e-14;

bool near(double a, double b) { return std::abs(a - b) < rounding; }

struct Row {
  std::string name;
  std::size_t classes;
  Labels targets;
  Labels predictions;
  double accuracy;
  double balanced_accuracy;
  MacroScores macro;
};

// What scikit-learn's documentation defines, from the lists of labels alone: sets of samples, no counts of pairs.
struct ByDefinition {
  const Labels& targets;
  const Labels& predictions;

  std::set<std::size_t> samples_with(const Labels& labels, std::size_t c) const {
    std::set<std::size_t> found;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == c) found.insert(i);
    }
    return found;
  }
  std::size_t both(std::size_t c) const {
    const auto wanted = samples_with(targets, c);
    const auto got = samples_with(predictions, c);
    return static_cast<std::size_t>(
        std::count_if(wanted.begin(), wanted.end(), [&](std::size_t i) { return got.contains(i); }));
  }
  static double quotient(double a, double b) { return b == 0 ? 0 : a / b; }
  double precision(std::size_t c) const {
    return quotient(static_cast<double>(both(c)), static_cast<double>(samples_with(predictions, c).size()));
  }
  double recall(std::size_t c) const {
    return quotient(static_cast<double>(both(c)), static_cast<double>(samples_with(targets, c).size()));
  }
  // The harmonic mean.
  double f1(std::size_t c) const { return quotient(2 * precision(c) * recall(c), precision(c) + recall(c)); }

  template <typename Score>
  double mean(const std::set<std::size_t>& classes, const Score& score) const {
    double sum = 0;
    for (const std::size_t c : classes) sum += score(c);
    return sum / static_cast<double>(classes.size());
  }
};

}  // namespace

TEST_CASE("scores match calculations by hand, and the examples in the documentation of scikit-learn") {
  const std::vector<Row> rows = {
      {"perfect", 3, {0, 1, 2, 2}, {0, 1, 2, 2}, 1, 1, {1, 1, 1}},
      // Class 0: precision 2/4, recall 1, F1 2/3; the others 0.
      {"constant prediction", 3, {0, 0, 1, 2}, {0, 0, 0, 0}, 0.5, 1.0 / 3, {1.0 / 6, 1.0 / 3, 2.0 / 9}},
      // Class 2 is predicted once and has no sample: it counts as 0 in the means, but not in the balanced accuracy.
      {"a class without samples", 3, {0, 0, 1, 1}, {0, 2, 1, 1}, 0.75, 0.75, {2.0 / 3, 0.5, (2.0 / 3 + 1) / 3}},
      // Class 1 is never predicted.
      {"a class without predictions", 2, {0, 0, 0, 1}, {0, 0, 0, 0}, 0.75, 0.5, {0.375, 0.5, 3.0 / 7}},
      // Class 3 has neither and is left out everywhere.
      {"a class without both", 4, {0, 1, 2}, {0, 1, 2}, 1, 1, {1, 1, 1}},
      {"all wrong", 2, {0, 1}, {1, 0}, 0, 0, {0, 0, 0}},
      {"one sample", 1, {0}, {0}, 1, 1, {1, 1, 1}},
      // precision_score, recall_score, f1_score: 0.22…, 0.33…, 0.26…
      {"scikit-learn", 3, {0, 1, 2, 0, 1, 2}, {0, 2, 1, 0, 0, 1}, 1.0 / 3, 1.0 / 3, {2.0 / 9, 1.0 / 3, 4.0 / 15}},
      // balanced_accuracy_score: 0.625
      {"scikit-learn, balanced", 2, {0, 1, 0, 0, 1, 0}, {0, 1, 0, 0, 0, 1}, 2.0 / 3, 0.625, {0.625, 0.625, 0.625}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const ConfusionMatrix confusion = matrix_of(row.classes, row.targets, row.predictions);
    CHECK(confusion.samples() == row.targets.size());
    CHECK(near(confusion.accuracy(), row.accuracy));
    CHECK(near(confusion.balanced_accuracy(), row.balanced_accuracy));
    CHECK(near(confusion.macro().precision, row.macro.precision));
    CHECK(near(confusion.macro().recall, row.macro.recall));
    CHECK(near(confusion.macro().f1, row.macro.f1));
  }
}

TEST_CASE("scores agree with their definitions on random labels") {
  const RandomStream random(1, Purpose::user);
  for (const std::size_t classes : {2U, 3U, 7U, 12U}) {
    CAPTURE(classes);
    Labels targets(60);
    Labels predictions(60);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      targets[i] = random.bits(2 * i) % classes;
      predictions[i] = random.uniform(1000 + i) < 0.6 ? targets[i] : random.bits(2 * i + 1) % classes;
    }
    const ConfusionMatrix confusion = matrix_of(classes, targets, predictions);
    const ByDefinition wanted{targets, predictions};
    for (std::size_t c = 0; c < classes; ++c) {
      CHECK(near(confusion.scores(c).precision, wanted.precision(c)));
      CHECK(near(confusion.scores(c).recall, wanted.recall(c)));
      CHECK(near(confusion.scores(c).f1, wanted.f1(c)));
    }
    const std::set<std::size_t> present(targets.begin(), targets.end());
    std::set<std::size_t> seen = present;
    seen.insert(predictions.begin(), predictions.end());
    CHECK(near(confusion.balanced_accuracy(), wanted.mean(present, [&](auto c) { return wanted.recall(c); })));
    CHECK(near(confusion.macro().precision, wanted.mean(seen, [&](auto c) { return wanted.precision(c); })));
    CHECK(near(confusion.macro().recall, wanted.mean(seen, [&](auto c) { return wanted.recall(c); })));
    CHECK(near(confusion.macro().f1, wanted.mean(seen, [&](auto c) { return wanted.f1(c); })));
  }
}

TEST_CASE("rows of the matrix are classes, columns are predictions") {
  const ConfusionMatrix confusion = matrix_of(3, {0, 0, 0, 2}, {1, 1, 0, 0});
  const std::vector<std::vector<std::size_t>> wanted = {{1, 2, 0}, {0, 0, 0}, {1, 0, 0}};
  for (std::size_t target = 0; target < 3; ++target) {
    for (std::size_t k = 0; k < 3; ++k) CHECK(confusion(target, k) == wanted[target][k]);
  }
  CHECK(confusion.scores(0).samples == 3);
  CHECK(confusion.scores(0).predictions == 2);
  CHECK(confusion.scores(0).hits == 1);
}

TEST_CASE("confusions come the most frequent first, of equals in the order of classes") {
  const ConfusionMatrix confusion = matrix_of(3, {2, 1, 0, 0, 1, 1}, {0, 2, 1, 1, 0, 1});
  const std::vector<Confusion> found = confusion.confusions();
  REQUIRE(found.size() == 4);
  const std::vector<std::vector<std::size_t>> wanted = {{0, 1, 2}, {1, 0, 1}, {1, 2, 1}, {2, 0, 1}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(std::vector{found[i].target, found[i].prediction, found[i].count} == wanted[i]);
  }
}

TEST_CASE("a sample that was taken for nothing is a sample of its class, and never right") {
  ConfusionMatrix confusion = matrix_of(2, {0, 1}, {0, 1});
  confusion.add_undecided(1);
  CHECK(confusion.samples() == 3);
  CHECK(confusion.accuracy() == 2.0 / 3);
  CHECK(confusion.balanced_accuracy() == 0.75);
  CHECK(confusion.scores(1).precision == 1);
  CHECK(confusion.scores(1).recall == 0.5);
  CHECK(confusion.scores(1).f1 == 2.0 / 3);
  CHECK(confusion.confusions().empty());
}

TEST_CASE("without samples all scores are 0, and a class that is not there is an error") {
  ConfusionMatrix confusion(2);
  CHECK(confusion.accuracy() == 0);
  CHECK(confusion.balanced_accuracy() == 0);
  CHECK(confusion.macro().f1 == 0);
  CHECK(error_of<ShapeError>([&] { confusion.add(2, 0); }) == "confusion matrix: class 2, but there are 2");
  CHECK(error_of<ShapeError>([&] { confusion.add(0, 3); }) == "confusion matrix: class 3, but there are 2");
  CHECK(error_of<ShapeError>([&] { confusion.scores(2); }) == "confusion matrix: class 2, but there are 2");
  CHECK(confusion.samples() == 0);
}

TEST_CASE("raw outputs choose the largest, one output of two classes says 1 above 0, and a NaN decides nothing") {
  struct Row {
    std::size_t classes;
    std::vector<double> output;
    std::vector<std::size_t> predictions;  // by class
  };
  for (const Row& row : std::vector<Row>{{3, {-1, 2, 2}, {0, 1, 0}},
                                         {2, {0}, {1, 0}},
                                         {2, {0.1}, {0, 1}},
                                         {1, {-3}, {1}},
                                         {3, {5, NAN, 1}, {0, 0, 0}}}) {
    ConfusionMatrix confusion(row.classes);
    confusion.add(0, MatrixView<const double>::samples(row.output.data(), row.output.size(), 1), 0);
    CHECK(confusion.samples() == 1);
    for (std::size_t c = 0; c < row.classes; ++c) CHECK(confusion(0, c) == row.predictions[c]);
  }
}

TEST_CASE("the class of a target is its index, or the row of the largest value, or 1 above one half") {
  const std::vector<std::int32_t> index = {2};
  CHECK(ConfusionMatrix(3).target_class(Targets<double>{index, {}}, 0) == 2);
  const std::vector<double> values = {0.2, 0.5, 0.3};
  const auto target = [&](std::size_t classes, std::size_t first, std::size_t rows) {
    const auto view = MatrixView<const double>::samples(values.data() + first, rows, 1);
    return ConfusionMatrix(classes).target_class(Targets<double>{{}, view}, 0);
  };
  CHECK(target(3, 0, 3) == 1);
  CHECK(target(2, 1, 1) == 0);
  const double high = 0.6;
  CHECK(ConfusionMatrix(2).target_class(Targets<double>{{}, MatrixView<const double>::samples(&high, 1, 1)}, 0) == 1);
}
