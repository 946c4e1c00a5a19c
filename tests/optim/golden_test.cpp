// The numeric truth: outputs, losses, gradients and weights of PyTorch, recorded in tests/golden (see its README).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <hinge/core/error.h>
#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/batch_norm.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/layer_norm.h>
#include <hinge/layers/losses/losses.h>
#include <hinge/layers/residual.h>
#include <hinge/optim/optimizers/optimizers.h>
#include <hinge/optim/trainer.h>

using nlohmann::json;
using namespace hinge;

namespace {

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(HINGE_GOLDEN_DIR)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

// Numbers that JSON cannot hold are written as "nan", "inf", "-inf".
double number(const json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  REQUIRE((text == "nan" || text == "inf" || text == "-inf"));
  return text == "nan" ? std::nan("") : text == "inf" ? INFINITY : -INFINITY;
}

// A number, or lists of numbers to any depth, in order.
void flatten(const json& value, std::vector<double>& out) {
  if (value.is_null()) return;
  if (!value.is_array()) return out.push_back(number(value));
  for (const json& element : value) flatten(element, out);
}

std::vector<double> flat(const json& value) {
  std::vector<double> out;
  flatten(value, out);
  return out;
}

// The case's names mapped to ours; nothing for what Hinge does not have.
std::optional<ActivationSpec> activation_of(const json& layer) {
  const auto name = layer.at("activation").get<std::string>();
  const auto known = standard_activations();
  const auto names = known.names();
  if (std::find(names.begin(), names.end(), name) == names.end()) return std::nullopt;
  ActivationSpec spec = known.find(name);
  for (const auto& [key, value] : layer.at("params").items()) {
    if (key == "approximate") return Gelu{.approximate = value.get<std::string>()};
    set_option(spec.held(), key, number(value));
  }
  // PyTorch's convention at the kink of leaky ReLU; no case of this set touches it.
  if (name == "leaky_relu") set_option(spec.held(), "derivative_at_zero", number(layer.at("params").at("alpha")));
  return spec;
}

std::optional<LossSpec> loss_of(const json& loss) {
  const auto name = loss.at("name").get<std::string>();
  if (name == "mse") return MeanSquaredError{};
  if (name == "mse_half_sum") return HalfSquaredSum{};
  if (name == "mse_half_batch_mean") return HalfSquaredMean{};
  if (name == "huber") return Huber{.delta = number(loss.at("delta"))};
  if (name == "softmax_cross_entropy" && loss.size() == 1) return SoftmaxCrossEntropy{};
  if (name == "bce_with_logits" && loss.size() == 1) return BinaryCrossEntropy{};
  if (name == "poisson") return Poisson{};
  if (name == "quantile") return Quantile{.tau = flat(loss.at("tau"))};
  if (name == "multiclass_hinge") return MulticlassHinge{.class_weights = flat(loss.value("class_weights", json()))};
  return std::nullopt;
}

// PyTorch decays biases too, unless the case says otherwise. Where it does, γ and β do not decay either.
OptimizerSpec optimizer_of(const json& optimizer) {
  const std::map<std::string, std::string> ours = {{"lr", "learning_rate"}, {"eps", "epsilon"}};
  OptimizerSpec spec = standard_optimizers().find(optimizer.at("name").get<std::string>());
  set_option(spec.held(), "decay_biases", optimizer.value("decay_bias", true));
  for (const auto& [key, value] : optimizer.items()) {
    if (key == "name" || key == "decay_bias" || key == "decay_norm") continue;
    const auto found = ours.find(key);
    const std::string& name = found == ours.end() ? key : found->second;
    set_option(spec.held(), name, value.is_boolean() ? static_cast<double>(value.get<bool>()) : number(value));
  }
  return spec;
}

std::optional<LayerSpec> dense_of(const json& layer, const json& weight, const json& bias) {
  const auto activation = activation_of(layer);
  if (!activation || number(layer.at("dropout")) > 0) return std::nullopt;
  return Dense{
      .units = layer.at("out").get<std::size_t>(),
      .activation = *activation,
      .bias = !bias.is_null(),
      .weight_init = Given{flat(weight)},
      .bias_init = bias.is_null() ? InitializerSpec(Zeros{}) : InitializerSpec(Given{flat(bias)}),
      .train_bias = layer.at("bias_trainable").get<bool>(),
  };
}

// The first schema has dense layers alone, whose place in the list is their index.
std::string kind_of(const json& layer) { return layer.value("kind", "dense"); }

// The layers of a list; γ and β of normalisations still have to be set.
std::optional<std::vector<LayerSpec>> layers_of(const json& described, const json& init) {
  std::vector<LayerSpec> layers;
  for (std::size_t i = 0; i < described.size(); ++i) {
    const json& layer = described[i];
    const std::size_t index = layer.value("index", i);
    const std::string kind = kind_of(layer);
    std::optional<LayerSpec> spec;
    if (kind == "dense") spec = dense_of(layer, init.at("W")[index], init.at("b")[index]);
    if (kind == "activation") spec = ActivationLayer{*activation_of(layer)};
    if (kind == "batch_norm") {
      spec = BatchNorm{.epsilon = number(layer.at("eps")), .momentum = number(layer.at("momentum"))};
    }
    if (kind == "layer_norm") spec = LayerNorm{.epsilon = number(layer.at("eps"))};
    if (kind == "residual") {
      const auto inside = layers_of(layer.at("layers"), init);
      if (inside) spec = Residual{*inside};
    }
    if (!spec) return std::nullopt;
    layers.push_back(*spec);
  }
  return layers;
}

// Collects the largest error of each part, by the measure of the README: |a − b| / max(1, |b|).
class Comparison {
 public:
  Comparison(const json& truth, const json& tolerance) : truth_(truth), tolerance_(tolerance) {}

  void check(const std::string& part, const std::vector<double>& ours, const json& theirs) {
    const std::vector<double> expected = flat(theirs);
    REQUIRE_MESSAGE(ours.size() == expected.size(), part);
    double worst = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      worst = std::max(worst, std::abs(ours[i] - expected[i]) / std::max(1.0, std::abs(expected[i])));
    }
    const double allowed = tolerance_.at(part).get<double>();
    CHECK_MESSAGE(worst <= allowed, part << ": " << worst << " > " << allowed);
  }

  bool has(const char* part) const { return truth_.contains(part); }
  const json& truth(const char* part) const { return truth_.at(part); }

 private:
  const json& truth_;
  const json& tolerance_;
};

// The elements row by row, as the golden files hold them.
template <typename Scalar>
void append(MatrixView<Scalar> view, std::vector<double>& out) {
  for (std::size_t r = 0; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.cols; ++c) out.push_back(static_cast<double>(view(r, c)));
  }
}

// Sample by sample: the golden files' rows are our columns.
template <typename Scalar>
std::vector<double> samples(MatrixView<Scalar> view) {
  std::vector<double> out;
  append(view.transposed(), out);
  return out;
}

struct Truth {
  std::vector<double> weights;
  std::vector<double> biases;
};

template <typename Scalar>
Truth collect(const Network<Scalar>& network, bool gradients) {
  Truth truth;
  for (const Parameter<Scalar>& p : network.parameters()) {
    const bool is_bias = p.name().ends_with("bias") || p.name().ends_with("beta");
    append(gradients ? p.gradient() : p.value(), is_bias ? truth.biases : truth.weights);
  }
  return truth;
}

// γ, β, P and the running statistics at the start; weights and biases are given to the layers.
template <typename Scalar>
void start(Network<Scalar>& network, const json& init) {
  const auto set = [](std::span<Scalar> to, const json& from) {
    const std::vector<double> values = flat(from);
    REQUIRE(values.size() == to.size());
    std::transform(values.begin(), values.end(), to.begin(), [](double v) { return static_cast<Scalar>(v); });
  };
  const auto last_word = [](const std::string& name) { return name.substr(name.rfind('.') + 1); };
  auto state = network.state().begin();
  for (std::size_t i = 0; i < network.size(); ++i) {
    for (const Parameter<Scalar>& shown : network.layer(i).parameters()) {
      Parameter<Scalar>& p = network.parameter(shown.name());
      if (last_word(p.name()) == "gamma") set({p.value().data, p.size()}, init.at("W")[i]);
      if (last_word(p.name()) == "beta") set({p.value().data, p.size()}, init.at("b")[i]);
      if (last_word(p.name()) == "projection") {
        for (std::size_t e = 0; e < p.size(); ++e) {
          const std::size_t row = e % p.value().rows;  // column-major
          p.value().data[e] = static_cast<Scalar>(number(init.at("W")[i][row][e / p.value().rows]));
        }
      }
    }
    for (std::size_t k = network.layer(i).state().size(); k > 0; --k, ++state) {
      set(state->values(), init.at(last_word(state->name()))[i]);
    }
  }
}

template <typename Scalar>
std::vector<double> running(const Network<Scalar>& network, const char* name) {
  std::vector<double> all;
  for (const LayerState<Scalar>& s : network.state()) {
    if (s.name().ends_with(name)) all.insert(all.end(), s.values().begin(), s.values().end());
  }
  return all;
}

template <typename Scalar>
struct GoldenBatch {
  explicit GoldenBatch(const json& batch) {
    const std::vector<double> inputs = flat(batch.at("x"));
    const std::size_t count = batch.at("x").size();
    x = Matrix<Scalar>(inputs.size() / count, count);
    for (std::size_t i = 0; i < inputs.size(); ++i) x(i % x.rows(), i / x.rows()) = static_cast<Scalar>(inputs[i]);

    const std::vector<double> wanted = flat(batch.at("y"));
    if (!batch.at("y")[0].is_array()) {
      for (const double c : wanted) classes.push_back(static_cast<std::int32_t>(c));
      return;
    }
    values = Matrix<Scalar>(wanted.size() / count, count);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      values(i % values.rows(), i / values.rows()) = static_cast<Scalar>(wanted[i]);
    }
  }

  Targets<Scalar> targets() const { return {classes, values}; }

  Matrix<Scalar> x;
  std::vector<std::int32_t> classes;
  Matrix<Scalar> values;
};

template <typename Scalar>
double loss_of_batch(Network<Scalar>& network, const Loss<Scalar>& loss, const GoldenBatch<Scalar>& batch) {
  const LossSums sums = loss.evaluate(network.forward(batch.x), batch.targets(), {}, 1, {});
  return sums.loss * loss.scale(sums.weight);
}

// The first pass: outputs, z and a of every layer, the loss, and all gradients.
template <typename Scalar>
void compare_first_pass(Network<Scalar>& network, const Loss<Scalar>& loss, const GoldenBatch<Scalar>& batch,
                        Comparison& compare) {
  const MatrixView<const Scalar> output = network.forward(batch.x, {.updates_state = false});
  compare.check("output", samples(output), compare.truth("output"));
  for (std::size_t i = 0; i < network.size(); ++i) {
    // Of a normalisation `pre` is x̂, which y shows, as γ and β are given.
    if (network.layer(i).activation() != nullptr || !network.layer(i).weight().empty()) {
      compare.check("output", samples(network.layer(i).pre_activation()), compare.truth("pre")[i]);
    }
    compare.check("output", samples(network.layer(i).output()), compare.truth("post")[i]);
  }

  Matrix<Scalar> dz(output.rows, output.cols);
  const double scale = loss.scale(static_cast<double>(output.cols));
  const LossSums sums = loss.evaluate(output, batch.targets(), {}, scale, dz);
  compare.check("loss", {sums.loss * scale}, compare.truth("loss"));

  network.zero_gradients();
  const MatrixView<const Scalar> dx = network.backward(dz, InputGradient::compute);
  const Truth gradients = collect(network, true);
  compare.check("grads", gradients.weights, compare.truth("grads").at("W"));
  compare.check("grads", gradients.biases, compare.truth("grads").at("b"));
  compare.check("grads", samples(dx), compare.truth("grads").at("x"));
}

// The pass of prediction: what it gives, and ∂L/∂x. Cases of the first schema have none.
template <typename Scalar>
void compare_evaluation(Network<Scalar>& network, const Loss<Scalar>& loss, const GoldenBatch<Scalar>& batch,
                        const std::string& when, Comparison& compare) {
  if (!compare.has("eval")) return;
  const json& truth = compare.truth("eval").at(when);
  const MatrixView<const Scalar> output = network.forward(batch.x, Pass::inspect());
  compare.check("eval", samples(output), truth.at("output"));
  compare.check("eval", samples(network.predict(batch.x).view()), truth.at("output"));
  Matrix<Scalar> dz(output.rows, output.cols);
  const double scale = loss.scale(static_cast<double>(output.cols));
  compare.check("eval", {loss.evaluate(output, batch.targets(), {}, scale, dz).loss * scale}, truth.at("loss"));
  compare.check("eval", samples(network.backward(dz, InputGradient::compute)), truth.at("x"));
}

template <typename Scalar>
void compare_training(Network<Scalar>& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                      const json& golden, Comparison& compare) {
  std::vector<GoldenBatch<Scalar>> batches;
  for (const json& batch : golden.at("batches")) batches.emplace_back(batch);
  Trainer<Scalar> trainer(network, loss, optimizer);
  std::vector<double> losses;
  for (std::size_t step = 1; step <= 50; ++step) {
    trainer.optimizer().set_learning_rate(number(golden.at("lr_by_step")[step - 1]));
    const GoldenBatch<Scalar>& batch = batches[(step - 1) % batches.size()];
    const LossSums sums = trainer.step(batch.x, batch.targets());
    losses.push_back(sums.loss * trainer.loss().scale(sums.weight));
    if (step == 1 || step == 5 || step == 50) {
      const Truth now = collect(network, false);
      const std::string part = "after_" + std::to_string(step);
      const json& after = compare.truth("after").at(std::to_string(step));
      compare.check(part, now.weights, after.at("W"));
      compare.check(part, now.biases, after.at("b"));
      for (const char* name : {"running_mean", "running_var"}) {
        if (after.contains(name)) compare.check(part, running(network, name), after.at(name));
      }
      compare_evaluation(network, trainer.loss(), batches[0], part, compare);
    }
  }
  losses.push_back(loss_of_batch(network, trainer.loss(), batches[0]));
  compare.check("losses", losses, compare.truth("losses"));
}

template <typename Scalar>
void compare_one_sided_units(Network<Scalar>& network, const json& golden, const char* when) {
  const GoldenBatch<Scalar> batch(golden.at("batches")[0]);
  const HealthReport report = HealthProbe<Scalar>(batch.x).measure(network);
  const json& dead_units = golden.at("dead_units");
  const json& wanted = dead_units.contains("eval") ? dead_units.at("eval").at(when) : dead_units.at(when);
  for (const LayerHealth& layer : report.layers) {
    const json& row = wanted[layer.layer - 1];
    if (row.is_null()) continue;  // no activation
    CHECK(layer.one_sided == row[0].get<std::size_t>());
    CHECK(layer.units == row[1].get<std::size_t>());
  }
}

template <typename Scalar>
void run_case(const json& golden, const char* type) {
  const auto layers = layers_of(golden.at("network").at("layers"), golden.at("init"));
  const auto loss = loss_of(golden.at("loss"));
  const auto optimizer = optimizer_of(golden.at("optimizer"));
  REQUIRE(layers);
  REQUIRE(loss);

  Comparison compare(golden.at(type), golden.at("tolerance").at(type));
  Network<Scalar> network(golden.at("network").at("layers")[0].at("in").get<std::size_t>(), *layers);
  start(network, golden.at("init"));
  compare_one_sided_units(network, golden, "init");
  const GoldenBatch<Scalar> first(golden.at("batches")[0]);
  const auto built = (*loss)->template build<Scalar>();
  compare_evaluation(network, *built, first, "init", compare);
  compare_first_pass(network, *built, first, compare);
  compare_training(network, *loss, optimizer, golden, compare);
  compare_one_sided_units(network, golden, "after_50");
}

}  // namespace

TEST_CASE("golden cases agree with PyTorch in both scalars") {
  const auto files = golden_files();
  CHECK(files.size() == 28);
  for (const auto& path : files) {
    const json golden = read_json(path);
    const auto id = golden.at("id").get<std::string>();
    CAPTURE(id);
    run_case<double>(golden, "float64");
    run_case<float>(golden, "float32");
  }
}
