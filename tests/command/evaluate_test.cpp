// hinge evaluate, predict and inspect: a trained model measured, used and looked at.
#include <doctest/doctest.h>

#include <hinge/core/number.h>
#include <hinge/data/csv.h>
#include <hinge/data/table/table_reader.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

#include "shell.h"

using namespace hinge;

namespace {

// `name  figure` in each line, as JSON.
Json printed_figures(const std::string& text) {
  Json figures = Json::object();
  for (const std::string& line : lines_of(text)) {
    const std::size_t gap = line.find(' ');
    figures[line.substr(0, gap)] = Json::parse(line.substr(gap));
  }
  return figures;
}

// Evaluating repeats the summary of the run, figure by figure.
void check_evaluate_equals_summary(const Shell& shell, const std::string& run) {
  CAPTURE(run);
  const Json summary = shell.read_json(run + "/summary.json");
  Json wanted = Json::object();
  for (const auto& [key, value] : summary.items()) {
    if (key.starts_with("test/")) wanted[key] = value;
  }
  CHECK(wanted.size() >= 2);
  CHECK(printed_figures(shell.out("hinge evaluate '" + run + "'")) == wanted);
}

// The printed numbers, without the class in front of them, that an application predicts otherwise.
std::size_t count_differences(const Shell& shell, const std::string& model_file, const std::string& data,
                              const std::string& predictions) {
  const auto stored = load_model<float>(shell.path(model_file));
  const auto inputs = read_csv_inputs<double>(shell.path(data), stored.model.info().feature_names);
  Workspace<float> workspace;
  const Matrix<double> outputs = stored.model.predict_in_double(inputs.view(), workspace);
  const std::size_t first = stored.model.info().output_transform == OutputTransform::identity ? 0 : 1;
  TableReader printed(predictions, "predictions", {.delimiter = ",", .header = "true"});
  std::size_t differences = 0;
  for (std::size_t i = 0; i < outputs.cols(); ++i) {
    REQUIRE(printed.next());
    for (std::size_t k = 0; k < outputs.rows(); ++k) {
      const auto value = parse_double(printed.cells()[first + k].text);
      if (!value || static_cast<float>(*value) != static_cast<float>(outputs(k, i))) ++differences;
    }
  }
  CHECK(!printed.next());
  return differences;
}

// The last column first.
constexpr const char* turn = R"(awk -F, '{ line = $NF; for (i = NF - 1; i > 0; i--) line = line "," $i; print line }')";

}  // namespace

TEST_CASE("evaluate repeats the figures of the summary") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out digits --quiet");
  check_evaluate_equals_summary(shell, "digits");
  const Json summary = shell.read_json("digits/summary.json");
  for (const std::string figure : {"loss", "accuracy", "balanced_accuracy", "precision_macro", "recall_macro",
                                   "f1_macro", "top3_accuracy", "top5_accuracy", "log_loss"}) {
    CHECK(summary.at("test/" + figure).is_number());
  }
  CHECK(matches(shell.out("hinge evaluate digits configs/data/digits.csv"), R"(^data/accuracy *0\.9)"));
  CHECK(shell.json("hinge evaluate digits/model.safetensors configs/data/digits.csv --json").at("data/samples") ==
        1797);
}

TEST_CASE("evaluate repeats the summary of a regression, which has no classes to report") {
  const Shell shell;
  shell.out("hinge train configs/sine.json --set train.epochs=20 --out sine --quiet");
  check_evaluate_equals_summary(shell, "sine");
  CHECK(shell.read_json("sine/summary.json").contains("test/rmse"));
  CHECK(matches(shell.run("hinge evaluate sine --report").err, "^note: --report is about classes"));
}

TEST_CASE("the loss is the model's own after loading") {
  const Shell shell;
  for (const std::string loss : {"mae", "huber", "half_squared_sum", "half_squared_mean"}) {
    shell.out("hinge train configs/sine.json --set loss=" + loss + " --set train.epochs=2 --out " + loss + " --quiet");
    check_evaluate_equals_summary(shell, loss);
  }
  shell.out(
      R"(hinge train configs/spirals.json --set 'data.test={"fraction": 0.2}' --set train.epochs=2 --out bce --quiet)");
  check_evaluate_equals_summary(shell, "bce");
}

TEST_CASE("a run's own data is measured as the model saw it, whatever became of the training part since") {
  const Shell shell;
  // A gap to learn with, and one to test with.
  shell.out(
      "mkdir changed && sed '3s/^[^,]*/NA/; 6s/^[^,]*/NA/' configs/data/iris.csv >before.csv && cp before.csv "
      "changed/iris.csv");
  shell.out(
      "hinge train configs/iris.json --set data.path=changed/iris.csv --set data.missing=mean --out changed/run "
      "--quiet");
  check_evaluate_equals_summary(shell, "changed/run");
  shell.out(
      R"(awk -F, -v OFS=, 'NR > 1 && NR % 5 != 1 && $1 != "NA" { $1 *= 10 } { print }' before.csv >changed/iris.csv)");
  check_evaluate_equals_summary(shell, "changed/run");
  shell.out("sed 's/,2$/,two/' before.csv >changed/iris.csv");
  CHECK(shell.run("hinge evaluate changed/run").out.empty());
  shell.fails(2, "hinge evaluate changed/run",
              {"iris.csv:102: column \"target\": found \"two\"; wanted a class of the training data"});
  shell.out("sed '1s/sepal_width_cm/width/' before.csv >changed/iris.csv");
  shell.fails(2, "hinge evaluate changed/run", {"iris.csv:1: ", "none called \"sepal_width_cm\""});
}

TEST_CASE("a run is not measured on samples that it may have been trained on") {
  const Shell shell;
  shell.out("mkdir moved && cp configs/data/iris.csv moved/iris.csv");
  shell.out(
      "hinge train configs/iris.json --set data.path=moved/iris.csv --set train.epochs=1 --out moved/run --quiet");
  check_evaluate_equals_summary(shell, "moved/run");
  const std::string refused = "moved/run: the test part is not the one of the training";
  shell.out("(head -1 configs/data/iris.csv; tail -n +2 configs/data/iris.csv | sort -r) >moved/iris.csv");
  shell.fails(2, "hinge evaluate moved/run", {refused, "hinge evaluate moved/run FILE"});
  shell.out("hinge evaluate moved/run moved/iris.csv");
  shell.out("cp configs/data/iris.csv moved/iris.csv");
  check_evaluate_equals_summary(shell, "moved/run");
  shell.out(R"(sed -i 's/"offset": 4/"offset": 3/' moved/run/config.json && grep '"offset": 3' moved/run/config.json)");
  shell.fails(2, "hinge evaluate moved/run", {refused});
}

TEST_CASE("a run that does not know its samples, as those of version 0.1.0, is measured with a note") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out old --quiet");
  auto stored = load_model<float>(shell.path("old/model.safetensors"));
  REQUIRE(stored.notes.erase("samples") == 1);
  save_model(shell.path("old/model.safetensors"), stored.model, stored.notes);
  check_evaluate_equals_summary(shell, "old");
  CHECK(matches(shell.run("hinge evaluate old").err, "^note: old does not say which samples it was trained on"));
}

TEST_CASE("a model without its folder needs a data file") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --out run --quiet");
  shell.fails(2, "hinge evaluate run/model.safetensors", {"name a data file to evaluate run/model.safetensors on"});
}

TEST_CASE("the report has a line for each class and the confusion matrix, whose cells are the samples") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  const std::string report = shell.out("hinge evaluate run --report");
  CHECK(count_matches(report, R"(^[0-9] +[0-9]+ +[0-9]+ +[01]\.[0-9]{4} )") == 10);
  CHECK(matches(report, "^confusion matrix"));
  const Json json = shell.json("hinge evaluate run --json");
  CHECK(json.at("test/classes").size() == 10);
  for (const Json& scores : json.at("test/classes")) CHECK(scores.at("f1").is_number());
  int samples = 0;
  for (const Json& row : json.at("test/confusion")) {
    CHECK(row.size() == 10);
    for (const Json& count : row) samples += count.get<int>();
  }
  CHECK(samples == 359);
  const Strings lines = lines_of(report);  // the printed matrix: its last ten lines
  int printed = 0;
  for (std::size_t i = lines.size() - 10; i < lines.size(); ++i) {
    std::istringstream cells(lines[i].substr(1));
    for (std::string cell; cells >> cell;) printed += cell == "." ? 0 : std::stoi(cell);
  }
  CHECK(printed == 359);
}

TEST_CASE("the report is at most 80 columns wide, whatever the classes are called") {
  const Shell shell;
  for (const int count : {12, 13}) {
    const std::string n = std::to_string(count);
    std::string table = "x,class\n";
    for (int i = 10; i < 10 + count; ++i) {
      table += "1,\"kind " + std::to_string(i) + ", named at greater length than a page is wide ÄÖÜ\"\n";
    }
    shell.write("named.csv", table);
    shell.out("hinge train configs/iris.json --set train.epochs=1 --out run" + n + " --quiet" +
              R"( --set model.layers='[{"type": "dense", "units": )" + n +
              R"(}]' --set data='{"type": "csv", "path": "named.csv"}')");
    const std::string report = shell.out("hinge evaluate run" + n + " --report");
    CAPTURE(report);
    CHECK(widest_line(report) <= 80);
    CHECK(matches(report, count == 12 ? "^12 kind 21, named .*… " : "^the most frequent confusions$"));
  }
}

TEST_CASE("predict has a row for each row, found by the names of the columns, with the bits of an application") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  const std::string predictions = shell.out("hinge predict run configs/data/digits.csv");
  const Strings rows = lines_of(predictions);
  const Strings data = lines_of(shell.read("configs/data/digits.csv"));
  REQUIRE(rows.size() == 1798);
  CHECK(rows.front().starts_with("class,p(0),p(1),"));
  int hits = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].substr(0, rows[i].find(',')) == data[i].substr(data[i].rfind(',') + 1)) ++hits;
  }
  CHECK(hits > 1750);
  CHECK(count_differences(shell, "run/model.safetensors", "configs/data/digits.csv", predictions) == 0);

  shell.out(std::string(turn) + " configs/data/digits.csv >turned.csv && tr , ';' <turned.csv >semicolons.csv");
  CHECK(shell.out("hinge predict run turned.csv") == predictions);
  CHECK(shell.out("hinge predict run semicolons.csv --delimiter ';'") == predictions);
  CHECK(matches(shell.out("hinge evaluate run semicolons.csv --delimiter ';'"), R"(^data/accuracy *0\.9)"));
}

TEST_CASE("predict has the values of an application") {
  const Shell shell;
  shell.out("hinge train configs/sine.json --set train.epochs=20 --out sine --quiet");
  shell.write("x.csv", "x\n-1\n0.5\n3\n");
  CHECK(count_differences(shell, "sine/model.safetensors", "x.csv", shell.out("hinge predict sine x.csv")) == 0);
}

TEST_CASE("gaps are filled where the model knows with what") {
  const Shell shell;
  shell.write("gaps.csv", "x,y\n1,2\n,3\n3,5\n");
  shell.out(R"(hinge train configs/sine.json --set data='{"type": "csv", "path": "gaps.csv", "missing": "mean"}' \
    --set train.epochs=1 --out run --quiet)");
  CHECK(lines_of(shell.out("hinge predict run gaps.csv")).size() == 4);
  CHECK(printed_figures(shell.out("hinge evaluate run gaps.csv")).at("data/loss") ==
        printed_figures(shell.out("hinge evaluate run")).at("train/loss"));
}

TEST_CASE("a model that others wrote keeps its notes as texts and its names whole") {
  const Shell shell;
  Network<float> network(1, {Dense{2}}, 1);
  const Model<float> model(std::move(network), {.inputs = {},
                                                .targets = {},
                                                .imputed_values = {},
                                                .output_transform = OutputTransform::softmax,
                                                .feature_names = {"x"},
                                                .class_names = {std::string("a\0b", 3), "c"},
                                                .target_names = {}});
  save_model(shell.path("odd.safetensors"), model,
             {{"author", "{not json"}, {"data", "{not json either"}, {"plan", R"({"a": 1})"}});
  const Json notes = shell.json("hinge inspect odd.safetensors --json");
  CHECK(notes.at("author") == "{not json");
  CHECK(notes.at("data") == "{not json either");
  CHECK(notes.at("plan") == R"({"a": 1})");
  shell.write("x.csv", "x\n1\n");
  const std::string name("a\0b", 3);
  const Strings rows = lines_of(shell.out("hinge predict odd.safetensors x.csv"));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == "class,p(" + name + "),p(c)");
  CHECK((rows[1].starts_with(name + ",") || rows[1].starts_with("c,")));
}

TEST_CASE("inspect and check tell what a model and a config hold") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --set train.epochs=1 --out run --quiet");
  CHECK(matches(shell.out("hinge inspect run"), "total  4810 parameters"));
  CHECK(shell.json("hinge inspect run --json").at("format_version") == "2");
  CHECK(matches(shell.out("hinge check configs/iris.json"), "120 training, 0 validation, 30 test samples"));
  CHECK(shell.json("hinge check configs/iris.json --resolved").contains("model"));
  CHECK(matches(shell.out("hinge train --help"), "--set"));
}

TEST_CASE("predict reads stdin and pipes, repeats ids, and writes a file once it is whole") {
  const Shell shell;
  shell.write("t.csv", "id,colour,x,y\n\"a,1\",red,1,p\nb2,blue,2,q\nc3,red,,p\nd4,blue,4,q\n");
  shell.write("c.json", R"({"data": {"type": "csv", "path": "t.csv", "preprocess": "standard",
      "columns": {"id": {"kind": "id"}, "x": {"missing": "median", "indicator": true}}},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy", "train": {"epochs": 2}})");
  const Result trained = shell.run("hinge train c.json --out run");
  CHECK(matches(trained.err, "gaps are filled \\(x 1\\)"));
  CHECK(matches(shell.out("hinge check c.json"), "gaps are filled \\(x 1\\)"));
  const Json rows = shell.read_json("run/summary.json").at("rows");
  CHECK(rows.at("read") == 4);
  CHECK(rows.at("used") == 4);
  CHECK(rows.at("dropped") == 0);
  CHECK(rows.at("filled").at("x") == 1);
  const std::string predictions = shell.out("hinge predict run t.csv");
  const Strings lines = lines_of(predictions);
  REQUIRE(lines.size() == 5);
  CHECK(lines[0] == "id,class,p(p),p(q)");
  CHECK(lines[1].starts_with("\"a,1\","));
  CHECK(shell.out("hinge predict run - <t.csv") == predictions);
  CHECK(shell.out("cat t.csv | hinge predict run -") == predictions);
  CHECK(shell.out("hinge predict run t.csv -o out.csv").empty());
  CHECK(shell.read("out.csv") == predictions);
  shell.write("bad.csv", "id,colour,x\ne5,green,1\n");
  shell.fails(2, "hinge predict run bad.csv -o bad.out",
              {"bad.csv:2: column \"colour\": found \"green\"", "known: blue, red"});
  CHECK(shell.list(".") == Strings{"bad.csv", "c.json", "configs", "out.csv", "run", "t.csv"});
  CHECK(shell.json("hinge inspect run --json").at("columns").at("colour").at("categories") == Json({"blue", "red"}));
}

TEST_CASE("rows that are left out are told by train and check and the summary") {
  const Shell shell;
  shell.write("t.csv", "x,z,y\n1,1,a\n?,2,b\n3,?,a\n4,4,b\n?,?,a\n");
  shell.write("c.json", R"({"data": {"type": "csv", "path": "t.csv", "missing": "drop"},
    "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy", "train": {"epochs": 1}})");
  const std::string told = "3 of 5 rows are left out for gaps \\(x 2, z 2\\)";
  CHECK(matches(shell.run("hinge train c.json --out run").err, told));
  CHECK(matches(shell.out("hinge check c.json"), told));
  const Json rows = shell.read_json("run/summary.json").at("rows");
  CHECK(rows.at("used") == 2);
  CHECK(rows.at("dropped_by") == Json({{"x", 2}, {"z", 2}}));
}

// A straight line from time to time: the data is its own test part, and the network finds it in a few steps.
TEST_CASE("time stamps in milliseconds are learned and predicted to a second, in train and predict and evaluate") {
  const Shell shell;
  std::string text = "begin,end\n";
  for (int i = 0; i < 200; ++i) {
    text += std::to_string(1700000000000 + 1000 * i) + "," + std::to_string(1700000500000 + 2000 * i) + "\n";
  }
  shell.write("t.csv", text);
  shell.write("c.json", R"({"data": {"type": "csv", "path": "t.csv", "test_path": "t.csv", "preprocess": "standard"},
    "model": {"layers": [{"type": "dense", "units": 1}]}, "loss": "mse", "optimizer": {"type": "sgd", "learning_rate": 0.2},
    "train": {"epochs": 50}})");
  shell.out("hinge train c.json --out run --quiet");
  check_evaluate_equals_summary(shell, "run");
  CHECK(shell.read_json("run/summary.json").at("test/rmse") < 1000);
  const Strings lines = lines_of(shell.out("hinge predict run t.csv"));
  REQUIRE(lines.size() == 201);
  CHECK(std::stod(lines[1]) == doctest::Approx(1700000500000.0).epsilon(1e-9));
  CHECK(std::stod(lines[101]) == doctest::Approx(1700000700000.0).epsilon(1e-9));
  CHECK(lines[100] != lines[101]);
}

TEST_CASE("labels and several values and logarithms have figures of their own") {
  const Shell shell;
  std::string text = "x,a,b,small,large\n";
  for (int i = 0; i < 40; ++i) {
    const double x = i / 40.0;
    text += std::to_string(x) + "," + (i < 20 ? "0" : "1") + "," + (i % 2 == 0 ? "0" : "1") + "," + std::to_string(x) +
            "," + std::to_string(1000 * x) + "\n";
  }
  shell.write("t.csv", text);
  const auto config = [&](const std::string& data, const std::string& loss, int units) {
    shell.write("c.json", R"({"data": {"type": "csv", "path": "t.csv", "test_path": "t.csv", )" + data +
                              R"(}, "model": {"layers": [{"type": "dense", "units": )" + std::to_string(units) +
                              R"(}]}, "loss": ")" + loss + R"(", "train": {"epochs": 20}})");
  };
  config(R"("targets": ["a", "b"], "features": ["x"], "preprocess": "standard")", "bce_with_logits", 2);
  shell.out("hinge train c.json --out labels --quiet");
  check_evaluate_equals_summary(shell, "labels");
  CHECK(shell.read_json("labels/summary.json").contains("test/accuracy"));
  CHECK(lines_of(shell.out("hinge predict labels t.csv"))[0] == "a,p(a),b,p(b)");

  config(R"("targets": ["small", "large"], "features": ["x"], "preprocess": "standard")", "mse", 2);
  shell.out("hinge train c.json --out values --quiet");
  check_evaluate_equals_summary(shell, "values");
  const Json values = shell.read_json("values/summary.json");
  CHECK(values.at("test/rmse/large").get<double>() > 100 * values.at("test/rmse/small").get<double>());
  CHECK(values.at("test/r2/small").get<double>() <= 1);

  config(R"("target": "large", "features": ["x"], "columns": {"large": {"preprocess": "log1p"}})", "mse", 1);
  shell.out("hinge train c.json --out logarithm --quiet");
  check_evaluate_equals_summary(shell, "logarithm");
  // The figure is that of the predictions, which are in the units of the table.
  const Strings lines = lines_of(shell.out("hinge predict logarithm t.csv"));
  double sum = 0;
  for (int i = 0; i < 40; ++i) {
    const double x = i / 40.0;
    sum += std::abs(std::stod(lines[static_cast<std::size_t>(i) + 1]) - 1000 * std::stod(std::to_string(x)));
  }
  CHECK(shell.read_json("logarithm/summary.json").at("test/mae").get<double>() ==
        doctest::Approx(sum / 40).epsilon(1e-4));
}
