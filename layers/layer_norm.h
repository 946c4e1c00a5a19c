// Layer normalisation: each sample is scaled to mean 0 and variance 1 over its features.
#pragma once

#include <hinge/layers/layer.h>

namespace hinge {

/// Describes a layer normalisation: `Dense{64}, LayerNorm{}, ActivationLayer{Relu{}}`. [Ba, Kiros & Hinton 2016]
///
/// x and y are features × batch. For each sample (column) by itself, with the mean m and the variance v = Σ(x − m)²/n of its
/// n ≥ 2 features, g = γ ⊙ dy, and sums over features unless said otherwise (docs/backprop.md, eq. 17, 18 and 21):
///   x̂ = (x − m) / √(v + ε),   y = γ·x̂ + β,   dx = (g − Σg/n − x̂·Σ(g·x̂)/n) / √(v + ε)
///   dγ = Σ dy·x̂ and dβ = Σ dy, over the samples
/// Prediction computes the same as training. m and v are computed in double. γ and β, one of each for a feature, are the
/// parameters `gamma` and `beta`; neither decays. A single feature would always become 0: ConfigError.
struct HINGE_API LayerNorm {
  static constexpr std::string_view type = "layer_norm";

  double epsilon = 1e-5;
  bool train_gamma = true;
  bool train_beta = true;

  std::vector<Option> options() {
    return {
        {"epsilon", &epsilon, Range::above(0), "added to the variance"},
        {"train_gamma", &train_gamma, {}, "false keeps the factor of each feature at 1"},
        {"train_beta", &train_beta, {}, "false keeps the constant of each feature at 0"},
    };
  }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
