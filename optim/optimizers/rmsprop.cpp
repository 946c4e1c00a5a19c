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
    if (options_.momentum == 0) return {"s", "mean g"};
    return {"s", "v", "mean g"};
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
