// Every optimiser that Hinge brings, and the list of them.
#pragma once

#include <hinge/optim/optimizers/adagrad.h>
#include <hinge/optim/optimizers/adam.h>
#include <hinge/optim/optimizers/rmsprop.h>
#include <hinge/optim/optimizers/rprop.h>
#include <hinge/optim/optimizers/sgd.h>

namespace hinge {

/// Hinge's own optimisers, by name.
HINGE_API Registry<Builder<Optimizer>> standard_optimizers();

}  // namespace hinge
