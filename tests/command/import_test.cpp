// hinge import: weights of PyTorch predict, are measured, and are trained on.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

// Dense layers of 6, 5 and 3 units with batch normalisation and ReLU between them.
constexpr const char* weights = HINGE_SOURCE_DIR "/tests/layers/pytorch/batch_norm.safetensors";
// One output, PReLU.
constexpr const char* one_output = HINGE_SOURCE_DIR "/tests/layers/pytorch/prelu.safetensors";

// The inputs and outputs that the files hold beside the weights are left out.
std::string import_line(const std::string& file, const std::string& more) {
  const std::string layers = file == weights ? "fc1,bn1,fc2,bn2,fc3" : "0,1,2,3,4";
  return "hinge import " + file + " --activation relu --names " + layers + " " + more;
}

// The probabilities that were printed.
std::string numbers(const std::string& predictions) { return predictions.substr(predictions.find(",0")); }

}  // namespace

TEST_CASE("imported weights predict by place or by name, and are measured") {
  const Shell shell;
  const Result made = shell.run(import_line(weights, "--loss softmax_cross_entropy -o plain"));
  CHECK(made.code == 0);
  CHECK(made.out.find("layer 7  dense(units=3, activation=identity") != std::string::npos);
  CHECK(made.err == "note: not used: bn1.num_batches_tracked, bn2.num_batches_tracked, check.inputs, check.outputs\n");
  shell.out(import_line(weights, "--loss softmax_cross_entropy --features a,b,c,d --outputs x,y,z -o named"));
  shell.write("t.csv", "d,c,b,a,t\n1,2,3,4,x\n0,0,1,1,y\n");
  shell.write("u.csv", "p,q,r,s,t\n4,3,2,1,0\n1,1,0,0,1\n");
  const std::string named = shell.out("hinge predict named t.csv");
  const std::string plain = shell.out("hinge predict plain u.csv");
  CHECK(named.starts_with("class,p(x),p(y),p(z)\nz,0.3"));
  CHECK(plain.starts_with("class,p(0),p(1),p(2)\n2,0.3"));
  CHECK(numbers(named).substr(0, 30) == numbers(plain).substr(0, 30));
  CHECK(shell.json("hinge evaluate plain u.csv --json")["data/samples"] == 2);
  shell.fails(2, "hinge evaluate plain", {"name a data file to evaluate plain on"});
}

TEST_CASE("one output is a value, or tells two classes apart") {
  const Shell shell;
  shell.out(import_line(one_output, "--loss mse -o value"));
  shell.out(import_line(one_output, "--loss bce_with_logits --outputs no,yes -o answer"));
  shell.write("t.csv", "a,b,c,d\n1,2,3,4\n");
  CHECK(shell.out("hinge predict value t.csv").starts_with("column 5\n0.29"));
  CHECK(shell.out("hinge predict answer t.csv").starts_with("class,p(no),p(yes)\nyes,0.42"));
}

TEST_CASE("training starts from imported weights, or from the file itself") {
  const Shell shell;
  shell.out(import_line(weights, "--loss softmax_cross_entropy --outputs 0,1,2 -o start"));
  shell.write("c.json", R"({"data": {"type": "csv", "path": "configs/data/iris.csv"}, "model": {"layers": [
    {"type": "dense", "units": 6}, {"type": "batch_norm"}, {"type": "activation", "activation": "relu"},
    {"type": "dense", "units": 5}, {"type": "batch_norm"}, {"type": "activation", "activation": "relu"},
    {"type": "dense", "units": 3}]}, "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 0.1},
    "train": {"epochs": 0, "batch_size": 10, "seed": 1}})");
  const std::string wanted = shell.out("hinge predict start configs/data/iris.csv");
  CHECK(wanted.size() > 150 * 30);
  for (const std::string from : {"start", weights}) {
    shell.out("hinge train c.json --quiet --force --out run --from " + from);
    CHECK(shell.out("hinge predict run configs/data/iris.csv") == wanted);
  }
}

TEST_CASE("what does not fit together is refused, and nothing is written") {
  const Shell shell;
  shell.out(import_line(weights, "--loss softmax_cross_entropy -o there"));
  const std::string w = weights;
  check_refused(
      shell,
      {{"wants an output for each class, and the network has one output",
        one_output + std::string(" --activation relu --loss softmax_cross_entropy --names 0,1,2,3,4")},
       {"--outputs has 2 names, but the network has 3 classes",
        w + " --activation relu --loss softmax_cross_entropy --outputs x,y --names fc1,bn1,fc2,bn2,fc3"},
       {"--features has 1 name, but the network has 4 inputs",
        w + " --activation relu --loss mse --features x --names fc1,bn1,fc2,bn2,fc3"},
       {"unknown activation \"rely\"; did you mean \"relu\"?", w + " --activation rely --loss mse"},
       {"unknown loss \"softmax\"", w + " --activation relu --loss softmax"},
       {"the file has no layer fc5; did you mean \"fc1\"?", w + " --activation relu --loss mse --names fc1,fc5"},
       {"fc3 takes 5 numbers (its weight is 3 x 5), but bn1 before it gives 6",
        w + " --activation relu --loss mse --names fc1,bn1,fc3,bn2,fc2"},
       {"is a model of Hinge, which needs no import", "there/model.safetensors --activation relu --loss mse"}},
      "import -o out ");
  CHECK(!shell.exists("out"));
  shell.fails(2, import_line(w, "--loss mse -o there"),
              {"there/model.safetensors is there already, and is not overwritten"});
}
