// The step of Adagrad.
#include <hinge/optim/optimizers/adagrad.h>

#include <hinge/core/kernels/kernels.h>
#include <hinge/optim/optimizers/penalty.h>

namespace hinge {

namespace {

template <typename Scalar>
class AdagradOptimizer final : public Optimizer<Scalar> {
 public:
  explicit AdagradOptimizer(const Adagrad& options) : Optimizer<Scalar>(options.learning_rate), options_(options) {}

  std::vector<std::string> state_names() const override { return {"s"}; }

  std::vector<Equation> equations(const ElementUpdate& element, const std::string& name,
                                  const EquationFormat& format) const override {
    std::vector<Equation> list;
    const double g = penalised_gradient(options_, element, format, list);
    const ElementUpdate::Change& s = element.state[0];
    list.push_back(this->equation("s", format.fill("{} + {}²", {s.before, g}), s, format));
    const double square = options_.initial_accumulator + s.after;
    std::string side;
    if (square > 0 || options_.epsilon > 0) {
      side = format.fill("{} − {}·{}/(√{} + {})",
                         {element.value.before, element.learning_rate, g, square, options_.epsilon});
    }
    list.push_back(this->equation(name, side, element.value, format));
    return list;
  }

 protected:
  std::size_t state_count() const override { return 1; }

  void update(std::size_t index, std::span<Scalar> value, std::span<const Scalar> gradient, bool decays) override {
    const kernels::Adagrad<Scalar> step = {.rate = static_cast<Scalar>(this->learning_rate()),
                                           .penalty = penalty<Scalar>(options_, decays),
                                           .initial = static_cast<Scalar>(options_.initial_accumulator),
                                           .epsilon = static_cast<Scalar>(options_.epsilon)};
    Scalar* const squares = this->state(0, index).data();
    this->run_elements(value.size(), [&](std::size_t begin, std::size_t end) {
      kernels::of<Scalar>().adagrad(step, gradient.data() + begin, squares + begin, value.data() + begin, end - begin);
    });
  }

 private:
  Adagrad options_;
};

}  // namespace

template <typename Scalar>
std::unique_ptr<Optimizer<Scalar>> Adagrad::build() const {
  return std::make_unique<AdagradOptimizer<Scalar>>(*this);
}

template HINGE_API std::unique_ptr<Optimizer<float>> Adagrad::build<float>() const;
template HINGE_API std::unique_ptr<Optimizer<double>> Adagrad::build<double>() const;

}  // namespace hinge
