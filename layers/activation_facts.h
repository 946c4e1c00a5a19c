// What there is to know of each activation besides its code: formula, slope, range, convention, use.
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// The facts of an activation with its default options, as text for people; φ, z, α as in docs/backprop.md.
struct ActivationFacts {
  std::string_view type;        ///< `relu`
  std::string_view formula;     ///< of φ(z)
  std::string_view where;       ///< what the letters in it are: `α = 0.01`
  std::string_view derivative;  ///< φ′(z)
  std::string_view range;       ///< of φ: `[0, ∞)`
  double lowest;                ///< the ends of that range
  double highest;
  std::string_view at_kinks;  ///< what φ′ is where it has no value; "" for a smooth function
  std::string_view use;       ///< when to take it
  std::string_view source;    ///< the paper
};

/// The slopes that programs take where there is none, and the slope of leaky ReLU below 0 when none is given.
struct KinkConvention {
  std::string_view program;
  std::string_view relu_at_zero;
  std::string_view leaky_at_zero;  ///< α: the slope below 0; –: it has none
  std::string_view leaky_slope;
};

/// Of every activation that `standard_activations` has, in its order.
HINGE_API std::span<const ActivationFacts> activation_facts();

/// Of Hinge, and of other programs as their source or a run showed in 2026.
HINGE_API std::span<const KinkConvention> kink_conventions();

}  // namespace hinge
