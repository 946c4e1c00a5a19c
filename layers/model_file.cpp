// A model as tensors and JSON texts, and back.
#include <hinge/layers/model_file.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/config/json.h>
#include <hinge/core/config/spec.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/model_edges.h>
#include <hinge/layers/network.h>

namespace hinge {

namespace {

constexpr std::string_view format_version = model_format_versions.back();
constexpr std::array<std::string_view, 6> own_keys = {"crc32",   "format_version", "names",
                                                      "network", "output_link",    "preprocessing"};

Option required(std::string_view name, Option::Place place) { return {.name = name, .place = place, .required = true}; }

// The JSON texts of the metadata as descriptions, read and written by the code that reads and writes configs.
class NetworkText final : public Description {
 public:
  std::size_t inputs = 0;
  std::size_t seed = 0;
  SpecList<LayerSpec::InterfaceType> layers = {};

  std::string_view type() const override { return "network"; }
  std::vector<Option> options() override {
    return {required("inputs", &inputs), required("seed", &seed), required("layers", &layers)};
  }
};

class ScalingText final : public Description {
 public:
  explicit ScalingText(const Preprocessing& scaling) : offsets_(scaling.offsets()), divisors_(scaling.divisors()) {
    for (const Method method : scaling.methods()) methods_.emplace_back(method_names[static_cast<std::size_t>(method)]);
  }

  Preprocessing scaling() const {
    std::vector<Method> methods;
    for (const std::string& name : methods_) {
      methods.push_back(
          static_cast<Method>(std::find(method_names.begin(), method_names.end(), name) - method_names.begin()));
    }
    return offsets_.empty() && divisors_.empty() ? Preprocessing() : Preprocessing(offsets_, divisors_, methods);
  }

  std::string_view type() const override { return "scaling"; }
  std::vector<Option> options() override {
    return {required("offsets", &offsets_),
            required("divisors", &divisors_),
            {.name = "methods", .place = &methods_, .choices = {method_names.begin(), method_names.end()}}};
  }

 private:
  using Method = Preprocessing::Method;

  std::vector<std::string> methods_;
  std::vector<double> offsets_;
  std::vector<double> divisors_;
};

// It reads and writes the members of a ModelInfo in place; so does NamesText.
class PreprocessingText final : public Description {
 public:
  explicit PreprocessingText(ModelInfo& info) : inputs(info.inputs), targets(info.targets), info_(info) {}

  ScalingText inputs;
  ScalingText targets;

  std::string_view type() const override { return "preprocessing"; }
  std::vector<Option> options() override {
    return {required("inputs", &inputs), required("targets", &targets), required("fillers", &info_.imputed_values)};
  }

 private:
  ModelInfo& info_;
};

class NamesText final : public Description {
 public:
  explicit NamesText(ModelInfo& info) : info_(info) {}

  std::string_view type() const override { return "names"; }
  std::vector<Option> options() override {
    return {required("features", &info_.feature_names), required("classes", &info_.class_names),
            required("targets", &info_.target_names)};
  }

 private:
  ModelInfo& info_;
};

std::string text_of(Description& description) { return to_json_line(config_of(description)); }

template <typename Scalar>
ModelNotes metadata_of(const Network<Scalar>& of, ModelInfo info, const ModelNotes& notes) {
  check_unique_names(info);
  NetworkText network;
  network.inputs = of.inputs();
  network.seed = of.seed();
  network.layers = of.specs();
  PreprocessingText preprocessing(info);
  NamesText names(info);
  ModelNotes metadata = {{"format_version", std::string(format_version)},
                         {"network", text_of(network)},
                         {"preprocessing", text_of(preprocessing)},
                         {"names", text_of(names)},
                         {"output_link", std::string(name_of(info.output_transform))}};
  for (const auto& [key, value] : notes) {
    if (key == "crc32" || !metadata.emplace(key, value).second) {
      throw ModelError("a note cannot be called \"" + printable(key) + "\", the format uses that name");
    }
  }
  return metadata;
}

// A parameter in memory is column-major; in files a row follows a row.
template <typename Scalar>
std::string row_by_row(const Parameter<Scalar>& parameter) {
  const Matrix<Scalar> rows = matrix_of(parameter.value());
  return {reinterpret_cast<const char*>(rows.elements().data()), rows.elements().size_bytes()};
}

template <typename Scalar>
Tensor tensor_of(const Parameter<Scalar>& parameter, std::string_view bytes) {
  const MatrixView<const Scalar> value = parameter.value();
  std::vector<std::size_t> shape = {value.rows, value.cols};
  if (!parameter.is_matrix()) shape.pop_back();  // biases, slopes of PReLU
  return {parameter.name(), tensor_type<Scalar>, std::move(shape), bytes};
}

template <typename Scalar>
Tensor tensor_of(const LayerState<Scalar>& state) {
  const std::span<const Scalar> values = state.values();
  return {state.name(),
          tensor_type<Scalar>,
          {values.size()},
          {reinterpret_cast<const char*>(values.data()), values.size_bytes()}};
}

}  // namespace

class ModelReader {
 public:
  ModelReader(std::string_view bytes, std::string_view name, const Registries& registries)
      : name_(name), registries_(registries), file_(read_tensors(bytes, name)) {
    const std::string& version = metadata("format_version");
    if (std::find(model_format_versions.begin(), model_format_versions.end(), version) == model_format_versions.end()) {
      fail("the file has format version \"" + printable(version) + "\", this program reads versions up to \"" +
           std::string(format_version) + "\"");
    }
  }

  ModelNotes notes() const {
    ModelNotes notes = file_.metadata;
    for (const std::string_view key : own_keys) notes.erase(std::string(key));
    return notes;
  }

  template <typename Scalar>
  Model<Scalar> model() const {
    Network<Scalar> network = this->network<Scalar>();
    ModelInfo info = this->info();
    try {
      check_unique_names(info);
      return Model<Scalar>(std::move(network), std::move(info));
    } catch (const ModelError& error) {
      fail(error.what());
    }
  }

 private:
  template <typename Scalar>
  Network<Scalar> network() const {
    NetworkText text;
    read("network", text);
    std::size_t stored = 0;
    for (const Tensor& tensor : file_.tensors) stored += tensor.size();
    // Compared before memory is taken for them.
    const std::size_t parameters = Network<Scalar>::count_parameters(text.inputs, text.layers.specs());
    const std::size_t state = Network<Scalar>::count_state(text.inputs, text.layers.specs());
    if (parameters + state != stored) {
      const std::string more = state > 0 ? " and " + std::to_string(state) + " numbers of state" : "";
      fail("the network has " + std::to_string(parameters) + " parameters" + more + ", but the file " +
           std::to_string(stored) + (state > 0 ? " numbers" : ""));
    }
    Network<Scalar> network(text.inputs, text.layers.specs(), text.seed, Network<Scalar>::Memory::prediction);
    fill_all(network);
    if (network.parameters().size() + network.state().size() != file_.tensors.size()) {
      fail("the file has tensors that the network has not");
    }
    return network;
  }

  template <typename Scalar>
  void fill_all(Network<Scalar>& network) const {
    for (Parameter<Scalar>& parameter : network.parameters()) fill(tensor(parameter.name()), parameter.value());
    for (LayerState<Scalar>& state_of_layer : network.state()) {
      const std::span<Scalar> values = state_of_layer.values();
      fill(tensor(state_of_layer.name()), MatrixView<Scalar>::samples(values.data(), values.size(), 1));
    }
  }

  ModelInfo info() const {
    ModelInfo info;
    PreprocessingText preprocessing(info);
    read("preprocessing", preprocessing);
    info.inputs = preprocessing.inputs.scaling();
    info.targets = preprocessing.targets.scaling();
    NamesText names(info);
    read("names", names);
    info.output_transform = output_transform();
    return info;
  }

  [[noreturn]] void fail(const std::string& what) const { throw ModelError(printable(name_) + ": " + what); }

  const std::string& metadata(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail("the metadata has no \"" + key + "\"; Hinge did not write this model");
    return found->second;
  }

  void read(const std::string& key, Description& description) const {
    ConfigErrors errors;
    read_config(parse_json(metadata(key), key), description, registries_, errors);
    errors.throw_if_any();
  }

  OutputTransform output_transform() const {
    const std::string& text = metadata("output_link");
    if (const auto transform = output_transform_named(text)) return *transform;
    fail("output_link is \"" + printable(text) + "\", wanted " + output_transform_names());
  }

  const Tensor* find(const std::string& name) const {
    const auto found = std::find_if(file_.tensors.begin(), file_.tensors.end(),
                                    [&](const Tensor& tensor) { return tensor.name == name; });
    return found == file_.tensors.end() ? nullptr : &*found;
  }

  const Tensor& tensor(const std::string& name) const {
    const Tensor* const found = find(name);
    if (found == nullptr) fail("the tensor " + name + " is missing");
    return *found;
  }

  template <typename Scalar>
  void fill(const Tensor& tensor, const MatrixView<Scalar>& value) const {
    const std::vector<std::size_t> matrix = {value.rows, value.cols};
    const std::vector<std::size_t> column = {value.rows};
    const bool fits = tensor.shape == matrix || (value.cols == 1 && tensor.shape == column);
    if (!fits) {
      fail("the tensor " + tensor.name + " has another shape than the network's, " + std::to_string(value.rows) +
           " x " + std::to_string(value.cols));
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
      const double stored = number_at(tensor, i);
      const auto converted = static_cast<Scalar>(stored);
      if (!std::isfinite(converted)) {
        fail("the tensor " + tensor.name + " holds " + to_text(stored) + ", too large for single precision");
      }
      value(i / value.cols, i % value.cols) = converted;
    }
  }

  std::string_view name_;
  const Registries& registries_;
  TensorFile file_;
};

template <typename Scalar>
std::string model_to_bytes(const Model<Scalar>& model, const ModelNotes& notes) {
  std::vector<std::string> bytes;
  for (const Parameter<Scalar>& parameter : model.network().parameters()) bytes.push_back(row_by_row(parameter));
  std::vector<Tensor> tensors;
  for (const Parameter<Scalar>& parameter : model.network().parameters()) {
    tensors.push_back(tensor_of(parameter, bytes[tensors.size()]));
  }
  for (const LayerState<Scalar>& state : model.network().state()) tensors.push_back(tensor_of(state));
  return write_tensors(metadata_of(model.network(), model.info(), notes), tensors);
}

template <typename Scalar>
void check_savable(const Network<Scalar>& network, const ModelInfo& info, const ModelNotes& notes) {
  std::vector<Tensor> tensors;
  for (const Parameter<Scalar>& parameter : network.parameters()) {
    const MatrixView<const Scalar> value = parameter.value();  // in another order than in the file, but of its size
    tensors.push_back(tensor_of(parameter, {reinterpret_cast<const char*>(value.data), value.size() * sizeof(Scalar)}));
  }
  for (const LayerState<Scalar>& state : network.state()) tensors.push_back(tensor_of(state));
  check_tensors(metadata_of(network, info, notes), tensors);
}

template <typename Scalar>
StoredModel<Scalar> model_from_bytes(std::string_view bytes, std::string_view name, const Registries& registries) {
  const ModelReader reader(bytes, name, registries);
  try {
    return {reader.model<Scalar>(), reader.notes(), printable(name)};
  } catch (const ConfigError& error) {
    throw ModelError(printable(name) + ": in the metadata: " + error.what());
  } catch (const ShapeError& error) {
    throw ModelError(printable(name) + ": in the metadata: " + error.what());
  }
}

template <typename Scalar>
void save_model(const std::string& path, const Model<Scalar>& model, const ModelNotes& notes) {
  write_file(path, model_to_bytes(model, notes));
}

template <typename Scalar>
StoredModel<Scalar> load_model(const std::string& path, const Registries& registries) {
  return model_from_bytes<Scalar>(read_tensor_file(path), path, registries);
}

template <typename Scalar>
StoredModel<Scalar> load_model(const std::string& path) {
  return load_model<Scalar>(path, standard_model_registries());
}

Registries standard_model_registries() {
  Registries registries;
  registries.add(standard_activations());
  registries.add(standard_initializers());
  registries.add(standard_layers());
  return registries;
}

template HINGE_API std::string model_to_bytes<float>(const Model<float>&, const ModelNotes&);
template HINGE_API std::string model_to_bytes<double>(const Model<double>&, const ModelNotes&);
template HINGE_API void check_savable<float>(const Network<float>&, const ModelInfo&, const ModelNotes&);
template HINGE_API void check_savable<double>(const Network<double>&, const ModelInfo&, const ModelNotes&);
template HINGE_API StoredModel<float> model_from_bytes<float>(std::string_view, std::string_view, const Registries&);
template HINGE_API StoredModel<double> model_from_bytes<double>(std::string_view, std::string_view, const Registries&);
template HINGE_API void save_model<float>(const std::string&, const Model<float>&, const ModelNotes&);
template HINGE_API void save_model<double>(const std::string&, const Model<double>&, const ModelNotes&);
template HINGE_API StoredModel<float> load_model<float>(const std::string&, const Registries&);
template HINGE_API StoredModel<double> load_model<double>(const std::string&, const Registries&);
template HINGE_API StoredModel<float> load_model<float>(const std::string&);
template HINGE_API StoredModel<double> load_model<double>(const std::string&);

}  // namespace hinge
