// First values of weights and biases.
#include <hinge/layers/initializer.h>

#include <cmath>

namespace hinge::inline HINGE_ABI {

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

void fill_with_variance(MatrixView<double> w, double variance, const RandomStream& random) {
  fill_normal(w, 0, std::sqrt(variance), random);
}

// U(−l, l) has the variance l²/3.
void fill_uniform_with_variance(MatrixView<double> w, double variance, const RandomStream& random) {
  const double limit = std::sqrt(3 * variance);
  fill_uniform(w, -limit, limit, random);
}

double he_variance(Fans fans) { return 2 / static_cast<double>(fans.in); }
double xavier_variance(Fans fans) { return 2 / static_cast<double>(fans.in + fans.out); }
double lecun_variance(Fans fans) { return 1 / static_cast<double>(fans.in); }

}  // namespace

void HeNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_with_variance(w, he_variance(fans), random);
}

void HeUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, he_variance(fans), random);
}

void XavierNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_with_variance(w, xavier_variance(fans), random);
}

void XavierUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, xavier_variance(fans), random);
}

void LecunNormal::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_with_variance(w, lecun_variance(fans), random);
}

void LecunUniform::fill(MatrixView<double> w, Fans fans, const RandomStream& random) const {
  fill_uniform_with_variance(w, lecun_variance(fans), random);
}

void Normal::fill(MatrixView<double> w, Fans, const RandomStream& random) const {
  fill_normal(w, mean, stddev, random);
}

void Uniform::fill(MatrixView<double> w, Fans, const RandomStream& random) const { fill_uniform(w, low, high, random); }

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
  initializers.add(HeNormal{});
  initializers.add(HeUniform{});
  initializers.add(XavierNormal{});
  initializers.add(XavierUniform{});
  initializers.add(LecunNormal{});
  initializers.add(LecunUniform{});
  initializers.add(Normal{});
  initializers.add(Uniform{});
  initializers.add(Zeros{});
  initializers.add(Constant{});
  initializers.add(Given{});
  return initializers;
}

}  // namespace hinge::inline HINGE_ABI
