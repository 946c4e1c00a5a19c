#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/random.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/network.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

std::vector<LayerSpec> three_layers() { return {Dense{7, Relu{}}, Dense{5, Tanh{}}, Dense{3}}; }

}  // namespace

TEST_CASE("a dense layer computes φ(W x + b), column by column") {
  Network<double> net(2, {Dense{.units = 2,
                                .activation = Relu{},
                                .weight_init = Given{{1, 2, 3, 4}},  // row by row: unit 0 has weights 1 and 2
                                .bias_init = Given{{10, -100}}}});
  Matrix<double> x(2, 2);
  x(0, 0) = 1;
  x(1, 0) = 1;
  x(0, 1) = -2;
  x(1, 1) = 5;
  const Matrix<double> y = net.predict(x);
  CHECK(y(0, 0) == 1 + 2 + 10);
  CHECK(y(1, 0) == 0);  // 3 + 4 − 100 < 0
  CHECK(y(0, 1) == -2 + 10 + 10);
  CHECK(y(1, 1) == 0);
}

TEST_CASE("parameters lie in one buffer, in the order of the layers, under their names") {
  Network<float> net(4, {Dense{3, Relu{}}, Dense{.units = 2, .bias = false}});
  std::vector<std::string> names;
  for (const auto& p : net.parameters()) names.push_back(p.name());
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight"});
  CHECK(net.values().size() == 12 + 3 + 6);
  CHECK(net.parameter("layers.0.bias").value().data == net.values().data() + 12);
  CHECK(net.parameter("layers.1.weight").gradient().data == net.gradients().data() + 15);
  CHECK((net.parameter("layers.0.weight").value().rows == 3 && net.parameter("layers.0.weight").value().cols == 4));
  CHECK((net.parameter("layers.0.weight").decays() && !net.parameter("layers.0.bias").decays()));
  CHECK(error_of<ModelError>([&] { net.parameter("layers.0.wieght"); }) ==
        "the network has no parameter \"layers.0.wieght\"; did you mean \"layers.0.weight\"? "
        "(known: layers.0.weight, layers.0.bias, layers.1.weight)");
}

TEST_CASE("the same seed gives the same bits, another seed others, and more layers change none before them") {
  const Network<float> a(6, three_layers(), 1);
  const Network<float> b(6, three_layers(), 1);
  const Network<float> c(6, three_layers(), 2);
  CHECK(same_bits(a.values(), b.values()));
  CHECK_FALSE(same_bits(a.values(), c.values()));
  const Network<float> shorter(6, {Dense{7, Relu{}}}, 1);
  CHECK(same_bits(shorter.values(), a.values().first(shorter.values().size())));
}

TEST_CASE("the float network starts as the double one, rounded") {
  const Network<double> exact(6, three_layers(), 3);
  const Network<float> rounded(6, three_layers(), 3);
  const Network<float> converted = exact.convert<float>();
  CHECK(same_bits(rounded.values(), converted.values()));
  CHECK(converted.seed() == 3);
}

TEST_CASE("a copy has parameters of its own, a moved network keeps its") {
  Network<double> net(6, three_layers(), 1);
  net.values()[0] = 42;
  Network<double> copied = net;
  CHECK(copied.values()[0] == 42);
  copied.values()[0] = 0;
  CHECK(net.values()[0] == 42);
  copied = net;
  CHECK(copied.values()[0] == 42);

  const Matrix<double> x = random_matrix<double>(6, 4, 1);
  const Matrix<double> before = net.predict(x);
  Network<double> moved = std::move(net);
  const Matrix<double> after = moved.predict(x);
  CHECK(same_bits(before.elements(), after.elements()));
  moved.forward(x);
  moved.backward(random_matrix<double>(3, 4, 2));
  CHECK(std::any_of(moved.gradients().begin(), moved.gradients().end(), [](double g) { return g != 0; }));
}

TEST_CASE("a network is assigned to one of another shape, and to itself") {
  const Network<double> source(3, {Dense{4, Tanh{}}, Dense{2}}, 1);
  Network<double> target(1, {Dense{.units = 9, .activation = PRelu{}}}, 2);
  target = source;
  Network<double>& same = target;
  target = same;
  const Matrix<double> x = random_matrix<double>(3, 5, 1);
  const Matrix<double> expected = source.predict(x);
  const Matrix<double> y = target.predict(x);
  CHECK(same_bits(y.elements(), expected.elements()));
}

TEST_CASE_TEMPLATE("prediction, training and both orders of memory give the same outputs", Scalar, float, double) {
  Network<Scalar> net(6, three_layers(), 5);
  for (const std::size_t batch : {9U, 1U, 4U, 30U}) {  // shrinking and growing
    const Matrix<Scalar> x = random_matrix<Scalar>(6, batch, batch);
    Buffer<Scalar> memory(6 * batch);
    const auto by_sample = MatrixView<Scalar>::samples(memory.data(), 6, batch);
    copy(x.view(), by_sample);
    const Matrix<Scalar> y = net.predict(x);
    const Matrix<Scalar> from_samples = net.predict(by_sample);
    CHECK(same_bits(y.elements(), from_samples.elements()));
    const MatrixView<const Scalar> trained = net.forward(by_sample);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < batch; ++c) CHECK(trained(r, c) == y(r, c));
    }
  }
}

TEST_CASE("layers of the same size start with weights of their own") {
  const Network<double> net(4, {Dense{4}, Dense{4}}, 1);
  CHECK(net.parameter("layers.0.weight").value()(0, 0) != net.parameter("layers.1.weight").value()(0, 0));
}

TEST_CASE("after making room for larger batches there is no last pass to show") {
  Network<double> net(2, {Dense{3, Relu{}}, Dense{1}}, 1);
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  net.forward(x);
  net.reserve(64);
  CHECK(net.layer(0).input().empty());
  CHECK(net.layer(0).pre_activation().empty());
  CHECK(net.layer(0).output().empty());
}

TEST_CASE("what a layer shows can be forgotten, and is before the batch behind it goes away") {
  Network<double> net(2, {Dense{3, Relu{}}, ActivationLayer{Tanh{}}, Dense{1}}, 1);
  const auto shows_nothing = [&] {
    for (std::size_t i = 0; i < net.size(); ++i) {
      const Layer<double>& layer = net.layer(i);
      for (const MatrixView<const double>& view : {layer.input(), layer.output(), layer.output_gradient(),
                                                   layer.pre_activation(), layer.pre_activation_gradient()}) {
        if (view.data != nullptr) return false;
      }
      if (layer.activation() != nullptr && layer.activation()->cached_input().data != nullptr) return false;
    }
    return true;
  };
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  const Matrix<double> dy = random_matrix<double>(1, 4, 2);
  CHECK(shows_nothing());
  net.forward(x);
  net.backward(dy);
  CHECK_FALSE(shows_nothing());
  net.forget();
  CHECK(shows_nothing());
  CHECK_THROWS_AS(net.backward(dy), ShapeError);
  try {
    const PassScope<double> scope(net);
    net.forward(x);
    throw std::runtime_error("stop");
  } catch (const std::runtime_error&) {
    CHECK(shows_nothing());
  }
}

TEST_CASE("networks in a chain need a workspace each") {
  const Network<double> first(2, {Dense{3, Relu{}}, Dense{2}}, 1);
  const Network<double> second(2, {Dense{5, Tanh{}}, Dense{4, Tanh{}}, Dense{1}}, 2);
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  Workspace<double> a;
  Workspace<double> b;
  const MatrixView<double> between = first.predict(x, a);
  CHECK(error_of<ShapeError>([&] { second.predict(between, a); }) ==
        "predict: x lies in the workspace and would be overwritten; use a second workspace");
  CHECK_THROWS_AS(second.predict(between.columns(1, 2), a), ShapeError);
  const Matrix<double> chained = matrix_of(second.predict(between, b));
  const Matrix<double> apart = second.predict(first.predict(x));
  CHECK(same_bits(chained.elements(), apart.elements()));

  // The workspace's own room for a batch may be read, in any order.
  const MatrixView<double> room = a.input(2, 4);
  copy(x.view(), room);
  const Matrix<double> y = matrix_of(first.predict(room, a));
  const Matrix<double> expected = first.predict(x);
  CHECK(same_bits(y.elements(), expected.elements()));
  copy(x.view(), MatrixView<double>::samples(room.data, 2, 4));
  const Matrix<double> z = matrix_of(first.predict(MatrixView<double>::samples(room.data, 2, 4), a));
  CHECK(same_bits(z.elements(), expected.elements()));
}

TEST_CASE("a const network shows its parameters read-only") {
  using Writable = decltype(std::declval<Network<float>&>().parameters()[0].value());
  using ReadOnly = decltype(std::declval<const Network<float>&>().parameters()[0].value());
  CHECK(std::is_same_v<Writable, MatrixView<float>>);
  CHECK(std::is_same_v<ReadOnly, MatrixView<const float>>);
  CHECK_FALSE(std::is_copy_constructible_v<Parameter<float>>);
}

TEST_CASE("a single layer refuses shapes that are not its own") {
  const Network<double> net(2, {Dense{3, Relu{}}, Dense{1}}, 1);
  const Matrix<double> x(2, 4);
  Matrix<double> y(3, 4);
  net.layer(0).predict(x, y);
  Matrix<double> narrow(3, 3);
  CHECK(error_of<ShapeError>([&] { net.layer(0).predict(x, narrow); }) == "predict: y is 3 x 3, but must be 3 x 4");
  CHECK_THROWS_AS(net.layer(0).predict(y, y), ShapeError);
  CHECK_THROWS_AS(net.layer(0).activation()->value(x, y), ShapeError);
}

TEST_CASE("a standalone activation shows dz also as the first layer, and not after a new forward") {
  Network<double> net(2, {ActivationLayer{Relu{}}, Dense{1}}, 1);
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  const Matrix<double> dy = random_matrix<double>(1, 4, 2);
  net.forward(x);
  net.backward(dy);
  REQUIRE(net.layer(0).pre_activation_gradient().cols == 4);
  CHECK(net.layer(0).pre_activation_gradient()(0, 0) == (x(0, 0) > 0 ? net.layer(0).output_gradient()(0, 0) : 0));
  net.forward(x);
  CHECK(net.layer(0).pre_activation_gradient().empty());
}

TEST_CASE("layers show input, z, output and gradients of the last pass") {
  Network<double> net(2, {Dense{3, Relu{}}, ActivationLayer{Tanh{}}, Dense{1}}, 1);
  CHECK(net.layer(0).output().empty());
  const Matrix<double> x = random_matrix<double>(2, 4, 1);
  net.forward(x);
  CHECK(net.layer(0).input().data == x.view().data);
  CHECK(net.layer(0).output_gradient().empty());
  CHECK(net.layer(0).pre_activation_gradient().empty());
  CHECK(net.layer(1).pre_activation().data == net.layer(0).output().data);
  CHECK(net.layer(2).pre_activation().data == net.layer(2).output().data);
  const Matrix<double> dy = random_matrix<double>(1, 4, 2);
  net.backward(dy);
  for (std::size_t c = 0; c < 4; ++c) {
    const double z = net.layer(0).pre_activation()(1, c);
    CHECK(net.layer(0).output()(1, c) == std::max(z, 0.0));
    CHECK(net.layer(0).pre_activation_gradient()(1, c) == (z > 0 ? net.layer(0).output_gradient()(1, c) : 0));
  }
  CHECK(net.layer(2).pre_activation_gradient().data == dy.view().data);
}

TEST_CASE("backward adds to the gradients, and reads its caches without changing them") {
  Network<double> net(3, {Dense{4, Silu{}}, Dense{2}}, 1);
  const Matrix<double> x = random_matrix<double>(3, 5, 1);
  net.forward(x);
  const Matrix<double> dz = random_matrix<double>(2, 5, 2);
  net.backward(dz);
  const std::vector<double> once(net.gradients().begin(), net.gradients().end());
  net.backward(dz);
  // The second pass goes on from the sums of the first: 10 roundings of parts of a sum instead of one doubling.
  for (std::size_t i = 0; i < once.size(); ++i) {
    CHECK(net.gradients()[i] == doctest::Approx(2 * once[i]).epsilon(1e-13));
  }
  net.zero_gradients();
  CHECK(net.gradients()[0] == 0);
}

TEST_CASE_TEMPLATE("gradients of two batches are to the bit those of one", Scalar, float, double) {
  for (const std::size_t units : {1U, 3U, 300U}) {
    Network<Scalar> net(30, {Dense{units}}, 1);
    const Matrix<Scalar> x = random_matrix<Scalar>(30, 64, 1);
    const Matrix<Scalar> dz = random_matrix<Scalar>(units, 64, 2);
    net.forward(x);
    net.backward(dz);
    const std::vector<Scalar> whole(net.gradients().begin(), net.gradients().end());
    net.zero_gradients();
    for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 23}, {23, 41}}) {
      net.forward(x.view().columns(first, count));
      net.backward(dz.view().columns(first, count));
    }
    CHECK(same_bits(net.gradients(), whole));
  }
}

// The numbers of a sample come from one chain of operations, whoever stands beside it: in training and prediction.
TEST_CASE_TEMPLATE("outputs are the same to the bit for any batch and any place in it", Scalar, float, double) {
  const RandomStream random(1, Purpose::user);
  std::uint64_t next = 0;
  const auto draw = [&](std::size_t most) {
    return 1 + static_cast<std::size_t>(random.uniform(next++) * static_cast<double>(most));
  };
  for (int repeat = 0; repeat < 500; ++repeat) {
    const std::size_t inputs = draw(70);
    Network<Scalar> net(inputs, {Dense{draw(70), Relu{}}, Dense{draw(40), Tanh{}}, Dense{draw(12)}},
                        static_cast<std::uint64_t>(repeat));
    const std::size_t samples = draw(repeat % 10 == 0 ? 700 : 257);  // several chunks of a prediction, too
    const Matrix<Scalar> x = random_matrix<Scalar>(inputs, samples, static_cast<std::uint64_t>(repeat));
    const Matrix<Scalar> all = net.predict(x);
    Matrix<Scalar> by_sample(samples, inputs);
    copy(x.view(), by_sample.view().transposed());
    const Matrix<Scalar> of_samples = net.predict(by_sample.view().transposed());
    REQUIRE(same_bits(of_samples.elements(), all.elements()));
    const std::size_t count = draw(repeat % 4 == 0 ? 1 : samples);
    const std::size_t first = draw(samples - count + 1) - 1;
    const Matrix<Scalar> some = net.predict(x.view().columns(first, count));
    const Matrix<Scalar> same = matrix_of(all.view().columns(first, count));
    const Matrix<Scalar> trained = matrix_of(net.forward(x.view().columns(first, count)));
    CAPTURE(repeat);
    REQUIRE(same_bits(some.elements(), same.elements()));
    REQUIRE(same_bits(trained.elements(), same.elements()));
  }
}

TEST_CASE("parameters that are not trained get no gradient") {
  Network<double> net(3, {Dense{.units = 2, .train_weight = false}, Dense{.units = 2, .train_bias = false}}, 1);
  const Matrix<double> x = random_matrix<double>(3, 5, 1);
  net.forward(x);
  net.backward(random_matrix<double>(2, 5, 2));
  CHECK(net.parameter("layers.0.weight").gradient()(0, 0) == 0);
  CHECK(net.parameter("layers.0.bias").gradient()(0, 0) != 0);
  CHECK(net.parameter("layers.1.weight").gradient()(0, 0) != 0);
  CHECK(net.parameter("layers.1.bias").gradient()(0, 0) == 0);
}

TEST_CASE("wrong shapes are refused with both sizes") {
  Network<float> net(6, three_layers());
  CHECK(error_of<ShapeError>([&] { net.predict(Matrix<float>(5, 2)); }) ==
        "predict: the network takes 6 features, but x has 5 rows (a column is a sample)");
  const Matrix<float> seven_rows(7, 2);
  CHECK(error_of<ShapeError>([&] { net.forward(seven_rows); }) ==
        "forward: the network takes 6 features, but x has 7 rows (a column is a sample)");
  CHECK(error_of<ShapeError>([&] { net.backward(Matrix<float>(3, 2)); }) == "backward: call forward first");
  const Matrix<float> x(6, 2);
  net.forward(x);
  CHECK(error_of<ShapeError>([&] { net.backward(Matrix<float>(3, 1)); }) ==
        "backward: the gradient is 3 x 1, but the last output was 3 x 2");
}

TEST_CASE("impossible networks are refused") {
  CHECK(error_of<ConfigError>([] { Network<float>(3, {}); }) == "network: no layers; it needs at least 1");
  CHECK(error_of<ConfigError>([] { Network<float>(0, {Dense{1}}); }) ==
        "network: 0 inputs; it needs at least 1 feature");
  for (const std::size_t inputs : {std::size_t{1} << 20, std::size_t{1} << 44, std::size_t{1} << 60}) {
    CHECK(error_of<ConfigError>([&] { Network<float>(inputs, {Dense{1 << 20}}); }) ==
          "network: more than 2^31 parameters up to layer 1");
  }
  CHECK(error_of<ConfigError>([] { Network<float>(1, std::vector<LayerSpec>(1001, Dense{1})); }) ==
        "network: 1001 layers; at most 1000 make sense");
  CHECK(Network<float>(1, std::vector<LayerSpec>(1000, Dense{1})).size() == 1000);
}

TEST_CASE("predicting no samples gives no samples") {
  const Network<float> net(6, three_layers());
  CHECK(net.predict(Matrix<float>(6, 0)).cols() == 0);
  Network<float> trained(6, three_layers());
  const Matrix<float> empty(6, 0);
  CHECK(trained.forward(empty).cols == 0);
}

TEST_CASE("the summary names every layer with its size") {
  const Network<float> net(4, {Dense{3, Relu{}}, Dense{2}});
  const std::string text = net.summary();
  CHECK(text.find("input  4 features") != std::string::npos);
  CHECK(text.find("-> 3 outputs, 15 parameters") != std::string::npos);
  CHECK(text.find("total  23 parameters") != std::string::npos);
}

namespace {

// What an application writes to add a layer of its own: y = s·x with one learned factor s.
template <typename Scalar>
class ScaleLayer final : public Layer<Scalar> {
 public:
  explicit ScaleLayer(std::size_t inputs) : Layer<Scalar>(inputs, inputs) {}

  std::vector<ParameterDeclaration> declare_parameters() const override {
    return {{.name = "scale", .rows = 1, .cols = 1, .start = Constant{2}}};
  }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    const Scalar s = this->parameters()[0].value()(0, 0);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < x.cols; ++c) y(r, c) = s * x(r, c);
    }
  }
  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    const Scalar s = this->parameters()[0].value()(0, 0);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < x.cols; ++c) {
        this->parameters()[0].gradient()(0, 0) += dy(r, c) * x(r, c);
        if (!dx.empty()) dx(r, c) = s * dy(r, c);
      }
    }
  }
};

struct Scale {
  static constexpr std::string_view type = "scale";
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<ScaleLayer<Scalar>>(inputs);
  }
};

// And to add a block of layers: here y = f(x), which changes nothing but names and numbers.
template <typename Scalar>
class RowLayer final : public Layer<Scalar> {
 public:
  RowLayer(std::size_t inputs, const std::vector<LayerSpec>& specs) : RowLayer(inputs, Stack<Scalar>(inputs, specs)) {}

  Stack<Scalar>* inner() override { return &stack_; }
  std::size_t scratch_size(std::size_t batch) const override { return stack_.scratch_size(batch); }

 protected:
  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    Buffer<Scalar> scratch(scratch_size(x.cols));
    infer_in(x, y, scratch.data());
  }
  void infer_in(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y, Scalar* scratch) const override {
    stack_.predict(x, y, scratch);
  }
  void train_forward(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) override {
    copy(stack_.forward(x, this->pass()), y);
  }
  void backpropagate(const MatrixView<const Scalar>&, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    const auto gradients = this->replaces_gradients() ? Gradients::replace : Gradients::add;
    const auto wanted = dx.empty() ? InputGradient::skip : InputGradient::compute;
    const MatrixView<const Scalar> result = stack_.backward(dy, wanted, gradients, this->pass().threads);
    if (!dx.empty()) copy(result, dx);
  }
  void forget_more() override { stack_.forget(); }

 private:
  RowLayer(std::size_t inputs, Stack<Scalar> stack)
      : Layer<Scalar>(inputs, stack.outputs()), stack_(std::move(stack)) {}

  Stack<Scalar> stack_;
};

struct Row {
  static constexpr std::string_view type = "row";
  std::vector<LayerSpec> layers;
  std::vector<Option> options() { return {}; }
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<RowLayer<Scalar>>(inputs, layers);
  }
};

}  // namespace

TEST_CASE("an application adds a layer with a class and a struct, and it is copied and converted like any other") {
  Network<double> net(2, {Scale{}, Dense{1}}, 1);
  CHECK(net.parameter("layers.0.scale").value()(0, 0) == 2);
  net.values()[0] = 3;
  const Network<float> converted = net.convert<float>();
  CHECK(converted.parameter("layers.0.scale").value()(0, 0) == 3);
  const Matrix<double> x = random_matrix<double>(2, 3, 1);
  net.forward(x);
  Matrix<double> dy(1, 3);
  for (double& d : dy.elements()) d = 1;
  net.backward(dy);
  // d/ds of Σ w·s·x over samples
  double expected = 0;
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t c = 0; c < 3; ++c) expected += net.parameter("layers.1.weight").value()(0, r) * x(r, c);
  }
  CHECK(net.gradients()[0] == doctest::Approx(expected).epsilon(1e-14));
}

TEST_CASE_TEMPLATE("gradients that replace are to the bit those that are added to zeros", Scalar, float, double) {
  Network<Scalar> net(3,
                      {Dense{4, PRelu{}}, Dropout{0.3}, Scale{}, ActivationLayer{PRelu{}}, Dense{1, Tanh{}},
                       Dense{.units = 5, .bias = false}},
                      1);
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 7, 1);
  const Matrix<Scalar> dz = random_matrix<Scalar>(5, 7, 2);
  net.forward(x);
  net.zero_gradients();
  net.backward(dz);
  const std::vector<Scalar> added(net.gradients().begin(), net.gradients().end());
  std::fill(net.gradients().begin(), net.gradients().end(), Scalar(NAN));
  net.backward(dz, InputGradient::skip, Gradients::replace);
  CHECK(same_bits(net.gradients(), added));
}

TEST_CASE("layers inside layers are numbered in the order of computation, and named by where they stand") {
  const Network<float> net(3, {Dense{4}, Row{{Dense{5, Relu{}}, Row{{Dense{2}, Dropout{}}}}}, Dense{1}}, 1);
  struct Expected {
    std::string path;
    std::string_view type;
    std::size_t outputs;
    std::optional<std::size_t> next;
  };
  const Expected rows[] = {{"layers.0", "dense", 4, 5},
                           {"layers.1.layers.0", "dense", 5, 4},
                           {"layers.1.layers.1.layers.0", "dense", 2, 3},
                           {"layers.1.layers.1.layers.1", "dropout", 2, std::nullopt},
                           {"layers.1.layers.1", "row", 2, std::nullopt},
                           {"layers.1", "row", 2, 6},
                           {"layers.2", "dense", 1, std::nullopt}};
  REQUIRE(net.size() == std::size(rows));
  for (std::size_t i = 0; i < net.size(); ++i) {
    CHECK(net.path(i) == rows[i].path);
    CHECK(net.spec(i).type() == rows[i].type);
    CHECK(net.layer(i).outputs() == rows[i].outputs);
    CHECK(net.next_in_row(i) == rows[i].next);
  }
  std::vector<std::string> names;
  for (const auto& p : net.parameters()) names.push_back(p.name());
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.layers.0.weight",
                                          "layers.1.layers.0.bias", "layers.1.layers.1.layers.0.weight",
                                          "layers.1.layers.1.layers.0.bias", "layers.2.weight", "layers.2.bias"});
  const std::string text = net.summary();
  CHECK(text.find("layer 2    dense(units=5") != std::string::npos);
  CHECK(text.find("layer 4      dropout(") != std::string::npos);
  CHECK(text.find("layer 5    row of layers 3 to 4  -> 2 outputs, 0 parameters\n") != std::string::npos);
  CHECK(text.find("layer 6  row of layers 2 to 5  -> 2 outputs, 0 parameters\n") != std::string::npos);
}

TEST_CASE_TEMPLATE("layers in rows of their own compute what they compute in one", Scalar, float, double) {
  Network<Scalar> flat(3, {Dense{4, Tanh{}}, Dense{50, Relu{}}, Dense{2}, Dense{5}}, 1);
  Network<Scalar> nested(3, {Row{{Row{{Dense{4, Tanh{}}, Dense{50, Relu{}}}}, Dense{2}}}, Row{{Dense{5}}}}, 1);
  std::copy(flat.values().begin(), flat.values().end(), nested.values().begin());
  const Network<Scalar> copied = nested;
  const Matrix<Scalar> x = random_matrix<Scalar>(3, 300, 1);
  const Matrix<Scalar> expected = flat.predict(x.view());
  for (const Network<Scalar>* net : std::initializer_list<const Network<Scalar>*>{&nested, &copied}) {
    const Matrix<Scalar> y = net->predict(x.view());
    CHECK(same_bits(y.elements(), expected.elements()));
  }

  const Matrix<Scalar> dz = random_matrix<Scalar>(5, 300, 2);
  flat.forward(x);
  nested.forward(x);
  const Matrix<Scalar> dx = matrix_of(flat.backward(dz, InputGradient::compute));
  const Matrix<Scalar> nested_dx = matrix_of(nested.backward(dz, InputGradient::compute));
  CHECK(same_bits(dx.elements(), nested_dx.elements()));
  CHECK(same_bits(flat.gradients(), nested.gradients()));
  nested.forget();
  for (std::size_t i = 0; i < nested.size(); ++i) CHECK(nested.layer(i).output().empty());
}

TEST_CASE("layers nested too deep are refused") {
  LayerSpec layer = Dense{2};
  for (std::size_t depth = 0; depth < 16; ++depth) layer = Row{{layer}};
  CHECK(Network<float>(2, {layer}).size() == 17);
  for (std::size_t depth = 16; depth < 1000; ++depth) layer = Row{{layer}};
  CHECK(error_of<ConfigError>([&] { Network<float>(2, {layer}); }) == "network: layers are nested deeper than 16");
}
