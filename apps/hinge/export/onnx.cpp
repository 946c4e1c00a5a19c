// Field numbers are those of onnx.proto [https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto].
#include "export/onnx.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <numeric>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/version.h>
#include <hinge/layers/model_edges.h>
#include <hinge/layers/network.h>

#include "export/protobuf.h"
#include "export/steps.h"

namespace hinge_command {

namespace {

using hinge::Preprocessing;

enum Type : std::uint64_t { float32 = 1, int64 = 7, float64 = 11 };  // TensorProto.DataType

template <typename Number>
constexpr Type type_of = std::is_integral_v<Number>        ? int64
                         : sizeof(Number) == sizeof(float) ? float32
                                                           : float64;

// The graph: each operation takes values by their names, and gives one with a name of its own.
class Graph {
 public:
  using Names = std::vector<std::string>;
  struct Attribute {
    const char* name;
    Message value;
  };
  static Attribute real(const char* name, double value) {
    constexpr std::uint64_t real_type = 1;
    return {name, Message().text(1, name).real(2, static_cast<float>(value)).number(20, real_type)};
  }
  static Attribute whole(const char* name, std::int64_t value) {
    constexpr std::uint64_t whole_type = 2;
    return {name, Message().text(1, name).number(3, static_cast<std::uint64_t>(value)).number(20, whole_type)};
  }

  // Adds `operation(inputs)`, and returns the name of its value.
  std::string add(const char* operation, const Names& inputs, const std::vector<Attribute>& attributes = {},
                  std::string name = {}) {
    if (name.empty()) name = "value" + std::to_string(++values_);
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    node.text(2, name).text(3, name).text(4, operation);
    for (const Attribute& attribute : attributes) node.message(5, attribute.value);
    graph_.message(1, node);
    return name;
  }

  // Adds numbers that are part of the model; of shape [] for a single one that goes with any shape.
  template <typename Number>
  std::string constant(std::span<const Number> numbers, const std::vector<std::size_t>& shape, std::string name = {}) {
    if (name.empty()) name = "constant" + std::to_string(++constants_);
    Message tensor;
    for (const std::size_t size : shape) tensor.number(1, size);
    tensor.number(2, type_of<Number>).text(8, name);
    tensor.text(9, {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
    graph_.message(5, tensor);
    return name;
  }
  template <typename Number>
  std::string constant(Number number) {
    return constant(std::span<const Number>(&number, 1), {});
  }

  void input(const char* name, Type type, std::size_t columns) { graph_.message(11, value_info(name, type, columns)); }
  void output(const char* name, Type type, std::size_t columns) { graph_.message(12, value_info(name, type, columns)); }

  const Message& message() { return graph_.text(2, "hinge"); }

 private:
  // [batch, columns], or [batch] for no columns.
  static Message value_info(const char* name, Type type, std::size_t columns) {
    Message shape;
    shape.message(1, Message().text(2, "batch"));
    if (columns > 0) shape.message(1, Message().number(1, columns));
    const Message tensor = Message().number(1, type).message(2, shape);
    return Message().text(1, name).message(2, Message().message(1, tensor));
  }

  Message graph_;
  std::size_t values_ = 0;
  std::size_t constants_ = 0;
};

// ---------------------------------------------------------------------------------------------------- the network

std::string add_gelu(Graph& graph, const std::string& z, bool by_tanh) {
  if (by_tanh) {  // z·σ(2√(2/π)·(z + 0.044715·z³)) = z·σ(z·(a + b·z²))
    const auto a = static_cast<float>(2 * std::sqrt(2 / std::numbers::pi));
    const std::string square = graph.add("Mul", {z, z});
    const std::string cubic = graph.add("Mul", {square, graph.constant(0.044715F * a)});
    const std::string inner = graph.add("Mul", {z, graph.add("Add", {cubic, graph.constant(a)})});
    return graph.add("Mul", {z, graph.add("Sigmoid", {inner})});
  }
  const auto root = static_cast<float>(std::numbers::sqrt2 / 2);
  const std::string erf = graph.add("Erf", {graph.add("Mul", {z, graph.constant(root)})});
  const std::string twice = graph.add("Mul", {z, graph.add("Add", {erf, graph.constant(1.0F)})});
  return graph.add("Mul", {twice, graph.constant(0.5F)});
}

std::string add_activation(Graph& graph, const Step& step, const std::string& z) {
  const std::string& name = step.name;
  const auto alpha = [&] { return std::vector<Graph::Attribute>{Graph::real("alpha", step.options.at("alpha"))}; };
  if (name == "elu") return graph.add("Elu", {z}, alpha());
  if (name == "gelu") return add_gelu(graph, z, step.options.at("tanh") == 1);
  if (name == "hard_sigmoid") {
    return graph.add("HardSigmoid", {z}, {Graph::real("alpha", 1.0 / 6), Graph::real("beta", 0.5)});
  }
  if (name == "hard_swish") return graph.add("HardSwish", {z});
  if (name == "hard_tanh") return graph.add("Clip", {z, graph.constant(-1.0F), graph.constant(1.0F)});
  if (name == "leaky_relu") return graph.add("LeakyRelu", {z}, alpha());
  if (name == "mish") return graph.add("Mul", {z, graph.add("Tanh", {graph.add("Softplus", {z})})});
  if (name == "prelu") {
    return graph.add("PRelu", {z, graph.constant(std::span<const float>(step.weight), {step.weight.size()})});
  }
  if (name == "relu") return graph.add("Relu", {z});
  if (name == "selu") return graph.add("Selu", {z});
  if (name == "sigmoid") return graph.add("Sigmoid", {z});
  if (name == "silu") return graph.add("Mul", {z, graph.add("Sigmoid", {z})});
  if (name == "softplus") return graph.add("Softplus", {z});
  if (name == "softsign") return graph.add("Softsign", {z});
  if (name == "tanh") return graph.add("Tanh", {z});
  throw hinge::ModelError(step.path + ": ONNX has no " + name);
}

// W x, outputs × inputs as in Hinge, with a bias if there is one.
std::string add_matrix(Graph& graph, const Step& step, const std::string& x) {
  const std::size_t rows = step.outputs;
  Graph::Names inputs = {
      x, graph.constant(std::span<const float>(step.weight), {rows, step.weight.size() / rows}, step.path + ".weight")};
  if (!step.bias.empty()) {
    inputs.push_back(graph.constant(std::span<const float>(step.bias), {rows}, step.path + ".bias"));
  }
  return graph.add("Gemm", inputs, {Graph::whole("transB", 1)});
}

std::string add_normalization(Graph& graph, const Step& step, const std::string& x) {
  const auto column = [&](const std::vector<float>& numbers, const char* name) {
    return graph.constant(std::span<const float>(numbers), {numbers.size()}, step.path + name);
  };
  const std::string gamma = column(step.weight, ".weight");
  const std::string beta = column(step.bias, ".bias");
  const Graph::Attribute epsilon = Graph::real("epsilon", step.options.at("epsilon"));
  if (step.kind == Step::Kind::layer_norm) return graph.add("LayerNormalization", {x, gamma, beta}, {epsilon});
  const std::string mean = column(step.mean, ".running_mean");
  const std::string variance = column(step.variance, ".running_var");
  return graph.add("BatchNormalization", {x, gamma, beta, mean, variance}, {epsilon});
}

std::string add_network(Graph& graph, const hinge::Network<float>& network, std::string x) {
  Graph::Names kept;  // the inputs of the residual blocks around
  for (const Step& step : steps_of(network)) {
    switch (step.kind) {
      case Step::Kind::dense:
        x = add_matrix(graph, step, x);
        break;
      case Step::Kind::activation:
        x = add_activation(graph, step, x);
        break;
      case Step::Kind::batch_norm:
      case Step::Kind::layer_norm:
        x = add_normalization(graph, step, x);
        break;
      case Step::Kind::dropout:
        break;
      case Step::Kind::begin:
        kept.push_back(x);
        break;
      case Step::Kind::end: {
        const std::string before = step.weight.empty() ? kept.back() : add_matrix(graph, step, kept.back());
        x = graph.add("Add", {before, x});
        kept.pop_back();
        break;
      }
    }
  }
  return x;
}

// --------------------------------------------------------------------------------------------- around the network

std::string cast(Graph& graph, const std::string& x, Type type, std::string name = {}) {
  return graph.add("Cast", {x}, {Graph::whole("to", static_cast<std::int64_t>(type))}, std::move(name));
}

// A number for each column.
std::string row(Graph& graph, const std::vector<double>& numbers) {
  return graph.constant(std::span<const double>(numbers), {numbers.size()});
}

// What is `then` in the columns of a method, and `otherwise` in the others.
std::string choose(Graph& graph, const Preprocessing& scaling, Preprocessing::Method method, const std::string& then,
                   const std::string& otherwise) {
  std::vector<double> is_method;
  for (const Preprocessing::Method each : scaling.methods()) is_method.push_back(each == method ? 1 : 0);
  const std::string condition = graph.add("Greater", {row(graph, is_method), graph.constant(0.5)});
  return graph.add("Where", {condition, then, otherwise});
}

// The equations are in core/preprocessing.h; in double.
std::string add_scaling(Graph& graph, const Preprocessing& scaling, std::string x) {
  using Method = Preprocessing::Method;
  const std::string one = graph.constant(1.0);
  if (uses(scaling, Method::log1p)) {
    x = choose(graph, scaling, Method::log1p, graph.add("Log", {graph.add("Add", {x, one})}), x);
  }
  x = graph.add("Sub", {x, row(graph, scaling.offsets())});
  x = graph.add("Div", {x, row(graph, scaling.divisors())});
  if (uses(scaling, Method::robust)) {
    const std::string third = graph.add("Div", {x, graph.constant(3.0)});
    const std::string root = graph.add("Sqrt", {graph.add("Add", {graph.add("Mul", {third, third}), one})});
    x = choose(graph, scaling, Method::robust, graph.add("Div", {x, root}), x);
  }
  return x;
}

std::string add_inverse(Graph& graph, const Preprocessing& scaling, std::string y) {
  using Method = Preprocessing::Method;
  y = graph.add("Mul", {y, row(graph, scaling.divisors())});
  y = graph.add("Add", {y, row(graph, scaling.offsets())});
  if (!uses(scaling, Method::log1p)) return y;
  return choose(graph, scaling, Method::log1p, graph.add("Sub", {graph.add("Exp", {y}), graph.constant(1.0)}), y);
}

// A column of categories, whose features stand side by side.
struct Category {
  std::string name;
  std::vector<std::string> categories;
  std::size_t first;  // of its features
  bool fills_gaps;
};

// In the order of their features.
std::vector<Category> categories_of(const std::vector<std::string>& features, const hinge::Columns& columns) {
  std::vector<Category> found;
  for (const auto& [name, column] : columns.sections()) {
    if (column.kind != "category") continue;
    std::vector<std::string> wanted = hinge::input_names(name, column);
    wanted.resize(column.categories.size());  // without `colour is missing`, a number as others
    const auto at = std::search(features.begin(), features.end(), wanted.begin(), wanted.end());
    if (wanted.empty() || at == features.end()) continue;
    found.push_back({name, column.categories, static_cast<std::size_t>(at - features.begin()), column.keeps_gaps()});
  }
  std::sort(found.begin(), found.end(), [](const Category& a, const Category& b) { return a.first < b.first; });
  return found;
}

// The names of the features that no category gives.
std::vector<std::string> numbers_of(std::vector<std::string> features, const std::vector<Category>& categories) {
  for (std::size_t i = categories.size(); i-- > 0;) {
    const auto first = features.begin() + static_cast<std::ptrdiff_t>(categories[i].first);
    features.erase(first, first + static_cast<std::ptrdiff_t>(categories[i].categories.size()));
  }
  return features;
}

// A list of one whole number, as operations take places and axes.
std::string place(Graph& graph, std::size_t value) {
  const auto whole = static_cast<std::int64_t>(value);
  return graph.constant(std::span<const std::int64_t>(&whole, 1), {1});
}

std::string add_slice(Graph& graph, const char* x, std::size_t first, std::size_t count) {
  constexpr std::size_t columns = 1;
  return graph.add("Slice", {x, place(graph, first), place(graph, first + count), place(graph, columns)});
}

// Of a category 1 in the feature that its code names, and 0 in the others; NaN in all for a gap that is filled.
std::string add_category(Graph& graph, const Category& category, const std::string& code) {
  std::vector<std::int64_t> codes(category.categories.size());
  std::iota(codes.begin(), codes.end(), 0);
  const std::string all = graph.constant(std::span<const std::int64_t>(codes), {codes.size()});
  std::string features = cast(graph, graph.add("Equal", {code, all}), float32);
  if (!category.fills_gaps) return features;
  const std::string is_gap = graph.add("Equal", {code, graph.constant(std::int64_t{-1})});
  return graph.add("Where", {is_gap, graph.constant(std::numeric_limits<float>::quiet_NaN()), features});
}

// All features side by side.
std::string add_features(Graph& graph, const std::vector<Category>& categories, std::size_t features) {
  Graph::Names parts;
  std::size_t numbers = 0;
  std::size_t done = 0;
  const auto add_numbers = [&](std::size_t until) {
    if (until > done) parts.push_back(add_slice(graph, "inputs", numbers, until - done));
    numbers += until - done;
    done = until;
  };
  for (std::size_t i = 0; i < categories.size(); ++i) {
    add_numbers(categories[i].first);
    parts.push_back(add_category(graph, categories[i], add_slice(graph, "categories", i, 1)));
    done += categories[i].categories.size();
  }
  add_numbers(features);
  return graph.add("Concat", parts, {Graph::whole("axis", 1)});
}

// The inputs of the graph, and what they are to the network.
std::string add_inputs(Graph& graph, const std::vector<Category>& categories, std::size_t features) {
  std::size_t numbers = features;
  for (const Category& category : categories) numbers -= category.categories.size();
  if (numbers > 0) graph.input("inputs", float32, numbers);
  if (categories.empty()) return "inputs";
  graph.input("categories", int64, categories.size());
  return add_features(graph, categories, features);
}

std::string add_before(Graph& graph, const hinge::ModelInfo& info, std::string x) {
  if (info.imputed_values.empty() && info.inputs.is_identity()) return x;
  x = cast(graph, x, float64);
  if (!info.imputed_values.empty()) {
    x = graph.add("Where", {graph.add("IsNaN", {x}), row(graph, info.imputed_values), x});
  }
  if (!info.inputs.is_identity()) x = add_scaling(graph, info.inputs, x);
  return cast(graph, x, float32);
}

std::string add_after(Graph& graph, const hinge::ModelInfo& info, std::string y) {
  switch (info.output_transform) {
    case hinge::OutputTransform::identity:
      break;
    case hinge::OutputTransform::sigmoid:
      y = graph.add("Sigmoid", {y});
      break;
    case hinge::OutputTransform::softmax:
      y = graph.add("Softmax", {y}, {Graph::whole("axis", -1)});
      break;
    case hinge::OutputTransform::exp:
      y = graph.add("Exp", {y});
      break;
  }
  if (info.targets.is_identity()) return y;
  return cast(graph, add_inverse(graph, info.targets, cast(graph, y, float64)), float32);
}

// One output is the probability of the second class.
void add_class(Graph& graph, std::size_t outputs) {
  if (outputs == 1) {
    const std::string is_second = graph.add("Greater", {"outputs", graph.constant(0.5F)});
    constexpr std::size_t columns = 1;
    cast(graph, graph.add("Squeeze", {is_second, place(graph, columns)}), int64, "class");
  } else {
    graph.add("ArgMax", {"outputs"}, {Graph::whole("axis", 1), Graph::whole("keepdims", 0)}, "class");
  }
  graph.output("class", int64, 0);
}

}  // namespace

std::string onnx_of(const hinge::Model<float>& model, const hinge::Columns& columns, bool raw) {
  const hinge::ModelInfo& info = model.info();
  const std::size_t outputs = model.network().outputs();
  const auto categories = raw ? std::vector<Category>() : categories_of(info.feature_names, columns);
  Graph graph;
  std::string x = add_inputs(graph, categories, model.network().inputs());
  if (!raw) x = add_before(graph, info, x);
  x = add_network(graph, model.network(), x);
  graph.add("Identity", {raw ? x : add_after(graph, info, x)}, {}, "outputs");
  graph.output("outputs", float32, outputs);
  if (!raw && hinge::count_classes(model.info(), outputs) > 0) add_class(graph, outputs);

  constexpr std::uint64_t ir_version = 8;
  constexpr std::uint64_t opset = 17;
  Message file;
  file.number(1, ir_version).text(2, "Hinge").text(3, hinge::version()).message(7, graph.message());
  file.message(8, Message().text(1, "").number(2, opset));
  const auto add_note = [&](const char* key, const hinge::JsonValue& value) {
    file.message(14, Message().text(1, key).text(2, hinge::to_json_line(value)));
  };
  const std::vector<std::string> numbers = numbers_of(info.feature_names, categories);
  for (const auto& [key, names] : {std::pair("features", &numbers), std::pair("classes", &info.class_names),
                                   std::pair("targets", &info.target_names)}) {
    if (!names->empty()) add_note(key, hinge::list_of(*names));
  }
  hinge::JsonValue lists = hinge::JsonValue::object();
  for (const Category& category : categories) lists.set(category.name, hinge::list_of(category.categories));
  if (!categories.empty()) add_note("categories", lists);
  if (file.bytes().size() > std::numeric_limits<std::int32_t>::max()) {
    throw hinge::ModelError("the model has more than 2 GB, which ONNX cannot hold");
  }
  return file.bytes();
}

}  // namespace hinge_command
