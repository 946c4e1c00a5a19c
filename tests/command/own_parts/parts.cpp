// A command with parts of an application: an activation and an optimiser.
#include "parts.h"

#include <hinge/hinge.h>

namespace {

using namespace hinge;

// φ(z) = scale·max(z, 0)², φ′(z) = 2·scale·max(z, 0). NaN stays NaN.
struct SquaredRelu {
  static constexpr std::string_view type = "squared_relu";
  static constexpr ActivationFacts facts = {.formula = "scale max(z, 0)²", .lowest = 0};

  double scale = 1;

  std::vector<Option> options() { return {{"scale", &scale, Range::above(0), "the factor of z²"}}; }

  template <typename Scalar>
  Scalar value(Scalar z) const {
    return z <= 0 ? Scalar(0) : Scalar(scale) * z * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar z) const {
    return z <= 0 ? Scalar(0) : 2 * Scalar(scale) * z;
  }
};

// v ← g + friction·v, p ← p − learning_rate·v. Says nothing of its equations.
struct HeavyBall {
  static constexpr std::string_view type = "heavy_ball";

  double learning_rate = 0.1;
  double friction = 0.5;

  std::vector<Option> options() {
    return {{"learning_rate", &learning_rate, Range::above(0), "how far a step goes"},
            {"friction", &friction, Range::from_below(0, 1), "how much of the last step is kept"}};
  }
  template <typename Scalar>
  std::unique_ptr<Optimizer<Scalar>> build() const;
};

template <typename Scalar>
class HeavyBallOptimizer final : public Optimizer<Scalar> {
 public:
  explicit HeavyBallOptimizer(const HeavyBall& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

 protected:
  std::size_t state_count() const override { return 1; }
  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool) override {
    const std::span<Scalar> v = this->state(0, index);
    for (std::size_t i = 0; i < value.size(); ++i) {
      v[i] = gradient[i] + Scalar(options_.friction) * v[i];
      value[i] -= Scalar(this->learning_rate()) * v[i];
    }
  }

 private:
  HeavyBall options_;
};

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> HeavyBall::build() const {
  return std::make_unique<HeavyBallOptimizer<Scalar>>(*this);
}

}  // namespace

hinge::Registries hinge_command::known_parts() {
  Registries registries = standard_registries();
  registries.of<ActivationSpec>().add(SquaredRelu{});
  registries.of<OptimizerSpec>().add(HeavyBall{});
  return registries;
}
