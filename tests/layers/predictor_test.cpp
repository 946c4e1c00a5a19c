#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>
#include <hinge/layers/predictor.h>
#include <hinge/layers/residual.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// No part of Hinge.
struct Twice {
  static constexpr std::string_view type = "twice";
  template <typename Scalar>
  Scalar value(Scalar z) const {
    return 2 * z;
  }
  template <typename Scalar>
  Scalar derivative(Scalar) const {
    return 2;
  }
};

// Parameters and state are random, so that no term is 0 or a factor 1; variances stay above 0.
template <typename Scalar>
Network<Scalar> random_network(std::size_t inputs, const std::vector<LayerSpec>& layers, std::uint64_t seed) {
  Network<Scalar> network(inputs, layers, seed);
  const RandomStream random(seed, Purpose::user);
  std::uint64_t next = 0;
  for (Parameter<Scalar>& parameter : network.parameters()) {
    const MatrixView<Scalar> value = parameter.value();
    for (std::size_t r = 0; r < value.rows; ++r) {
      for (std::size_t c = 0; c < value.cols; ++c) value(r, c) += static_cast<Scalar>(0.3 * random.normal(next++));
    }
  }
  for (LayerState<Scalar>& state : network.state()) {
    for (Scalar& value : state.values()) value = static_cast<Scalar>(0.5 + random.uniform(next++));
  }
  return network;
}

// Samples one behind the other, as the C API has them.
std::vector<float> predicted(const Predictor& predictor, const Matrix<float>& x) {
  const Matrix<float> samples = matrix_of(x.view().transposed());
  std::vector<float> y(x.cols() * predictor.outputs());
  predictor.predict(samples.elements().data(), x.cols(), y.data());
  return y;
}

// 1, 2, 63, 64, 65 and 200 samples: alone, a block, and more than one.
template <typename Scalar>
void check_same_bits(const Model<Scalar>& model, const Model<float>& reference) {
  const Predictor predictor(model_to_bytes(model, {}), "model");
  CHECK(predictor.inputs() == reference.network().inputs());
  CHECK(predictor.outputs() == reference.network().outputs());
  for (const std::size_t samples : {1U, 2U, 63U, 64U, 65U, 200U}) {
    CAPTURE(samples);
    Matrix<float> x = random_matrix<float>(predictor.inputs(), samples, samples);
    if (!model.info().imputed_values.empty()) x(0, samples / 2) = std::numeric_limits<float>::quiet_NaN();
    for (float& value : x.elements()) value = std::abs(value);  // what log1p takes
    const Matrix<float> wanted = reference.predict(x.view());
    const Matrix<float> samples_of_wanted = matrix_of(wanted.view().transposed());
    CHECK(same_bits(predicted(predictor, x), samples_of_wanted.elements()));
  }
}

void check_same_bits(const Model<float>& model) { check_same_bits(model, model); }

}  // namespace

TEST_CASE("each activation predicts the bits of a model") {
  std::vector<ActivationSpec> activations = {Gelu{.approximate = "tanh"}, PRelu{.per_unit = true},
                                             LeakyRelu{.alpha = 0.3}, Elu{.alpha = 0.7}};
  const auto registry = standard_activations();
  for (const std::string& name : registry.names()) activations.push_back(registry.find(name));
  for (const ActivationSpec& activation : activations) {
    CAPTURE(activation.type());
    check_same_bits({random_network<float>(3, {Dense{17, activation}, ActivationLayer{activation}, Dense{2}}, 1), {}});
  }
}

TEST_CASE("each layer predicts the bits of a model, alone and nested") {
  const std::vector<std::vector<LayerSpec>> networks = {
      {Dense{1}},
      {Dense{.units = 3, .bias = false}},
      {Dropout{}},
      {BatchNorm{}},
      {LayerNorm{.epsilon = 0.1}},
      {Residual{{Dense{5, Tanh{}}}}},
      {Residual{{Dense{9, Relu{}}}}},
      {Residual{{Dropout{}}}},
      {Dense{33, Relu{}}, BatchNorm{.epsilon = 0.2}, Dropout{.rate = 0.5},
       Residual{{LayerNorm{}, Dense{20, Mish{}}, Residual{{Dense{20}}}, BatchNorm{}}}, Dense{4}},
  };
  for (const std::vector<LayerSpec>& layers : networks) {
    CAPTURE(layers.front().type());
    CAPTURE(layers.size());
    check_same_bits({random_network<float>(5, layers, 2), {}});
  }
}

TEST_CASE("a model of double precision is rounded, and memory beyond the stack is taken from the heap") {
  const std::vector<LayerSpec> layers = {Dense{3000, Relu{}}, Residual{{Dense{3000, Tanh{}}}}, Dense{2}};
  const Network<double> exact = random_network<double>(2, layers, 3);
  Network<float> rounded(2, layers, 3);
  for (std::size_t i = 0; i < rounded.parameters().size(); ++i) {
    copy(exact.parameters()[i].value(), rounded.parameters()[i].value());
  }
  check_same_bits(Model<double>(exact, {}), Model<float>(rounded, {}));
}

TEST_CASE("raw values are filled, scaled, transformed and put back as a model does it") {
  using Method = Preprocessing::Method;
  const Preprocessing inputs({1, 0.5, 2}, {2, 0.25, 3}, {Method::affine, Method::log1p, Method::robust});
  struct Row {
    std::size_t outputs;
    ModelInfo info;
    std::size_t classes;
  };
  const std::vector<Row> rows = {
      {4, {.inputs = inputs, .imputed_values = {7, 8, 9}, .output_transform = OutputTransform::softmax}, 4},
      {1, {.inputs = inputs, .output_transform = OutputTransform::sigmoid, .class_names = {"no", "yes"}}, 2},
      {3, {.inputs = inputs, .output_transform = OutputTransform::sigmoid}, 0},
      {1, {.output_transform = OutputTransform::exp}, 0},
      {2, {.inputs = Preprocessing::divide(3, 16), .targets = Preprocessing({3, 4}, {5, 6})}, 0},
      {2, {.targets = Preprocessing({3}, {5}, {Method::log1p})}, 0},
      {3, {.class_names = {"a", "b", "c"}}, 3},
  };
  for (const Row& row : rows) {
    CAPTURE(row.outputs);
    CAPTURE(row.classes);
    const Model<float> model(random_network<float>(3, {Dense{8, Relu{}}, Dense{row.outputs}}, 4), row.info);
    check_same_bits(model);
    const Predictor predictor(model_to_bytes(model, {}), "model");
    CHECK(predictor.classes() == row.classes);
    CHECK(predictor.info().class_names == row.info.class_names);
    if (row.classes == 0) continue;
    Matrix<float> x = random_matrix<float>(3, 100, 5);
    for (float& value : x.elements()) value = std::abs(value);
    const Matrix<float> samples = matrix_of(x.view().transposed());
    std::vector<std::size_t> classes(100);
    predictor.classify(samples.elements().data(), 100, classes.data());
    CHECK(classes == model.classify(x));
  }
}

TEST_CASE("a feature that is not finite is refused before anything is written") {
  const Model<float> model(random_network<float>(2, {Dense{1}}, 6), {.imputed_values = {1, 2}});
  const Predictor predictor(model_to_bytes(model, {}), "model");
  std::vector<float> x(200, std::numeric_limits<float>::quiet_NaN());  // filled
  std::vector<float> y(100, 7);
  x[151] = std::numeric_limits<float>::infinity();
  CHECK(error_of<DataError>([&] { predictor.predict(x.data(), 100, y.data()); }) ==
        "predict: feature 1 of sample 75 is not finite");
  CHECK(y == std::vector<float>(100, 7));
  x[151] = 1;
  predictor.predict(x.data(), 100, y.data());
  CHECK(y != std::vector<float>(100, 7));
}

TEST_CASE("a file that does not fit together is refused with what is wrong") {
  const auto error_for = [](const std::string& bytes) {
    return error_of<ModelError>([&] { const Predictor predictor(bytes, "m"); });
  };
  const Model<float> own(Network<float>(2, {Dense{1, Twice{}}}, 1), {});
  CHECK(error_for(model_to_bytes(own, {})) == "m: layers.0.activation: \"twice\" is none of Hinge's own");
  const Model<float> values(Network<float>(2, {Dense{1}}, 1), {});
  const Predictor predictor(model_to_bytes(values, {}), "m");
  CHECK(error_of<ModelError>([&] { predictor.classify(nullptr, 0, nullptr); }) ==
        "classify: this model tells no classes apart; use predict");
}
