// Absolute errors and their slopes.
#include <hinge/layers/losses/mae.h>

#include <hinge/core/math.h>
#include <hinge/layers/losses/error_loss.h>

namespace hinge {

namespace {

template <typename Scalar>
struct Absolute {
  Scalar value(Scalar e) const { return math::absolute(e); }
  Scalar slope(Scalar e) const { return e > 0 ? Scalar(1) : e < 0 ? Scalar(-1) : e; }  // NaN stays NaN
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> MeanAbsoluteError::build() const {
  return std::make_unique<ErrorLoss<Scalar, Absolute<Scalar>>>(ErrorForm{.name = type, .kinks = {0}},
                                                               Absolute<Scalar>{});
}

template HINGE_API std::unique_ptr<Loss<float>> MeanAbsoluteError::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> MeanAbsoluteError::build<double>() const;

}  // namespace hinge
