// What layers say of their last pass in equations. That the numbers in them are right for all activations is checked by
// the tests of the command, which compute every equation that `hinge explain` prints.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/network.h>

using namespace hinge;

namespace {

// `a = tanh(0) = 0  (its remark)`, one a line.
std::string text_of(const std::vector<Equation>& equations) {
  std::string text;
  for (const Equation& e : equations) {
    text += e.left;
    for (const std::string& side : e.sides) text += " = " + side;
    text += (e.remark.empty() ? "" : "  (" + e.remark + ")") + "\n";
  }
  return text;
}

using Sides = std::vector<std::string>;
const EquationFormat format(6, 4);

// One unit of each kind in a row, after a pass over x = 0.5 and x = −2 with ∂L/∂o = 1 for both.
template <typename Scalar>
struct Row {
  explicit Row(std::vector<LayerSpec> layers) : network(1, std::move(layers)) {
    network.forward(x.view());
    network.backward(dy.view(), InputGradient::compute);
  }
  static Matrix<Scalar> row(Scalar first, Scalar second) {
    Matrix<Scalar> values(1, 2);
    values(0, 0) = first;
    values(0, 1) = second;
    return values;
  }

  Matrix<Scalar> x = row(Scalar(0.5), Scalar(-2));
  Matrix<Scalar> dy = row(1, 1);
  Network<Scalar> network;
};

LayerSpec dense(const ActivationSpec& activation, double bias) {
  return Dense{.units = 1, .activation = activation, .weight_init = Given{{-3}}, .bias_init = Constant{bias}};
}

}  // namespace

TEST_CASE_TEMPLATE("a dense layer says z, a, δ and its gradients with the numbers of the last pass", Scalar, float,
                   double) {
  const Row<Scalar> row({dense(Relu{}, -0.25)});
  const Layer<Scalar>& layer = row.network.layer(0);
  CHECK(text_of(layer.forward_equations(0, 0, format)) ==
        "z = −3·0.5 − 0.25 = −1.75\na = relu(−1.75) = 0  (z < 0: off, passes no gradient)\n");
  CHECK(text_of(layer.forward_equations(0, 1, format)) == "z = −3·(−2) − 0.25 = 5.75\na = relu(5.75) = 5.75\n");
  CHECK(text_of(layer.backward_equations(0, 0, format)) ==
        "δ = ∂L/∂a·φ′(z) = 1·0 = 0  (z < 0: off, passes no gradient)\n");
  CHECK(text_of(layer.backward_equations(0, 1, format)) == "δ = ∂L/∂a·φ′(z) = 1·1 = 1\n");
  CHECK(layer.blocks_gradient(0, 0));
  CHECK_FALSE(layer.blocks_gradient(0, 1));
  CHECK(layer.input_gradient_sides(0, 1, format) == Sides{"−3·1"});
  CHECK(layer.parameter_gradient_sides(0, 0, 0, format) == Sides{"Σ δ·x1", "0·0.5 + 1·(−2)"});
  CHECK(layer.parameter_gradient_sides(1, 0, 0, format) == Sides{"Σ δ", "0 + 1"});
}

// The reference of each slope in numbers is tests/command/equations.py, which computes the printed equations.
TEST_CASE("a slope that is no constant is worked out, also where φ is at its limit") {
  struct Expected {
    ActivationSpec activation;
    double z;
    Sides sides;
  };
  for (const Expected& row : std::vector<Expected>{
           {Sigmoid{}, 0, {"a(1 − a)", "0.5·0.5"}},
           {Sigmoid{}, 40, {"a(1 − a)", "1·4.24835e-18"}},
           {Tanh{}, 0, {"(1 − a)(1 + a)", "1·1"}},
           {Tanh{}, -20, {"(1 − a)(1 + a)", "2·8.49671e-18"}},
           {Softplus{}, -2, {"σ(z)", "σ(−2)"}},
           {Softsign{}, -3, {"1/(1 + |z|)²", "1/(1 + 3)²"}},
           {Silu{}, 0, {"σ(z)·(1 + z·(1 − σ(z)))", "0.5·(1 + 0·0.5)"}},
           {Elu{.alpha = 2}, -1, {"α·exp(z)", "2·exp(−1)"}},
           {Elu{}, 1, {}},
           {HardSwish{}, -2, {"(2·z + 3)/6", "(2·(−2) + 3)/6"}},
           {HardSwish{}, 3, {}},
           {Gelu{}, 0, {"Φ(z) + z·exp(−z²/2)/√(2π)", "0.5 + 0·0.398942"}},
           {Relu{}, 1, {}},
           {LeakyRelu{}, -1, {}},
       }) {
    CAPTURE(row.activation.summary());
    CHECK(row.activation->build<float>()->slope_sides(row.z, format) == row.sides);
    CHECK(row.activation->build<double>()->slope_sides(row.z, format) == row.sides);
  }
  const Row<double> row({dense(Sigmoid{}, 0)});
  CHECK(text_of(row.network.layer(0).backward_equations(0, 0, format)) ==
        "φ′(z) = a(1 − a) = 0.182426·0.817574 = 0.149146\nδ = ∂L/∂a·φ′(z) = 1·0.149146 = 0.149146\n");
}

TEST_CASE("without activation z is a, and δ is ∂L/∂a") {
  const Row<double> row({dense(Identity{}, 0.25)});
  CHECK(text_of(row.network.layer(0).forward_equations(0, 0, format)) == "z = −3·0.5 + 0.25 = −1.25\n");
  CHECK(row.network.layer(0).backward_equations(0, 0, format).empty());
  CHECK(row.network.layer(0).activation_spec() == nullptr);
}

TEST_CASE("a gradient of a single sample is given in letters first") {
  Network<double> network(1, {dense(Identity{}, 0)});
  Matrix<double> x(1, 1);
  x(0, 0) = 0.5;
  network.forward(x.view());
  network.backward(x.view());
  CHECK(network.layer(0).parameter_gradient_sides(0, 0, 0, format) == Sides{"δ·x1", "0.5·0.5"});
  CHECK(network.layer(0).parameter_gradient_sides(1, 0, 0, format) == Sides{"δ"});
}

TEST_CASE("dropout knows which units it dropped, also where they are 0") {
  const Row<double> row({Dropout{.rate = 0.75, .mask = {0, 1}}, dense(Identity{}, 0)});
  const Layer<double>& layer = row.network.layer(0);
  CHECK(text_of(layer.forward_equations(0, 0, format)) == "a = 0.5·0 = 0  (dropped)\n");
  CHECK(text_of(layer.forward_equations(0, 1, format)) == "a = −2·4 = −8  (kept)\n");
  CHECK(layer.blocks_gradient(0, 0));
  CHECK_FALSE(layer.blocks_gradient(0, 1));
  CHECK(layer.input_gradient_sides(0, 0, format) == Sides{"−3·0"});
  CHECK(layer.input_gradient_sides(0, 1, format) == Sides{"−3·4"});
  Row<double> inspected({Dropout{.rate = 0.75}});
  inspected.network.forward(inspected.x.view(), Pass::inspect());
  CHECK(text_of(inspected.network.layer(0).forward_equations(0, 1, format)) == "a = −2·1 = −2  (kept)\n");
}

TEST_CASE("an activation of its own says φ, its slope, and what it has learned") {
  const Row<double> row({ActivationLayer{PRelu{.alpha = -0.125}}, dense(HardTanh{}, 0)});
  const Layer<double>& layer = row.network.layer(0);
  CHECK(text_of(layer.forward_equations(0, 0, format)) == "a = prelu(0.5) = 0.5\n");
  CHECK(text_of(layer.forward_equations(0, 1, format)) == "a = prelu(−2) = 0.25  (α = −0.125)\n");
  CHECK(text_of(layer.backward_equations(0, 1, format)) == "δ = ∂L/∂a·φ′(z) = −3·(−0.125) = 0.375\n");
  CHECK(layer.input_gradient_sides(0, 1, format) == Sides{"δ of layer 1"});
  CHECK(layer.parameter_gradient_sides(0, 0, 0, format) == Sides{"−3·(−2)"});
  CHECK(text_of(row.network.layer(1).forward_equations(0, 0, format)) ==
        "z = −3·0.5 + 0 = −1.5\na = hard_tanh(−1.5) = −1  (saturated: slope 0, passes no gradient)\n");
}

TEST_CASE("parameters have letters, and are matrices where they are declared so or have several columns") {
  const Network<double> network(1, {dense(PRelu{}, 0)});
  struct Expected {
    const char* symbol;
    bool is_matrix;
  };
  const std::vector<Expected> rows = {{"w", true}, {"b", false}, {"α", false}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(network.parameters()[i].symbol() == rows[i].symbol);
    CHECK(network.parameters()[i].is_matrix() == rows[i].is_matrix);
  }
}
