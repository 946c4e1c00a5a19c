// hinge export: what others cannot hold is refused, and what they hold comes back. What others read is for
// onnx_test.sh and c_header_test.sh.
#include <doctest/doctest.h>

#include "shell.h"

TEST_CASE("the state_dict of PyTorch is imported again, with the same predictions") {
  const Shell shell;
  shell.write("c.json", R"({"data": {"type": "csv", "path": "configs/data/iris.csv"}, "model": {"layers": [
    {"type": "dense", "units": 6, "activation": {"type": "prelu", "per_unit": true}}, {"type": "layer_norm"},
    {"type": "dropout", "rate": 0.2}, {"type": "dense", "units": 5, "bias": false}, {"type": "batch_norm"},
    {"type": "activation", "activation": "relu"}, {"type": "dense", "units": 3}]},
    "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 3, "batch_size": 10, "seed": 1}})");
  shell.out("hinge train c.json --quiet --out run");
  const std::string code = shell.out("hinge export run --to safetensors -o net.safetensors");
  CHECK(code ==
        "import torch\nfrom torch import nn\nfrom safetensors.torch import load_file\n\nnet = nn.Sequential(\n"
        "    nn.Linear(4, 6),\n    nn.PReLU(6),\n    nn.LayerNorm(6, eps=1e-05),\n    nn.Dropout(0.2),\n"
        "    nn.Linear(6, 5, bias=False),\n    nn.BatchNorm1d(5, eps=1e-05, momentum=0.1),\n    nn.ReLU(),\n    "
        "nn.Linear(5, 3))\n"
        "net.load_state_dict(load_file(\"net.safetensors\"))\nnet.eval()\n");
  shell.out("hinge import net.safetensors --activation relu --loss softmax_cross_entropy -o again");
  CHECK(shell.out("hinge predict run configs/data/iris.csv") == shell.out("hinge predict again configs/data/iris.csv"));
}

TEST_CASE("an export has one output for classes, and none with --raw") {
  const Shell shell;
  shell.out("hinge train configs/iris.json --set train.epochs=1 --quiet --out run");
  shell.out("hinge export run --to onnx -o m.onnx && hinge export run/model.safetensors --to onnx --raw -o raw.onnx");
  const std::string whole = shell.read("m.onnx");
  const std::string raw = shell.read("raw.onnx");
  CHECK(whole.find("ArgMax") != std::string::npos);
  CHECK(whole.find("Softmax") != std::string::npos);
  CHECK(whole.find(R"(["sepal_length_cm", "sepal_width_cm")") != std::string::npos);
  for (const char* word : {"ArgMax", "Softmax", "Sub", "Div"}) CHECK(raw.find(word) == std::string::npos);
  CHECK(shell.run("hinge export run --to onnx -o again.onnx").code == 0);
  CHECK(shell.read("again.onnx") == whole);  // the same model, the same bytes
}

TEST_CASE("categories are numbers in ONNX, whose names are in the metadata, but not with --raw") {
  const Shell shell;
  shell.write("t.csv", "size,colour,t\n1,red,x\n2,blue,y\n3,red,x\n4,blue,y\n");
  shell.write("c.json",
              R"({"data": {"type": "csv", "path": "t.csv"}, "model": {"layers": [{"type": "dense", "units": 2}]},
    "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 1, "batch_size": 2, "seed": 1}})");
  shell.out("hinge train c.json --quiet --out run");
  shell.out("hinge export run --to onnx -o m.onnx && hinge export run --to onnx --raw -o raw.onnx");
  CHECK(shell.read("m.onnx").find(R"({"colour": ["blue", "red"]})") != std::string::npos);
  CHECK(shell.read("m.onnx").find(R"(["size"])") != std::string::npos);
  CHECK(shell.read("raw.onnx").find("categories") == std::string::npos);
  CHECK(shell.read("raw.onnx").find(R"(["size", "colour=blue", "colour=red"])") != std::string::npos);
}

TEST_CASE("a header of C has the names that were asked for, and no name of the data ends a comment") {
  const Shell shell;
  shell.write("t.csv",
              "a*/b$/*?"
              "?/,c,t\n1,2,x\n2,1,y\n3,2,x\n4,1,y\n");
  shell.write("c.json",
              R"({"data": {"type": "csv", "path": "t.csv"}, "model": {"layers": [{"type": "dense", "units": 2}]},
    "loss": "softmax_cross_entropy", "optimizer": "adam", "train": {"epochs": 1, "batch_size": 2, "seed": 1}})");
  shell.out("hinge train c.json --quiet --out run && hinge export run --to c --name net -o net.h");
  const std::string header = shell.read("net.h");
  for (const char* name : {"#define NET_INPUTS 2", "#define NET_OUTPUTS 2", "2 inputs: a* /b$/ *? ?/, c",
                           "static inline void net_predict(const float *inputs, float *outputs) {",
                           "static inline int net_self_test(void) {"}) {
    CHECK(header.find(name) != std::string::npos);
  }
  CHECK(header.find('$') == header.rfind('$'));
}

TEST_CASE("what another program cannot hold is named, and no file is left") {
  const Shell shell;
  shell.out("hinge train configs/digits_residual.json --set train.epochs=1 --quiet --out run");
  shell.out("mkdir folder");
  check_refused(shell,
                {{"the layer layers.1 is a residual block, which an nn.Sequential of PyTorch cannot hold",
                  "run --to safetensors -o m"},
                 {"--to: tensorflow not in {onnx,c,safetensors}", "run --to tensorflow -o m"},
                 {"--raw goes with --to onnx", "run --to c --raw -o m"},
                 {"--name goes with --to c", "run --to onnx --name x -o m"},
                 {"--name 3d: wanted letters, digits and _, such as iris", "run --to c --name 3d -o m"},
                 {"none: No such file or directory", "none --to onnx -o m"}},
                "export ");
  CHECK(!shell.exists("m"));
  for (const std::string file : {"run/model.safetensors", "run/config.json"}) {
    const std::string before = shell.read(file);
    shell.fails(2, "hinge export run --to onnx -o " + file, {file + " is there already, beside the model"});
    CHECK(shell.read(file) == before);
  }
  shell.fails(2, "hinge export run --to onnx -o nowhere/m.onnx", {"nowhere"});
}
