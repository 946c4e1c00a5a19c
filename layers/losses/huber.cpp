// Huber's function of an error and its slope.
#include <hinge/layers/losses/huber.h>

#include <hinge/core/math.h>
#include <hinge/layers/losses/error_loss.h>

namespace hinge {

namespace {

template <typename Scalar>
struct HuberRule {
  Scalar delta;
  Scalar value(Scalar e) const {
    const Scalar size = math::absolute(e);
    return size > delta ? delta * (size - Scalar(0.5) * delta) : Scalar(0.5) * e * e;
  }
  Scalar slope(Scalar e) const { return e > delta ? delta : e < -delta ? -delta : e; }
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Loss<Scalar>> Huber::build() const {
  return std::make_unique<ErrorLoss<Scalar, HuberRule<Scalar>>>(ErrorForm{.name = type, .kinks = {-delta, delta}},
                                                                HuberRule<Scalar>{static_cast<Scalar>(delta)});
}

template HINGE_API std::unique_ptr<Loss<float>> Huber::build<float>() const;
template HINGE_API std::unique_ptr<Loss<double>> Huber::build<double>() const;

}  // namespace hinge
