// What a config says against its own training: each fault beside a sound neighbour.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/run.h>

using namespace hinge;

namespace {

using Overrides = std::vector<std::string>;

// 400 samples in 13 batches: 1300 steps in 100 epochs.
const char* const moons_config = R"({
  "data": {"type": "moons", "samples": 400, "seed": 2, "validation": {"fraction": 0.2}},
  "model": {"layers": [{"type": "dense", "units": 16, "activation": "relu"},
                       {"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy",
  "optimizer": {"type": "adam", "learning_rate": 0.01},
  "train": {"epochs": 100, "batch_size": 32}
})";

std::vector<Finding> findings_of(const Overrides& overrides) {
  const LoadedConfig loaded = parse_config(moons_config, "c.json", ".", overrides, standard_registries());
  const DataParts parts = load_data(loaded);
  return config_findings({loaded.config, parts}, parts);
}

// With a mark behind an oddity.
std::string finding_names(const Overrides& overrides) {
  Overrides names;
  for (const Finding& finding : findings_of(overrides)) names.push_back(finding.name + (finding.is_certain ? "" : "?"));
  return join(names);
}

std::string deep(const char* layer, int count) {
  std::string layers = "model.layers=[";
  for (int i = 0; i < count; ++i) layers += std::string(layer) + ", ";
  return layers + R"({"type": "dense", "units": 2}])";
}

Overrides with_one(Overrides overrides, const std::string& more) {
  overrides.push_back(more);
  return overrides;
}

}  // namespace

TEST_CASE("what a config says against itself is found, and its sound neighbour is not") {
  struct Row {
    Overrides fault;
    Overrides sound;
    const char* names;
    const char* key;
  };
  const Overrides sgd = {"optimizer=sgd", "optimizer.learning_rate=0.05", "optimizer.momentum=0.9"};
  const Overrides sine = {R"(data={"type": "sine", "samples": 200})", "loss=mse", "model.layers[2].units=1"};
  const Overrides dropout_last = {
      R"(model.layers=[{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}, {"type": "dropout", "rate": 0.2}])"};
  const Overrides dropout_before = {
      R"(model.layers=[{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 2}])"};
  const std::string narrow = R"({"type": "dense", "units": 2, "activation": "relu"})";
  const std::vector<Row> rows = {
      {{"model.layers[2].activation=sigmoid"},
       {"model.layers[2].activation=leaky_relu"},
       "output_activation",
       "model.layers[2].activation"},
      {with_one(sine, "model.layers[2].activation=relu"), with_one(sine, "model.layers[2].activation=tanh"),
       "output_activation", "model.layers[2].activation"},
      {{"model.layers[0].activation=identity", "model.layers[1].activation=identity"},
       {"model.layers[0].activation=identity"},
       "no_nonlinearity",
       "model.layers[0].activation"},
      {{"model.layers[0].weight_init=zeros", "model.layers[2].weight_init=zeros"},
       {"model.layers[2].weight_init=zeros"},
       "init_symmetric",
       "model.layers[0].weight_init"},
      {{deep(narrow.c_str(), 10), "model.layers[0].bias_init=randomized_asymmetric"},
       {deep(R"({"type": "dense", "units": 16, "activation": "relu"})", 5)},
       "too_deep, born_dead",
       "model.layers"},
      {{R"(model.layers[0].bias_init={"type": "constant", "value": -9})"},
       {R"(model.layers[0].bias_init={"type": "constant", "value": -0.5})"},
       "born_dead",
       "model.layers[0].bias_init"},
      {{R"(model.layers[1].weight_init={"type": "normal", "stddev": 3})"},
       {R"(model.layers[1].weight_init={"type": "normal", "stddev": 0.5})"},
       "init_scale",
       "model.layers[1].weight_init"},
      {{R"(model.layers[2].weight_init={"type": "constant", "value": 9})"},
       {R"(model.layers[2].weight_init={"type": "constant", "value": 0.3})"},
       "init_scale",
       "model.layers[2].weight_init"},
      {{R"(model.layers=[{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dropout", "rate": 0.8}, {"type": "dense", "units": 2}])"},
       dropout_before,
       "dropout",
       "model.layers[1].rate"},
      {dropout_last, dropout_before, "dropout", "model.layers[2].rate"},
      {{"optimizer=adamw", "optimizer.learning_rate=0.01", "optimizer.weight_decay=10"},
       {"optimizer=adamw", "optimizer.learning_rate=0.01", "optimizer.weight_decay=0.5"},
       "weight_decay",
       "optimizer.weight_decay"},
      {with_one(sgd, "optimizer.l1=0.1"), with_one(sgd, "optimizer.l1=0.0001"), "l1", "optimizer.l1"},
      {with_one(sgd, "optimizer.weight_decay=1"), with_one(sgd, "optimizer.weight_decay=0.001"), "weight_decay",
       "optimizer.weight_decay"},
      {with_one(sgd, "train.clip_norm=0.0001"), with_one(sgd, "train.clip_norm=0.5"), "clip", "train.clip_norm"},
      {with_one(sgd, "train.clip_value=1e-6"), with_one(sgd, "train.clip_value=0.1"), "clip", "train.clip_value"},
      {{R"(train.schedule={"type": "exponential", "gamma": 0.8})"},
       {R"(train.schedule={"type": "exponential", "gamma": 0.97})"},
       "schedule",
       "train.schedule"},
      {{R"(train.schedule={"type": "cosine", "period": 3})"},
       {R"(train.schedule={"type": "cosine", "period": 100})"},
       "schedule",
       "train.schedule"},
      {{R"(train.schedule={"type": "warmup_cosine", "warmup": 5000, "total": 9000})"},
       {R"(train.schedule={"type": "warmup_cosine", "warmup": 5, "total": 100})"},
       "warmup",
       "train.schedule"},
      {{"train.early_stopping.patience=1", "train.early_stopping.min_delta=0.2"},
       {"train.early_stopping.patience=20", "train.early_stopping.min_delta=0.001"},
       "early_stop",
       "train.early_stopping"},
      {{"train.averaging=0.9999"}, {"train.averaging=0.99"}, "averaging", "train.averaging"},
      {{"train.epochs=60", "train.accumulate=20"}, {"train.accumulate=2"}, "accumulate", "train.accumulate"},
      {{"optimizer=rprop"}, {"optimizer=rprop", "train.batch_size=400"}, "rprop_minibatch", "train.batch_size"},
      {{"optimizer.learning_rate=1"},
       {"optimizer.learning_rate=0.03"},
       "learning_rate_high",
       "optimizer.learning_rate"},
      {with_one(sgd, "optimizer.learning_rate=5"), sgd, "learning_rate_high", "optimizer.learning_rate"},
      {{"optimizer.learning_rate=1e-7"},
       {"optimizer.learning_rate=1e-3"},
       "learning_rate_low",
       "optimizer.learning_rate"},
      {with_one(sgd, "optimizer.learning_rate=1e-6"), with_one(sgd, "optimizer.learning_rate=1e-2"),
       "learning_rate_low", "optimizer.learning_rate"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.names));
    CAPTURE(row.fault.back());
    CHECK(finding_names(row.fault) == row.names);
    const std::vector<Finding> findings = findings_of(row.fault);
    REQUIRE(!findings.empty());
    CHECK(findings[0].key == row.key);
    CHECK(!findings[0].evidence.empty());
    CHECK(finding_names(row.sound) == "");
    // What it names mends it.
    Overrides mended = row.fault;
    mended.insert(mended.end(), findings[0].set.begin(), findings[0].set.end());
    CHECK(finding_names(mended).find(findings[0].name) == std::string::npos);
  }
}

TEST_CASE("class weights that prefer the frequent class are found by their shares") {
  const char* const text = R"({
    "data": {"type": "blobs", "samples": 300, "classes": 2},
    "model": {"layers": [{"type": "dense", "units": "auto"}]},
    "loss": LOSS,
    "train": {"epochs": 100}
  })";
  const auto found = [&](const std::string& loss) {
    std::string config = text;
    config.replace(config.find("LOSS"), 4, loss);
    const LoadedConfig loaded = parse_config(config, "c.json", ".", {}, standard_registries());
    DataParts parts = load_data(loaded);
    std::vector<std::size_t> rows;  // all of class 0, every tenth of class 1
    for (std::size_t i = 0; i < parts.train.size(); ++i) {
      if (parts.train.classes()[i] == 0 || i % 10 == 1) rows.push_back(i);
    }
    parts.train = parts.train.subset(rows);
    const std::vector<Finding> findings = config_findings({loaded.config, parts}, parts);
    return findings.empty() ? std::string() : findings[0].name;
  };
  const char* const linear = "no_nonlinearity";  // an oddity of every linear model
  CHECK(found(R"({"type": "softmax_cross_entropy", "class_weights": [10, 1]})") == "class_weights");
  CHECK(found(R"({"type": "softmax_cross_entropy", "class_weights": [1, 10]})") == linear);
  CHECK(found(R"({"type": "softmax_cross_entropy", "class_weights": "balanced"})") == linear);
  CHECK(found(R"({"type": "bce_with_logits", "pos_weight": [0.1]})") == "class_weights");
  CHECK(found(R"({"type": "bce_with_logits", "pos_weight": [10]})") == linear);
}

TEST_CASE("what a sound config may have too is an oddity") {
  struct Row {
    Overrides overrides;
    const char* names;
  };
  for (const Row& row : std::vector<Row>{
           {{R"(model.layers=[{"type": "dense", "units": 2}])"}, "no_nonlinearity?"},
           {{"model.layers[0].train_weight=false"}, "frozen?"},
           {{"model.layers[0].bias=false", "model.layers[1].bias=false", "model.layers[2].bias=false"},
            "bias_missing?"},
           {{R"(data={"type": "blobs", "classes": 6})", "model.layers[1].units=2", "model.layers[2].units=6"},
            "capacity?"},
           {{"train.epochs=3"}, "undertrained?"},
           {{"train.batch_size=320", "train.epochs=20"}, "big_batch?"},
           {{"train.early_stopping.patience=1"}, "early_stop?"},
           {{"optimizer.learning_rate=0.1"}, "learning_rate_high?"},
           {{R"(train.schedule={"type": "reduce_on_plateau", "patience": 30})", "train.early_stopping.patience=10"},
            "schedule?"},
           {{"optimizer=sgd", "optimizer.learning_rate=0.2", "train.batch_size=1"}, "small_batch?"},
           {{"data.samples=50", "model.layers[1].units=300"}, "overfitting?"},
           {{"train.epochs=1", "train.batch_size=400"}, ""},  // a lesson: one step to look at
       }) {
    CAPTURE(std::string(row.names));
    CHECK(finding_names(row.overrides) == row.names);
  }
}

TEST_CASE("the size of the first weights is judged by both fans, so Glorot's are never odd") {
  for (const char* init : {"he_normal", "he_uniform", "xavier_normal", "xavier_uniform", "lecun_normal", "orthogonal",
                           "randomized_asymmetric"}) {
    for (const char* units : {"4", "64"}) {
      CAPTURE(std::string(init));
      CAPTURE(std::string(units));
      CHECK(finding_names({"model.layers[0].units=" + std::string(units),
                           "model.layers[0].weight_init=" + std::string(init),
                           "model.layers[1].weight_init=" + std::string(init)}) == "");
    }
  }
}
