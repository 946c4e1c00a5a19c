// Facts about the activations, as text: formula, slope, range, convention, use.
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// The facts of an activation with its default options; φ, z, α as in docs/backprop.md.
struct ActivationFacts {
  std::string_view type;        ///< `relu`
  std::string_view formula;     ///< of φ(z)
  std::string_view where;       ///< the values of its letters: `α = 0.01`
  std::string_view derivative;  ///< φ′(z)
  std::string_view range;       ///< of φ: `[0, ∞)`
  double lowest;                ///< the ends of that range
  double highest;
  std::string_view at_kinks;  ///< the convention for φ′ at kinks; "" for a smooth function
  std::string_view use;       ///< when to use it
  std::string_view source;    ///< the paper
};

/// The slopes that a program uses at the kinks of ReLU and leaky ReLU, and its default slope of leaky ReLU below 0.
struct KinkConvention {
  std::string_view program;
  std::string_view relu_at_zero;
  std::string_view leaky_at_zero;  ///< α: the slope below 0; –: it has none
  std::string_view leaky_slope;
};

/// Facts of every activation in `standard_activations`, in the same order.
HINGE_API std::span<const ActivationFacts> activation_facts();

/// Conventions of Hinge and of other programs, found in their sources or by running them in 2026.
HINGE_API std::span<const KinkConvention> kink_conventions();

}  // namespace hinge
