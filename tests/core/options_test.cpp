#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include <hinge/core/error.h>
#include <hinge/layers/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/loss.h>
#include <hinge/optim/optimizer.h>

#include "../support/throws.h"

using namespace hinge;

TEST_CASE("an option out of range is an error that names it, its value and its range") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(error_of<ConfigError>([] { ActivationSpec(LeakyRelu{.alpha = 0}); }) == "leaky_relu: alpha = 0, must be > 0");
  CHECK(error_of<ConfigError>([] { ActivationSpec(LeakyRelu{.alpha = std::nan("")}); }) ==
        "leaky_relu: alpha = nan, must be > 0");
  CHECK(error_of<ConfigError>([] { ActivationSpec(LeakyRelu{.derivative_at_zero = -inf}); }) ==
        "leaky_relu: derivative_at_zero = -inf, must be a finite number");
  CHECK(error_of<ConfigError>([] { ActivationSpec(Relu{.derivative_at_zero = 1.5}); }) ==
        "relu: derivative_at_zero = 1.5, must be in [0, 1]");
  CHECK(error_of<ConfigError>([] { LayerSpec(Dense{.units = 0}); }) == "dense: units = 0, must be in [1, 1048576]");
  CHECK(error_of<ConfigError>([] { OptimizerSpec(Sgd{.momentum = 1}); }) == "sgd: momentum = 1, must be in [0, 1)");
  CHECK(error_of<ConfigError>([] {
          InitializerSpec(Given{{0, inf}});
        }) == "given: values = inf, must be a finite number");
}

TEST_CASE("all options out of range are reported in one go") {
  CHECK(error_of<ConfigError>([] { OptimizerSpec(Sgd{.learning_rate = 0, .momentum = -0.1}); }) ==
        "sgd: learning_rate = 0, must be > 0\nsgd: momentum = -0.1, must be in [0, 1)");
}

TEST_CASE("a summary shows every option with its value") {
  CHECK(ActivationSpec(Tanh{}).summary() == "tanh");
  CHECK(ActivationSpec(LeakyRelu{.alpha = 0.1}).summary() == "leaky_relu(alpha=0.1, derivative_at_zero=1)");
  CHECK(LayerSpec(Dense{3, Relu{}}).summary() ==
        "dense(units=3, activation=relu(derivative_at_zero=0), bias=true, weight_start=he_normal, bias_start=zeros, "
        "train_weight=true, train_bias=true)");
  CHECK(InitializerSpec(Given{{1, 2}}).summary() == "given(values=2 values)");
}

TEST_CASE("options are set by name, and a wrong name or value changes nothing") {
  ActivationSpec spec = LeakyRelu{};
  set_option(spec.edit(), "alpha", 0.25);
  CHECK(spec->build<double>()->value(-4.0) == -1.0);

  CHECK(error_of<ConfigError>([&] { set_option(spec.edit(), "alpah", 1); }) ==
        "alpah: unknown key for leaky_relu; did you mean \"alpha\"? (known: alpha, derivative_at_zero)");
  CHECK(error_of<ConfigError>([&] { set_option(spec.edit(), "alpha", -1); }) == "leaky_relu: alpha = -1, must be > 0");
  CHECK(spec->build<double>()->value(-4.0) == -1.0);

  LayerSpec dense = Dense{4};
  set_option(dense.edit(), "units", 7);
  set_option(dense.edit(), "bias", 0);
  CHECK(dense->build<float>(2)->outputs() == 7);
  CHECK(error_of<ConfigError>([&] { set_option(dense.edit(), "units", 2.5); }) ==
        "dense: units = 2.5, must be a whole number >= 0");
  CHECK(error_of<ConfigError>([&] { set_option(dense.edit(), "bias", 2); }) == "dense: bias = 2, must be 0 or 1");
  CHECK(error_of<ConfigError>([&] { set_option(dense.edit(), "activation", 1); }) ==
        "dense: activation = 1, but this option is not a number");
}

TEST_CASE("registries find by name, and suggest the nearest one") {
  const auto activations = standard_activations();
  CHECK(activations.find("leaky_relu").summary() == "leaky_relu(alpha=0.01, derivative_at_zero=1)");
  CHECK(error_of<ConfigError>([&] { activations.find("rleu"); }) ==
        "unknown activation \"rleu\"; did you mean \"relu\"? "
        "(known: identity, leaky_relu, relu, sigmoid, silu, tanh)");
  CHECK(error_of<ConfigError>([&] { activations.find("LeakyReLU"); }).find("did you mean \"leaky_relu\"?") !=
        std::string::npos);
  CHECK(error_of<ConfigError>([&] { activations.find("transformer"); }).find("did you mean") == std::string::npos);

  auto losses = standard_losses();
  CHECK(error_of<ConfigError>([&] { losses.add(MeanSquaredError{}); }) == "loss \"mse\" is registered twice");
  CHECK(standard_layers().names() == std::vector<std::string>{"activation", "dense"});
  CHECK(standard_optimizers().names() == std::vector<std::string>{"sgd"});
  CHECK(standard_initializers().names().size() == 11);
}

TEST_CASE("a copied description is a description of its own") {
  ActivationSpec first = LeakyRelu{.alpha = 0.5};
  ActivationSpec second = first;
  set_option(second.edit(), "alpha", 0.125);
  CHECK(first->build<double>()->value(-8.0) == -4.0);
  CHECK(second->build<double>()->value(-8.0) == -1.0);
}
