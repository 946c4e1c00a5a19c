#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/layers/weight_file.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

template <typename Scalar>
Model<Scalar> sample_model() {
  Network<Scalar> net(3, {Dense{4, LeakyRelu{.alpha = 0.1}}, Dense{.units = 2, .bias = false}}, 18446744073709551615U);
  return {net,
          {.inputs = Preprocessing({0.1, 2, -3}, {1, 1e-3, 7}),
           .imputed_values = {1, 2, 3},
           .output_transform = OutputTransform::softmax,
           .feature_names = {"a", "b \"quoted\"", "ä"},
           .class_names = {"no", "yes"}}};
}

// An initialiser that counts its calls.
struct Counting {
  static constexpr std::string_view type = "counting";
  static inline int calls = 0;
  std::vector<Option> options() { return {}; }
  void fill(MatrixView<double> w, Fans, const RandomStream&) const {
    ++calls;
    w(0, 0) = 1;
  }
};

// The file with one text of its metadata changed, and the checksum that belongs to it.
std::string with_text(const std::string& file, const std::string& key, const std::string& text) {
  TensorFile parts = read_tensors(file, "m");
  parts.metadata.erase("crc32");
  if (text.empty()) {
    parts.metadata.erase(key);
  } else {
    parts.metadata[key] = text;
  }
  return write_tensors(parts.metadata, parts.tensors);
}

}  // namespace

TEST_CASE("reading, copying and converting a model draw no weights, and a model has no gradients") {
  Counting::calls = 0;
  const Model<float> model(Network<float>(3, {Dense{.units = 4, .weight_init = Counting{}}, Dense{2, PRelu{}}}), {});
  REQUIRE(Counting::calls == 1);
  CHECK(model.network().convert<double>().gradients().size() == 3 * 4 + 4 + 4 * 2 + 2 + 1);
  Registries registries = standard_model_registries();
  registries.of<InitializerSpec>().add(Counting{});
  const Model<float> read = model_from_bytes<float>(model_to_bytes(model), "m", registries).model;
  const Model<float> copied = read;
  for (const Model<float>* m : {&model, &read, &copied}) {
    CHECK(same_bits(m->network().values(), model.network().values()));
    CHECK(m->network().gradients().empty());
    CHECK(m->network().parameter("layers.0.weight").gradient().empty());
  }
  CHECK(Counting::calls == 1);

  Network<float> trainable = copied.network();
  CHECK(trainable.gradients().size() == trainable.values().size());
  const Matrix<float> x = random_matrix<float>(3, 5, 1);
  trainable.backward(trainable.forward(x.view()));
  CHECK(trainable.parameter("layers.0.bias").gradient()(0, 0) != 0);
}

TEST_CASE_TEMPLATE("a network takes the weights and running means of a model of its shapes, or is left alone", Scalar,
                   float, double) {
  const std::vector<LayerSpec> layers = {Dense{4, Relu{}}, BatchNorm{}, Dense{2}};
  Network<double> trained(3, layers, 5);
  for (double& mean : trained.state_values()) mean = 0.25;
  const std::string bytes = model_to_bytes(Model<double>(trained, {}));
  Network<Scalar> net(3, {Dense{4, Tanh{}}, BatchNorm{}, Dense{2}}, 6);
  CHECK(weights_from_bytes(net, bytes, "m").checksum.size() == 8);
  for (std::size_t i = 0; i < net.values().size(); ++i) {
    CHECK(net.values()[i] == static_cast<Scalar>(trained.values()[i]));
  }
  for (const Scalar mean : net.state_values()) CHECK(mean == Scalar(0.25));

  struct Row {
    std::vector<LayerSpec> layers;
    std::string message;
  };
  const std::vector<Row> rows = {
      {{Dense{4}, BatchNorm{}, Dense{3}}, "m: layers.2.weight is 2 x 4 in the model, but 3 x 4 in the network"},
      {{Dense{4}, BatchNorm{}, Dense{2}, Dense{2}},
       "m: the model has no layers.3.weight, which is 2 x 2 in the network"},
      {{Dense{4}, BatchNorm{}}, "m: the network has no layers.2.weight, which is 2 x 4 in the model"}};
  for (const Row& row : rows) {
    Network<Scalar> other(3, row.layers, 6);
    const std::vector<Scalar> before(other.values().begin(), other.values().end());
    CHECK(error_of<ModelError>([&] { weights_from_bytes(other, bytes, "m"); }) == row.message);
    CHECK(std::equal(before.begin(), before.end(), other.values().begin()));
  }
}

TEST_CASE("a model of Hinge's own parts is read without registries") {
  const TemporaryFolder folder;
  save_model(folder.path("m.safetensors"), sample_model<float>());
  const StoredModel<float> stored = load_model<float>(folder.path("m.safetensors"));
  CHECK(same_bits(stored.model.network().values(), sample_model<float>().network().values()));
}

TEST_CASE_TEMPLATE("a model comes back from its bytes with all it knows", Scalar, float, double) {
  const Model<Scalar> model = sample_model<Scalar>();
  const std::string bytes = model_to_bytes(model, {{"data", "{\"type\": \"xor\"}"}});
  CHECK(bytes == model_to_bytes(sample_model<Scalar>(), {{"data", "{\"type\": \"xor\"}"}}));
  const StoredModel<Scalar> stored = model_from_bytes<Scalar>(bytes, "m", standard_model_registries());
  CHECK(same_bits(stored.model.network().values(), model.network().values()));
  CHECK(stored.model.network().seed() == model.network().seed());
  CHECK(stored.model.network().summary() == model.network().summary());
  CHECK(stored.model.info().inputs.offsets() == model.info().inputs.offsets());
  CHECK(stored.model.info().inputs.divisors() == model.info().inputs.divisors());
  CHECK(stored.model.info().targets.is_identity());
  CHECK(stored.model.info().imputed_values == model.info().imputed_values);
  CHECK(stored.model.info().output_transform == OutputTransform::softmax);
  CHECK(stored.model.info().feature_names == model.info().feature_names);
  CHECK(stored.model.info().class_names == model.info().class_names);
  CHECK(stored.notes == std::map<std::string, std::string>{{"data", "{\"type\": \"xor\"}"}});
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 5, 1);
  const Matrix<Scalar> a = model.predict(x);
  const Matrix<Scalar> b = stored.model.predict(x);
  CHECK(same_bits(a.elements(), b.elements()));
}

TEST_CASE("a preprocessing keeps the method of each column, and a file of version 1 has affine ones") {
  using Method = Preprocessing::Method;
  const std::vector<ColumnScaling> columns{{Method::robust, 1, 2}, {}, {Method::log1p, 0.5, 3}};
  const Model<float> sample = sample_model<float>();
  ModelInfo info = sample.info();
  info.inputs = Preprocessing(columns);
  const std::string bytes = model_to_bytes(Model<float>(Network<float>(sample.network()), info));
  const auto stored = model_from_bytes<float>(bytes, "m", standard_model_registries());
  CHECK(stored.model.info().inputs == info.inputs);

  TensorFile file = read_tensors(bytes, "m");
  file.metadata.erase("crc32");
  file.metadata["format_version"] = "1";
  std::string& text = file.metadata["preprocessing"];
  for (const std::string methods : {R"(, "methods": ["robust", "affine", "log1p"])", R"(, "methods": [])"}) {
    text.erase(text.find(methods), methods.size());
  }
  const auto older =
      model_from_bytes<float>(write_tensors(file.metadata, file.tensors), "m", standard_model_registries());
  CHECK(older.model.info().inputs == Preprocessing({1, 0, 0.5}, {2, 1, 3}));
}

TEST_CASE("the tensors have the names, shapes and order of other frameworks: out × in, row by row") {
  const Model<float> model = sample_model<float>();
  const std::string bytes = model_to_bytes(model);
  const TensorFile file = read_tensors(bytes, "m");
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors[0].name == "layers.0.weight");
  CHECK(file.tensors[0].shape == std::vector<std::size_t>{4, 3});
  CHECK(file.tensors[1].shape == std::vector<std::size_t>{4});
  float second = 0;
  std::memcpy(&second, file.tensors[0].bytes.data() + sizeof(float), sizeof(float));
  CHECK(second == model.network().parameter("layers.0.weight").value()(0, 1));
}

TEST_CASE("a model of the other scalar is converted") {
  const std::string bytes = model_to_bytes(sample_model<double>());
  const StoredModel<float> stored = model_from_bytes<float>(bytes, "m", standard_model_registries());
  const Network<float> expected = sample_model<double>().network().convert<float>();
  CHECK(same_bits(stored.model.network().values(), expected.values()));
}

TEST_CASE("a double that no float can hold is refused, not made infinite") {
  Model<double> model = sample_model<double>();
  Network<double> network = model.network();
  network.values()[0] = 1e300;
  const std::string bytes = model_to_bytes(Model<double>(network, model.info()));
  CHECK(model_from_bytes<double>(bytes, "m", standard_model_registries()).model.network().values()[0] == 1e300);
  CHECK(error_of<ModelError>([&] { model_from_bytes<float>(bytes, "m", standard_model_registries()); }) ==
        "m: the tensor layers.0.weight holds 1e+300, too large for single precision");
}

TEST_CASE("a missing value is filled in where the model knows how, and refused where not") {
  const Model<double> model = sample_model<double>();
  Matrix<double> x(3, 1);
  Matrix<double> filled(3, 1);
  for (std::size_t r = 0; r < 3; ++r) filled(r, 0) = x(r, 0) = static_cast<double>(r);
  x(1, 0) = NAN;
  filled(1, 0) = 2;
  const Matrix<double> a = model.predict(x);
  const Matrix<double> b = model.predict(filled);
  CHECK(same_bits(a.elements(), b.elements()));
  CHECK_THROWS_AS(Model<double>(model.network(), {}).predict(x), DataError);
}

TEST_CASE("a model file that contradicts itself is refused, also with a right checksum") {
  const std::string bytes = model_to_bytes(sample_model<float>());
  struct Row {
    std::string key;
    std::string text;
    std::string message;
  };
  const std::vector<Row> rows = {
      {"format_version", "3", "m: the file has format version \"3\", this program reads versions up to \"2\""},
      {"format_version", "", "m: the metadata has no \"format_version\"; Hinge did not write this model"},
      {"output_link", "tanh", "m: output_link is \"tanh\", wanted identity, sigmoid, softmax or exp"},
      {"network", R"({"inputs": 3, "seed": 1, "layers": [{"type": "dense", "units": 4}]})",
       "m: the network has 16 parameters, but the file 24"},
      {"network", R"({"inputs": 3, "seed": 1, "layers": [{"type": "dense", "units": 1048576}]})",
       "m: the network has 4194304 parameters, but the file 24"},
      {"network", R"({"inputs": 2, "seed": 1, "layers": [{"type": "dense", "units": 8}]})",
       "m: the tensor layers.0.weight has another shape than the network's, 8 x 2"},
      {"network", R"({"inputs": 3, "seed": 1, "layers": ["dens"]})",
       "m: in the metadata: network:1:37: /layers/0: unknown layer \"dens\"; did you mean \"dense\"? (known: "
       "activation, "
       "batch_norm, dense, dropout, layer_norm, residual)"},
      {"network", "{",
       "m: in the metadata: network:1:2: the document ends here, in the middle of the object that starts "
       "at network:1:1"},
      {"network", R"({"inputs": 3, "seed": 1, "layers": []})",
       "m: in the metadata: network: no layers; it needs at least 1"},
      {"names", R"({"features": ["a"], "classes": [], "targets": []})",
       "m: model: 1 feature names, but the network has 3"},
      {"names", R"({"features": ["a", "b", "a"], "classes": [], "targets": []})", "m: two features are called \"a\""},
      {"names", R"({"features": [], "classes": ["0", "1", "2", "1"], "targets": []})",
       "m: two classes are called \"1\""},
      {"names", R"({"features": ["a", "b", "c"], "classes": [], "targets": ["d", "e", "b", "f"]})",
       "m: two features or targets are called \"b\""},
      {"preprocessing",
       R"({"inputs": {"offsets": [1], "divisors": []}, "targets": {"offsets": [], "divisors": []}, )"
       R"("fillers": []})",
       "m: in the metadata: preprocessing: 1 offsets, but 0 divisors"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const std::string changed = with_text(bytes, row.key, row.text);
    CHECK(error_of<ModelError>([&] { model_from_bytes<float>(changed, "m", standard_model_registries()); }) ==
          row.message);
  }
  CHECK(error_of<ModelError>([&] {
          model_to_bytes(sample_model<float>(), {{"names", ""}});
        }) == "a note cannot be called \"names\", the format uses that name");
}

TEST_CASE("a model is saved as a file and loaded again") {
  const TemporaryFolder folder;
  const std::string path = folder.path("model.safetensors");
  save_model(path, sample_model<float>());
  CHECK(read_file(path) == model_to_bytes(sample_model<float>()));
  const StoredModel<float> stored = load_model<float>(path, standard_model_registries());
  CHECK(same_bits(stored.model.network().values(), sample_model<float>().network().values()));
  CHECK_THROWS_AS(load_model<float>(folder.path("none"), standard_model_registries()), FileError);
}

// Another program's view of the file, with nothing but Python's standard library.
TEST_CASE("Python reads the tensors and the texts") {
  const TemporaryFolder folder;
  const std::string path = folder.path("model.safetensors");
  const Model<float> model = sample_model<float>();
  save_model(path, model);
  const std::string script = folder.write("read.py", R"(
import json, struct, sys, zlib
file = open(sys.argv[1], "rb").read()
length = struct.unpack("<Q", file[:8])[0]
header = json.loads(file[8:8 + length])
crc = header["__metadata__"]["crc32"]
print(crc == "%08x" % zlib.crc32(file.replace(crc.encode(), b"00000000")))
weight = header["layers.0.weight"]
start, end = (8 + length + offset for offset in weight["data_offsets"])
print(weight["dtype"], weight["shape"], "%.9g" % struct.unpack("<12f", file[start:end])[7])
print(json.loads(header["__metadata__"]["names"])["features"][1])
)");
  FILE* output = popen(("python3 '" + script + "' '" + path + "' 2>/dev/null").c_str(), "r");
  REQUIRE(output != nullptr);
  std::string text;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), output) != nullptr) text += line.data();
  if (pclose(output) != 0 && text.empty()) {
    MESSAGE("skipped: there is no python3 here");
    return;
  }
  std::array<char, 32> expected{};
  std::snprintf(expected.data(), expected.size(), "%.9g",
                static_cast<double>(model.network().parameter("layers.0.weight").value()(2, 1)));
  CHECK(text == "True\nF32 [4, 3] " + std::string(expected.data()) + "\nb \"quoted\"\n");
}
