// Layers of an application, as hinge explain shows them in each of its forms, and as their files have them.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <hinge/core/config/json.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/layer.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/explanation.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/run/config.h>

#include "explain/explain_view.h"

using namespace hinge;
using namespace hinge_command;

namespace {

// y = s·x with one learned s for all units. It says nothing about itself.
template <typename Scalar>
class QuietScale : public Layer<Scalar> {
 public:
  explicit QuietScale(std::size_t inputs) : Layer<Scalar>(inputs, inputs) {}

  std::vector<ParameterDeclaration> declare_parameters() const override {
    return {{.name = "scale", .rows = 1, .cols = 1, .start = Constant{2}}};
  }

 protected:
  Scalar s() const { return this->parameters()[0].value()(0, 0); }

  void infer(const MatrixView<const Scalar>& x, const MatrixView<Scalar>& y) const override {
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < x.cols; ++c) y(r, c) = s() * x(r, c);
    }
  }
  void backpropagate(const MatrixView<const Scalar>& x, const MatrixView<const Scalar>&,
                     const MatrixView<const Scalar>& dy, const MatrixView<Scalar>& dx) override {
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < x.cols; ++c) {
        this->parameters()[0].gradient()(0, 0) += dy(r, c) * x(r, c);
        if (!dx.empty()) dx(r, c) = s() * dy(r, c);
      }
    }
  }
};

// The same with its own equations, where s is γ, and a column of numbers that is a matrix.
template <typename Scalar>
class ScaleLayer final : public QuietScale<Scalar> {
 public:
  using QuietScale<Scalar>::QuietScale;

  std::vector<ParameterDeclaration> declare_parameters() const override {
    return {{.name = "scale", .rows = 1, .cols = 1, .start = Constant{2}, .symbol = "γ"},
            {.name = "unused", .rows = 3, .cols = 1, .trainable = false, .symbol = "U", .is_matrix = true}};
  }

  std::vector<Equation> forward_equations(std::size_t unit, std::size_t sample,
                                          const EquationFormat& format) const override {
    return {{"a",
             {"γ·x̂", format.fill("{}·{}", {this->s(), this->input()(unit, sample)}),
              format.number(this->output()(unit, sample))},
             "scaled"}};
  }
  std::vector<std::string> input_gradient_sides(std::size_t input, std::size_t sample,
                                                const EquationFormat& format) const override {
    return {format.fill("{}·{}", {this->s(), this->output_gradient()(input, sample)})};
  }
  std::vector<std::string> parameter_gradient_sides(std::size_t, std::size_t, std::size_t,
                                                    const EquationFormat& format) const override {
    Sum sum = format.sum();
    const auto x = this->input();
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t i = 0; i < x.cols; ++i) sum.add(format.fill("{}·{}", {this->output_gradient()(r, i), x(r, i)}));
    }
    return {sum.text()};
  }
};

struct Scale {
  static constexpr std::string_view type = "scale";
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<ScaleLayer<Scalar>>(inputs);
  }
};

struct Quiet {
  static constexpr std::string_view type = "quiet";
  template <typename Scalar>
  std::unique_ptr<Layer<Scalar>> build(std::size_t inputs) const {
    return std::make_unique<QuietScale<Scalar>>(inputs);
  }
};

// x → W₁x → s·x → W₂x with W₁ = 1, x = (0.5, −1), W₂ = (0.25, 0.5): o = −0.75, ∂L/∂o = −1 and
// ∂L/∂γ = −0.25·0.5 − 0.5·(−1).
std::vector<LayerSpec> around(const LayerSpec& own) {
  return {Dense{.units = 2, .bias = false, .weight_init = Given{{1, 0, 0, 1}}}, own,
          Dense{.units = 1, .weight_init = Given{{0.25, 0.5}}}};
}

// One step, in all forms.
struct Shown {
  explicit Shown(const LayerSpec& own)
      : network(2, around(own)),
        explanation(network, HalfSquaredSum{}, Sgd{.learning_rate = 0.1}, {},
                    Dataset<double>::regression(MatrixView<const double>::samples(x.data(), 2, 1),
                                                MatrixView<const double>::samples(&y, 1, 1))) {
    config.loss = HalfSquaredSum{};
    config.optimizer = Sgd{.learning_rate = 0.1};
    all = ShownExplanation{.title = "own", .config = &config, .source = &explanation};
    step.step = explanation.next();
    for (std::size_t p = 0; p < step.step.parameters.size(); ++p) {
      const ExplainedParameter& parameter = step.step.parameters[p];
      std::vector<Proof>& proofs = step.proofs.emplace_back();
      for (std::size_t r = 0; r < parameter.before.rows(); ++r) {
        for (std::size_t c = 0; c < parameter.before.cols(); ++c) {
          proofs.push_back({explanation.difference(p, r, c)->value, true});
        }
      }
    }
  }

  std::string text(Notation notation) const { return explanation_text(all, step, {}, notation, 6); }
  nlohmann::json json() const { return nlohmann::json::parse(to_json(step_json(all, step, {}))); }
  std::string file() const { return explanation_page(explanation_json(all, {}, {page_step_json(all, step, {})})); }
  // The equations that the page shows of the own layer.
  nlohmann::json page() const {
    return nlohmann::json::parse(to_json(page_step_json(all, step, {})))["equations"]["layers"][1];
  }

  std::vector<double> x = {0.5, -1};
  double y = 0.25;
  Network<double> network;
  Explanation explanation;
  RunConfig config;
  ShownExplanation all;
  ShownStep step;
};

// Whether the text has these lines, apart from blanks at their ends.
void check_lines(const std::string& text, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    CAPTURE(text);
    CAPTURE(line);
    CHECK(text.find(" " + line + "\n") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a layer of an application is explained by its own equations in text and in Markdown") {
  const Shown shown(Scale{});
  check_lines(shown.text(Notation::text),
              {"unit 1  a = γ·x̂ = 2·0.5 = 1   scaled", "unit 2  a = γ·x̂ = 2·(−1) = −2   scaled",
               "unit 1  δ = 0.25·(−1) = −0.25", "unit 2  δ = 2·(−0.5) = −1",
               "all units ∂L/∂γ = −0.25·0.5 − 0.5·(−1) = 0.375   difference 0.375 ok", "U(1, 1) is not trained",
               "all units γ = 2 − 0.1·0.375 = 1.9625"});
  check_lines(shown.text(Notation::markdown),
              {R"(- $a = \gamma \cdot \hat{x} = 2 \cdot (-1) = -2$ (scaled))",
               R"(- $\partial L/\partial \gamma = -0.25 \cdot 0.5 - 0.5 \cdot (-1) = 0.375$ (difference 0.375 ok))"});
}

TEST_CASE("a layer of an application has its symbols in JSON, and its own equations on the page") {
  const Shown shown(Scale{});
  const nlohmann::json layer = shown.json()["layers"][1];
  CHECK(layer["type"] == "scale");
  CHECK(layer["weight"].is_null());
  CHECK(layer["parameters"][0]["symbol"] == "γ");
  CHECK(layer["parameters"][0]["gradient"].dump() == "[[0.375]]");
  CHECK(shown.json()["layers"][0]["weight"] == "layers.0.weight");
  const nlohmann::json page = shown.page();
  CHECK(page["forward"][0][1].size() == 1);
  CHECK(page["forward"][0][1][0]["left"] == "a");
  CHECK(page["forward"][0][1][0]["sides"] == std::vector<std::string>{"γ·x̂", "2·(−1)", "−2"});
  CHECK(page["forward"][0][1][0]["remark"] == "scaled");
  CHECK(page["backward"][0][0][0]["sides"] == std::vector<std::string>{"0.25·(−1)", "−0.25"});
  CHECK(page["backward"][0][0][1]["sides"] == std::vector<std::string>{"∂L/∂a", "−0.25"});
  CHECK(page["gradients"][0][0][0]["name"] == "γ");
  CHECK(page["gradients"][0][0][0]["sides"] == std::vector<std::string>{"−0.25·0.5 − 0.5·(−1)"});
  CHECK(page["gradients"][1][2][0]["name"] == "U(3, 1)");
  CHECK(shown.file().find("\"−0.25·0.5 − 0.5·(−1)\"") != std::string::npos);
}

TEST_CASE("a layer that says nothing about itself is explained by its values") {
  const Shown shown(Quiet{});
  check_lines(shown.text(Notation::text),
              {"unit 2  a = −2", "unit 2  δ = 0.5·(−1) = −0.5", "unit 2  δ = −1",
               "all units ∂L/∂scale = 0.375   difference 0.375 ok", "all units scale = 2 − 0.1·0.375 = 1.9625"});
  CHECK(shown.page()["forward"][0][1][0]["sides"] == std::vector<std::string>{"−2"});
}

TEST_CASE("a column is a vector in the file, unless the layer declares it as a matrix") {
  const Shown shown(Scale{});
  const std::string bytes = model_to_bytes(Model<double>(shown.network, {}), {});
  const TensorFile file = read_tensors(bytes, "m");
  CHECK(file.tensors[1].name == "layers.1.scale");
  CHECK(file.tensors[1].shape == std::vector<std::size_t>{1});
  CHECK(file.tensors[2].shape == std::vector<std::size_t>{3, 1});
  Registries registries = standard_model_registries();
  registries.of<LayerSpec>().add(Scale{});
  const StoredModel<double> loaded = model_from_bytes<double>(bytes, "m", registries);
  CHECK(loaded.model.network().parameter("layers.1.scale").value()(0, 0) == 2);
  CHECK(model_to_bytes(loaded.model, {}) == bytes);
}
