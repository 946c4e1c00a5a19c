#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/initializer.h>
#include <hinge/layers/network.h>

#include "support/throws.h"

using namespace hinge;

namespace {

constexpr Fans fans{300, 400};

void fill(const InitializerSpec& spec, MatrixView<double> w, Fans sizes, std::uint64_t seed = 1) {
  spec->fill(w, sizes, RandomStream(seed, Purpose::user), {.random = RandomStream(seed, Purpose::user, 1)});
}

Matrix<double> filled(const InitializerSpec& spec) {
  Matrix<double> w(fans.out, fans.in);
  fill(spec, w, fans);
  return w;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance(std::span<const double> values) {
  const double center = mean(values);
  double sum = 0;
  for (const double x : values) sum += (x - center) * (x - center);
  return sum / static_cast<double>(values.size());
}

template <typename Predicate>
void check_each(const InitializerSpec& spec, const Predicate& holds) {
  const Matrix<double> w = filled(spec);
  for (const double x : w.elements()) CHECK(holds(x));
}

// Mean, variance and kurtosis E(x − mean)⁴/variance² of a distribution.
struct Moments {
  double mean;
  double variance;
  double kurtosis;
};

Moments normal(double mean, double variance) { return {mean, variance, 3}; }
Moments uniform(double low, double high) { return {(low + high) / 2, (high - low) * (high - low) / 12, 1.8}; }
Moments centered_uniform(double variance) { return {0, variance, 1.8}; }

// With Z = 2Φ(c) − 1 and φ the density: E x² = 1 − 2cφ(c)/Z and E x⁴ = 3E x² − 2c³φ(c)/Z, by parts as xφ = −φ′.
Moments truncated_normal(double mean, double stddev, double cut) {
  const double density = std::exp(-cut * cut / 2) / std::sqrt(2 * std::numbers::pi);
  const double inside = std::erf(cut / std::numbers::sqrt2);
  const double second = 1 - 2 * cut * density / inside;
  const double fourth = 3 * second - 2 * cut * cut * cut * density / inside;
  return {mean, stddev * stddev * second, fourth / (second * second)};
}

}  // namespace

// n = 120,000. The mean of n draws of variance v has the standard error √(v/n), their variance v·√((kurtosis − 1)/n).
// Bounds are 5 of these.
TEST_CASE("random initialisers have the mean and variance of their formula") {
  struct Row {
    InitializerSpec initializer;
    Moments expected;
  };
  const std::vector<Row> rows = {
      {HeNormal{}, normal(0, 2.0 / 300)},
      {HeUniform{}, centered_uniform(2.0 / 300)},
      {XavierNormal{}, normal(0, 2.0 / 700)},
      {XavierUniform{}, centered_uniform(2.0 / 700)},
      {LecunNormal{}, normal(0, 1.0 / 300)},
      {LecunUniform{}, centered_uniform(1.0 / 300)},
      {Normal{.mean = 2, .stddev = 3}, normal(2, 9)},
      {TruncatedNormal{}, truncated_normal(0, 0.02, 2)},
      {TruncatedNormal{.mean = -1, .stddev = 3, .cut = 0.5}, truncated_normal(-1, 3, 0.5)},
      {Uniform{.low = -1, .high = 3}, uniform(-1, 3)},
  };
  constexpr double n = 120'000;
  for (const Row& row : rows) {
    CAPTURE(row.initializer.summary());
    const Matrix<double> w = filled(row.initializer);
    const Moments& expected = row.expected;
    CHECK(std::abs(mean(w.elements()) - expected.mean) < 5 * std::sqrt(expected.variance / n));
    CHECK(std::abs(variance(w.elements()) - expected.variance) <
          5 * expected.variance * std::sqrt((expected.kurtosis - 1) / n));
  }
}

TEST_CASE("a truncated normal stays within its cut, and is the normal where that does") {
  check_each(TruncatedNormal{}, [](double x) { return std::abs(x) <= 0.04; });
  check_each(TruncatedNormal{.cut = 0.1}, [](double x) { return std::abs(x) <= 0.002; });
  const RandomStream random(3, Purpose::user);
  std::size_t beyond = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    if (std::abs(random.normal(i)) > 2) {
      ++beyond;
      CHECK(std::abs(random.truncated_normal(i, 2)) <= 2);
    } else {
      CHECK(random.truncated_normal(i, 2) == random.normal(i));
    }
  }
  CHECK(beyond > 0);
  CHECK(error_of<ConfigError>([] { InitializerSpec(TruncatedNormal{.cut = 0}); }).find("cut") != std::string::npos);
}

TEST_CASE("uniform initialisers stay within their limits") {
  const double limit = std::sqrt(6.0 / 300);
  check_each(HeUniform{}, [&](double x) { return std::abs(x) <= limit; });
  check_each(Uniform{.low = 2, .high = 2}, [&](double x) { return x == 2; });
  CHECK(error_of<ConfigError>([] { filled(Uniform{.low = 1, .high = 0}); }) == "uniform: low must not be above high");
}

TEST_CASE("zeros, constants and given values are what they say, row by row") {
  check_each(Zeros{}, [&](double x) { return x == 0; });
  check_each(Constant{-1.5}, [&](double x) { return x == -1.5; });
  Matrix<double> w(2, 3);
  fill(Given{{1, 2, 3, 4, 5, 6}}, w, {3, 2});
  CHECK((w(0, 2) == 3 && w(1, 0) == 4));
  CHECK(error_of<ShapeError>([&] {
          fill(Given{{1, 2}}, w, {3, 2});
        }) == "given: 2 values for a parameter of 2 x 3 = 6");
}

namespace {

// max |V Vᵀ − gain²·I| for the rows of v.
double distance_from_orthogonal(MatrixView<const double> v, double gain) {
  double worst = 0;
  for (std::size_t a = 0; a < v.rows; ++a) {
    for (std::size_t b = 0; b < v.rows; ++b) {
      double product = a == b ? -gain * gain : 0;
      for (std::size_t c = 0; c < v.cols; ++c) product += v(a, c) * v(b, c);
      worst = std::max(worst, std::abs(product));
    }
  }
  return worst;
}

}  // namespace

// A product of two unit vectors of n elements is off by up to n·2⁻⁵³, 5e-14 for 400.
TEST_CASE("the rows or the columns of an orthogonal matrix, whichever are fewer, are orthonormal times the gain") {
  struct Row {
    std::size_t rows;
    std::size_t cols;
    double gain;
  };
  for (const Row& row : {Row{3, 3, 1}, Row{64, 64, 1}, Row{100, 400, 1}, Row{400, 100, 1}, Row{1, 7, 2}, Row{7, 1, 2},
                         Row{1, 1, 3}, Row{17, 9, -1.5}, Row{9, 17, 0}}) {
    CAPTURE(row.rows);
    CAPTURE(row.cols);
    Matrix<double> w(row.rows, row.cols);
    fill(Orthogonal{row.gain}, w, {row.cols, row.rows});
    const MatrixView<const double> vectors = row.rows <= row.cols ? w.view() : w.view().transposed();
    CHECK(distance_from_orthogonal(vectors, row.gain) < 1e-12);
  }
}

// Of 5000 square matrices some begin with rows that are dependent but for 1 part in 1000 and more, where one pass of
// Gram–Schmidt leaves a thousand times the rounding.
TEST_CASE("an orthogonal matrix is orthogonal to rounding when its normals are nearly dependent") {
  double worst = 0;
  Matrix<double> w(4, 4);
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    fill(Orthogonal{}, w, {4, 4}, seed);
    worst = std::max(worst, distance_from_orthogonal(w.view(), 1));
  }
  CHECK(worst < 16 * 0x1p-53);
}

TEST_CASE("an orthogonal start is the same in any order of memory") {
  Matrix<double> w(5, 3);
  Matrix<double> transposed(3, 5);
  fill(Orthogonal{}, w, {3, 5});
  fill(Orthogonal{}, transposed.view().transposed(), {3, 5});
  for (std::size_t r = 0; r < 5; ++r) {
    for (std::size_t c = 0; c < 3; ++c) CHECK(w(r, c) == transposed(c, r));
  }
}

// An element x of a uniformly drawn unit vector of n elements has E x² = 1/n and E x⁴ = 3/(n(n + 2)). A mean over all
// m·n elements is that of m vectors' sums, each of variance gain² and uncorrelated with the others, as any may be
// negated: √m·gain/(m·n), what independent elements would have.
// The trace of a uniformly drawn orthogonal n × n matrix, n ≥ 4, has the first moments of a standard normal: 0, 1, 0, 3
// [Diaconis & Shahshahani, J. Appl. Prob. 31A, 1994]. A QR decomposition by reflections alone, where the signs of R's
// diagonal are not undone, has a negative mean. Bounds are 5 standard errors.
TEST_CASE("an orthogonal matrix is uniformly drawn") {
  Matrix<double> w(300, 400);
  fill(Orthogonal{2}, w, {400, 300});
  CHECK(std::abs(mean(w.elements())) < 5 * 2 * std::sqrt(300.0) / 120'000);
  CHECK(variance(w.elements()) == doctest::Approx(4.0 / 400).epsilon(1e-3));

  constexpr std::size_t count = 25'000;
  constexpr std::size_t n = 4;
  constexpr double samples = count;
  std::vector<double> traces;
  std::vector<double> trace_squares;
  std::vector<double> corners;
  Matrix<double> q(n, n);
  for (std::size_t seed = 0; seed < count; ++seed) {
    fill(Orthogonal{}, q, {n, n}, seed);
    const double trace = q(0, 0) + q(1, 1) + q(2, 2) + q(3, 3);
    traces.push_back(trace);
    trace_squares.push_back(trace * trace);
    corners.push_back(q(3, 3));
  }
  CHECK(std::abs(mean(traces)) < 5 * std::sqrt(1 / samples));
  CHECK(std::abs(mean(trace_squares) - 1) < 5 * std::sqrt(2 / samples));
  CHECK(std::abs(mean(corners)) < 5 * std::sqrt(0.25 / samples));
  CHECK(std::abs(variance(corners) - 0.25) < 5 * std::sqrt((3.0 / 24 - 1.0 / 16) / samples));
}

namespace {

// V = (W | b) of the first layer of a network.
Matrix<double> units_of(const Network<double>& network) {
  const MatrixView<const double> w = network.parameter("layers.0.weight").value();
  const MatrixView<const double> b = network.parameter("layers.0.bias").value();
  Matrix<double> v(w.rows, w.cols + 1);
  copy(w, v.view().columns(0, w.cols));
  copy(b, v.view().columns(w.cols, 1));
  return v;
}

Dense asymmetric(std::size_t units, ActivationSpec activation = Identity{}) {
  return {.units = units,
          .activation = std::move(activation),
          .weight_init = RandomizedAsymmetric{},
          .bias_init = RandomizedAsymmetric{}};
}

// V without the chosen entries: the normals of W's and of b's own streams.
Matrix<double> normals_of_units(std::size_t units, std::size_t inputs, std::uint64_t seed) {
  const RandomStream weights(seed, Purpose::weights, 0, 0);
  const RandomStream biases(seed, Purpose::weights, 0, 1);
  const double stddev = 0.6007 / std::sqrt(static_cast<double>(inputs));
  Matrix<double> v(units, inputs + 1);
  for (std::size_t r = 0; r < units; ++r) {
    for (std::size_t c = 0; c < inputs; ++c) v(r, c) = stddev * weights.normal(r * inputs + c);
    v(r, inputs) = stddev * biases.normal(r);
  }
  return v;
}

}  // namespace

// Which entry is chosen is uniform: a count of n units has the variance n·p·(1 − p), p = 1/(in + 1).
TEST_CASE("a randomised asymmetric unit has one entry of its own among weights and bias, each equally likely") {
  constexpr std::size_t units = 20'000;
  for (const std::size_t inputs : {1U, 2U, 7U}) {
    CAPTURE(inputs);
    const Network<double> network(inputs, {asymmetric(units)}, 5);
    const Matrix<double> v = units_of(network);
    const Matrix<double> normals = normals_of_units(units, inputs, 5);
    std::vector<double> chosen(inputs + 1);
    std::size_t units_with_one = 0;
    for (std::size_t r = 0; r < units; ++r) {
      std::size_t entries = 0;
      for (std::size_t c = 0; c <= inputs; ++c) {
        if (v(r, c) == normals(r, c)) continue;
        ++entries;
        chosen[c] += 1;
        CHECK((v(r, c) >= 0 && v(r, c) < 1));
      }
      if (entries == 1) ++units_with_one;
    }
    CHECK(units_with_one == units);
    const double p = 1 / static_cast<double>(inputs + 1);
    for (const double count : chosen) CHECK(std::abs(count - units * p) < 5 * std::sqrt(units * p * (1 - p)));
  }
}

// A unit's entries are one B ~ Beta(2, 1), with E B = 2/3, E B² = 1/2 and B² uniform, and `in` normals of variance
// s² = 0.6007²/in. Their sum has the mean 2/3 and the variance 1/18 + in·s²; the sum of their squares has the mean
// 1/2 + in·s² and the variance 1/12 + 2in·s⁴. Units are independent. Bounds are 5 standard errors over 20,000 units
// (160,000 draws).
TEST_CASE("a randomised asymmetric start has the moments of its formula") {
  constexpr std::size_t inputs = 7;
  constexpr std::size_t units = 20'000;
  const Matrix<double> v = units_of(Network<double>(inputs, {asymmetric(units)}, 6));
  std::vector<double> sums(units);
  std::vector<double> square_sums(units);
  for (std::size_t r = 0; r < units; ++r) {
    for (std::size_t c = 0; c <= inputs; ++c) {
      sums[r] += v(r, c);
      square_sums[r] += v(r, c) * v(r, c);
    }
  }
  constexpr double total = 0.6007 * 0.6007;  // in·s²
  constexpr double sum_variance = 1.0 / 18 + total;
  constexpr double square_sum_variance = 1.0 / 12 + 2 * total * total / inputs;
  CHECK(std::abs(mean(sums) - 2.0 / 3) < 5 * std::sqrt(sum_variance / units));
  CHECK(std::abs(mean(square_sums) - (0.5 + total)) < 5 * std::sqrt(square_sum_variance / units));
}

TEST_CASE("randomised asymmetric weights do not depend on how the bias starts") {
  Dense other = asymmetric(50);
  other.bias_init = Zeros{};
  const Network<double> both(3, {asymmetric(50)}, 7);
  const Network<double> weights_alone(3, {other}, 7);
  for (std::size_t i = 0; i < 150; ++i) CHECK(both.values()[i] == weights_alone.values()[i]);
}

namespace {

// 9 hidden layers of 2 ReLU units and an output, on a number.
template <typename MakeDense>
std::vector<LayerSpec> narrow_network(const MakeDense& make) {
  std::vector<LayerSpec> layers;
  for (int hidden = 0; hidden < 9; ++hidden) layers.push_back(make(2, Relu{}));
  layers.push_back(make(1, Identity{}));
  return layers;
}

// Whether all outputs for these inputs are the same to the bit, as those behind a layer of constants are.
bool constant_on(const Network<double>& network, const Matrix<double>& x) {
  const Matrix<double> y = network.predict(x.view());
  return std::all_of(y.elements().begin(), y.elements().end(), [&](double value) { return value == y(0, 0); });
}

double constant_share(const std::vector<LayerSpec>& layers, std::size_t networks) {
  constexpr std::size_t points = 65;
  Matrix<double> x(1, points);
  for (std::size_t i = 0; i < points; ++i) x(0, i) = (static_cast<double>(i) / 32 - 1) * std::numbers::sqrt3;
  std::size_t constant = 0;
  for (std::size_t seed = 0; seed < networks; ++seed) {
    if (constant_on(Network<double>(1, layers, seed), x)) ++constant;
  }
  return static_cast<double>(constant) / static_cast<double>(networks);
}

}  // namespace

// Lu et al.: networks that are constant before they learn, on [−√3, √3]. By independent programs: 0.8803 with He's
// start and zero biases (400,000 networks), 0.2360 with theirs (1,000,000 networks, the same 65 inputs). A share p of
// n networks has the standard error √(p(1 − p)/n); bounds are 5 of these.
TEST_CASE("a randomised asymmetric start spares narrow networks from being born dead") {
  constexpr std::size_t networks = 2000;
  const auto check_share = [&](const std::vector<LayerSpec>& layers, double p) {
    const double share = constant_share(layers, networks);
    CAPTURE(share);
    CHECK(std::abs(share - p) < 5 * std::sqrt(p * (1 - p) / networks));
  };
  check_share(narrow_network([](std::size_t units, ActivationSpec activation) {
                return Dense{.units = units, .activation = std::move(activation)};
              }),
              0.8803);
  check_share(narrow_network(asymmetric), 0.2360);
}
