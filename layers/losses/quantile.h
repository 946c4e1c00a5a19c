// The pinball loss, whose minimum is a quantile.
#pragma once

#include <hinge/layers/loss.h>

namespace hinge {

/// Quantile loss, also called pinball loss: output k is the quantile of level τₖ of a target y, one that serves all K
/// outputs. lᵢ = (1/K)·Σₖ ρₖ(y − oₖ) with ρₖ(u) = τₖ·u for u ≥ 0, else (τₖ − 1)·u; ∂lᵢ/∂oₖ is −τₖ/K where oₖ < y,
/// (1 − τₖ)/K where oₖ > y, and 0 where they are equal. Each level is learned by itself: nothing keeps a lower quantile
/// below a higher one (they may cross), and crossings are left as they are. [Koenker & Bassett, Econometrica 46, 1978]
struct HINGE_API Quantile {
  static constexpr std::string_view type = "quantile";
  std::vector<double> tau = {0.5};
  std::vector<Option> options();
  std::vector<OptionError> errors() const;
  template <typename Scalar>
  std::unique_ptr<Loss<Scalar>> build() const;
};

}  // namespace hinge
