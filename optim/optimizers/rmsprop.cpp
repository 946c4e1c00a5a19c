// The step of RMSprop.
#include <hinge/optim/optimizers/rmsprop.h>

#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/optimizers/penalty.h>

namespace hinge {

namespace {

template <typename Scalar>
class RmsPropOptimizer final : public Optimizer<Scalar> {
 public:
  explicit RmsPropOptimizer(const RmsProp& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> state_names() const override {
    std::vector<std::string> names = {"s"};
    if (options_.momentum > 0) names.emplace_back("v");
    if (options_.centered) names.emplace_back("mean g");
    return names;
  }

  std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                  const EquationFormat& format) const override {
    const double alpha = options_.alpha;
    const auto& state = element.state;
    std::vector<Equation> list;
    const double g = penalised_gradient(options_, element, format, list);
    list.push_back(
        this->equation("s", format.fill("{}·{} + {}·{}²", {alpha, state[0].before, 1 - alpha, g}), state[0], format));
    std::string side = format.fill("{} − {}·", {element.value.before, element.learning_rate});
    if (velocity_count() > 0) {
      const std::string kept = format.fill("{}·{} + ", {options_.momentum, state[1].before});
      list.push_back(this->equation("v", with_direction(kept, g, element, format), state[1], format));
      side = format.fill(side + "{}", {state[1].after});
    } else {
      side = with_direction(side, g, element, format);
    }
    if (options_.centered) {
      list.push_back(this->equation("mean g", format.fill("{}·{} + {}·{}", {alpha, state.back().before, 1 - alpha, g}),
                                    state.back(), format));
    }
    list.push_back(this->equation(name, side, element.value, format));
    return list;
  }

 protected:
  // The squares, then the velocity, then the mean, as far as they are needed.
  std::size_t state_count() const override { return 1 + velocity_count() + (options_.centered ? 1 : 0); }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::RmsProp<Scalar> step = {.rate = static_cast<Scalar>(this->learning_rate()),
                                           .penalty = penalty<Scalar>(options_, decays),
                                           .alpha = static_cast<Scalar>(options_.alpha),
                                           .fresh = static_cast<Scalar>(1 - options_.alpha),
                                           .epsilon = static_cast<Scalar>(options_.epsilon),
                                           .momentum = static_cast<Scalar>(options_.momentum)};
    Scalar* const squares = this->state(0, index).data();
    Scalar* const velocity = velocity_count() > 0 ? this->state(1, index).data() : nullptr;
    Scalar* const mean = options_.centered ? this->state(1 + velocity_count(), index).data() : nullptr;
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      kernels::of<Scalar>().rmsprop(
          step, gradient.data() + begin, squares + begin, mean == nullptr ? nullptr : mean + begin,
          velocity == nullptr ? nullptr : velocity + begin, value.data() + begin, end - begin);
    });
  }

 private:
  std::size_t velocity_count() const { return options_.momentum > 0 ? 1 : 0; }

  // The text, and after it the direction g/(√s + ε), centered g/(√(s − ḡ²) + ε); "" where that would divide by 0.
  std::string with_direction(const std::string& text, double g, const ElementUpdate& element,
                             const EquationFormat& format) const {
    const double s = element.state[0].after;
    const double mean = options_.centered ? element.state.back().after : 0;
    if (!(s - mean * mean > 0 || options_.epsilon > 0)) return "";
    if (!options_.centered) return format.fill(text + "{}/(√{} + {})", {g, s, options_.epsilon});
    return format.fill(text + "{}/(√({} − {}²) + {})", {g, s, mean, options_.epsilon});
  }

  RmsProp options_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> RmsProp::build() const {
  return std::make_unique<RmsPropOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> RmsProp::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> RmsProp::build<double>() const;

}  // namespace hinge
