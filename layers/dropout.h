// Dropout: drops units at random during training.
#pragma once

#include <hinge/layers/layer.h>

namespace hinge {

/// A layer that drops each of its inputs with probability `rate` during training. `Dropout{.rate = 0.2}` after a layer
/// drops that layer's units. [Srivastava et al., JMLR 15, 2014]
///
/// In training y = x ⊙ m, where mᵢⱼ is 0 with probability p = rate and else 1/(1 − p), so that E[y] = x. In prediction
/// y = x. Backward: dx = dy ⊙ m. The mask depends on the network's seed, the layer and the number of the pass, never on
/// threads.
struct HINGE_API Dropout {
  static constexpr std::string_view type = "dropout";

  double rate = 0.5;
  /// A fixed mask for tests and lessons: `units` numbers for each sample, 1 keeps and 0 drops; empty: masks are drawn.
  /// Every pass uses it, and its batch must have that many samples (ShapeError).
  std::vector<double> mask = {};

  std::vector<Option> options() {
    return {
        {"rate", &rate, Range::from_below(0, 1), "the share that is left out"},
        {"mask", &mask, Range::between(0, 1),
         "a given mask of units × batch numbers, 1 keeps and 0 drops, sample by sample; empty: a new one is drawn in "
         "every step"}};
  }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
