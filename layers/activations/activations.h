// Every activation that Hinge brings.
#pragma once

#include <hinge/layers/activations/elu.h>
#include <hinge/layers/activations/gelu.h>
#include <hinge/layers/activations/hard_sigmoid.h>
#include <hinge/layers/activations/hard_swish.h>
#include <hinge/layers/activations/hard_tanh.h>
#include <hinge/layers/activations/identity.h>
#include <hinge/layers/activations/leaky_relu.h>
#include <hinge/layers/activations/mish.h>
#include <hinge/layers/activations/prelu.h>
#include <hinge/layers/activations/relu.h>
#include <hinge/layers/activations/selu.h>
#include <hinge/layers/activations/sigmoid.h>
#include <hinge/layers/activations/silu.h>
#include <hinge/layers/activations/softplus.h>
#include <hinge/layers/activations/softsign.h>
#include <hinge/layers/activations/tanh.h>
