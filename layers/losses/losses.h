// Every loss that Hinge brings, and the list of them.
#pragma once

#include <hinge/layers/losses/binary_cross_entropy.h>
#include <hinge/layers/losses/huber.h>
#include <hinge/layers/losses/mae.h>
#include <hinge/layers/losses/mse.h>
#include <hinge/layers/losses/multiclass_hinge.h>
#include <hinge/layers/losses/poisson.h>
#include <hinge/layers/losses/quantile.h>
#include <hinge/layers/losses/softmax_cross_entropy.h>

namespace hinge {

/// Hinge's own losses, by name.
HINGE_API Registry<Builder<Loss>> standard_losses();

}  // namespace hinge
