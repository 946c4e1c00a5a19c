// hinge gradcheck --break: each deliberate mistake is caught, in the tensors that it touches and in no other.
#include <cmath>

#include <doctest/doctest.h>

#include "shell.h"

namespace {

struct Broken {
  std::string arguments;
  std::string fault;
  Strings differ;  // the rest agrees
  double ratio;    // gradient / difference at the worst element of each; NaN: any
};

const double any = std::nan("");

}  // namespace

TEST_CASE("each deliberate mistake is caught where it is") {
  const Shell shell;
  const Strings all = {"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "input"};
  const Strings below = {"layers.0.weight", "layers.0.bias", "input"};
  const std::string residual =
      R"(configs/iris.json --set 'model.layers=[{"type": "residual", "layers": [{"type": "dense", "units": 8,
         "activation": "relu"}]}, {"type": "dense", "units": 3}]')";
  const std::vector<Broken> rows = {
      {"configs/iris.json", "sign", below, -1},
      {"configs/iris.json --set model.layers[0].activation=prelu", "sign", below, -1},
      {"configs/mazur.json", "sign", all, -1},
      {"configs/iris.json", "batch", all, 8},
      {"configs/iris.json --samples 3", "batch", all, 3},
      {"configs/xor.json", "batch", all, 4},  // it has four samples
      {"configs/iris.json", "gate", below, any},
      {residual, "gate", {"layers.0.layers.0.weight", "layers.0.layers.0.bias", "input"}, any},
      {"configs/iris.json", "softmax", all, any},
      {"configs/iris.json --set loss.label_smoothing=0.1", "softmax", all, any},
  };
  for (const Broken& row : rows) {
    CAPTURE(row.arguments);
    CAPTURE(row.fault);
    const Result result = shell.run("hinge gradcheck " + row.arguments + " --json --break " + row.fault);
    CHECK(result.code == 1);
    CHECK(result.err.empty());
    const Json json = Json::parse(result.out);
    CHECK(json["break"]["name"] == row.fault);
    Strings differ;
    for (const Json& tensor : json["tensors"]) {
      if (tensor["agrees"] == true) continue;
      differ.push_back(tensor["name"]);
      // The difference quotient is right to 1e-6 of the tensor's largest gradient, near which the worst element is.
      if (!std::isnan(row.ratio)) CHECK(std::abs(tensor["ratio"].get<double>() - row.ratio) < 1e-4);
    }
    CHECK(differ == row.differ);
  }
}

TEST_CASE("what a mistake does to the gradients is said in words") {
  const Shell shell;
  const Result result = shell.run("hinge gradcheck configs/iris.json --break sign");
  CHECK(result.code == 1);
  CHECK(result.err.empty());
  for (const std::string line :
       {"\ncaught: the last activation multiplies by −φ′(z)", "difference  ratio\n",
        "\ndiffer: layers.0.weight, layers.0.bias, input\n", "\nagree:  layers.1.weight, layers.1.bias\n",
        "\nEvery gradient at and below that activation has the wrong sign"}) {
    CAPTURE(line);
    CHECK(result.out.find(line) != std::string::npos);
  }
  CHECK(matches(result.out, "layers.0.bias .* -1"));
  CHECK(widest_line(result.out) <= 80);
}

TEST_CASE("a mistake that cannot show is refused") {
  const Shell shell;
  const std::vector<Refusal> rows = {
      {"--break sign: it cannot show here: no layer has an activation",
       "configs/iris.json --set model.layers[0].activation=identity --break sign"},
      {"--break gate: it cannot show here: no layer has a ReLU", "configs/mazur.json --break gate"},
      {"no layer has a ReLU", "configs/iris.json --set model.layers[0].activation=leaky_relu --break gate"},
      {"--break gate: it cannot show here: it changes no gradient of 2 samples",
       "configs/iris.json --set 'model.layers[0].bias_init={\"type\": \"constant\", \"value\": 99}' --samples 2 "
       "--break gate"},
      {"the loss is a sum, which no 1/batch belongs to", "configs/mazur.json --break batch"},
      {"--break batch: it cannot show here: it changes no gradient of 1 sample",
       "configs/iris.json --samples 1 --break batch"},
      {"--break softmax: it cannot show here: the loss has no softmax", "configs/xor.json --break softmax"},
      {R"(--break: unknown fault "gats"; did you mean "gate"?)", "configs/xor.json --break gats"},
  };
  check_refused(shell, rows, "gradcheck ");
}
