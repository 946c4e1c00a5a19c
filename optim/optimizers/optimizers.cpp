// The list of optimisers.
#include <hinge/optim/optimizers/optimizers.h>

namespace hinge {

Registry<Builder<Optimizer>> standard_optimizers() {
  Registry<Builder<Optimizer>> optimizers;
  optimizers.add(Adagrad{});
  optimizers.add(Adam{});
  optimizers.add(AdamW{});
  optimizers.add(RmsProp{});
  optimizers.add(Rprop{});
  optimizers.add(Sgd{});
  return optimizers;
}

}  // namespace hinge
