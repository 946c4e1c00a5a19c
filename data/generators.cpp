// Formulas of the generated data sets.
#include <hinge/data/generators.h>

#include <cmath>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/core/text.h>

namespace hinge::inline HINGE_ABI {

namespace {

void check_arguments(std::string_view generator, std::string_view count_name, std::size_t count, double noise) {
  const std::string place(generator);
  constexpr std::size_t most = std::size_t{1} << 30;  // 2·count·2 numbers must have a size
  if (count == 0 || count > most) {
    throw ConfigError(place + ": " + std::string(count_name) + " = " + std::to_string(count) + ", must be in [1, " +
                      std::to_string(most) + "]");
  }
  if (!(noise >= 0) || !std::isfinite(noise)) {
    throw ConfigError(place + ": noise = " + to_text(noise) + ", must be a finite number >= 0");
  }
}

// Points of the plane with a class each, to which noise is added.
template <typename Scalar>
class Points {
 public:
  Points(std::size_t size, double noise, std::uint64_t seed)
      : inputs_(2 * size), classes_(size), noise_(noise), stream_(seed, Purpose::generator) {}

  void set(std::size_t i, double x, double y, std::int32_t class_index) {
    inputs_.data()[2 * i] = static_cast<Scalar>(noisy(x, 2 * i));
    inputs_.data()[2 * i + 1] = static_cast<Scalar>(noisy(y, 2 * i + 1));
    classes_[i] = class_index;
  }

  Dataset<Scalar> dataset() && {
    return Dataset<Scalar>::classification(std::move(inputs_), 2, std::move(classes_),
                                           {.features = {"x", "y"}, .classes = {"0", "1"}, .targets = {"class"}});
  }

 private:
  double noisy(double value, std::size_t index) const {
    return noise_ == 0 ? value : value + noise_ * stream_.normal(index);
  }

  Buffer<Scalar> inputs_;
  std::vector<std::int32_t> classes_;
  double noise_;
  RandomStream stream_;
};

}  // namespace

template <typename Scalar>
Dataset<Scalar> xor_points() {
  return xor_points<Scalar>(4, 0, 0);
}

template <typename Scalar>
Dataset<Scalar> xor_points(std::size_t samples, double noise, std::uint64_t seed) {
  check_arguments("xor_points", "samples", samples, noise);
  Points<Scalar> points(samples, noise, seed);
  for (std::size_t i = 0; i < samples; ++i) {
    const bool x = (i & 2) != 0;
    const bool y = (i & 1) != 0;
    points.set(i, x ? 1 : 0, y ? 1 : 0, x != y ? 1 : 0);
  }
  return std::move(points).dataset();
}

template <typename Scalar>
Dataset<Scalar> two_spirals(std::size_t samples_per_arm, double noise, std::uint64_t seed) {
  check_arguments("two_spirals", "samples_per_arm", samples_per_arm, noise);
  constexpr double last = 96;  // t of the last point: six half turns
  const double steps = samples_per_arm > 1 ? static_cast<double>(samples_per_arm - 1) : 1;
  Points<Scalar> points(2 * samples_per_arm, noise, seed);
  for (std::size_t i = 0; i < samples_per_arm; ++i) {
    const double t = last * static_cast<double>(i) / steps;
    const double r = 6.5 * (104 - t) / 104;
    const double phi = t * std::numbers::pi / 16;
    const double x = r * std::sin(phi);
    const double y = r * std::cos(phi);
    points.set(2 * i, x, y, 1);
    points.set(2 * i + 1, -x, -y, 0);
  }
  return std::move(points).dataset();
}

template Dataset<float> xor_points<float>();
template Dataset<double> xor_points<double>();
template Dataset<float> xor_points<float>(std::size_t, double, std::uint64_t);
template Dataset<double> xor_points<double>(std::size_t, double, std::uint64_t);
template Dataset<float> two_spirals<float>(std::size_t, double, std::uint64_t);
template Dataset<double> two_spirals<double>(std::size_t, double, std::uint64_t);

}  // namespace hinge::inline HINGE_ABI
