// hinge train: what a run leaves, that it repeats to the byte, and that no run destroys another.
#include <doctest/doctest.h>

#include "shell.h"

TEST_CASE("a run repeats to the byte, by its own config and in any folder") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out first --quiet");
  shell.out("hinge train configs/digits.json --out 'a b/second' --quiet");
  shell.out("hinge train first/config.json --out third --quiet");
  shell.out(
      "mkdir elsewhere && cp -rL configs elsewhere && cd elsewhere && hinge train configs/digits.json --out run "
      "--quiet");
  shell.out("cd elsewhere/configs/data && hinge train ../digits.json --set data.path=digits.csv --out inside --quiet");
  const std::string model = shell.read("first/model.safetensors");
  for (const char* run : {"a b/second", "third", "elsewhere/run", "elsewhere/configs/data/inside"}) {
    CAPTURE(std::string(run));
    CHECK(shell.read(std::string(run) + "/model.safetensors") == model);
  }
  CHECK(model.find("digits.csv") == std::string::npos);  // no path in a model
  shell.out("hinge train configs/digits.json --seed 2 --out other --quiet");
  CHECK(shell.read("other/model.safetensors") != model);
}

TEST_CASE("a run leaves a line for each epoch, its summary, and no other files than these") {
  const Shell shell;
  const Result result = shell.run("hinge train configs/digits.json --out run");
  CHECK(shell.list("run") == Strings{"config.json", "health.jsonl", "metrics.jsonl", "model.safetensors", "report.html",
                                     "summary.json", "weights.jsonl"});
  const Strings metrics = lines_of(shell.read("run/metrics.jsonl"));
  CHECK(metrics.size() == 30);
  for (const std::string& line : metrics) CHECK(Json::parse(line).at("dead/layer1").is_number());
  CHECK(shell.read_json("run/summary.json").at("test/accuracy") >= 0.96);
  CHECK(matches(result.err, "epoch 30/30  loss"));
  CHECK(matches(result.out, "finished after 30 epochs, test loss"));
  CHECK(result.err.find('\x1b') == std::string::npos);
}

TEST_CASE("every shipped config whose data is bundled or made trains") {
  const Shell shell;
  for (const std::string config : {"xor", "spirals", "iris", "sine", "dying_relu", "dying_leaky_relu"}) {
    shell.out("hinge train configs/" + config + ".json --set train.epochs=5 --quiet");
  }
}

TEST_CASE("--json prints the summary, --quiet nothing, and runs are numbered") {
  const Shell shell;
  shell.out("hinge init new");
  CHECK(shell.json("hinge train new/moons.json --out moons --json --quiet").at("status") == "finished");
  CHECK(shell.run("hinge train new/moons.json --quiet --out silent").err.empty());
  shell.out("hinge train new/moons.json --quiet --set train.epochs=1");
  shell.out("hinge train new/moons.json --quiet --set train.epochs=1");
  CHECK(shell.list("runs") == Strings{"moons-1", "moons-2"});
}

TEST_CASE("--force replaces a run by one that finished, and keeps it where the new one fails") {
  const Shell shell;
  const std::string train = "hinge train configs/iris.json --quiet --out run ";
  shell.out(train + "--set train.epochs=1");
  const Strings files = shell.list("run");
  shell.out(train + "--set train.epochs=1 --force");
  CHECK(shell.run(train + "--set optimizer.learning_rate=1e30 --force").code == 1);
  CHECK(shell.read_json("run/summary.json").at("status") == "finished");
  CHECK(shell.run("hinge evaluate run").code == 0);
  CHECK(shell.read_json("run/unfinished/summary.json").at("status") == "failed");
  shell.out(train + "--set train.epochs=2 --force");
  CHECK(shell.list("run") == files);
  CHECK(shell.read_json("run/summary.json").at("epochs") == 2);
  CHECK(shell.read_json("run/config.json").at("train").at("epochs") == 2);
}

TEST_CASE("runs at the same time have folders of their own, and one at most writes into a folder") {
  const Shell shell;
  shell.out(R"(for i in 1 2 3 4 5 6; do
    hinge train configs/xor.json --quiet &
    hinge train configs/xor.json --quiet --out together >/dev/null 2>&1 &
  done
  wait)");
  CHECK(shell.list("runs").size() == 6);
  for (const std::string& run : shell.list("runs")) CHECK(shell.exists("runs/" + run + "/summary.json"));
  CHECK(lines_of(shell.read("together/metrics.jsonl")).size() == 100);
}

TEST_CASE("what a killed run left is not in the way") {
  const Shell shell;
  shell.out("mkdir left && touch left/model.safetensors.new-123");
  shell.out("hinge train configs/xor.json --quiet --out left");
}

TEST_CASE("a test part that overflows loses neither the model nor the summary") {
  const Shell shell;
  shell.write("small.csv", "x,y\n0,0\n1,1\n2,2\n3,3\n");
  shell.write("large.csv", "x,y\n3e38,0\n");
  shell.fails(1,
              R"(hinge train configs/sine.json --quiet --out run --set model.layers='[{"type": "dense", "units": 1}]' \
    --set data='{"type": "csv", "path": "small.csv", "test_path": "large.csv"}')",
              {"the loss is"});
  const Json summary = shell.read_json("run/summary.json");
  CHECK(summary.at("status") == "failed");
  CHECK(summary.contains("epochs"));
  CHECK(summary.dump().find("the loss is") != std::string::npos);
  shell.out("hinge evaluate run small.csv");
}

TEST_CASE("a run that diverges ends at once, and says so in its folder") {
  const Shell shell;
  shell.fails(1, "hinge train configs/iris.json --set optimizer.learning_rate=1e30 --out run",
              {"try a smaller learning_rate"});
  CHECK(shell.read_json("run/summary.json").at("status") == "failed");
  CHECK(!shell.exists("run/model.safetensors"));
}

TEST_CASE("early stopping goes back to the best epoch, also when training diverges") {
  const Shell shell;
  shell.write("moons.json",
              R"({"data": {"type": "moons", "samples": 300, "noise": 0.2, "validation": {"fraction": 0.3}},
    "model": {"layers": [{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "units": 2}]},
    "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 2, "momentum": 0.9},
    "train": {"epochs": 60, "batch_size": 10, "early_stopping": {"patience": 40}}})");
  shell.out("hinge train moons.json --out early --quiet");
  const std::string best = shell.read_json("early/summary.json").at("best_epoch").dump();
  CHECK(matches(shell.out("hinge health early"),
                "^the model has the weights of an earlier epoch: warn after epoch " + best + ":"));
  shell.fails(1, R"(hinge train moons.json --set optimizer.learning_rate=0.1 --set optimizer.momentum=0 \
    --set 'train.schedule={"type": "linear", "total": 3, "end": 1e30}' --out late --quiet)",
              {"training stopped at step"});
  CHECK(matches(shell.out("hinge evaluate late"), R"(^validation/accuracy *0\.[89])"));
}

TEST_CASE("the instruction set is chosen by HINGE_ISA, and changes no bit beyond AVX2") {
  const Shell shell;
  CHECK(matches(shell.out("hinge --version"), R"(^hinge [0-9]+\.[0-9]+\.[0-9]+ )"));
  CHECK(matches(shell.out("HINGE_ISA=baseline hinge --version"), R"(kernels baseline\)$)"));
  shell.out("HINGE_ISA=baseline hinge train configs/xor.json --out baseline --quiet");
  CHECK(shell.read_json("baseline/summary.json").at("instruction_set") == "baseline");
  if (shell.run("HINGE_ISA=avx512 hinge --version").code == 0) {
    for (const std::string set : {"avx2", "avx512"}) {
      shell.out("HINGE_ISA=" + set + " hinge train configs/iris.json --out " + set + " --quiet");
    }
    CHECK(shell.read("avx2/model.safetensors") == shell.read("avx512/model.safetensors"));
  }
  const Result refused = shell.run("HINGE_ISA=sse9 hinge train configs/xor.json --out never");
  CHECK(refused.code == 2);
  CHECK(matches(refused.err, "^error: HINGE_ISA=sse9: this processor runs .*baseline$"));
  CHECK(!shell.exists("never"));
}

TEST_CASE("what does not fit into memory is named") {
  const Shell shell;
  if (shell.run("ulimit -v 400000 && hinge --version").code != 0) return;  // a sanitizer needs more to start at all
  struct Row {
    std::string message;
    std::string change;
  };
  const std::vector<Row> rows = {
      {"needs about 0.448 GiB of memory, but there are 0.381 GiB",
       R"(model.layers=[{"type": "dense", "units": 10000}, {"type": "dense", "units": 3000}, {"type": "dense", "units": 3}])"},
      {"the data does not fit into memory", R"(data={"type": "blobs", "samples": 90000000})"}};
  for (const Row& row : rows) {
    shell.fails(1, "ulimit -v 400000 && hinge check configs/iris.json --set '" + row.change + "'", {row.message});
  }
}

TEST_CASE("twenty layers in residual blocks learn, and every command looks inside of them") {
  const Shell shell;
  shell.out("hinge train configs/digits_residual.json --set train.epochs=8 --out run --quiet");
  CHECK(shell.read_json("run/summary.json").at("test/accuracy").get<double>() > 0.96);  // with no sums 0.93 to 0.96
  const std::string inspected = shell.out("hinge inspect run");
  CHECK(matches(inspected, R"(layer 2    dense\(units=64, activation=relu)"));
  CHECK(matches(inspected, R"(layer 4  residual of layers 2 to 3  -> 64 outputs, 0 parameters)"));
  CHECK(matches(inspected, R"(layer 29  dense)"));
  const Json health = shell.json("hinge health run --json");
  CHECK(health.at("layers").size() == 19);
  CHECK(matches(shell.out("hinge evaluate run configs/data/digits.csv"), R"(^data/accuracy *0\.9)"));
  CHECK(matches(shell.out("hinge gradcheck configs/digits_residual.json"), R"(layers\.9\.layers\.1\.weight)"));
  const std::string explained = shell.out("hinge explain configs/digits_residual.json --layer 3 --unit 1");
  CHECK(matches(explained, R"(layer 3  dense \(layers.1.layers.1\), 64 → 64)"));
  CHECK(matches(explained, R"(δ = ∂L/∂f of layer 4 = )"));
}

TEST_CASE("units with learned slopes of their own train, and every command looks at them") {
  const Shell shell;
  const std::string slopes = R"(--set 'model.layers[0].activation={"type": "prelu", "per_unit": true}' )";
  shell.out("hinge train configs/iris.json --set train.epochs=3 --quiet --out run " + slopes);
  CHECK(shell.exists("run/report.html"));
  CHECK(shell.json("hinge health run --json").at("layers").size() == 1);
  CHECK(matches(shell.out("hinge explain run"), "α = "));
  CHECK(matches(shell.out("hinge gradcheck run/config.json"), "all gradients agree"));
  shell.out("hinge diagnose run --seconds 1");
}

TEST_CASE("train and check warn of a class that a part lacks, by its name") {
  const Shell shell;
  shell.out("(head -1 configs/data/iris.csv; tail -n +2 configs/data/iris.csv | sort -t, -k5) >in_order.csv");
  const std::string what = R"(configs/iris.json --set data.path=in_order.csv --set train.epochs=1 --set )"
                           R"('data.test={"fraction": 0.3, "by": "order"}')";
  for (const std::string& command : {"hinge check " + what, "hinge train " + what + " --quiet --out lacks"}) {
    CHECK(matches(shell.run(command).err, "^warning: the test part has no sample of the classes \"0\", \"1\"$"));
  }
  CHECK(shell.run("hinge check configs/iris.json").err.empty());
}
