// The list of losses.
#include <hinge/layers/losses/losses.h>

namespace hinge {

Registry<Builder<Loss>> standard_losses() {
  Registry<Builder<Loss>> losses;
  losses.add(BinaryCrossEntropy{}, HalfSquaredMean{}, HalfSquaredSum{}, Huber{}, MeanAbsoluteError{},
             MeanSquaredError{}, MulticlassHinge{}, Poisson{}, Quantile{}, SoftmaxCrossEntropy{});
  return losses;
}

}  // namespace hinge
