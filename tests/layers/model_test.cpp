#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <hinge/core/error.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/model.h>
#include <hinge/layers/network.h>

#include "support/random_matrix.h"
#include "support/throws.h"

using namespace hinge;

namespace {

Network<double> identity_network(std::size_t size) {
  std::vector<double> unit(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) unit[i * size + i] = 1;
  return {size, {Dense{.units = size, .weight_init = Given{unit}}}};
}

}  // namespace

TEST_CASE("a model scales raw inputs, applies its link, and names classes") {
  const Model<double> model(identity_network(2), {.inputs = Preprocessing({1, 1}, {2, 2}),
                                                  .output_transform = OutputTransform::softmax,
                                                  .class_names = {"cat", "dog"}});
  Matrix<double> x(2, 1);
  x(0, 0) = 1;
  x(1, 0) = 1 + 2 * std::log(3.0);
  const Matrix<double> p = model.predict(x);
  CHECK(p(0, 0) == doctest::Approx(0.25).epsilon(1e-15));
  CHECK(p(1, 0) == doctest::Approx(0.75).epsilon(1e-15));
  CHECK(model.classify(x) == std::vector<std::size_t>{1});
  CHECK(x(0, 0) == 1);
}

TEST_CASE("a regression model answers in the units of its targets") {
  const Model<double> model(identity_network(1), {.targets = Preprocessing({100}, {10})});
  Matrix<double> x(1, 2);
  x(0, 1) = 1;
  const Matrix<double> y = model.predict(x);
  CHECK((y(0, 0) == 100 && y(0, 1) == 110));
  CHECK_THROWS_AS(model.classify(x), ModelError);
}

TEST_CASE("several outputs of one target are put back by its one scaling") {
  const Model<double> model(identity_network(2),
                            {.targets = Preprocessing({100}, {10}), .target_names = {"y q0.1", "y q0.9"}});
  Matrix<double> x(2, 2);
  x(0, 1) = 1;
  x(1, 0) = -2;
  const Matrix<double> y = model.predict(x);
  CHECK((y(0, 0) == 100 && y(0, 1) == 110 && y(1, 0) == 80 && y(1, 1) == 100));
}

TEST_CASE("outputs with class names but without probabilities are scores, of which the largest is the class") {
  const Model<double> model(identity_network(2), {.class_names = {"a", "b"}});
  Matrix<double> x(2, 2);
  x(0, 0) = -3;
  x(1, 1) = -1;
  CHECK(model.is_classifier());
  CHECK(model.classify(x) == std::vector<std::size_t>{1, 0});
  CHECK(model.predict(x)(0, 0) == -3);
}

TEST_CASE("a single sigmoid output tells two classes apart") {
  const Model<float> model(identity_network(1).convert<float>(),
                           {.output_transform = OutputTransform::sigmoid, .class_names = {"no", "yes"}});
  Matrix<float> x(1, 3);
  x(0, 0) = -1;
  x(0, 2) = 1;
  CHECK(model.classify(x) == std::vector<std::size_t>{0, 0, 1});
}

TEST_CASE("a model takes one sample as a span, and a batch with the caller's memory, as it takes a matrix") {
  const Model<double> model(identity_network(3), {.inputs = Preprocessing({1, 2, 3}, {2, 2, 2}),
                                                  .output_transform = OutputTransform::softmax,
                                                  .class_names = {"a", "b", "c"}});
  const Matrix<double> x = random_matrix<double>(3, 20, 1);
  const Matrix<double> p = model.predict(x);
  Workspace<double> workspace;
  std::vector<std::size_t> classes(20);
  model.classify(x, workspace, classes);
  CHECK(classes == model.classify(x));
  for (std::size_t i = 0; i < 20; ++i) {
    const std::vector<double> features = {x(0, i), x(1, i), x(2, i)};
    const std::span<double> one = model.predict(features, workspace);
    CHECK((one.size() == 3 && one[0] == p(0, i) && one[1] == p(1, i) && one[2] == p(2, i)));
    CHECK(model.classify(features, workspace) == classes[i]);
  }
  CHECK_THROWS_AS(model.predict(std::vector<double>{1, 2}, workspace), ShapeError);
  classes.pop_back();
  CHECK(error_of<ShapeError>([&] { model.classify(x, workspace, classes); }) ==
        "classify: room for 19 classes, but x has 20 samples");
}

TEST_CASE("outputs that are not finite have no class") {
  const Model<float> model(Network<float>(1, {Dense{.units = 2, .weight_init = Constant{1e30}}}),
                           {.output_transform = OutputTransform::softmax});
  Matrix<float> x(1, 1);
  x(0, 0) = 1e30F;
  CHECK(error_of<ModelError>([&] { model.classify(x); }).starts_with("classify: output 0 of sample 0 is not finite"));
}

TEST_CASE("of equal probabilities the first class wins") {
  const Model<double> model(identity_network(3), {.output_transform = OutputTransform::softmax});
  CHECK(model.classify(Matrix<double>(3, 1)) == std::vector<std::size_t>{0});
}

TEST_CASE("both orders of memory and a kept workspace give the same predictions") {
  const Model<float> model(Network<float>(5, {Dense{8, Tanh{}}, Dense{3}}, 1),
                           {.inputs = Preprocessing::divide(5, 16), .output_transform = OutputTransform::softmax});
  const Matrix<float> x = random_matrix<float>(5, 6, 1);
  Buffer<float> memory(30);
  const auto by_sample = MatrixView<float>::samples(memory.data(), 5, 6);
  copy(x.view(), by_sample);
  Workspace<float> workspace(model.network(), 6);
  const Matrix<float> expected = model.predict(x);
  const MatrixView<float> y = model.predict(by_sample, workspace);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 6; ++c) CHECK(y(r, c) == expected(r, c));
  }
}

TEST_CASE("what does not fit the network is refused") {
  const auto message = [](ModelInfo info) {
    return error_of<ModelError>([&] { Model<double>(identity_network(3), info); });
  };
  CHECK(message({.feature_names = {"a"}}) == "model: 1 feature names, but the network has 3");
  CHECK(message({.output_transform = OutputTransform::softmax, .class_names = {"a", "b"}}) ==
        "model: 2 class names, but the network has 3");
  CHECK(message({.imputed_values = {1}}) == "model: 1 imputed values, but the network has 3");
  CHECK(message({.target_names = {"a"}}) == "model: 1 target names, but the network has 3");
  CHECK(message({.inputs = Preprocessing::divide(2, 255)}) ==
        "model: preprocessing of 2 features, but the network has 3");
  CHECK(message({.targets = Preprocessing::divide(3, 2), .output_transform = OutputTransform::softmax}) ==
        "model: a classification model cannot scale its targets");
  CHECK(message({.targets = Preprocessing::divide(3, 2), .output_transform = OutputTransform::exp}) ==
        "model: with the output transform exp the targets cannot be scaled");
}

TEST_CASE("raw data that is not finite or has the wrong width is refused") {
  const Model<double> model(identity_network(2), {});
  CHECK(error_of<ShapeError>([&] { model.predict(Matrix<double>(3, 1)); }) ==
        "predict: the network takes 2 features, but x has 3 rows (a column is a sample)");
  Matrix<double> x(2, 2);
  x(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of<DataError>([&] { model.predict(x); }) == "predict: feature 1 of sample 1 is not finite");
}

TEST_CASE("raw data that lies in the workspace itself is refused") {
  const Model<double> model(identity_network(2), {.inputs = Preprocessing::divide(2, 2)});
  Workspace<double> workspace;
  const MatrixView<double> y = model.predict(Matrix<double>(2, 3), workspace);
  CHECK_THROWS_AS(model.predict(y, workspace), ShapeError);
  CHECK_THROWS_AS(model.predict(workspace.input(2, 3), workspace), ShapeError);
}

// The network is y = x, so what comes out differs from what went in by the rounding of the scaled value alone: 6e-8 of it
// at most, and it is at most 2 here.
TEST_CASE("a prediction in double keeps time stamps apart that a float does not") {
  Network<float> network(1, {Dense{1}}, 1);
  network.values()[0] = 1;
  network.values()[1] = 0;
  const Preprocessing scaling({1.7e12}, {1000});
  const Model<float> model(std::move(network), {.inputs = scaling, .targets = scaling});
  Matrix<double> x(1, 2);
  x(0, 0) = 1.7e12;
  x(0, 1) = 1.7e12 + 10;
  Workspace<float> workspace;
  const Matrix<double> y = model.predict_in_double(x.view(), workspace);
  CHECK(y(0, 0) == 1.7e12);
  CHECK(std::abs(y(0, 1) - x(0, 1)) < 1e-3);
  CHECK_THROWS_AS(model.predict_in_double(Matrix<double>(2, 1).view(), workspace), ShapeError);
}
