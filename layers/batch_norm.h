// Batch normalisation: each feature is scaled to mean 0 and variance 1 over the batch.
#pragma once

#include <hinge/layers/layer.h>

namespace hinge {

/// Describes a batch normalisation: `Dense{64}, BatchNorm{}, ActivationLayer{Relu{}}`. A dense layer right before it needs no
/// bias, which the mean would take away again: `Dense{.units = 64, .bias = false}`. [Ioffe & Szegedy, ICML 2015]
///
/// x and y are features × batch; all is done for each feature (row) by itself. In training, with the mean m and the variance
/// v = Σ(x − m)²/B of the batch of B ≥ 2 samples (docs/backprop.md, eq. 17 to 19):
///   x̂ = (x − m) / √(v + ε),   y = γ·x̂ + β,   dx = γ/√(v + ε) · (dy − Σdy/B − x̂·Σ(dy·x̂)/B),   dγ = Σ dy·x̂,   dβ = Σ dy
/// Each training step moves the running statistics, the layer's state (eq. 20), where v·B/(B − 1) is unbiased:
///   running_mean += momentum·(m − running_mean),   running_var += momentum·(v·B/(B − 1) − running_var)
/// In prediction they take the places of m and v, so that the output for a sample does not depend on the others; there
/// dx = γ/√(v + ε) · dy.
/// m and v are computed in double. Samples count alike, whatever their weights in the loss. A training batch of one sample
/// has no variance: DataError. γ and β are the parameters `gamma` and `beta`; neither decays.
struct HINGE_API BatchNorm {
  static constexpr std::string_view type = "batch_norm";

  double epsilon = 1e-5;
  double momentum = 0.1;
  bool train_gamma = true;
  bool train_beta = true;

  std::vector<Option> options() {
    return {
        {"epsilon", &epsilon, Range::above(0), "added to the variance"},
        {"momentum", &momentum, Range::between(0, 1),
         "the share of each batch in the running mean and variance, which prediction uses"},
        {"train_gamma", &train_gamma, {}, "false keeps the factor of each feature at 1"},
        {"train_beta", &train_beta, {}, "false keeps the constant of each feature at 0"},
    };
  }

  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const;
};

}  // namespace hinge
