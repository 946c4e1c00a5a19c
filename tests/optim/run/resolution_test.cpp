// What a config leaves to the data: outputs of the last layer, and class weights.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// Five samples of "no", three of "yes", one of "maybe": the classes of a table stand in the order of their names.
constexpr std::string_view table =
    "x,y,z,class\n1,0,0,no\n2,1,1,no\n3,2,4,no\n4,3,9,no\n5,4,16,no\n6,5,25,yes\n7,6,36,yes\n8,7,49,yes\n9,8,64,"
    "maybe\n";

constexpr std::string_view text = R"({
  "data": {"type": "csv", "path": "t.csv"},
  "model": {"layers": [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": "auto"}]},
  "loss": {"type": "softmax_cross_entropy"},
  "train": {"epochs": 1}
})";

LoadedConfig parse(const TemporaryFolder& folder, const std::vector<std::string>& overrides = {}) {
  folder.write("t.csv", std::string(table));
  return parse_config(text, "c.json", folder.path(), overrides, standard_registries());
}

std::vector<double> weights_of(const Run& run) {
  RunConfig config = run.config();
  return std::get<NamedNumbers*>(find_option(config.loss.held().options(), "class_weights")->place)->list;
}

}  // namespace

TEST_CASE("the last layer may have as many outputs as the data and the loss want") {
  const TemporaryFolder folder;
  struct Row {
    std::vector<std::string> overrides;
    std::size_t outputs;
  };
  for (const Row& row : std::vector<Row>{
           {{}, 3},
           {{"loss=multiclass_hinge"}, 3},
           {{R"(data={"type": "moons"})", "loss=bce_with_logits"}, 1},
           {{R"(data={"type": "moons"})"}, 2},
           {{"data.ignore=[\"class\"]", "data.target=y", "loss=mse"}, 1},
           {{"data.ignore=[\"class\"]", "data.targets=[\"y\", \"z\"]", "loss=mse"}, 2},
           {{"data.ignore=[\"class\"]", "data.target=y", R"(loss={"type": "quantile", "tau": [0.1, 0.5, 0.9]})"}, 3},
       }) {
    CAPTURE(row.overrides.empty() ? "" : row.overrides.back());
    const Run run(parse(folder, row.overrides));
    CHECK(run.network().outputs() == row.outputs);
    CHECK(run.network().specs().back().summary().find("units=" + std::to_string(row.outputs)) != std::string::npos);
  }
}

TEST_CASE("a last layer of another size is refused with the reason") {
  const TemporaryFolder folder;
  check_contains(error_of<ConfigError>([&] { Run run(parse(folder, {"model.layers[1].units=2"})); }),
                 {"/model/layers/1/units: the last layer has 2 outputs, wanted 3: the data has 3 classes"});
  check_contains(
      error_of<ConfigError>([&] {
        Run run(parse(folder, {"data.ignore=[\"class\"]", "data.target=y", "loss=mse", "model.layers[1].units=2"}));
      }),
      {"the last layer has 2 outputs, wanted 1: the data has 1 target columns"});
}

TEST_CASE("only the last layer can wait for the data") {
  const TemporaryFolder folder;
  check_contains(error_of<ConfigError>([&] { Run run(parse(folder, {"model.layers[0].units=auto"})); }),
                 {"/model/layers/0/units: auto is for the last layer, whose outputs the data decides; give a number"});
}

TEST_CASE("class weights come as a list, by name or balanced") {
  const TemporaryFolder folder;
  using Weights = std::vector<double>;
  const std::vector<std::string> classes = Run(parse(folder)).data().train.class_names();
  REQUIRE(classes == std::vector<std::string>{"maybe", "no", "yes"});
  for (const std::string loss : {"softmax_cross_entropy", "multiclass_hinge"}) {
    const auto weights = [&](const std::string& value) {
      return weights_of(Run(parse(folder, {"loss=" + loss, "loss.class_weights=" + value})));
    };
    CHECK(weights("[1, 2, 3]") == Weights{1, 2, 3});
    CHECK(weights(R"({"yes": 2, "no": 0.5})") == Weights{1, 0.5, 2});
    CHECK(weights("balanced") == Weights{9.0 / (3 * 1), 9.0 / (3 * 5), 9.0 / (3 * 3)});
  }
}

TEST_CASE("balanced weights are those of the training part, where an absent class counts 1") {
  const TemporaryFolder folder;
  const Run run(parse(folder, {R"(data.test={"fraction": 0.25, "by": "order"})", "loss.class_weights=balanced"}));
  CHECK(run.data().train.size() == 7);  // five "no", two "yes"
  CHECK(weights_of(run) == std::vector<double>{1, 7.0 / (2 * 5), 7.0 / (2 * 2)});
}

TEST_CASE("class weights that do not fit the data are refused at their place") {
  const TemporaryFolder folder;
  const auto error = [&](const std::vector<std::string>& overrides) {
    return error_of<ConfigError>([&] { Run run(parse(folder, overrides)); });
  };
  check_contains(error({R"(loss.class_weights={"yse": 2})"}),
                 {"/loss/class_weights: no class is called \"yse\"; did you mean \"yes\"?", "known: maybe, no, yes"});
  check_contains(error({"loss.class_weights=balance"}),
                 {"/loss/class_weights: unknown word \"balance\"; did you mean \"balanced\"?"});
  check_contains(error({R"(loss.class_weights={"yes": -1})"}), {"/loss/class_weights/yes: found -1, must be >= 0"});
  check_contains(
      error({"loss.class_weights=5"}),
      {"/loss/class_weights: found the number 5, wanted numbers as a list, or by name, or a word for a rule"});
  check_contains(error({R"(loss.class_weights={"yes": 1, "yes": 2})"}),
                 {"/loss/class_weights/yes: the key occurs twice"});
  check_contains(error({R"(data={"type": "moons"})", R"(loss={"type": "softmax_cross_entropy"})",
                        R"(loss.class_weights={"no": 1})"}),
                 {"/loss/class_weights: no class is called \"no\"", "known: 0, 1"});
  NamedNumbers balanced;
  balanced.rule = "balanced";
  const auto loss = Loss<float>::from(SoftmaxCrossEntropy{.class_weights = balanced});
  const std::vector<std::int32_t> classes = {0};
  check_contains(error_of<ConfigError>([&] { loss->check_targets(2, {classes, {}}); }), {"need the classes of a run"});
}

TEST_CASE("the config of a run repeats it, and its model has the numbers") {
  const TemporaryFolder folder;
  const LoadedConfig loaded = parse(folder, {"loss.class_weights=balanced"});
  Run run(loaded);
  RunFolder place(folder.path("run"), false, loaded);
  train_run(run, &place);
  const std::string config = read_file(folder.path("run/config.json"));
  check_contains(config, {R"("class_weights": "balanced")", R"("units": "auto")"});
  Run again(parse_config(config, "again.json", folder.path("run"), {}, standard_registries()));
  again.train();
  const auto weights = run.network().values();
  CHECK(std::equal(weights.begin(), weights.end(), again.network().values().begin(), again.network().values().end()));
  check_contains(run.notes().at("loss"), {R"("class_weights": [3, 0.6, 1])"});
}

TEST_CASE("a resolved config describes each column by itself, and gives the same run") {
  const TemporaryFolder folder;
  std::string cells = "id,colour,size,when,group,w,a,b\n";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    cells += "k" + n + "," +
             (i % 7 == 3   ? ""
              : i % 3 == 0 ? "red"
                           : "blue") +
             "," + (i % 9 == 4 ? "" : n) + ",2024-02-" + std::to_string(10 + i % 19) + "," + std::to_string(i % 8) +
             "," + std::to_string(1 + i % 2) + "," + std::to_string(i * i % 11) + "," + std::to_string(i % 5) + "\n";
  }
  folder.write("t.csv", cells);
  struct Row {
    const char* what;
    const char* data;
    std::vector<std::string> keeps;  // shorthand that columns cannot say
  };
  const Row rows[] = {
      {"the last column, and gaps filled", R"("ignore": ["id"], "missing": "mean", "preprocess": "standard")", {}},
      {"rows left out", R"("target": "a", "ignore": ["id", "b"], "missing": "drop", "preprocess": "minmax")", {}},
      {"features in the order of the table", R"("features": ["size", "w"], "missing": "median")", {}},
      {"features in another order", R"("features": ["w", "size"], "missing": "mean")", {"features"}},
      {"targets in the order of the table", R"("targets": ["a", "b"], "ignore": ["id"], "missing": "mean")", {}},
      {"targets in another order",
       R"("targets": ["b", "a"], "ignore": ["id"], "missing": "mean", "preprocess": "robust")",
       {"targets"}},
      {"a divisor", R"("ignore": ["id"], "missing": "mean", "preprocess": "divide", "divisor": 40)", {}},
      {"columns that are described already",
       R"("columns": {"id": {"kind": "id"}, "column 2": {"kind": "category", "missing": "category", "categories": ["red", "blue"]},
        "size": {"missing": "mean", "indicator": true, "preprocess": "log1p"}, "w": {"kind": "weight"},
        "when": {"kind": "time", "parts": ["month", "weekday"]}, "a": {"kind": "target", "preprocess": "none"}})",
       {}},
      {"groups",
       R"("ignore": ["id", "group"], "missing": "mean", "test": {"fraction": 0.3, "by": "group", "column": "group"})",
       {}},
  };
  const auto load = [&](const std::string& config) {
    return parse_config(config, "c.json", folder.path(), {}, standard_registries());
  };
  const auto resolved = [&](const LoadedConfig& loaded, const Run& run) {
    return to_json(resolved_config(loaded, folder.path(), run.data().section));
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const LoadedConfig loaded = load(R"({"data": {"type": "csv", "path": "t.csv", )" + std::string(row.data) +
                                     R"(}, "model": {"layers": [{"type": "dense", "units": "auto"}]}, "loss": "mse",
                                        "optimizer": "adam", "train": {"epochs": 2}})");
    Run run(loaded);
    const std::string text_of_run = resolved(loaded, run);
    const JsonValue json = parse_json(text_of_run, "r.json");
    for (const char* key : {"target", "targets", "features", "ignore", "encode"}) {
      CAPTURE(key);
      const bool is_kept = std::find(row.keeps.begin(), row.keeps.end(), key) != row.keeps.end();
      CHECK((json.find("data")->find(key) != nullptr) == is_kept);
    }
    CHECK(json.find("data")->find("columns")->members.size() == 8);
    const LoadedConfig again = load(text_of_run);
    Run same(again);
    CHECK(resolved(again, same) == text_of_run);
    run.train();
    same.train();
    CHECK(run.data().train.feature_names() == same.data().train.feature_names());
    CHECK(run.data().train.target_names() == same.data().train.target_names());
    const auto weights = run.network().values();
    CHECK(std::equal(weights.begin(), weights.end(), same.network().values().begin(), same.network().values().end()));
  }
}

TEST_CASE("an override of how all columns are scaled and filled holds for a resolved config, too") {
  const TemporaryFolder folder;
  folder.write("t.csv", "a,b,y\n1,5,2\n2,,3\n3,7,9\n4,8,1\n5,9,4\n");
  const auto run_of = [&](const std::string& config, const std::vector<std::string>& overrides) {
    return std::make_unique<Run>(parse_config(config, "c.json", folder.path(), overrides, standard_registries()));
  };
  const std::string config = R"({"data": {"type": "csv", "path": "t.csv", "missing": "mean", "preprocess": "minmax"},
    "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "mse", "optimizer": "sgd", "train": {}})";
  const LoadedConfig loaded = parse_config(config, "c.json", folder.path(), {}, standard_registries());
  const std::string resolved = to_json(resolved_config(loaded, folder.path(), Run(loaded).data().section));
  const std::vector<std::string> overrides = {"data.preprocess=standard", "data.missing=drop"};
  const auto expected = run_of(config, overrides);
  const auto changed = run_of(resolved, overrides);
  CHECK(changed->data().train.size() == 4);
  CHECK(changed->data().inputs.column(0).divisor == doctest::Approx(expected->data().inputs.column(0).divisor));
  CHECK(changed->data().inputs.column(0).divisor != doctest::Approx(4));  // that of minmax
}

TEST_CASE("an override of a key for many columns holds for a resolved config, too") {
  const TemporaryFolder folder;
  folder.write("t.csv", "id,zip,c,a,b,y\n1,10,u,5,1,0\n2,20,v,6,2,1\n3,10,u,7,3,0\n4,20,v,8,5,1\n");
  const std::string config = R"({"data": {"type": "csv", "path": "t.csv", "target": "y", "ignore": ["a"], "columns":
    {"zip": {"kind": "category"}, "id": {"preprocess": "minmax"}}},
    "model": {"layers": [{"type": "dense", "units": "auto"}]}, "loss": "mse", "optimizer": "sgd", "train": {}})";
  const LoadedConfig loaded = parse_config(config, "c.json", folder.path(), {}, standard_registries());
  const std::string resolved = to_json(resolved_config(loaded, folder.path(), Run(loaded).data().section));
  struct Row {
    std::vector<std::string> overrides;
    std::string inputs;  // or what stands in the error
    std::string targets;
    std::string note = {};
  };
  const Row rows[] = {
      {{}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
      {{R"(data.ignore=["id", "zip"])"}, "c=u, c=v, b", "y"},
      {{R"(data.ignore=["y"])"}, "which is a target", ""},
      {{R"(data.ignore=["id"])", "data.columns.id.kind=number"}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
      {{R"(data.features=["zip", "a"])"}, "zip=10, zip=20, a", "y"},
      {{"data.features=[]"}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
      {{"data.target=b"}, "id, zip=10, zip=20, c=u, c=v, y", "b"},
      {{"data.target=y"}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
      {{R"(data.targets=["y", "b"])"}, "id, zip=10, zip=20, c=u, c=v", "y, b"},
      {{R"(data.targets=["a"])"}, "id, zip=10, zip=20, c=u, c=v, b, y", "a"},
      {{"data.encode=none"}, "column \"c\": found \"u\"; wanted a number", ""},
      {{"data.encode=onehot"}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
      {{"data.preprocess=robust"},
       "id, zip=10, zip=20, c=u, c=v, b",
       "y",
       "--set data.preprocess: data.columns has another preprocess for \"id\", and comes first"},
      {{"data.preprocess=minmax"}, "id, zip=10, zip=20, c=u, c=v, b", "y"},
  };
  for (const Row& row : rows) {
    CAPTURE(join(row.overrides));
    try {
      const LoadedConfig changed =
          parse_config(resolved, "config.json", folder.path(), row.overrides, standard_registries());
      CHECK(join(changed.notes) == row.note);
      const Run run(changed);
      CHECK(join(run.data().train.feature_names()) == row.inputs);
      CHECK(join(run.data().train.target_names()) == row.targets);
    } catch (const Error& error) {
      CHECK(row.targets.empty());
      CHECK_MESSAGE(std::string(error.what()).find(row.inputs) != std::string::npos, error.what());
    }
  }
}

TEST_CASE("a config in which columns contradicts other keys is read with a remark") {
  const TemporaryFolder folder;
  folder.write("t.csv", "a,b,y\n1,5,2\n2,6,3\n3,7,9\n");
  const std::pair<const char*, const char*> rows[] = {
      {R"("ignore": ["column 1"], "columns": {"a": {"kind": "number"}})",
       "\"columns\" makes \"a\" an input, though \"ignore\" names it"},
      {R"("features": ["b"], "columns": {"a": {"kind": "number"}})",
       "\"columns\" makes \"a\" an input, though \"features\" does not name it"},
      {R"("target": "y", "columns": {"b": {"kind": "target"}})",
       "\"columns\" makes \"b\" a target, in place of the one that is named"},
      {R"("target": "column 3", "ignore": ["a"], "columns": {"a": {"preprocess": "standard"}})", ""},
  };
  for (const auto& [keys, remark] : rows) {
    const std::string options(keys);
    CAPTURE(options);
    const Run run(parse_config(R"({"data": {"type": "csv", "path": "t.csv", )" + options +
                                   R"(}, "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "mse",
                                      "optimizer": "sgd", "train": {}})",
                               "c.json", folder.path(), {}, standard_registries()));
    CHECK(join(run.data().remarks) == remark);
  }
}
