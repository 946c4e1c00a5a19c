// Each step computes what the layer of its name does in a prediction, by the same kernels and formulas: the same bits.
#include <hinge/layers/prediction_steps.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/kernels/kernels.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations/elu.h>
#include <hinge/layers/activations/gelu.h>
#include <hinge/layers/activations/hard_sigmoid.h>
#include <hinge/layers/activations/hard_swish.h>
#include <hinge/layers/activations/hard_tanh.h>
#include <hinge/layers/activations/mish.h>
#include <hinge/layers/activations/selu.h>
#include <hinge/layers/activations/silu.h>
#include <hinge/layers/activations/softplus.h>
#include <hinge/layers/activations/softsign.h>

namespace hinge {

namespace {

const kernels::Kernels<float>& kernels_of_float() { return kernels::of<float>(); }

// W x + b, with W column by column.
class ProductStep final : public PredictionStep {
 public:
  ProductStep(std::size_t inputs, std::size_t units, const std::vector<float>& rows, std::vector<float> bias)
      : PredictionStep(inputs, units), weight_(rows.size()), bias_(std::move(bias)) {
    for (std::size_t i = 0; i < rows.size(); ++i) weight_[i % inputs * units + i / inputs] = rows[i];
  }

  void run(const float* x, float* y, std::size_t samples, float*) const override {
    const float* const bias = bias_.empty() ? nullptr : bias_.data();
    if (samples == 1) {
      return kernels_of_float().gemv({weight_.data(), outputs(), x, 1, bias, y, outputs(), inputs()});
    }
    kernels_of_float().gemm({.a = weight_.data(),
                             .a_row = 1,
                             .a_step = outputs(),
                             .b = x,
                             .b_row = samples,
                             .c = y,
                             .c_row = samples,
                             .rows = outputs(),
                             .cols = samples,
                             .depth = inputs(),
                             .row_bias = bias});
  }

 private:
  std::vector<float> weight_;
  std::vector<float> bias_;
};

// A loop of the kernels.
class LoopStep final : public PredictionStep {
 public:
  using Loop = void (*)(const float* z, float* a, std::size_t count);
  LoopStep(std::size_t width, Loop loop) : PredictionStep(width, width), loop_(loop) {}

  void run(const float* x, float* y, std::size_t samples, float*) const override { loop_(x, y, outputs() * samples); }

 private:
  Loop loop_;
};

// φ by its formula.
template <typename Formula>
class FormulaStep final : public PredictionStep {
 public:
  FormulaStep(std::size_t width, Formula formula) : PredictionStep(width, width), formula_(std::move(formula)) {}

  void run(const float* x, float* y, std::size_t samples, float*) const override {
    const Formula formula = formula_;
    const std::size_t count = outputs() * samples;
    HINGE_INDEPENDENT_ITERATIONS
    for (std::size_t i = 0; i < count; ++i) y[i] = formula.value(x[i]);
  }

 private:
  Formula formula_;
};

// Leaky ReLU and PReLU, with one slope or one for each unit.
class SlopeStep final : public PredictionStep {
 public:
  SlopeStep(std::size_t width, std::vector<float> slopes) : PredictionStep(width, width), slopes_(std::move(slopes)) {}

  void run(const float* x, float* y, std::size_t samples, float*) const override {
    if (slopes_.size() == 1) return kernels_of_float().leaky_relu(x, y, outputs() * samples, slopes_[0]);
    for (std::size_t r = 0; r < outputs(); ++r, x += samples, y += samples) {
      kernels_of_float().leaky_relu(x, y, samples, slopes_[r]);
    }
  }

 private:
  std::vector<float> slopes_;
};

// Both normalisations: γ·(x − m)/√(v + ε) + β. Their kernels take pointers to what others of them write.
class NormalizationStep : public PredictionStep {
 public:
  NormalizationStep(std::size_t width, double epsilon, std::vector<float> gamma, std::vector<float> beta)
      : PredictionStep(width, width), epsilon_(epsilon), gamma_(std::move(gamma)), beta_(std::move(beta)) {}

 protected:
  kernels::Normalization<float> arguments(const float* x, float* y, std::size_t samples) const {
    return {.x = x,
            .x_row = samples,
            .normalized = nullptr,
            .normalized_row = 0,
            .y = y,
            .y_row = samples,
            .rows = outputs(),
            .cols = samples,
            .epsilon = epsilon_,
            .first = nullptr,
            .offset = nullptr,
            .variance = nullptr,
            .inverse = nullptr,
            .gamma = gamma_.data(),
            .beta = beta_.data()};
  }

 private:
  double epsilon_;
  std::vector<float> gamma_;
  std::vector<float> beta_;
};

class BatchNormStep final : public NormalizationStep {
 public:
  BatchNormStep(std::size_t width, double epsilon, std::vector<float> gamma, std::vector<float> beta,
                std::vector<float> mean, const std::vector<float>& variance)
      : NormalizationStep(width, epsilon, std::move(gamma), std::move(beta)), mean_(std::move(mean)) {
    for (const float v : variance) {
      inverse_.push_back(static_cast<float>(1 / std::sqrt(static_cast<double>(v) + epsilon)));
    }
  }

  std::size_t memory() const override { return 2 * outputs(); }

  void run(const float* x, float* y, std::size_t samples, float* memory) const override {
    kernels::Normalization<float> all = arguments(x, y, samples);
    all.first = std::copy(inverse_.begin(), inverse_.end(), memory);
    all.inverse = memory;
    std::copy(mean_.begin(), mean_.end(), all.first);
    kernels_of_float().normalize_rows(all, 0, outputs());
  }

 private:
  std::vector<float> mean_;
  std::vector<float> inverse_;
};

class LayerNormStep final : public NormalizationStep {
 public:
  using NormalizationStep::NormalizationStep;

  void run(const float* x, float* y, std::size_t samples, float*) const override {
    std::array<float, samples_at_once> first;
    std::array<double, samples_at_once> offset;
    std::array<double, samples_at_once> variance;
    std::array<float, samples_at_once> inverse;
    kernels::Normalization<float> columns = arguments(x, y, samples);
    columns.first = first.data();
    columns.offset = offset.data();
    columns.variance = variance.data();
    columns.inverse = inverse.data();
    kernels_of_float().column_statistics(columns, 0, samples);
    kernels_of_float().normalize_columns(columns, 0, samples);
  }
};

// f(x) + x, or f(x) + P x.
class ResidualStep final : public PredictionStep {
 public:
  ResidualStep(std::size_t inputs, StepList steps, std::unique_ptr<const ProductStep> projection)
      : PredictionStep(inputs, steps.outputs()), steps_(std::move(steps)), projection_(std::move(projection)) {}

  std::size_t memory() const override { return outputs() + steps_.memory(); }

  void run(const float* x, float* y, std::size_t samples, float* memory) const override {
    float* const f = memory;
    steps_.run(x, f, samples, memory + outputs() * samples);
    if (projection_) projection_->run(x, y, samples, nullptr);
    const float* const direct = projection_ ? y : x;
    for (std::size_t i = 0; i < outputs() * samples; ++i) y[i] = direct[i] + f[i];
  }

 private:
  StepList steps_;
  std::unique_ptr<const ProductStep> projection_;
};

void copy_values(const float* z, float* a, std::size_t count) { std::copy_n(z, count, a); }

// Reads the layers of a list in their order. `path` is the name of a layer: layers.0.
class StepReader {
 public:
  explicit StepReader(const std::vector<Tensor>& tensors) : tensors_(tensors) {}

  StepList list(const JsonValue& layers, const std::string& place, std::size_t inputs) {
    StepList steps(inputs);
    for (std::size_t i = 0; i < layers.elements.size(); ++i) {
      add_layer(steps, layers.elements[i], place + "." + std::to_string(i));
    }
    if (steps.empty()) steps.add(std::make_unique<LoopStep>(inputs, copy_values));
    return steps;
  }

  void require_all_used() const {
    if (used_ != tensors_.size()) fail("the file has tensors that the network has not");
  }

  std::size_t size(const JsonValue& object, const char* key, const std::string& place) const {
    const std::optional<std::size_t> number = parse_size(member(object, key, JsonValue::Kind::number, place).text);
    if (!number || *number == 0) fail(place + ": " + key + " must be a whole number of at least 1");
    return *number;
  }

  const JsonValue& member(const JsonValue& object, const char* key, JsonValue::Kind kind,
                          const std::string& place) const {
    require(object, JsonValue::Kind::object, place);
    const JsonValue* const found = object.find(key);
    if (found == nullptr) fail(place + ": " + key + " is missing");
    require(*found, kind, place + ": " + key);
    return *found;
  }

 private:
  [[noreturn]] static void fail(const std::string& what) { throw ModelError(what); }

  static void require(const JsonValue& value, JsonValue::Kind kind, const std::string& place) {
    if (value.kind != kind) fail(place + " is " + value.described() + ", which does not belong there");
  }

  void add_layer(StepList& steps, const JsonValue& layer, const std::string& path) {
    const std::string& type = member(layer, "type", JsonValue::Kind::string, path).text;
    if (type == "dense") {
      steps.add(product(size(layer, "units", path), steps.outputs(), path + ".weight",
                        member(layer, "bias", JsonValue::Kind::boolean, path).boolean ? path + ".bias" : ""));
      add_activation(steps, member(layer, "activation", JsonValue::Kind::object, path), path);
    } else if (type == "activation") {
      add_activation(steps, member(layer, "activation", JsonValue::Kind::object, path), path);
    } else if (type == "batch_norm" || type == "layer_norm") {
      add_normalization(steps, layer, path);
    } else if (type == "residual") {
      add_block(steps, layer, path);
    } else if (type != "dropout") {  // which does nothing in a prediction
      fail(path + ": the layer " + in_quotes(type) + " is none of Hinge's own");
    }
  }

  void add_normalization(StepList& steps, const JsonValue& layer, const std::string& path) {
    const std::size_t width = steps.outputs();
    const double epsilon = number(layer, "epsilon", path);
    std::vector<float> gamma = values(path + ".gamma", {width});
    std::vector<float> beta = values(path + ".beta", {width});
    if (member(layer, "type", JsonValue::Kind::string, path).text == "layer_norm") {
      return steps.add(std::make_unique<LayerNormStep>(width, epsilon, std::move(gamma), std::move(beta)));
    }
    std::vector<float> mean = values(path + ".running_mean", {width});
    const std::vector<float> variance = values(path + ".running_var", {width});
    steps.add(
        std::make_unique<BatchNormStep>(width, epsilon, std::move(gamma), std::move(beta), std::move(mean), variance));
  }

  void add_block(StepList& steps, const JsonValue& layer, const std::string& path) {
    const std::size_t inputs = steps.outputs();
    StepList inner = list(member(layer, "layers", JsonValue::Kind::array, path), path + ".layers", inputs);
    std::unique_ptr<const ProductStep> projection;
    if (inner.outputs() != inputs) projection = product(inner.outputs(), inputs, path + ".projection", "");
    steps.add(std::make_unique<ResidualStep>(inputs, std::move(inner), std::move(projection)));
  }

  void add_activation(StepList& steps, const JsonValue& json, const std::string& path) {
    const std::string place = path + ".activation";
    const std::string& type = member(json, "type", JsonValue::Kind::string, place).text;
    if (type == "identity") return;
    const std::size_t width = steps.outputs();
    if (type == "prelu") {
      const bool per_unit = member(json, "per_unit", JsonValue::Kind::boolean, place).boolean;
      return steps.add(std::make_unique<SlopeStep>(width, values(path + ".alpha", {per_unit ? width : 1})));
    }
    if (type == "leaky_relu") {
      const std::vector<float> slope = {static_cast<float>(number(json, "alpha", place))};
      return steps.add(std::make_unique<SlopeStep>(width, slope));
    }
    std::unique_ptr<const PredictionStep> step = kernel_of(type, width);
    if (step == nullptr) step = formula_of(type, json, place, width);
    if (step == nullptr) fail(place + ": " + in_quotes(type) + " is none of Hinge's own");
    steps.add(std::move(step));
  }

  static std::unique_ptr<const PredictionStep> kernel_of(std::string_view type, std::size_t width) {
    const kernels::Kernels<float>& kernels = kernels_of_float();
    if (type == "relu") return std::make_unique<LoopStep>(width, kernels.relu);
    if (type == "sigmoid") return std::make_unique<LoopStep>(width, kernels.sigmoid);
    if (type == "tanh") return std::make_unique<LoopStep>(width, kernels.tanh);
    return nullptr;
  }

  std::unique_ptr<const PredictionStep> formula_of(std::string_view type, const JsonValue& json,
                                                   const std::string& place, std::size_t width) const {
    const auto step = [&](auto formula) -> std::unique_ptr<const PredictionStep> {
      return std::make_unique<FormulaStep<decltype(formula)>>(width, std::move(formula));
    };
    if (type == Elu::type) return step(Elu{.alpha = number(json, "alpha", place)});
    if (type == Gelu::type) {
      const std::string& form = member(json, "approximate", JsonValue::Kind::string, place).text;
      return form == "tanh" ? step(TanhGelu{}) : step(ExactGelu{});
    }
    if (type == HardSigmoid::type) return step(HardSigmoid{});
    if (type == HardSwish::type) return step(HardSwish{});
    if (type == HardTanh::type) return step(HardTanh{});
    if (type == Mish::type) return step(Mish{});
    if (type == Selu::type) return step(Selu{});
    if (type == Silu::type) return step(Silu{});
    if (type == Softplus::type) return step(Softplus{});
    if (type == Softsign::type) return step(Softsign{});
    return nullptr;
  }

  // No bias where its name is empty.
  std::unique_ptr<const ProductStep> product(std::size_t units, std::size_t inputs, const std::string& weight,
                                             const std::string& bias) {
    const std::vector<float> rows = values(weight, {units, inputs});
    return std::make_unique<ProductStep>(inputs, units, rows,
                                         bias.empty() ? std::vector<float>() : values(bias, {units}));
  }

  double number(const JsonValue& object, const char* key, const std::string& place) const {
    return parse_double(member(object, key, JsonValue::Kind::number, place).text).value_or(0);
  }

  std::vector<float> values(const std::string& name, const std::vector<std::size_t>& shape) {
    const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const Tensor& t) { return t.name == name; });
    if (found == tensors_.end()) fail("the tensor " + name + " is missing");
    if (found->shape != shape) fail("the tensor " + name + " has another shape than the network's");
    ++used_;
    std::vector<float> numbers(found->size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = static_cast<float>(number_at(*found, i));
      if (!std::isfinite(numbers[i])) fail("the tensor " + name + " holds a number too large for single precision");
    }
    return numbers;
  }

  const std::vector<Tensor>& tensors_;
  std::size_t used_ = 0;
};

}  // namespace

void StepList::add(std::unique_ptr<const PredictionStep> step) {
  outputs_ = step->outputs();
  widest_ = std::max(widest_, outputs_);
  memory_of_step_ = std::max(memory_of_step_, step->memory());
  steps_.push_back(std::move(step));
}

void StepList::run(const float* x, float* y, std::size_t samples, float* memory) const {
  float* target = memory;
  float* spare = target + widest_ * samples;
  float* const of_step = spare + widest_ * samples;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    steps_[i]->run(x, target, samples, of_step);
    x = target;
    std::swap(target, spare);
  }
  steps_.back()->run(x, y, samples, of_step);
}

StepList steps_of(const JsonValue& network, const std::vector<Tensor>& tensors) {
  StepReader reader(tensors);
  const std::size_t inputs = reader.size(network, "inputs", "network");
  StepList steps = reader.list(reader.member(network, "layers", JsonValue::Kind::array, "network"), "layers", inputs);
  reader.require_all_used();
  return steps;
}

}  // namespace hinge
