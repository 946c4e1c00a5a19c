// First values of weights and biases.
#include <hinge/layers/initializer.h>

#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace hinge {

namespace {

// w(r, c) = value(r·cols + c)
template <typename Value>
void fill_each(MatrixView<double> w, const Value& value) {
  for (std::size_t r = 0; r < w.rows; ++r) {
    for (std::size_t c = 0; c < w.cols; ++c) w(r, c) = value(r * w.cols + c);
  }
}

void fill_normal(MatrixView<double> w, double mean, double stddev, const RandomStream& random) {
  fill_each(w, [&](std::size_t i) { return mean + stddev * random.normal(i); });
}

void fill_uniform(MatrixView<double> w, double low, double high, const RandomStream& random) {
  fill_each(w, [&](std::size_t i) { return low + (high - low) * random.uniform(i); });
}

// U(−l, l) has the variance l²/3.
void fill_uniform_with_variance(MatrixView<double> w, double variance, const RandomStream& random) {
  const double limit = std::sqrt(3 * variance);
  fill_uniform(w, -limit, limit, random);
}

// Σ aᵢbᵢ in eight interleaved partial sums: a fixed order of additions that compilers can vectorise.
double dot(std::span<const double> a, std::span<const double> b) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (std::size_t lane = 0; i < a.size(); ++i, ++lane) sums[lane] += a[i] * b[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

// x ← x − (x·q) q
void subtract_projection(std::span<double> x, std::span<const double> q) {
  const double length = dot(x, q);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] -= length * q[i];
}

// Gram–Schmidt, row by row, with each row projected twice. After one pass cancellation can leave a component along the
// earlier rows; the second pass reduces it to rounding: "twice is enough" [Giraud, Langou & Rozložník, Computers Math.
// Applic. 50, 2005].
//
// Rows of independent standard normals become a uniformly distributed basis: what is left of row i after projection is
// a standard normal vector of the space orthogonal to the earlier rows, so its direction is uniform in that space. (Q
// of a QR decomposition is uniform only if the signs of R's diagonal are fixed.)
void orthonormalize_rows(MatrixView<double> basis) {
  for (std::size_t i = 0; i < basis.rows; ++i) {
    const std::span<double> x = basis.row(i);
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t before = 0; before < i; ++before) subtract_projection(x, basis.row(before));
    }
    const double length = std::sqrt(dot(x, x));
    for (double& value : x) value /= length;
  }
}

double he_variance(Fans fans) { return 2 / static_cast<double>(fans.in); }
double xavier_variance(Fans fans) { return 2 / static_cast<double>(fans.in + fans.out); }
double lecun_variance(Fans fans) { return 1 / static_cast<double>(fans.in); }

}  // namespace

void HeNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_normal(w, 0, std::sqrt(he_variance(fans)), random);
}

void HeUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, he_variance(fans), random);
}

void XavierNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_normal(w, 0, std::sqrt(xavier_variance(fans)), random);
}

void XavierUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, xavier_variance(fans), random);
}

void LecunNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_normal(w, 0, std::sqrt(lecun_variance(fans)), random);
}

void LecunUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, lecun_variance(fans), random);
}

void Normal::fill(MatrixView<double> w, Fans, const RandomStream& random) const {
  fill_normal(w, mean, stddev, random);
}

void TruncatedNormal::fill(MatrixView<double> w, Fans, const RandomStream& random) const {
  fill_each(w, [&](std::size_t i) { return mean + stddev * random.truncated_normal(i, cut); });
}

void Uniform::fill(MatrixView<double> w, Fans, const RandomStream& random) const { fill_uniform(w, low, high, random); }

void Orthogonal::fill(MatrixView<double> w, Fans, const RandomStream& random) const {
  fill_normal(w, 0, 1, random);
  const MatrixView<double> vectors = w.rows <= w.cols ? w : w.transposed();
  Matrix<double> basis = matrix_of(vectors);
  orthonormalize_rows(basis.view());
  for (double& value : basis.elements()) value *= gain;
  copy(std::as_const(basis).view(), vectors);
}

void RandomizedAsymmetric::fill(MatrixView<double> w, Fans fans, const RandomStream& random,
                                const LayerStart& layer) const {
  fill_normal(w, 0, 0.6007 / std::sqrt(static_cast<double>(fans.in)), random);
  for (std::size_t r = 0; r < w.rows; ++r) {
    const std::size_t chosen = layer.random.integer(2 * r, fans.in + 1);  // a column of (W | b)
    if (chosen < layer.first_column || chosen - layer.first_column >= w.cols) continue;
    w(r, chosen - layer.first_column) = std::sqrt(layer.random.uniform(2 * r + 1));  // Beta(2, 1): P(X ≤ x) = x²
  }
}

void Zeros::fill(MatrixView<double> w, Fans, const RandomStream&) const {
  fill_each(w, [](std::size_t) { return 0.0; });
}

void Constant::fill(MatrixView<double> w, Fans, const RandomStream&) const {
  fill_each(w, [&](std::size_t) { return value; });
}

void Given::fill(MatrixView<double> w, Fans, const RandomStream&) const {
  if (values.size() != w.size()) {
    throw ShapeError("given: " + std::to_string(values.size()) + " values for a parameter of " +
                     std::to_string(w.rows) + " x " + std::to_string(w.cols) + " = " + std::to_string(w.size()));
  }
  fill_each(w, [&](std::size_t i) { return values[i]; });
}

Registry<InitializerDescription> standard_initializers() {
  Registry<InitializerDescription> initializers;
  initializers.add(HeNormal{}, HeUniform{}, XavierNormal{}, XavierUniform{}, LecunNormal{}, LecunUniform{}, Normal{},
                   TruncatedNormal{}, Uniform{}, Orthogonal{}, RandomizedAsymmetric{}, Zeros{}, Constant{}, Given{});
  return initializers;
}

}  // namespace hinge
