// Every function catches what the library throws, and keeps its text for hinge_error.
#include <hinge/layers/c.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/version.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

struct hinge_model {
  hinge::Model<float> model;
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

hinge::MatrixView<const float> samples_of(const hinge_model* model, const float* inputs, std::size_t samples) {
  return hinge::MatrixView<const float>::samples(inputs, model->model.network().inputs(), samples);
}

}  // namespace

const char* hinge_version() {
  static const std::string text = hinge::version();
  return text.c_str();
}

const char* hinge_error() { return last_error; }

hinge_model* hinge_load(const char* path) {
  return guarded<hinge_model*>(nullptr, [&] { return new hinge_model{hinge::load_model<float>(path).model}; });
}

hinge_model* hinge_load_bytes(const void* bytes, size_t size) {
  return guarded<hinge_model*>(nullptr, [&] {
    const std::string_view file(static_cast<const char*>(bytes), size);
    return new hinge_model{hinge::model_from_bytes<float>(file, "model", hinge::standard_model_registries()).model};
  });
}

void hinge_free(hinge_model* model) { delete model; }

size_t hinge_inputs(const hinge_model* model) { return model->model.network().inputs(); }
size_t hinge_outputs(const hinge_model* model) { return model->model.network().outputs(); }
size_t hinge_classes(const hinge_model* model) {
  const bool is_sigmoid = model->model.info().output_transform == hinge::OutputTransform::sigmoid;
  const bool has_labels = is_sigmoid && hinge_outputs(model) > 1;  // each of them a yes or a no
  if (has_labels || !model->model.is_classifier()) return 0;
  return is_sigmoid ? 2 : hinge_outputs(model);
}

const char* hinge_input_name(const hinge_model* model, size_t input) {
  return name_in(model->model.info().feature_names, input);
}
const char* hinge_class_name(const hinge_model* model, size_t class_index) {
  return name_in(model->model.info().class_names, class_index);
}
const char* hinge_output_name(const hinge_model* model, size_t output) {
  return name_in(model->model.info().target_names, output);
}

int hinge_predict(const hinge_model* model, const float* inputs, size_t samples, float* outputs) {
  return guarded(-1, [&] {
    const hinge::Matrix<float> y = model->model.predict(samples_of(model, inputs, samples));
    for (std::size_t i = 0; i < samples; ++i) {
      for (std::size_t k = 0; k < y.rows(); ++k) outputs[i * y.rows() + k] = y(k, i);
    }
    return 0;
  });
}

int hinge_classify(const hinge_model* model, const float* inputs, size_t samples, size_t* classes) {
  return guarded(-1, [&] {
    if (hinge_classes(model) == 0) throw hinge::ModelError("classify: this model tells no classes apart; use predict");
    const std::vector<std::size_t> found = model->model.classify(samples_of(model, inputs, samples));
    std::copy(found.begin(), found.end(), classes);
    return 0;
  });
}
