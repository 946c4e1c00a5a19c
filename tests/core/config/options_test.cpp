#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/optimizers/optimizers.h>

#include "support/throws.h"

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
  CHECK(error_of<ConfigError>([] { LayerSpec(Dense{.units = 2'000'000}); }) ==
        "dense: units = 2e+06, must be in [1, 1048576]");
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
        "dense(units=3, activation=relu(derivative_at_zero=0), bias=true, weight_init=he_normal, bias_init=zeros, "
        "train_weight=true, train_bias=true)");
  CHECK(InitializerSpec(Given{{1, 2}}).summary() == "given(values=2 values)");
}

TEST_CASE("a summary beside defaults leaves out what is as in these") {
  struct Expected {
    LeakyRelu options;
    const char* text;
  };
  for (const Expected& row : std::vector<Expected>{{{}, "leaky_relu"},
                                                   {{.alpha = 0.25}, "leaky_relu(alpha=0.25)"},
                                                   {{.derivative_at_zero = 0}, "leaky_relu(derivative_at_zero=0)"}}) {
    ActivationSpec spec = row.options;
    ActivationSpec defaults = LeakyRelu{};
    CHECK(summary(spec.held(), defaults.held()) == row.text);
  }
}

TEST_CASE("options are set by name, and a wrong name or value changes nothing") {
  ActivationSpec spec = LeakyRelu{};
  set_option(spec.held(), "alpha", 0.25);
  CHECK(spec->build<double>()->value(-4.0) == -1.0);

  CHECK(error_of<ConfigError>([&] { set_option(spec.held(), "alpah", 1); }) ==
        "alpah: unknown key for leaky_relu; did you mean \"alpha\"? (known: alpha, derivative_at_zero)");
  CHECK(error_of<ConfigError>([&] { set_option(spec.held(), "alpha", -1); }) == "leaky_relu: alpha = -1, must be > 0");
  CHECK(spec->build<double>()->value(-4.0) == -1.0);

  LayerSpec dense = Dense{4};
  set_option(dense.held(), "units", 7);
  set_option(dense.held(), "bias", 0);
  CHECK(dense->build<float>(2)->outputs() == 7);
  CHECK(error_of<ConfigError>([&] { set_option(dense.held(), "units", 2.5); }) ==
        "dense: units = 2.5, must be a whole number >= 0");
  CHECK(error_of<ConfigError>([&] { set_option(dense.held(), "bias", 2); }) == "dense: bias = 2, must be 0 or 1");
  CHECK(error_of<ConfigError>([&] { set_option(dense.held(), "activation", 1); }) ==
        "dense: activation = 1, but this option is not a number");
}

TEST_CASE("registries find by name, and suggest the nearest one") {
  const auto activations = standard_activations();
  CHECK(activations.find("leaky_relu").summary() == "leaky_relu(alpha=0.01, derivative_at_zero=1)");
  CHECK(error_of<ConfigError>([&] { activations.find("rleu"); }) ==
        "unknown activation \"rleu\"; did you mean \"relu\"? "
        "(known: elu, gelu, hard_sigmoid, hard_swish, hard_tanh, identity, leaky_relu, mish, prelu, relu, selu, "
        "sigmoid, silu, "
        "softplus, softsign, tanh)");
  CHECK(error_of<ConfigError>([&] { activations.find("LeakyReLU"); }).find("did you mean \"leaky_relu\"?") !=
        std::string::npos);
  CHECK(error_of<ConfigError>([&] { activations.find("transformer"); }).find("did you mean") == std::string::npos);

  auto losses = standard_losses();
  CHECK(error_of<ConfigError>([&] { losses.add(MeanSquaredError{}); }) == "loss \"mse\" is registered twice");
  CHECK(standard_layers().names() ==
        std::vector<std::string>{"activation", "batch_norm", "dense", "dropout", "layer_norm", "residual"});
  CHECK(standard_optimizers().names() ==
        std::vector<std::string>{"adagrad", "adam", "adamw", "rmsprop", "rprop", "sgd"});
  CHECK(standard_initializers().names().size() == 14);
}

TEST_CASE("a copied description is a description of its own") {
  ActivationSpec first = LeakyRelu{.alpha = 0.5};
  ActivationSpec second = first;
  set_option(second.held(), "alpha", 0.125);
  CHECK(first->build<double>()->value(-8.0) == -4.0);
  CHECK(second->build<double>()->value(-8.0) == -1.0);
}

TEST_CASE("options that contradict each other are refused when the description is made") {
  CHECK(error_of<ConfigError>([] { OptimizerSpec(Sgd{.nesterov = true}); }) ==
        "sgd: nesterov needs momentum > 0, such as 0.9");
  CHECK(error_of<ConfigError>([] { InitializerSpec(Uniform{.low = 2, .high = 1}); }) ==
        "uniform: low must not be above high");
}

TEST_CASE("mistakes of nested descriptions are found, with their path") {
  LayerSpec dense = Dense{.units = 4, .activation = LeakyRelu{}};
  auto* activation = std::get<SpecPlace*>(dense.held().options()[1].place);
  set_option(activation->held(), "alpha", 0.5);
  check_options(dense.held());
  *std::get<double*>(activation->held().options()[0].place) = -1;
  CHECK(error_of<ConfigError>([&] { check_options(dense.held()); }) == "dense: activation.alpha = -1, must be > 0");
}

TEST_CASE("a place is made to hold another description of its kind by name") {
  const auto activations = standard_activations();
  LayerSpec dense = Dense{.units = 4, .activation = Relu{}};
  auto* activation = std::get<SpecPlace*>(dense.held().options()[1].place);
  CHECK(activation->kind() == "activation");
  activation->replace(activations, "leaky_relu");
  CHECK(dense.summary().find("activation=leaky_relu(alpha=0.01") != std::string::npos);
  CHECK_THROWS_AS(activation->replace(activations, "leaky"), ConfigError);
  CHECK(activation->held().type() == "leaky_relu");
}

TEST_CASE("a registered description may lack what a config has to give") {
  LayerSpec dense = standard_layers().find("dense");
  CHECK(dense.held().options()[0].required);
  check_options(dense.held());  // 0 units are `auto`
  CHECK(error_of<ConfigError>([&] { dense->build<float>(2); }) ==
        "dense: units = 0, must be >= 1; auto is for the last layer of a run");
}

TEST_CASE("a list of specs grows by names") {
  SpecList<LayerSpec::InterfaceType> layers({Dense{4}});
  layers.append(standard_layers(), "activation");
  CHECK(layers.kind() == "layer");
  REQUIRE(layers.specs().size() == 2);
  CHECK(layers.at(1).held().type() == "activation");
  layers.clear();
  CHECK(layers.size() == 0);
}

namespace {

struct Half {
  static constexpr std::string_view type = "half";
  std::vector<Option> options() { return {}; }
  static float value(float z) { return z / 2; }
  static double value(double z) { return z / 2; }
  static float derivative(float) { return 0.5F; }
  static double derivative(double) { return 0.5; }
};

}  // namespace

TEST_CASE("registries are found by kind, and an application adds to them") {
  Registries registries;
  registries.add(standard_activations());
  registries.add(standard_losses());
  CHECK(registries.of_kind("loss").names() == standard_losses().names());
  CHECK(error_of<ConfigError>([&] { registries.of_kind("layer"); }) == "there is no registry of kind \"layer\"");
  CHECK(error_of<ConfigError>([&] { registries.add(standard_losses()); }) ==
        "a registry of kind \"loss\" is added twice");
  registries.of<ActivationSpec>().add(Half{});
  CHECK(registries.of<ActivationSpec>().find("half")->build<double>()->value(3.0) == 1.5);
}

TEST_CASE("a copy of registries has all of them, and knows nothing of what is added to the original") {
  Registries original;
  original.add(standard_activations());
  original.add(standard_losses());
  Registries copy = original;
  original.of<ActivationSpec>().add(Half{});
  CHECK(copy.of_kind("loss").names() == standard_losses().names());
  CHECK(copy.of_kind("activation").names() == standard_activations().names());
  CHECK(original.kind_of("half") == "activation");
  copy = original;
  CHECK(copy.kind_of("half") == "activation");
}

TEST_CASE("a text with choices is refused when it is none of them") {
  std::string word = "often";
  const Option option{.name = "when", .place = &word, .choices = {"always", "never"}};
  CHECK(value_error(option) == "\"often\", must be one of always, never");
  word = "never";
  CHECK(value_error(option).empty());
}

namespace {

class Item final : public Description {
 public:
  std::string word = "a";
  std::size_t number = 1;

  std::string_view type() const override { return "item"; }
  std::vector<Option> options() override {
    return {{.name = "word", .place = &word, .choices = {"a", "b"}}, {"number", &number, Range::between(1, 9)}};
  }
};

class Shelf final : public Description {
 public:
  SectionMap<Item> items = {};

  std::string_view type() const override { return "shelf"; }
  std::vector<Option> options() override { return {{"items", &items, {}, "by name"}}; }
};

Shelf read_shelf(std::string_view text) {
  Shelf shelf;
  ConfigErrors errors;
  read_config(parse_json(text, "s.json"), shelf, Registries(), errors);
  errors.throw_if_any();
  return shelf;
}

}  // namespace

TEST_CASE("sections under free keys are read in their order, and written as they were read") {
  Shelf shelf = read_shelf(R"({"items": {"x y": {"word": "b"}, "a/b": {"number": 7}, "": {}}})");
  REQUIRE(shelf.items.size() == 3);
  CHECK(shelf.items.key(0) == "x y");
  CHECK(shelf.items.find("x y")->word == "b");
  CHECK(shelf.items.find("a/b")->number == 7);
  CHECK(shelf.items.find("z") == nullptr);
  const std::string written = to_json_line(config_of(shelf));
  CHECK(written == R"({"items": {"x y": {"word": "b", "number": 1}, "a/b": {"word": "a", "number": 7}, )"
                   R"("": {"word": "a", "number": 1}}})");
  Shelf again = read_shelf(written);
  CHECK(to_json_line(config_of(again)) == written);
  CHECK(summary(shelf) ==
        "shelf(items={x y: item(word=b, number=1), a/b: item(word=a, number=7), : item(word=a, number=1)})");
}

TEST_CASE("a mistake in a section under a free key has its place") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {R"({"items": {"x": {"word": "c"}}})",
       "s.json:1:26: /items/x/word: unknown word \"c\"; did you mean \"a\"? (known: a, b)"},
      {R"({"items": {"a/b": {"nr": 2}}})", "s.json:1:20: /items/a~1b/nr: unknown key for item (known: word, number)"},
      {R"({"items": {"x": {}, "x": {}}})", "s.json:1:21: /items/x: the key occurs twice"},
      {R"({"items": {"x": 3}})", "s.json:1:17: /items/x: found the number 3, wanted an object"},
      {R"({"items": []})", "s.json:1:11: /items: found a list, wanted an object"},
  };
  for (const auto& [text, message] : rows) {
    CHECK(error_of<ConfigError>([&, text = text] { read_shelf(text); }) == message);
  }
}

TEST_CASE("sections under free keys have a schema and a line in the table") {
  Shelf shelf;
  const JsonValue schema = json_schema(shelf, Registries(), "A test");
  const JsonValue* items = schema.find("properties")->find("items");
  CHECK(items->find("additionalProperties")->find("properties")->find("number")->find("maximum")->text == "9");
  CHECK(to_json_line(*items->find("default")) == "{}");
  CHECK(options_table(shelf).find("| `items` | a section for each name | `{}` | by name |") != std::string::npos);
}
