// The list of optimisers.
#include <hinge/optim/optimizers/optimizers.h>

namespace hinge {

Registry<Builder<Optimizer>> standard_optimizers() {
  Registry<Builder<Optimizer>> optimizers;
  optimizers.add(Adagrad{}, Adam{}, AdamW{}, RmsProp{}, Rprop{}, Sgd{});
  return optimizers;
}

}  // namespace hinge
