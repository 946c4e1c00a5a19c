// Weights of other programs: tensors find their places by given names, by their own or by their order, or nothing changes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/network.h>
#include <hinge/layers/weight_file.h>

#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

struct Part {
  std::string name;
  std::vector<std::size_t> shape;
  double first = 0;  // its numbers are first, first + 1, …
  std::string dtype = "F32";
};

// As other programs write it: no checksum, no padding.
std::string file_of(const std::vector<Part>& parts) {
  std::string header = "{";
  std::string data;
  for (const Part& part : parts) {
    const std::size_t start = data.size();
    std::vector<std::string> shape;
    std::size_t size = 1;
    for (const std::size_t n : part.shape) {
      shape.push_back(std::to_string(n));
      size *= n;
    }
    for (std::size_t i = 0; i < size; ++i) {
      const float value = static_cast<float>(part.first) + static_cast<float>(i);
      const auto whole = static_cast<std::int64_t>(i);
      if (part.dtype == "I64") {
        data.append(reinterpret_cast<const char*>(&whole), sizeof(whole));
      } else {
        data.append(reinterpret_cast<const char*>(&value), sizeof(value));
      }
    }
    header += (header.size() > 1 ? ", \"" : "\"") + part.name + R"(": {"dtype": ")" + part.dtype + R"(", "shape": [)" +
              join(shape) + R"(], "data_offsets": [)" + std::to_string(start) + ", " + std::to_string(data.size()) +
              "]}";
  }
  header += "}";
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, sizeof(length));
  return file + header + data;
}

Network<float> small() { return Network<float>(2, {Dense{3, Relu{}}, Dense{1}}, 1); }

const std::vector<Part> fitting = {
    {"fc1.weight", {3, 2}, 1}, {"fc1.bias", {3}, 11}, {"fc2.weight", {1, 3}, 21}, {"fc2.bias", {1}, 31}};

}  // namespace

TEST_CASE("tensors of other names are taken in the order of their names, row by row") {
  for (const auto& names : {std::pair("fc1", "fc2"), std::pair("0", "2"), std::pair("net.2", "net.10"),
                            std::pair("dense", "dense_1"), std::pair("a", "b")}) {
    CAPTURE(std::string(names.first));
    Network<float> net = small();
    std::vector<Part> parts = fitting;
    for (Part& part : parts)
      part.name = (part.name.starts_with("fc1") ? names.first : names.second) + part.name.substr(3);
    std::swap(parts[0], parts[3]);  // the place in the file says nothing
    const LoadedWeights loaded = weights_from_bytes(net, file_of(parts), "m");
    CHECK(loaded.left.empty());
    CHECK(loaded.taken.at("layers.1.bias") == std::string(names.second) + ".bias");
    CHECK(loaded.checksum.size() == 8);
    CHECK(net.parameter("layers.0.weight").value()(0, 1) == 2);
    CHECK(net.parameter("layers.0.weight").value()(2, 0) == 5);
    CHECK(net.parameter("layers.0.bias").value()(2, 0) == 13);
    CHECK(net.parameter("layers.1.weight").value()(0, 2) == 23);
    CHECK(net.parameter("layers.1.bias").value()(0, 0) == 31);
  }
}

TEST_CASE("kernels are inputs x outputs, also where they are square") {
  Network<float> net(2, {Dense{2}}, 1);
  weights_from_bytes(net, file_of({{"dense/kernel", {2, 2}, 1}, {"dense/bias", {2}, 0}}), "m");
  CHECK(net.parameter("layers.0.weight").value()(0, 1) == 3);
  CHECK(net.parameter("layers.0.weight").value()(1, 0) == 2);
  Network<float> named(2, {Dense{2}}, 1);
  weights_from_bytes(named, file_of({{"dense/kernel", {2, 2}, 1}, {"dense/bias", {2}, 0}}), "m",
                     {{"layers.0.weight", "dense/kernel"}, {"layers.0.bias", "dense/bias"}});
  CHECK(named.parameter("layers.0.weight").value()(0, 1) == 3);
}

TEST_CASE("a matrix is never taken for slopes, though both are called weight") {
  Network<float> net(1, {Dense{1, PRelu{}}, Dense{1}}, 1);
  const std::string file =
      file_of({{"0.weight", {1, 1}, 1}, {"0.bias", {1}, 2}, {"2.weight", {1, 1}, 3}, {"2.bias", {1}, 4}});
  CHECK_THROWS_AS(weights_from_bytes(net, file, "m"), ModelError);
  CHECK_THROWS_AS(weights_from_bytes(net, file, "m", {{"layers.0", "0"}, {"layers.1", "2"}}), ModelError);
}

TEST_CASE("normalisations take their statistics, by number if not by name, and counters are left") {
  Network<float> net(2, {Dense{3}, BatchNorm{}, ActivationLayer{Relu{}}, Dense{1}}, 1);
  std::vector<Part> parts = fitting;
  for (const auto& [name, first] :
       {std::pair("weight", 41), std::pair("bias", 51), std::pair("running_mean", 61), std::pair("running_var", 71)}) {
    parts.push_back({"bn1." + std::string(name), {3}, static_cast<double>(first)});
  }
  parts.push_back({"bn1.num_batches_tracked", {}, 0, "I64"});
  const LoadedWeights loaded = weights_from_bytes(net, file_of(parts), "m");
  CHECK(loaded.left == std::vector<std::string>{"bn1.num_batches_tracked"});
  CHECK(net.parameter("layers.1.gamma").value()(0, 0) == 41);
  CHECK(net.parameter("layers.1.beta").value()(0, 0) == 51);
  CHECK(net.state()[0].values()[2] == 63);
  CHECK(net.state()[1].values()[0] == 71);
  CHECK(net.parameter("layers.3.weight").value()(0, 0) == 21);
}

TEST_CASE("given names take layers or single tensors, and a learned slope may stand apart") {
  Network<float> net(2, {Dense{3, PRelu{}}, Dense{1}}, 1);
  std::vector<Part> parts = fitting;
  parts.push_back({"act.weight", {1}, 0.25});
  Network<float> given(2, {Dense{3, PRelu{}}, Dense{1}}, 1);
  weights_from_bytes(given, file_of(parts), "m",
                     {{"layers.0", "fc1"},
                      {"layers.0.alpha", "act.weight"},
                      {"layers.1.weight", "fc2.weight"},
                      {"layers.1.bias", "fc2.bias"}});
  CHECK(given.parameter("layers.0.alpha").value()(0, 0) == 0.25F);
  CHECK(given.parameter("layers.0.weight").value()(0, 0) == 1);
  parts.back().name = "fc1_act.weight";  // sorts between fc1 and fc2
  weights_from_bytes(net, file_of(parts), "m");
  CHECK(net.parameter("layers.0.alpha").value()(0, 0) == 0.25F);
  CHECK(net.parameter("layers.1.weight").value()(0, 0) == 21);
}

// A network's outputs are those that the file has of PyTorch.
void check_outputs(const Network<float>& net, const std::string& path) {
  const std::string bytes = read_tensor_file(path);
  const TensorFile file = read_any_tensors(bytes, path);
  const auto tensor = [&](std::string_view name) -> const Tensor& {
    return *std::find_if(file.tensors.begin(), file.tensors.end(), [&](const Tensor& t) { return t.name == name; });
  };
  Matrix<float> inputs(4, 7);
  for (std::size_t i = 0; i < inputs.elements().size(); ++i) {
    inputs(i % 4, i / 4) = static_cast<float>(number_at(tensor("check.inputs"), i));
  }
  const Matrix<float> outputs = net.predict(std::as_const(inputs).view());
  for (std::size_t i = 0; i < outputs.elements().size(); ++i) {
    const double wanted = number_at(tensor("check.outputs"), i);
    // A few dozen roundings of a float.
    CHECK(std::abs(static_cast<double>(outputs(i % outputs.rows(), i / outputs.rows())) - wanted) <= 1e-5);
  }
}

TEST_CASE("PyTorch's weights give PyTorch's outputs, in a network that is there and in one made of them") {
  struct Row {
    std::string file;
    ActivationSpec activation;
    std::vector<LayerSpec> layers;
  };
  std::vector<LayerSpec> deep(11, Dense{4, Tanh{}});
  deep.emplace_back(Dense{3});
  const std::vector<LayerSpec> relu = {Dense{8, Relu{}}, Dense{3}};
  const std::vector<Row> rows = {
      {"sequential", Tanh{}, deep},
      {"relu_f64", Relu{}, relu},
      {"relu_f16", Relu{}, relu},
      {"relu_bf16", Relu{}, relu},
      {"batch_norm",
       Relu{},
       {Dense{6}, BatchNorm{}, ActivationLayer{Relu{}}, Dense{5}, BatchNorm{}, ActivationLayer{Relu{}}, Dense{3}}},
      {"layer_norm", Gelu{}, {Dense{6}, LayerNorm{}, ActivationLayer{Gelu{}}, Dense{2}}},
      {"prelu", Relu{}, {Dense{6, PRelu{.per_unit = true}}, Dense{5, PRelu{}}, Dense{1}}},
      {"no_bias", Sigmoid{}, {Dense{.units = 6, .activation = Sigmoid{}, .bias = false}, Dense{3}}}};
  for (const Row& row : rows) {
    CAPTURE(row.file);
    const std::string path = "tests/layers/pytorch/" + row.file + ".safetensors";
    Network<float> net(4, row.layers, 1);
    const LoadedWeights loaded = load_weights(net, path);
    for (const std::string& name : loaded.left) {
      CHECK((name.starts_with("check.") || name.ends_with(".num_batches_tracked")));
    }
    check_outputs(net, path);
    const ImportedNetwork<float> imported = import_network<float>(path, row.activation);
    CHECK(imported.network.summary() == net.summary());
    CHECK(imported.weights.left == loaded.left);
    CHECK(import_network<float>(path, row.activation, imported.layers).network.summary() == net.summary());
    check_outputs(imported.network, path);
  }
}

TEST_CASE("what the tensors do not say of a network, their names do") {
  const auto matrix = [](const std::string& layer, std::size_t out, std::size_t in) {
    return std::vector<Part>{{layer + ".weight", {out, in}}, {layer + ".bias", {out}}};
  };
  const auto norm = [](const std::string& layer, std::size_t size) {
    return std::vector<Part>{{layer + ".weight", {size}}, {layer + ".bias", {size}}};
  };
  const std::vector<Part> keras_norm = {
      {"x_1/gamma", {3}}, {"x_1/beta", {3}}, {"x_1/moving_mean", {3}}, {"x_1/moving_variance", {3}}};
  struct Row {
    const char* what;
    std::vector<std::vector<Part>> groups;
    std::vector<LayerSpec> layers;
  };
  const ActivationLayer relu{Relu{}};
  const std::vector<Row> rows = {
      {"a place is left for an activation",
       {matrix("0", 3, 2), norm("2", 3), matrix("3", 1, 3)},
       {Dense{3, Relu{}}, LayerNorm{}, Dense{1}}},
      {"none is left", {matrix("0", 3, 2), norm("1", 3), matrix("3", 1, 3)}, {Dense{3}, LayerNorm{}, relu, Dense{1}}},
      {"normalised inputs",
       {norm("0", 2), matrix("1", 3, 2), matrix("3", 1, 3)},
       {LayerNorm{}, Dense{3, Relu{}}, Dense{1}}},
      {"ε of Keras",
       {{{"x/kernel", {2, 3}}, {"x/bias", {3}}}, keras_norm, matrix("y", 1, 3)},
       {Dense{3}, BatchNorm{.epsilon = 1e-3}, relu, Dense{1}}},
      {"Keras' layers have their activation inside",
       {{{"0.kernel", {2, 3}}, {"0.bias", {3}}},
        {{"1.gamma", {3}}, {"1.beta", {3}}, {"1.moving_mean", {3}}, {"1.moving_variance", {3}}},
        matrix("2", 1, 3)},
       {Dense{3, Relu{}}, BatchNorm{.epsilon = 1e-3}, Dense{1}}},
      {"a head without a number",
       {matrix("fc1", 4, 2), norm("bn1", 4), matrix("fc2", 3, 4), matrix("head", 1, 3)},
       {Dense{4}, LayerNorm{}, relu, Dense{3, Relu{}}, Dense{1}}},
      {"words that sizes put in order",
       {matrix("input", 4, 2), matrix("hidden", 3, 4), matrix("output", 1, 3)},
       {Dense{4, Relu{}}, Dense{3, Relu{}}, Dense{1}}},
      {"Keras numbers from the second on, all square",
       {matrix("dense_1", 2, 2), matrix("dense", 2, 2)},
       {Dense{2, Relu{}}, Dense{2}}}};
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    std::vector<Part> parts;
    for (const std::vector<Part>& group : row.groups) parts.insert(parts.end(), group.begin(), group.end());
    folder.write("m", file_of(parts));
    const ImportedNetwork<float> imported = import_network<float>(folder.path("m"), Relu{});
    CHECK(imported.network.summary() == Network<float>(2, row.layers).summary());
    CHECK(imported.weights.left.empty());
  }
}

TEST_CASE("a network that cannot be made of a file says why") {
  struct Row {
    std::vector<Part> parts;
    std::vector<std::string> layers;
    std::string message;
  };
  const std::string hint = "; --names gives the layers in their order, such as ";
  const auto square = [](const std::vector<std::string>& names) {
    std::vector<Part> parts;
    for (const std::string& name : names) parts.push_back({name + ".weight", {2, 2}});
    return parts;
  };
  const std::vector<Row> rows = {
      {{{"fc1.weight", {3, 2}}, {"fc2.weight", {1, 4}}},
       {},
       "fc2 takes 4 numbers (its weight is 1 x 4), but fc1 before it gives 3" + hint + "fc1,fc2"},
      {{{"fc1.weight", {3, 2}}, {"fc2.weight", {1, 4}}},
       {"fc2", "fc1"},
       "fc1 takes 2 numbers (its weight is 3 x 2), but fc2 before it gives 1"},
      {{{"conv.weight", {8, 3, 3, 3}}},
       {"conv"},
       "conv has a weight of 8 x 3 x 3 x 3; wanted a matrix, that of a dense layer"},
      {{{"fc1.bias", {3}}}, {"fc1"}, "fc1 has no weight; wanted one in every layer"},
      {{{"act.weight", {1}}, {"fc.weight", {1, 2}}},
       {"act", "fc"},
       "act has slopes alone; wanted them between two layers"},
      {{{"fc.weight", {1, 2}}, {"act.weight", {1}}},
       {"fc", "act"},
       "act has slopes alone; wanted them between two layers"},
      {{{"fc1.weight", {2, 2}}, {"norm1.weight", {2}}, {"fc2.weight", {2, 2}}},
       {"fc1", "norm1", "fc2"},
       "norm1 has no bias; wanted one in every normalisation"},
      {{{"W", {3, 2}}}, {}, "no tensor is called as weights are, such as fc1.weight or dense/kernel"},
      {square({"fc1", "fc2", "a"}),
       {},
       "its layers fit in two orders, a,fc1,fc2 and fc1,fc2,a; name them in the right one" + hint + "a,fc1,fc2"},
      {square({"encoder.0", "encoder.2", "decoder.0", "decoder.2"}),
       {},
       "its layers fit in two orders, decoder.0,decoder.2,encoder.0,encoder.2 and "
       "encoder.0,encoder.2,decoder.0,decoder.2; name them in the right one" +
           hint + "decoder.0,decoder.2,encoder.0,encoder.2"},
      {square({"fc1", "fc2", "a"}), {"fc1", "b"}, "the file has no layer b; did you mean \"a\"? (known: a, fc1, fc2)"},
      {{{"fc.weight", {0, 2}}}, {"fc"}, "dense: units = 0, must be >= 1; auto is for the last layer of a run"}};
  const TemporaryFolder folder;
  const std::string path = folder.path("m");
  for (const Row& row : rows) {
    CAPTURE(row.message);
    folder.write("m", file_of(row.parts));
    CHECK(error_of<ModelError>([&] { import_network<float>(path, Relu{}, row.layers); }) == path + ": " + row.message);
  }
}

TEST_CASE("weights that fit in two orders are not guessed at") {
  Network<float> net(2, {Dense{.units = 2, .bias = false}, Dense{.units = 2, .bias = false}}, 1);
  const std::string file = file_of({{"fc1.weight", {2, 2}, 1}, {"a.weight", {2, 2}, 5}});
  CHECK(error_of<ModelError>([&] { weights_from_bytes(net, file, "m"); }) ==
        "m: its layers fit in two orders, a,fc1 and fc1,a; name them in the right one");
  weights_from_bytes(net, file, "m", {{"layers.0", "a"}, {"layers.1", "fc1"}});
  CHECK(net.parameter("layers.0.weight").value()(0, 0) == 5);
}

TEST_CASE("layers of one name with the network's are told apart by their place") {
  Network<float> net = small();
  std::vector<Part> parts = fitting;
  for (Part& part : parts) part.name = (part.name.starts_with("fc1") ? "layers.0" : "layers.2") + part.name.substr(3);
  weights_from_bytes(net, file_of(parts), "m");
  CHECK(net.parameter("layers.1.bias").value()(0, 0) == 31);
}

TEST_CASE("what does not fit is named with both shapes, and the network is as it was") {
  struct Row {
    std::vector<Part> parts;
    std::map<std::string, std::string> names;
    std::string message;
  };
  const auto changed = [](std::size_t index, const Part& part) {
    std::vector<Part> parts = fitting;
    parts[index] = part;
    return parts;
  };
  const auto more = [](const Part& part) {
    std::vector<Part> parts = fitting;
    parts.push_back(part);
    return parts;
  };
  const std::vector<Row> rows = {
      {changed(0, {"fc1.weight", {2, 3}}),
       {},
       "m: fc1.weight is 2 x 3 in the model, but layers.0.weight is 3 x 2 in the network"},
      {changed(0, {"fc1.kernel", {3, 2}}),
       {},
       "m: fc1.kernel is 3 x 2 in the model, but layers.0.weight is 2 x 3 in the network"},
      {changed(1, {"fc1.count", {3}}), {}, "m: the model has no bias in fc1, which is to be layers.0"},
      {{fitting[0], fitting[1]}, {}, "m: the model has no tensors for layers.1"},
      {more({"fc3.weight", {1, 1}}), {}, "m: the network has no layer for fc3"},
      {fitting, {{"layers.0", "fc1"}}, "m: the model has no layers.1.weight, which is 1 x 3 in the network"},
      {fitting,
       {{"layers.0", "fc1"}, {"layers.1", "fc3"}},
       "m: the model has no fc3, which is 1 x 3 in the network (known: fc1.weight, fc1.bias, fc2.weight, fc2.bias)"},
      {fitting,
       {{"layers.0.weigth", "fc1.weight"}},
       "m: the model has no layers.0.weight, which is 3 x 2 in the network"},
      {changed(0, {"fc1.weight", {3, 2}, 3e38 * 2}), {}, "m: the tensor fc1.weight: element 0 is not finite"}};
  for (const Row& row : rows) {
    CAPTURE(row.message);
    Network<float> net = small();
    const std::vector<float> before(net.values().begin(), net.values().end());
    CHECK(error_of<ModelError>([&] { weights_from_bytes(net, file_of(row.parts), "m", row.names); }) == row.message);
    CHECK(std::equal(before.begin(), before.end(), net.values().begin()));
  }
}
