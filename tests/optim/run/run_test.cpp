#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_record.h>
#include <hinge/optim/run/summary.h>

#include "support/contains.h"
#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr std::string_view moons = R"({
  "data": {"type": "moons", "samples": 80, "test": {"every": 4}, "validation": {"fraction": 0.25},
           "preprocess": "standard"},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy",
  "optimizer": {"type": "sgd", "learning_rate": 0.1},
  "train": {"epochs": 3, "seed": 7}
})";

LoadedConfig parse(std::string_view text, const std::vector<std::string>& overrides = {},
                   const std::string& folder = ".") {
  return parse_config(text, "c.json", folder, overrides, standard_registries());
}

template <typename Error>
std::string run_error(const std::vector<std::string>& overrides, std::string_view text = moons) {
  return error_of<Error>([&] { Run run(parse(text, overrides)); });
}

}  // namespace

TEST_CASE("a config becomes data in three parts, a network and a trainer") {
  Run run(parse(moons));
  CHECK(run.data().test->size() == 20);
  CHECK(run.data().validation->size() == 15);
  CHECK(run.data().train.size() == 45);
  double sum = 0;
  for (std::size_t i = 0; i < 45; ++i) sum += static_cast<double>(run.data().train.inputs()(0, i));
  CHECK(std::abs(sum) < 1e-4);  // standardised on the training part
  const FitResult result = run.train();
  REQUIRE(result.epochs.size() == 3);
  CHECK(result.epochs[2].validation->samples == 15);
  CHECK(result.epochs[2].health->layers.size() == 1);
  CHECK(run.model().info().class_names == std::vector<std::string>{"0", "1"});
}

TEST_CASE("the same config gives the same bits, another seed others") {
  const auto weights = [](const std::vector<std::string>& overrides) {
    Run run(parse(moons, overrides));
    run.train();
    return std::vector<float>(run.network().values().begin(), run.network().values().end());
  };
  CHECK(same_bits(weights({}), weights({})));
  CHECK_FALSE(same_bits(weights({}), weights({"train.seed=8"})));
}

TEST_CASE("the model takes raw values and gives raw values") {
  const std::string text = R"({
    "data": {"type": "sine", "samples": 40, "preprocess": "minmax"},
    "model": {"layers": [{"type": "dense", "units": 1, "weight_init": "zeros"}]},
    "loss": "mse", "train": {"epochs": 0}})";
  Run run(parse(text));
  Matrix<float> x(1, 1);
  x(0, 0) = 3;
  // The network gives 0, the smallest scaled target, which is the smallest value of the sine.
  CHECK(static_cast<double>(run.model().predict(x)(0, 0)) == doctest::Approx(-1).epsilon(0.01));
}

TEST_CASE("sizes that do not fit together are shown at their place") {
  CHECK(run_error<ConfigError>({"model.layers[1].units=3"}) ==
        "--set model.layers[1].units: /model/layers/1/units: the last layer has 3 outputs, wanted 2: the data has 2 "
        "classes, and the loss is softmax_cross_entropy");
  CHECK(run_error<ConfigError>({"loss=bce_with_logits"}) ==
        "c.json:4:104: /model/layers/1/units: the last layer has 2 outputs, wanted 1: one output tells two classes "
        "apart, and the loss is bce_with_logits");
  CHECK(run_error<ConfigError>({"data.type=blobs", "loss=bce_with_logits"}) ==
        "--set loss: /loss: bce_with_logits is for two classes, but the data has 3 classes; use softmax_cross_entropy");
  CHECK(run_error<ConfigError>({"model.layers=[]"}) ==
        "--set model.layers: /model/layers: the list is empty; a network needs at least one layer");
  CHECK(run_error<ConfigError>({R"(model.layers[0].weight_init={"type": "given", "values": [1]})"})
            .starts_with("c.json:4:23: /model/layers: "));
  CHECK(run_error<ConfigError>({"data.type=sine"}) ==
        "c.json:5:11: /loss: sine has target values, but the loss wants classes; use a loss such as mse");
  CHECK(run_error<ConfigError>({"data.type=blobs", "loss=mse"}) ==
        "--set loss: /loss: blobs has 3 classes, but the loss wants values; use a loss such as softmax_cross_entropy");
  CHECK(run_error<ConfigError>({"data.samples=1", "data.test={}"}) ==
        "c.json:2:80: /data/validation: with 1 sample to draw from, the validation part or what it leaves would be "
        "empty");
  CHECK(run_error<ConfigError>({"data.samples=1"}) ==
        "c.json:2:52: /data/test: with 1 sample to draw from, the test part or what it leaves would be empty");
}

TEST_CASE("quantiles share the one target column, its name and its scaling") {
  const std::string text = R"({
    "data": {"type": "sine", "samples": 40, "preprocess": "minmax"},
    "model": {"layers": [{"type": "dense", "units": 3, "weight_init": "zeros"}]},
    "loss": {"type": "quantile", "tau": [0.1, 0.5, 0.9]}, "train": {"epochs": 0}})";
  const Run run(parse(text));
  CHECK(run.model().info().target_names == std::vector<std::string>{"y q0.1", "y q0.5", "y q0.9"});
  const Matrix<float> y = run.model().predict(Matrix<float>(1, 1));
  for (std::size_t k = 0; k < 3; ++k) CHECK(static_cast<double>(y(k, 0)) == doctest::Approx(-1).epsilon(0.01));
  CHECK(run_error<ConfigError>({"model.layers[0].units=2"}, text)
            .ends_with("/loss: quantile: tau has 3 levels, but the network has 2 outputs; the last layer needs a unit "
                       "for each level"));
  CHECK(run_error<ConfigError>({"loss.tau=[]"}, text).find("is empty; give a level for each output") !=
        std::string::npos);
  CHECK(run_error<ConfigError>({"loss.tau=[0.1, 0.1]"}, text).find("has the level 0.1 twice") != std::string::npos);
}

TEST_CASE("counts are not scaled, and none may be negative") {
  const TemporaryFolder folder;
  folder.write("a.csv", "x,visits\n1,2\n3,4\n5,6\n7,9\n");
  const std::string text = R"({"data": {"type": "csv", "path": "a.csv", "preprocess": "standard"},
    "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "poisson"})";
  const Run run(parse(text, {}, folder.path()));
  CHECK(run.data().train.values()(0, 3) == 9);
  CHECK(run.model().info().targets.is_identity());
  CHECK(!run.model().info().inputs.is_identity());
  folder.write("a.csv", "x,visits\n1,2\n3,-4\n");
  CHECK(error_of<ConfigError>([&] {
          Run refused(parse(text, {}, folder.path()));
        }).ends_with("/loss: poisson: target value -4 of output 0, must be >= 0"));
}

TEST_CASE("what contradicts itself in the data section is refused at its place") {
  struct Row {
    std::string override_text;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"data.test.fraction=0.5", "--set data.test.fraction: /data/test/every: cannot stand beside fraction; keep one"},
      {"data.test.every=1", "must be 0 or >= 2"},
      {"data.test.offset=4", "--set data.test.offset: /data/test/offset: must be below every"},
      {"data.test.folds=3", "--set data.test.folds: /data/test/folds: cannot stand beside fraction or every"},
      {R"(data.test={"folds": 1})", "/data/test/folds: must be 0 or >= 2: one fold would leave no training part"},
      {R"(data.test={"folds": 3, "fold": 3})", "/data/test/fold: must be below folds"},
      {R"(data.test={"fold": 1})", "/data/test/fold: needs folds, such as 5"},
      {"data.test.by=class", "/data/test/by: cannot stand beside every, which goes by the order alone"},
      {R"(data.test={"fraction": 0.2, "by": "group"})", "/data/test/column: is missing; by group needs the name of"},
      {R"(data.test={"by": "order"})", "/data/test/by: needs a share, such as \"fraction\": 0.2, or folds"},
      {R"(data.test={"fraction": 0.2, "column": "x"})", "/data/test/column: needs \"by\": \"group\""},
      {R"(data.test={"fraction": 0.2, "by": "groups"})", "unknown word \"groups\"; did you mean \"group\"?"},
      {"data.preprocess=normal", "unknown word \"normal\" (known: none, standard, minmax, robust, log1p, divide)"},
      {"data.type=csv", "/data: the key \"path\" is missing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.override_text);
    const std::string message = error_of<ConfigError>([&] { parse(moons, {row.override_text}); });
    CAPTURE(message);
    CHECK(message.find(row.message.substr(
              row.message.find(": /") == std::string::npos ? 0 : row.message.find(": /"))) != std::string::npos);
  }
}

TEST_CASE("paths in a config start at its folder, paths of an override where the user stands") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("configs/data"));
  folder.write("configs/data/a.csv", "x,y,class\n1,2,no\n3,4,yes\n5,6,no\n7,9,yes\n");
  const std::string text = R"({"data": {"type": "csv", "path": "data/a.csv"},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"})";
  Run inside(parse(text, {}, folder.path("configs")));
  CHECK(inside.data().train.size() == 4);
  CHECK(inside.model().info().feature_names == std::vector<std::string>{"x", "y"});
  Run outside(parse(text, {"data.path=" + folder.path("configs/data/a.csv")}, folder.path("configs")));
  CHECK(outside.data().train.size() == 4);
  CHECK(error_of<FileError>([&] {
          Run run(parse(text, {"data.path=none.csv"}, folder.path("configs")));
        }).ends_with("none.csv: No such file or directory"));
}

TEST_CASE("an absolute path stays one, wherever it came from") {
  const std::string text = R"({"data": {"type": "csv", "path": "/a.csv"},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"})";
  CHECK(parse(text, {}, "configs").tree.find("data")->find("path")->text == "/a.csv");
  CHECK(parse(text, {"data.path=/b.csv"}, "configs").tree.find("data")->find("path")->text == "/b.csv");
  CHECK(parse(text, {"data.path=b.csv"}, "configs").tree.find("data")->find("path")->text == "../b.csv");
}

TEST_CASE("the mistakes of all overrides and of the file are shown in one go") {
  CHECK(error_of<ConfigError>([] {
          parse(R"({"loss": 5})", {"a..b=1", "train.epochs", "train.seed=-1"});
        })
            .find("--set a..b: not a path; write it as in model.layers[0].units=64\n"
                  "--set train.epochs: no value; write it as in model.layers[0].units=64\n") != std::string::npos);
  CHECK(error_of<ConfigError>([] {
          parse(moons, {"a..b=1", "train.seed=-1", "c..d=1"});
        }) ==
        "--set a..b: not a path; write it as in model.layers[0].units=64\n"
        "--set c..d: not a path; write it as in model.layers[0].units=64\n"
        "--set train.seed: /train/seed: found the number -1, wanted a whole number from 0 to 18446744073709551615, "
        "without point or exponent");
}

TEST_CASE("the parts of a config are filled and scaled, and say how") {
  const TemporaryFolder folder;
  folder.write("a.csv", "x,class\n1,no\n3,yes\n,no\n8,yes\n");
  const std::string text = R"({"data": {"type": "csv", "path": "a.csv", "missing": "mean", "preprocess": "standard"},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"})";
  const DataParts parts = load_data(parse(text, {}, folder.path()));
  CHECK(parts.imputed_values == std::vector<double>{4});
  CHECK(parts.inputs.offsets() == std::vector<double>{4});  // of 1, 3, 4 and 8
  CHECK(parts.inputs.divisors() == std::vector<double>{std::sqrt(6.5)});
  CHECK(parts.train.inputs()(0, 1) == static_cast<float>(-1 / std::sqrt(6.5)));
  CHECK(parts.train.inputs()(0, 2) == 0);
  CHECK(parts.rows.filled == RowReport::Counts{{"x", 1}});
}

TEST_CASE("a missing feature becomes the mean of the training part, in the model too") {
  const TemporaryFolder folder;
  folder.write("a.csv", "x,class\n1,no\n3,yes\n,no\n8,yes\n");
  const std::string text = R"({"data": {"type": "csv", "path": "a.csv", "missing": "mean"},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"})";
  const Run run(parse(text, {}, folder.path()));
  CHECK(run.data().train.inputs()(0, 2) == 4);
  CHECK(run.model().info().imputed_values == std::vector<double>{4});
}

TEST_CASE("two classes are learned as 0 and 1 where the loss wants values") {
  const Run run(parse(R"({"data": "xor", "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "mse"})"));
  CHECK(run.data().train.task() == Task::regression);
  CHECK(run.data().train.values()(0, 1) == 1);
  CHECK(run.data().train.values()(0, 3) == 0);
}

TEST_CASE("mean errors are given in the units of the raw targets, where there is one unit") {
  const Evaluation scaled{.samples = 1, .mae = 0.5, .rmse = 2};
  CHECK(*in_raw_units(scaled, {}).mae == 0.5);
  CHECK(*in_raw_units(scaled, {}).rmse == 2);
  CHECK(*in_raw_units(scaled, Preprocessing({3}, {10})).mae == 5);
  CHECK(*in_raw_units(scaled, Preprocessing({3}, {10})).rmse == 20);
  CHECK_FALSE(in_raw_units(scaled, Preprocessing({3, 4}, {10, 20})).mae);
  CHECK_FALSE(in_raw_units(scaled, Preprocessing({3, 4}, {10, 20})).rmse);
  CHECK_FALSE(in_raw_units({.samples = 1, .accuracy = 1}, Preprocessing({3}, {10})).mae);
}

TEST_CASE("the record of a run has its samples and options, and the largest root mean square of a target") {
  const TemporaryFolder folder;
  folder.write("t.csv", "x,a,b\n1,1,-6\n2,-1,8\n");
  const Run run(parse(R"({"data": {"type": "csv", "path": "t.csv", "targets": ["a", "b"]},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "mse",
    "optimizer": {"type": "adamw", "weight_decay": 0.25}, "train": {"clip_norm": 3}})",
                      {}, folder.path()));
  RunRecord record;
  record_facts(run, record);
  CHECK(record.samples == 2);
  CHECK(record.target_size == std::sqrt(50.0));  // of a it is 1
  CHECK(record.decay == 0.25);
  CHECK(record.clip_norm == 3);
}

TEST_CASE("what is wrong in the train section, or of a dropout layer, is shown at its place") {
  struct Row {
    std::string override_text;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"train.accumulate=0", "/train/accumulate: found 0, must be in [1, 1000000000]"},
      {"train.accumulate=1.5", "/train/accumulate: found the number 1.5, wanted"},
      {"train.clip_norm=-1", "/train/clip_norm: found -1, must be >= 0"},
      {"train.clip_value=-0.5", "/train/clip_value: found -0.5, must be >= 0"},
      {"train.clip_norm=\"1\"", "/train/clip_norm: found the text \"1\", wanted a number"},
      {"train.averaging=1", "/train/averaging: found 1, must be in [0, 1)"},
      {"train.averaging=-0.1", "/train/averaging: found -0.1, must be in [0, 1)"},
      {"train.early_stopping.patience=-1", "/train/early_stopping/patience: found the number -1, wanted"},
      {"train.early_stopping.min_delta=-1", "/train/early_stopping/min_delta: found -1, must be >= 0"},
      {"train.early_stopping.restore_best=1", "/train/early_stopping/restore_best: found the number 1, wanted true or"},
      {"train.early_stopping.patients=5",
       "/train/early_stopping/patients: unknown key for early_stopping; did you mean \"patience\"?"},
      {"train.early_stopping=5", "/train/early_stopping: found the number 5, wanted an object"},
      {"train.threads=0", "/train/threads: found the number 0, wanted a whole number in [1, 1024], or \"auto\""},
      {"train.threads=1025", "/train/threads: found 1025, must be in [1, 1024]"},
      {"train.threads=all", "/train/threads: found the text \"all\", wanted a whole number in [1, 1024], or \"auto\""},
      {"train.threads=1.5", "/train/threads: found the number 1.5, wanted a whole number in [1, 1024], or \"auto\""},
      {"train.clipnorm=1", "/train/clipnorm: unknown key for train; did you mean \"clip_norm\"?"},
      {"train.acumulate=2", "/train/acumulate: unknown key for train; did you mean \"accumulate\"?"},
      {"train.averageing=0.9", "/train/averageing: unknown key for train; did you mean \"averaging\"?"},
      {"train.schedul=cosine", "/train/schedul: unknown key for train; did you mean \"schedule\"?"},
      {"train.schedule=cosin", "/train/schedule: unknown schedule \"cosin\"; did you mean \"cosine\"?"},
      {"train.schedule=cosine", "/train/schedule: the key \"period\" is missing"},
      {R"(model.layers[0]={"type": "dropout", "rate": 1})", "/model/layers/0/rate: found 1, must be in [0, 1)"},
      {R"(model.layers[0]={"type": "dropout", "rate": -0.1})", "/model/layers/0/rate: found -0.1, must be in [0, 1)"},
      {R"(model.layers[0]={"type": "dropout", "mask": [1, 2]})", "/model/layers/0/mask/1: found 2, must be in [0, 1]"},
      {R"(model.layers[0]={"type": "dropout", "rates": 0.5})",
       "/model/layers/0/rates: unknown key for dropout; did you mean \"rate\"?"},
      {R"(model.layers[0]={"type": "drop_out"})", "unknown layer \"drop_out\"; did you mean \"dropout\"?"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.override_text);
    check_contains(error_of<ConfigError>([&] { parse(moons, {row.override_text}); }), {row.message});
  }
}

TEST_CASE("what contradicts itself between the sections is shown at its place") {
  constexpr std::string_view xor_text = R"({"data": "xor", "loss": "softmax_cross_entropy",
    "model": {"layers": [{"type": "dense", "units": 2}]},
    "train": {"early_stopping": {"patience": 3}}})";
  CHECK(run_error<ConfigError>({}, xor_text) ==
        "c.json:3:33: /train/early_stopping: needs validation samples; add for example \"validation\": "
        "{\"fraction\": 0.2} to data");
  CHECK_NOTHROW(Run(parse(xor_text, {"train.early_stopping.patience=0"})));
  CHECK(run_error<ConfigError>({R"(train.schedule={"type": "cosine", "period": 3, "smallest": 0.5})"})
            .starts_with("--set train.schedule: /train/schedule: cosine: smallest = 0.5 is above the learning rate"));
  CHECK(run_error<ConfigError>({"metrics=[\"f1_macro\", \"f1_macro\"]"}) ==
        "--set metrics: /metrics/1: f1_macro stands twice in the list; name it once");
  check_contains(run_error<ConfigError>({"train.early_stopping.metric=acuracy"}),
                 {"/train/early_stopping/metric: unknown metric \"acuracy\"; did you mean \"accuracy\"?"});
}

TEST_CASE("metrics of a config are in its reports, and early stopping may watch one") {
  Run run(parse(moons, {"metrics=[\"f1_macro\"]", "data.validation.fraction=0.2", "train.early_stopping.patience=2",
                        "train.early_stopping.metric=f1_macro"}));
  const FitResult result = run.train();
  REQUIRE(result.best.has_value());
  for (const EpochReport& report : result.epochs) {
    CHECK(value_of(*report.validation, "f1_macro") <= value_of(*result.best->validation, "f1_macro"));
    CHECK(find_figure(figures(report), "val/f1_macro") != nullptr);
  }
}

TEST_CASE("dropout, schedule, clipping, averaging and early stopping train from a config") {
  const std::vector<std::string> overrides = {R"(model.layers=[{"type": "dense", "units": 16, "activation": "prelu"},
      {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 2}])",
                                              "optimizer=adam",
                                              "optimizer.learning_rate=0.05",
                                              "train.epochs=40",
                                              "train.batch_size=8",
                                              R"(train.schedule={"type": "exponential", "gamma": 0.9})",
                                              "train.clip_norm=1",
                                              "train.clip_value=0.5",
                                              "train.accumulate=2",
                                              "train.averaging=0.9",
                                              "train.early_stopping.patience=3",
                                              "train.early_stopping.min_delta=0.02"};
  const auto train = [&] {
    Run run(parse(moons, overrides));
    const FitResult result = run.train();
    REQUIRE(result.epochs.size() >= 4);
    CHECK(result.stopped_early);
    CHECK(result.best->epoch == result.epochs.size() - 4);
    CHECK(result.epochs[0].learning_rate == 0.05);
    CHECK(result.epochs[1].learning_rate == doctest::Approx(0.045).epsilon(1e-14));
    CHECK(result.epochs[0].steps == 3);  // 45 samples: six batches, three steps
    CHECK(result.epochs.back().train.loss < result.epochs[0].train.loss);
    CHECK(run.trainer().evaluate(*run.data().validation).loss ==
          result.epochs[result.best->epoch - 1].validation->loss);
    return std::vector<float>(run.network().values().begin(), run.network().values().end());
  };
  CHECK(same_bits(train(), train()));
}
