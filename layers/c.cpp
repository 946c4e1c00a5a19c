// Every function catches what the library throws, and keeps its text for hinge_error.
#include <hinge/layers/c.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/io/safetensors.h>
#include <hinge/core/version.h>
#include <hinge/layers/predictor.h>

struct hinge_model {
  hinge::Predictor predictor;
};

namespace {

// An array: a string's destructor at the end of a thread would keep a plugin from being unloaded.
thread_local char last_error[1024] = "";

void keep_error(std::string_view text) {
  std::size_t size = std::min(text.size(), sizeof(last_error) - 1);
  while (size < text.size() && (text[size] & 0xC0) == 0x80) --size;  // no part of a character
  text = text.substr(0, size);
  *std::copy(text.begin(), text.end(), last_error) = '\0';
}

// What `call` returns, or `otherwise` with its error kept.
template <typename Result, typename Call>
Result guarded(Result otherwise, const Call& call) noexcept {
  try {
    return call();
  } catch (const std::exception& error) {
    keep_error(error.what());
  } catch (...) {
    keep_error("unknown error");
  }
  return otherwise;
}

const char* name_in(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? names[index].c_str() : nullptr;
}

}  // namespace

const char* hinge_version() {
  static const std::string text = hinge::version();
  return text.c_str();
}

const char* hinge_error() { return last_error; }

hinge_model* hinge_load(const char* path) {
  return guarded<hinge_model*>(nullptr, [&] { return new hinge_model{{hinge::read_tensor_file(path), path}}; });
}

hinge_model* hinge_load_bytes(const void* bytes, size_t size) {
  return guarded<hinge_model*>(nullptr, [&] {
    return new hinge_model{{std::string_view(static_cast<const char*>(bytes), size), "model"}};
  });
}

void hinge_free(hinge_model* model) { delete model; }

size_t hinge_inputs(const hinge_model* model) { return model->predictor.inputs(); }
size_t hinge_outputs(const hinge_model* model) { return model->predictor.outputs(); }
size_t hinge_classes(const hinge_model* model) { return model->predictor.classes(); }

const char* hinge_input_name(const hinge_model* model, size_t input) {
  return name_in(model->predictor.info().feature_names, input);
}
const char* hinge_class_name(const hinge_model* model, size_t class_index) {
  return name_in(model->predictor.info().class_names, class_index);
}
const char* hinge_output_name(const hinge_model* model, size_t output) {
  return name_in(model->predictor.info().target_names, output);
}

int hinge_predict(const hinge_model* model, const float* inputs, size_t samples, float* outputs) {
  return guarded(-1, [&] {
    model->predictor.predict(inputs, samples, outputs);
    return 0;
  });
}

int hinge_classify(const hinge_model* model, const float* inputs, size_t samples, size_t* classes) {
  return guarded(-1, [&] {
    model->predictor.classify(inputs, samples, classes);
    return 0;
  });
}
