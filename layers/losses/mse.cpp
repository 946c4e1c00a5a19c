// Squared errors and their slopes.
#include <hinge/layers/losses/mse.h>

#include <hinge/layers/losses/error_loss.h>

namespace hinge {

namespace {

template <typename Scalar>
struct Squared {
  Scalar value(Scalar e) const { return e * e; }
  Scalar slope(Scalar e) const { return 2 * e; }
};

template <typename Scalar>
struct HalfSquared {
  Scalar value(Scalar e) const { return Scalar(0.5) * e * e; }
  Scalar slope(Scalar e) const { return e; }
};

template <typename Scalar>
using HalfSquaredLoss = ErrorLoss<Scalar, HalfSquared<Scalar>>;

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanSquaredError::build() const {
  return std::make_unique<ErrorLoss<Scalar, Squared<Scalar>>>(ErrorForm{.name = type}, Squared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredSum::build() const {
  const ErrorForm form{.name = type, .mean_over_outputs = false, .mean_over_samples = false};
  return std::make_unique<HalfSquaredLoss<Scalar>>(form, HalfSquared<Scalar>{});
}
template <typename Scalar>
std::unique_ptr<Loss<Scalar>> HalfSquaredMean::build() const {
  const ErrorForm form{.name = type, .mean_over_outputs = false};
  return std::make_unique<HalfSquaredLoss<Scalar>>(form, HalfSquared<Scalar>{});
}

template HINGE_API std::unique_ptr<Loss<float>> MeanSquaredError::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MeanSquaredError::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> HalfSquaredSum::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> HalfSquaredSum::build<double>() const;
template HINGE_API std::unique_ptr<Loss<float>> HalfSquaredMean::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> HalfSquaredMean::build<double>() const;

}  // namespace hinge
