// The step of stochastic gradient descent.
#include <hinge/optim/optimizers/sgd.h>

#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/optimizers/penalty.h>

namespace hinge {

namespace {

template <typename Scalar>
class SgdOptimizer final : public Optimizer<Scalar> {
 public:
  explicit SgdOptimizer(const Sgd& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  bool stationary_at_zero_gradient() const override {
    return options_.momentum == 0 && options_.weight_decay == 0 && options_.l1 == 0;
  }
  std::vector<std::string> state_names() const override {
    return options_.momentum > 0 ? std::vector<std::string>{"v"} : std::vector<std::string>{};
  }

  std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                  const EquationFormat& format) const override {
    std::vector<Equation> list;
    const double g = penalised_gradient(options_, element, format, list);
    const double momentum = options_.momentum;
    const double fresh = element.step == 1 ? 1 : 1 - options_.dampening;
    std::string side = format.fill("{} − {}·", {element.value.before, element.learning_rate});
    if (momentum == 0) {
      side = format.fill(side + "{}", {g});
    } else {
      const double v = element.state[0].after;
      const std::string kept = format.fill("{}·{} + ", {momentum, element.state[0].before});
      const std::string sum = fresh == 1 ? format.fill(kept + "{}", {g}) : format.fill(kept + "{}·{}", {fresh, g});
      list.push_back(this->equation("v", sum, element.state[0], format));
      side = options_.nesterov ? format.fill(side + "({} + {}·{})", {g, momentum, v}) : format.fill(side + "{}", {v});
    }
    list.push_back(this->equation(name, side, element.value, format));
    return list;
  }

 protected:
  std::size_t state_count() const override { return options_.momentum > 0 ? 1 : 0; }

  void begin_step() override {
    const auto momentum = static_cast<Scalar>(options_.momentum);
    // The direction is v, or g + momentum·v: written as own·g + ahead·v.
    step_ = {.rate = static_cast<Scalar>(this->learning_rate()),
             .penalty = {},
             .momentum = momentum,
             .fresh = static_cast<Scalar>(this->steps() == 1 ? 1 : 1 - options_.dampening),
             .own = options_.nesterov ? Scalar(1) : Scalar(0),
             .ahead = options_.nesterov ? momentum : Scalar(1)};
  }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::Kernels<Scalar>& kernel = kernels::of<Scalar>();
    step_.penalty = penalty<Scalar>(options_, decays);
    Scalar* const velocity = options_.momentum == 0 ? nullptr : this->state(0, index).data();
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      const Scalar* const g = gradient.data() + begin;
      Scalar* const p = value.data() + begin;
      if (velocity == nullptr) return kernel.descend(step_, g, p, end - begin);
      kernel.descend_with_momentum(step_, g, velocity + begin, p, end - begin);
    });
  }

 private:
  Sgd options_;
  kernels::Descent<Scalar> step_ = {};
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Sgd::build() const {
  return std::make_unique<SgdOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Sgd::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Sgd::build<double>() const;

}  // namespace hinge
