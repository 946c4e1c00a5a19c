// Samples go through the steps in blocks, features × samples, so that each product has a whole vector of them.
#include <hinge/layers/predictor.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/plain_json.h>
#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/layers/model_edges.h>
#include <hinge/layers/prediction_steps.h>

namespace hinge {

namespace {

constexpr std::size_t floats_on_stack = 8192;

// The texts of the metadata. An older file has no methods of preprocessing.
class InfoReader {
 public:
  explicit InfoReader(const TensorFile& file) : file_(file) {}

  JsonValue object(const char* key) const {
    JsonValue json = parse_plain_json(text(key), key);
    if (json.kind != JsonValue::Kind::object) fail(std::string(key) + " is " + json.described());
    return json;
  }

  ModelInfo info() const {
    const std::string& version = text("format_version");
    if (std::find(model_format_versions.begin(), model_format_versions.end(), version) == model_format_versions.end()) {
      fail("the file has format version " + in_quotes(version));
    }
    const JsonValue preprocessing = object("preprocessing");
    const JsonValue names = object("names");
    const auto transform = output_transform_named(text("output_link"));
    if (!transform) fail("output_link is " + in_quotes(text("output_link")));
    return {.inputs = scaling(preprocessing, "inputs"),
            .targets = scaling(preprocessing, "targets"),
            .imputed_values = numbers(preprocessing, "fillers"),
            .output_transform = *transform,
            .feature_names = texts(names, "features"),
            .class_names = texts(names, "classes"),
            .target_names = texts(names, "targets")};
  }

 private:
  [[noreturn]] static void fail(const std::string& what) { throw ModelError(what); }

  const std::string& text(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail("the metadata has no \"" + key + "\"; Hinge did not write this model");
    return found->second;
  }

  static std::vector<std::string> elements(const JsonValue& object, const char* key, JsonValue::Kind kind) {
    const JsonValue* const list = object.find(key);
    if (list == nullptr || list->kind != JsonValue::Kind::array) fail(std::string(key) + " is no list");
    std::vector<std::string> result;
    for (const JsonValue& element : list->elements) {
      if (element.kind != kind) fail(std::string(key) + " holds " + element.described());
      result.push_back(element.text);
    }
    return result;
  }

  static std::vector<std::string> texts(const JsonValue& object, const char* key) {
    return elements(object, key, JsonValue::Kind::string);
  }

  static std::vector<double> numbers(const JsonValue& object, const char* key) {
    std::vector<double> result;
    for (const std::string& number : elements(object, key, JsonValue::Kind::number)) {
      result.push_back(parse_double(number).value_or(0));
    }
    return result;
  }

  static Preprocessing scaling(const JsonValue& object, const char* key) {
    const JsonValue* const json = object.find(key);
    if (json == nullptr) fail(std::string(key) + " of the preprocessing is missing");
    std::vector<Preprocessing::Method> methods;
    if (json->find("methods") != nullptr) {
      for (const std::string& name : texts(*json, "methods")) methods.push_back(method_named(name));
    }
    return {numbers(*json, "offsets"), numbers(*json, "divisors"), std::move(methods)};
  }

  static Preprocessing::Method method_named(const std::string& name) {
    const auto found = std::find(method_names.begin(), method_names.end(), name);
    if (found == method_names.end()) fail("the preprocessing has a method " + in_quotes(name));
    return static_cast<Preprocessing::Method>(found - method_names.begin());
  }

  const TensorFile& file_;
};

}  // namespace

Predictor::Predictor(std::string_view file, std::string_view name) {
  const TensorFile tensors = read_tensors(file, name);
  try {
    const InfoReader reader(tensors);
    info_ = reader.info();
    steps_ = std::make_unique<const StepList>(steps_of(reader.object("network"), tensors.tensors));
    check_unique_names(info_);
    check_fit(info_, inputs(), outputs());
  } catch (const Error& error) {
    throw ModelError(printable(name) + ": " + error.what());
  }
}

Predictor::~Predictor() = default;

std::size_t Predictor::inputs() const { return steps_->inputs(); }
std::size_t Predictor::outputs() const { return steps_->outputs(); }
std::size_t Predictor::classes() const { return count_classes(info_, outputs()); }

void Predictor::predict(const float* inputs, std::size_t samples, float* outputs) const {
  for_blocks(inputs, samples, [&](MatrixView<const float> predictions) {
    copy(predictions, MatrixView<float>::samples(outputs, predictions.rows, predictions.cols));
    outputs += predictions.size();
  });
}

void Predictor::classify(const float* inputs, std::size_t samples, std::size_t* classes) const {
  if (this->classes() == 0) throw ModelError("classify: this model tells no classes apart; use predict");
  for_blocks(inputs, samples, [&](MatrixView<const float> predictions) {
    find_classes(info_, predictions, std::span(classes, predictions.cols));
    classes += predictions.cols;
  });
}

template <typename Use>
void Predictor::for_blocks(const float* inputs, std::size_t samples, const Use& use) const {
  require_finite(inputs, samples);
  const std::size_t at_once = std::min(samples, samples_at_once);
  const std::size_t needed = at_once * (this->inputs() + outputs() + steps_->memory());
  alignas(64) std::array<float, floats_on_stack> stack;
  Buffer<float> heap(needed > stack.size() ? needed : 0);
  float* const memory = heap.size() > 0 ? heap.data() : stack.data();
  for (std::size_t first = 0; first < samples; first += at_once) {
    use(predict_block(inputs + first * this->inputs(), std::min(at_once, samples - first), memory));
  }
}

void Predictor::require_finite(const float* inputs, std::size_t samples) const {
  for (std::size_t i = 0; i < samples; ++i) {
    for (std::size_t r = 0; r < this->inputs(); ++r, ++inputs) {
      if (!std::isfinite(imputed(info_, r, *inputs))) fail_not_finite(r, i);
    }
  }
}

MatrixView<const float> Predictor::predict_block(const float* inputs, std::size_t samples, float* memory) const {
  const MatrixView<float> x{memory, this->inputs(), samples, samples, 1};
  const MatrixView<float> y{x.data + x.size(), outputs(), samples, samples, 1};
  copy(MatrixView<const float>::samples(inputs, x.rows, x.cols), x);
  impute(info_, x);
  info_.inputs.apply(x);
  steps_->run(x.data, y.data, samples, y.data + y.size());
  apply_output_transform(info_.output_transform, y);
  put_back(info_.targets, y);
  return y;
}

}  // namespace hinge
