// Every activation that Hinge brings.
#pragma once

#include <hinge/layers/activations/identity.h>
#include <hinge/layers/activations/leaky_relu.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/activations/sigmoid.h>
#include <hinge/layers/activations/silu.h>
#include <hinge/layers/activations/tanh.h>
