// The list of losses.
#include <hinge/layers/losses/losses.h>

namespace hinge {

Registry<Builder<Loss>> standard_losses() {
  Registry<Builder<Loss>> losses;
  losses.add(BinaryCrossEntropy{});
  losses.add(HalfSquaredMean{});
  losses.add(HalfSquaredSum{});
  losses.add(Huber{});
  losses.add(MeanAbsoluteError{});
  losses.add(MeanSquaredError{});
  losses.add(SoftmaxCrossEntropy{});
  return losses;
}

}  // namespace hinge
