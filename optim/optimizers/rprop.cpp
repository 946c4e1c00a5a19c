// The step of Rprop.
#include <hinge/optim/optimizers/rprop.h>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

namespace {

template <typename Scalar>
class RpropOptimizer final : public Optimizer<Scalar> {
 public:
  explicit RpropOptimizer(const Rprop& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> state_names() const override { return {"last g", "length"}; }

  std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                  const EquationFormat& format) const override {
    const ElementUpdate::Change& last = element.state[0];
    const ElementUpdate::Change& length = element.state[1];
    return {this->equation("last g", "", last, format),
            this->equation("length", length_text(element, format), length, format),
            this->equation(name, format.fill("{} − sign({})·{}", {element.value.before, last.after, length.after}),
                           element.value, format)};
  }

 protected:
  std::size_t state_count() const override { return 2; }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool) override {
    const kernels::Rprop<Scalar> step = {.first_length = static_cast<Scalar>(this->learning_rate()),
                                         .decrease = static_cast<Scalar>(options_.decrease),
                                         .increase = static_cast<Scalar>(options_.increase),
                                         .smallest = static_cast<Scalar>(options_.smallest_step),
                                         .largest = static_cast<Scalar>(options_.largest_step)};
    Scalar* const last = this->state(0, index).data();
    Scalar* const length = this->state(1, index).data();
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      kernels::of<Scalar>().rprop(step, gradient.data() + begin, last + begin, length + begin, value.data() + begin,
                                  end - begin);
    });
  }

 private:
  std::string length_text(const ElementUpdate& element, const EquationFormat& format) const {
    const double before = element.state[1].before;
    const double start = before == 0 ? element.learning_rate : before;
    const double agreement = element.state[0].before * element.gradient;
    if (agreement > 0) return format.fill("min({}·{}, {})", {start, options_.increase, options_.largest_step});
    if (agreement < 0) return format.fill("max({}·{}, {})", {start, options_.decrease, options_.smallest_step});
    return format.number(start);
  }

  Rprop options_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Rprop::build() const {
  return std::make_unique<RpropOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Rprop::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Rprop::build<double>() const;

}  // namespace hinge
