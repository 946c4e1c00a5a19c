#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/optimizers/optimizers.h>

#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

class TrainSection final : public Description {
 public:
  std::size_t epochs = 10;
  std::size_t seed = 0;
  std::string when = "always";
  std::vector<std::string> names = {};
  std::vector<double> rates = {0.5};

  std::string_view type() const override { return "train"; }
  std::vector<Option> options() override {
    return {{"epochs", &epochs, Range::between(1, 1000), "how often"},
            {"seed", &seed, {}, "of all draws"},
            {.name = "when", .place = &when, .meaning = "the moment", .choices = {"always", "never"}},
            {"names", &names, {}, "of things"},
            {"rates", &rates, Range::above(0), "several"}};
  }
};

// A config as the command has it: sections, descriptions of every kind, a list of them.
class Config final : public Description {
 public:
  SpecList<LayerSpec::InterfaceType> layers = {};
  LossSpec loss = MeanSquaredError{};
  OptimizerSpec optimizer = Sgd{};
  TrainSection train = {};

  std::string_view type() const override { return "config"; }
  std::vector<Option> options() override {
    return {{"layers", &layers, {}, "from input to output", true},
            {"loss", &loss, {}, "what is made small"},
            {"optimizer", &optimizer, {}, "how"},
            {"train", &train, {}, "the loop"}};
  }
};

Registries all_registries() {
  Registries registries;
  registries.add(standard_activations());
  registries.add(standard_initializers());
  registries.add(standard_layers());
  registries.add(standard_losses());
  registries.add(standard_optimizers());
  return registries;
}

Config read(const JsonValue& json) {
  Config config;
  ConfigErrors errors;
  read_config(json, config, all_registries(), errors);
  errors.throw_if_any();
  return config;
}

std::string error_for(const std::string& text) {
  return error_of<ConfigError>([&] { read(parse_json(text, "c.json")); });
}

}  // namespace

TEST_CASE("a whole number that is set by name is one that a double holds exactly") {
  TrainSection section;
  for (const double value : {-1.0, 0.5, 0x1p54, 1e300}) {
    CAPTURE(value);
    check_contains(error_of<ConfigError>([&] { set_option(section, "seed", value); }), {"must be a whole number >= 0"});
    CHECK(section.seed == 0);
  }
  set_option(section, "seed", 0x1p53);
  CHECK(section.seed == std::size_t{1} << 53);
}

TEST_CASE("a config sets what it names, and leaves the rest at its defaults") {
  const Config config = read(parse_json(R"({
    "$schema": "hinge.schema.json",
    "layers": [{"type": "dense", "units": 8, "activation": {"type": "leaky_relu", "alpha": 0.2}},
               {"type": "dense", "units": 1, "bias": false, "weight_init": {"type": "given", "values": [1, 2]}},
               "activation"],
    "loss": "bce_with_logits",
    "optimizer": {"type": "sgd", "momentum": 0.9},
    "train": {"seed": 18446744073709551615, "names": ["a", "b"], "rates": [1, 0.25], "when": "never"}
  })",
                                        "c.json"));
  REQUIRE(config.layers.specs().size() == 3);
  CHECK(config.layers.specs()[0].summary().starts_with("dense(units=8, activation=leaky_relu(alpha=0.2, "));
  CHECK(config.layers.specs()[1].summary().find("bias=false, weight_init=given(values=2 values)") != std::string::npos);
  CHECK(config.layers.specs()[2].summary() == "activation(activation=relu(derivative_at_zero=0))");
  CHECK(config.loss.type() == "bce_with_logits");
  CHECK(config.optimizer.summary().starts_with("sgd(learning_rate=0.01, momentum=0.9"));
  CHECK(config.train.seed == std::numeric_limits<std::size_t>::max());
  CHECK(config.train.epochs == 10);
  CHECK(config.train.names == std::vector<std::string>{"a", "b"});
  CHECK(config.train.rates == std::vector<double>{1, 0.25});
  CHECK(config.train.when == "never");
}

TEST_CASE("a mistake is shown with its place, its pointer, what was found and what is allowed") {
  struct Row {
    std::string json;
    std::string message;
  };
  const auto train = [](const std::string& members) { return R"({"layers": [], "train": {)" + members + "}}"; };
  const auto layer = [](const std::string& element) { return R"({"layers": [)" + element + "]}"; };
  const std::string size = "wanted a whole number in [1, 1000], without point or exponent";
  const std::vector<Row> rows = {
      {"[]", "1:1: found a list, wanted an object"},
      {"{}", "1:1: the key \"layers\" is missing: from input to output"},
      {R"({"layers": {}})", "1:12: /layers: found an object, wanted a list"},
      {R"({"layers": [], "optimiser": "sgd"})",
       "1:16: /optimiser: unknown key for config; did you mean \"optimizer\"? (known: layers, loss, optimizer, train)"},
      {R"({"layers": [], "layers": []})", "1:16: /layers: the key occurs twice; the first is at c.json:1:2"},
      {train(R"("epochs": 3.5)"), "1:36: /train/epochs: found the number 3.5, " + size},
      {train(R"("epochs": 8.0)"), "1:36: /train/epochs: found the number 8.0, " + size},
      {train(R"("epochs": -1)"), "1:36: /train/epochs: found the number -1, " + size},
      {train(R"("epochs": 18446744073709551616)"),
       "1:36: /train/epochs: found the number 18446744073709551616, " + size},
      {train(R"("epochs": true)"), "1:36: /train/epochs: found true, " + size},
      {train(R"("epochs": null)"), "1:36: /train/epochs: found null, " + size},
      {train(R"("epochs": "5")"), "1:36: /train/epochs: found the text \"5\", " + size},
      {train(R"("epochs": 0)"), "1:36: /train/epochs: found 0, must be in [1, 1000]"},
      {train(R"("when": "allways")"),
       "1:34: /train/when: unknown word \"allways\"; did you mean \"always\"? (known: always, never)"},
      {train(R"("when": 1)"), "1:34: /train/when: found the number 1, wanted a text in double quotes"},
      {train(R"("names": ["a", 1])"), "1:41: /train/names/1: found the number 1, wanted a text in double quotes"},
      {train(R"("rates": [1, -2])"), "1:39: /train/rates/1: found -2, must be > 0"},
      {train(R"("rates": [1, "x"])"), "1:39: /train/rates/1: found the text \"x\", wanted a number"},
      {train(R"("rates": 1)"), "1:35: /train/rates: found the number 1, wanted a list of numbers"},
      {R"({"layers": [], "train": 5})", "1:25: /train: found the number 5, wanted an object"},
      {R"({"layers": [], "loss": "msee"})",
       "1:24: /loss: unknown loss \"msee\"; did you mean \"mse\"? (known: bce_with_logits, half_squared_mean, "
       "half_squared_sum, huber, mae, mse, multiclass_hinge, "
       "poisson, quantile, softmax_cross_entropy)"},
      {R"({"layers": [], "loss": {"typ": "mse"}})",
       "1:24: /loss: the key \"type\" is missing (known: bce_with_logits, half_squared_mean, half_squared_sum, huber, "
       "mae, mse, multiclass_hinge, "
       "poisson, quantile, softmax_cross_entropy)"},
      {R"({"layers": [], "loss": {"type": 3}})",
       "1:33: /loss/type: found the number 3, wanted the name of one of loss: bce_with_logits, half_squared_mean, "
       "half_squared_sum, huber, mae, mse, multiclass_hinge, "
       "poisson, quantile, softmax_cross_entropy"},
      {R"({"layers": [], "loss": {"type": "mse", "x/y~": 1}})",
       "1:40: /loss/x~1y~0: unknown key for mse (known: type)"},
      {layer(R"("dense")"),
       "1:13: /layers/0: the key \"units\" is missing: number of outputs; auto, in the last layer of a config: as "
       "many as the data and the loss want"},
      {layer(R"({"type": "dense", "units": 0})"),
       "1:40: /layers/0/units: found the number 0, wanted a whole number in [1, 1048576], or \"auto\""},
      {layer("null"),
       "1:13: /layers/0: found null, wanted the name of one of layer: activation, batch_norm, dense, dropout, "
       "layer_norm, residual"},
      {layer(R"({"type": "dense", "units": 2, "bias": 1})"),
       "1:51: /layers/0/bias: found the number 1, wanted true or false"},
      {layer(R"({"type": "dense", "units": 2, "activation": {"type": "leaky_relu", "alpah": 1}})"),
       "1:80: /layers/0/activation/alpah: unknown key for leaky_relu; did you mean \"alpha\"? (known: type, alpha, "
       "derivative_at_zero)"},
      {R"({"layers": [], "optimizer": {"type": "sgd", "nesterov": true}})",
       "1:57: /optimizer/nesterov: needs momentum > 0, such as 0.9"},
      {R"({"layers": [], "a\u001bb": 1})",
       "1:16: /a\\x1bb: unknown key for config (known: layers, loss, optimizer, train)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.json);
    CHECK(error_for(row.json) == "c.json:" + row.message);
  }
}

TEST_CASE("a wrong value hides only the checks that need it") {
  const auto sgd = [](const std::string& members) {
    return error_for(R"({"layers": [], "optimizer": {"type": "sgd", )" + members + "}}");
  };
  const std::string momentum = "/optimizer/nesterov: needs momentum > 0, such as 0.9";
  CHECK(sgd(R"("nesterov": true, "learning_rate": 0)") ==
        "c.json:1:57: " + momentum + "\nc.json:1:80: /optimizer/learning_rate: found 0, must be > 0");
  CHECK(
      sgd(R"("nesterov": true, "rate": 1)").starts_with("c.json:1:57: " + momentum + "\nc.json:1:63: /optimizer/rate"));
  CHECK(sgd(R"("nesterov": 1)") == "c.json:1:57: /optimizer/nesterov: found the number 1, wanted true or false");
  CHECK(sgd(R"("nesterov": true, "momentum": "0.9")") ==
        "c.json:1:75: /optimizer/momentum: found the text \"0.9\", wanted a number");
}

TEST_CASE("all mistakes are shown in one go, in the order of the text, ten at most") {
  CHECK(error_for("{\"optimizer\": {\"type\": \"sgd\", \"momentum\": 2,\n \"rate\": 1},\n \"loss\": 5}") ==
        "c.json:1:1: the key \"layers\" is missing: from input to output\n"
        "c.json:1:43: /optimizer/momentum: found 2, must be in [0, 1)\n"
        "c.json:2:2: /optimizer/rate: unknown key for sgd (known: type, learning_rate, momentum, dampening, nesterov, "
        "weight_decay, l1, decay_biases)\n"
        "c.json:3:10: /loss: found the number 5, wanted the name of one of loss: bce_with_logits, half_squared_mean, "
        "half_squared_sum, huber, mae, "
        "mse, multiclass_hinge, poisson, quantile, softmax_cross_entropy");
  std::string many = R"({"layers": [])";
  for (int i = 0; i < 100'000; ++i) many += ", \"k" + std::to_string(i) + "\": 1";
  const std::string message = error_for(many + "}");
  CHECK(message.ends_with("\nand 99990 more mistakes"));
  CHECK(message.size() < 2000);
}

namespace {

// The config after --set, written on one line.
std::string overridden(std::string_view config, std::string_view assignment) {
  JsonValue json = parse_json(config, "c.json");
  apply_override(json, assignment);
  return to_json_line(json);
}

std::string override_error(std::string_view config, std::string_view assignment) {
  return error_of<ConfigError>([&] { overridden(config, assignment); });
}

}  // namespace

TEST_CASE("an override changes a value, adds a key, and makes an object of a shorthand") {
  CHECK(overridden(R"({"a": {"b": 1}})", "a.b=2") == R"({"a": {"b": 2}})");
  CHECK(overridden(R"({"a": [{"b": 1}, 5]})", "a[0].b=[1, 2]") == R"({"a": [{"b": [1, 2]}, 5]})");
  CHECK(overridden(R"({"a": [1, 5]})", "a[1]=adam") == R"({"a": [1, "adam"]})");
  CHECK(overridden("{}", "train.epochs=3") == R"({"train": {"epochs": 3}})");
  CHECK(overridden("{}", "name=x=y z") == R"({"name": "x=y z"})");
  CHECK(overridden("{}", "name=") == R"({"name": ""})");
  CHECK(overridden(R"({"loss": "mse"})", "loss.scale=2") == R"({"loss": {"type": "mse", "scale": 2}})");
}

TEST_CASE("an override that is meant as JSON or as a number must be one") {
  CHECK(override_error("{}", R"(optimizer={"type": adam})") ==
        "--set optimizer:1:10: found adam; texts and keys stand in double quotes, as in \"adam\"");
  CHECK(override_error("{}", "layers=[1, 2").starts_with("--set layers:1:6: the document ends here, in the middle of"));
  CHECK(override_error("{}", " a b= \"x") == "--set  a b:1:2: the closing quote of this text is missing");
  for (const char* number : {"1e999", "-1E+999", "1.5e-999"}) {
    CAPTURE(number);
    CHECK(override_error("{}", "x=" + std::string(number)) ==
          "--set x:1:1: " + std::string(number) +
              " cannot be held: numbers other than 0 are between 4.9e-324 and 1.8e308 in size");
  }
  CHECK(overridden("{}", "x=1.2.3") == R"({"x": "1.2.3"})");
  CHECK(overridden("{}", "x=2026-11-25") == R"({"x": "2026-11-25"})");
  CHECK(overridden("{}", "x=1e5e9") == R"({"x": "1e5e9"})");
}

TEST_CASE("a new type drops the keys of the old one, and says so") {
  JsonValue json = parse_json(R"({"optimizer": {"type": "sgd", "momentum": 0.9}})", "c.json");
  CHECK(apply_override(json, "optimizer.type=sgd") == "");
  CHECK(apply_override(json, "optimizer.type=adam") ==
        "--set optimizer.type: the keys of the old type are dropped: momentum");
  CHECK(to_json_line(json) == R"({"optimizer": {"type": "adam"}})");
  CHECK(overridden(R"({"optimizer": "sgd"})", "optimizer.type=adam") == R"({"optimizer": {"type": "adam"}})");
}

TEST_CASE("a mistake of an override points at it") {
  JsonValue json = parse_json(R"({"layers": [{"type": "dense", "units": 8}]})", "c.json");
  apply_override(json, "layers[0].units=0");
  apply_override(json, "train.epoch=3");
  json.set("loss", parse_json("\n\n7", "c.json"));  // a mistake of the file comes first, wherever it stands
  CHECK(
      error_of<ConfigError>([&] { read(json); }) ==
      "c.json:3:1: /loss: found the number 7, wanted the name of one of loss: bce_with_logits, half_squared_mean, "
      "half_squared_sum, huber, mae, mse, multiclass_hinge, "
      "poisson, quantile, softmax_cross_entropy\n"
      "--set layers[0].units: /layers/0/units: found the number 0, wanted a whole number in [1, 1048576], or \"auto\"\n"
      "--set train.epoch: /train/epoch: unknown key for train; did you mean \"epochs\"? (known: epochs, seed, when, "
      "names, rates)");
}

TEST_CASE("what is no override is refused") {
  CHECK(override_error("{}", "a.b") == "--set a.b: no value; write it as in model.layers[0].units=64");
  for (const char* path : {"=1", ".a=1", "a.=1", "a..b=1", "a[=1", "a[x]=1", "a[-1]=1", "a[0]b=1", "[0]=1"}) {
    CAPTURE(path);
    CHECK(override_error("{}", path).find(": not a path; write it as in model.layers[0].units=64") !=
          std::string::npos);
  }
  CHECK(override_error(R"({"a": [1, 2]})", "a[2]=1") ==
        "--set a[2]: the list has 2 elements, counted from 0; [2] is past its end");
  CHECK(override_error(R"({"a": 5})", "a[0]=1") == "--set a[0]: there is the number 5, and not a list to take [0] of");
  CHECK(override_error(R"({"a": 5})", "a.b=1") == "--set a.b: there is the number 5 at c.json:1:7, without keys");
}

TEST_CASE("a value is found by its pointer, or the innermost thing around it") {
  const JsonValue json = parse_json(R"({"a": [{"b": 1}, 5]})", "c.json");
  CHECK(nearest_value(json, "/a/0/b").place.column == 14);
  CHECK(nearest_value(json, "/a/0/c/d").place.column == 8);
  CHECK(nearest_value(json, "/a/7").place.column == 7);
  CHECK(nearest_value(json, "/x").place.column == 1);
  CHECK(nearest_value(json, "").place.column == 1);
}

// Every registered description of every kind, inside a config.
TEST_CASE("a resolved config gives every option, and reads back as itself") {
  const Registries registries = all_registries();
  Config config = read(parse_json(R"({"layers": [{"type": "dense", "units": 3}]})", "c.json"));
  const auto check_round_trip = [&] {
    const std::string resolved = to_json(config_of(config));
    CAPTURE(resolved);
    Config again = read(parse_json(resolved, "r.json"));
    CHECK(to_json(config_of(again)) == resolved);
  };
  check_round_trip();
  auto* dense = std::get<SpecListPlace*>(config.options()[0].place);
  auto* activation = std::get<SpecPlace*>(dense->at(0).held().options()[1].place);
  for (const std::string& name : registries.of_kind("activation").names()) {
    activation->replace(registries.of_kind("activation"), name);
    for (const Option& option : activation->held().options()) {
      if (auto* const* place = std::get_if<double*>(&option.place)) **place = 0.125;
    }
    check_round_trip();
  }
  for (const std::string& name : registries.of_kind("loss").names()) {
    config.loss.replace(registries.of_kind("loss"), name);
    check_round_trip();
  }
  for (const std::string& name : registries.of_kind("initializer").names()) {
    std::get<SpecPlace*>(dense->at(0).held().options()[3].place)->replace(registries.of_kind("initializer"), name);
    check_round_trip();
  }
}

TEST_CASE("numbers come as a list, by name or as the word of a rule, and are written as they came") {
  const auto config = [](const std::string& weights) {
    return read(parse_json(R"({"layers": [], "loss": {"type": "multiclass_hinge", "class_weights": )" + weights + "}}",
                           "c.json"));
  };
  for (const std::string weights : {"[]", "[1, 0.5]", R"({"a b": 2, "c": 0})", R"("balanced")"}) {
    CAPTURE(weights);
    Config read = config(weights);
    CHECK(to_json_line(*config_of(read).find("loss")->find("class_weights")) == weights);
  }
  CHECK(config("[1, 2]").loss.summary() == "multiclass_hinge(class_weights=2 values)");
  CHECK(config(R"({"a": 2})").loss.summary() == "multiclass_hinge(class_weights=1 values)");
  CHECK(config(R"("balanced")").loss.summary() == "multiclass_hinge(class_weights=balanced)");
  NamedNumbers negative{-1};
  CHECK(error_of<ConfigError>([&] { LossSpec(MulticlassHinge{.class_weights = negative}); }) ==
        "multiclass_hinge: class_weights = -1, must be >= 0");
  Config root;
  const JsonValue schema = json_schema(root, all_registries(), "A test");
  for (const JsonValue& alternative : schema.find("definitions")->find("loss")->find("oneOf")->elements) {
    const JsonValue* properties = alternative.find("properties");
    const JsonValue* weights = properties == nullptr ? nullptr : properties->find("class_weights");
    if (weights == nullptr) continue;
    CHECK(to_json_line(*weights->find("anyOf")) ==
          R"([{"type": "array", "items": {"type": "number", "minimum": 0}}, )"
          R"({"type": "object", "additionalProperties": {"type": "number", "minimum": 0}}, {"enum": ["balanced"]}])");
  }
}

TEST_CASE("a table shows what an option may be, its default and its meaning") {
  Config config;
  CHECK(options_table(config.train) ==
        "| key | value | default | meaning |\n|---|---|---|---|\n"
        "| `epochs` | whole number in [1, 1000] | `10` | how often |\n"
        "| `seed` | whole number | `0` | of all draws |\n"
        "| `when` | always, never | `\"always\"` | the moment |\n"
        "| `names` | texts | `[]` | of things |\n"
        "| `rates` | numbers | `[0.5]` | several |\n");
  CHECK(options_table(config).find("| `layers` | list of layer | required | from input to output |\n"
                                   "| `loss` | loss | `\"mse\"` | what is made small |") != std::string::npos);
}

TEST_CASE("the schema says what the reader takes") {
  Config config;
  const JsonValue schema = json_schema(config, all_registries(), "A test");
  CHECK(schema.find("$schema")->text == "http://json-schema.org/draft-07/schema#");
  CHECK(to_json_line(*schema.find("required")) == R"(["layers"])");
  CHECK(to_json_line(*schema.find("properties")->find("loss")) ==
        R"({"allOf": [{"$ref": "#/definitions/loss"}], "description": "what is made small", )"
        R"("default": {"type": "mse"}})");
  CHECK(to_json_line(schema.find("properties")->find("train")->find("properties")->members[0].value) ==
        R"({"type": "integer", "minimum": 1, "maximum": 1000, "description": "how often", "default": 10})");
  const JsonValue* definitions = schema.find("definitions");
  for (const char* kind : {"activation", "initializer", "layer", "loss", "optimizer"}) {
    CAPTURE(kind);
    CHECK(definitions->find(kind) != nullptr);
  }
  // A dense layer needs its units, so its name alone is no layer.
  CHECK(to_json_line(definitions->find("layer")->find("oneOf")->elements[0]) ==
        R"({"enum": ["activation", "batch_norm", "dropout", "layer_norm"]})");
}
