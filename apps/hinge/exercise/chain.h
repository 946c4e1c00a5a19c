// The chain of an exercise: its links, the formula of each, and the slips that people make in it.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exercise/exercises.h"

namespace hinge_command {

/// The quantity of a link, with the letters of docs/backprop.md.
enum class Quantity {
  z,
  a,
  p,
  sample_loss,      ///< l
  loss,             ///< L
  output_gradient,  ///< ∂L/∂a
  delta,            ///< δ = ∂L/∂z
  weight_gradient,
  bias_gradient,
  new_weight,
  new_bias
};

/// One number that a sheet asks for. Layers, units and indices count from 0.
struct Link {
  std::size_t step = 0;
  Quantity quantity = Quantity::z;
  std::size_t layer = 0;
  std::size_t unit = 0;
  std::size_t index = 0;  ///< the input of a weight, else the sample

  auto operator<=>(const Link&) const = default;
};

/// Values of links: the right ones, or those of a learner.
using LinkValues = std::map<Link, double>;

/// The sections of a step: all of them, or in the last step those up to `exercise.last`.
std::vector<StepSection> sections_of(const Exercise& exercise, std::size_t step);
/// The links of a step's section, in the order of a sheet: those that a link depends on stand before it.
std::vector<Link> links_of(const Exercise& exercise, std::size_t step, StepSection section);
std::vector<Link> links_of(const Exercise& exercise);

enum class Slip {
  none,
  transposed,
  no_bias,
  no_activation,
  no_normalisation,
  decimal_logarithm,
  no_half,
  wrong_sign,
  no_mean,
  mean_twice,
  no_target,
  no_slope,
  slope_of_output,
  new_weights,
  no_input,
  output_for_input,
  first_sample,
  no_rate
};

/// `φ′(z) is missing`
std::string_view meaning_of(Slip slip);
/// `no_slope`, for programs.
std::string_view name_of(Slip slip);
/// The slips that can happen in a quantity.
std::vector<Slip> slips_of(Quantity quantity);

/// The value of a link, from those of the links that it depends on, as someone computes it who makes that slip. Nothing if
/// the slip cannot happen there, or if the values allow no number.
std::optional<double> computed(const Exercise& exercise, const Givens& givens, const LinkValues& values,
                               const Link& link, Slip slip = Slip::none);

}  // namespace hinge_command
