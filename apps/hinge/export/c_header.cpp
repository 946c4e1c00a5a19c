// The statements of the prediction are written one for each step, on two arrays that swap their roles.
#include "export/c_header.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/layers/network.h>

#include "export/c_functions.h"
#include "export/steps.h"

namespace hinge_command {

namespace {

std::string literal(float value) {
  std::string text = hinge::to_text(value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}
std::string literal(double value) {
  std::string text = hinge::to_text(value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

void check_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool is_identifier =
      !name.empty() && is_letter(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (is_identifier) return;
  throw hinge::ConfigError("--name " + hinge::printable(name) + ": wanted letters, digits and _, such as iris");
}

// `$` stands for the prefix of all names, but not in the names of the data, which keep theirs under this until the end.
constexpr char dollar = '\1';

// No name begins or ends a comment, or is a trigraph.
std::string in_comment(const std::vector<std::string>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names) shown.push_back(hinge::printable(name));
  std::string text;
  for (const char c : hinge::join(shown)) {
    const char before = text.empty() ? ' ' : text.back();
    if ((before == '*' && c == '/') || (before == '/' && c == '*') || (before == '?' && c == '?')) text += ' ';
    text += c == '$' ? dollar : c;
  }
  return text;
}

class Header {
 public:
  Header(const hinge::Model<float>& model, const std::string& name) : model_(model), info_(model.info()) {
    for (const char c : name) upper_ += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    write_inputs();
    for (const Step& step : steps_of(model.network())) write_step(step);
    write_outputs();
    text_ =
        opening() + c_functions(needed_) + "\n" + constants_ + "\n" + prediction() + "\n" + self_test() + "\n#endif\n";
    for (std::size_t at = 0; (at = text_.find('$', at)) != std::string::npos;) text_.replace(at, 1, name + "_");
    std::replace(text_.begin(), text_.end(), dollar, '$');
  }

  std::string text() const { return text_; }

 private:
  template <typename Number>
  std::string constant(const std::vector<Number>& numbers) {
    std::string name = "$data" + std::to_string(++count_);
    constants_ += std::string("static const ") + (sizeof(Number) == sizeof(float) ? "float " : "double ") + name + "[" +
                  std::to_string(numbers.size()) + "] = {" + list(std::span<const Number>(numbers)) + "};\n";
    return name;
  }

  template <typename Number>
  static std::string list(std::span<const Number> numbers) {
    constexpr std::size_t in_line = 8;
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      text += (i == 0 ? "" : i % in_line == 0 ? ",\n  " : ", ") + literal(numbers[i]);
    }
    return text;
  }

  void add(const std::string& statement) { body_ += "  " + statement + "\n"; }
  void add_loop(std::size_t count, const std::string& statement) {
    add("for (i = 0; i < " + std::to_string(count) + "; ++i) " + statement);
  }
  std::string call(std::string_view function, const std::string& arguments) {
    needed_.insert(function);
    return "$" + std::string(function) + "(" + arguments + ")";
  }

  // ---------------------------------------------------------------------------------------------- the network

  void write_step(const Step& step) {
    widest_ = std::max({widest_, step.inputs, step.outputs});
    const std::string size = std::to_string(step.inputs);
    switch (step.kind) {
      case Step::Kind::dense:
        return write_dense(step);
      case Step::Kind::activation:
        return add_loop(step.inputs, "x[i] = " + activation(step) + ";");
      case Step::Kind::batch_norm: {
        std::vector<float> inverse;
        for (const float v : step.variance) {
          inverse.push_back(static_cast<float>(1 / std::sqrt(static_cast<double>(v) + step.options.at("epsilon"))));
        }
        const std::vector<std::string> arguments = {
            constant(step.mean), constant(inverse), constant(step.weight), constant(step.bias), "x", size};
        return add(call("batch_norm", hinge::join(arguments)) + ";");
      }
      case Step::Kind::layer_norm: {
        needs_root_ = true;
        const std::vector<std::string> arguments = {constant(step.weight), constant(step.bias),
                                                    literal(step.options.at("epsilon")), "x", size};
        return add(call("layer_norm", hinge::join(arguments)) + ";");
      }
      case Step::Kind::dropout:
        return;
      case Step::Kind::begin: {
        const std::string kept = "kept" + std::to_string(++blocks_);
        declarations_ += "  float " + kept + "[" + size + "];\n";
        kept_.push_back(kept);
        return add_loop(step.inputs, kept + "[i] = x[i];");
      }
      case Step::Kind::end:
        return write_end(step);
    }
  }

  void write_dense(const Step& step) {
    write_product(step, "x");
    if (!step.bias.empty()) add_loop(step.outputs, "y[i] += " + constant(step.bias) + "[i];");
    add("swap = x, x = y, y = swap;");
  }

  // y = W `from`; beside each other in memory are the weights of an input.
  void write_product(const Step& step, const std::string& from) {
    const std::size_t inputs = step.weight.size() / step.outputs;
    std::vector<float> transposed;
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t u = 0; u < step.outputs; ++u) transposed.push_back(step.weight[u * inputs + i]);
    }
    const std::vector<std::string> arguments = {constant(transposed), from, std::to_string(inputs), "y",
                                                std::to_string(step.outputs)};
    add(call("dense", hinge::join(arguments)) + ";");
  }

  void write_end(const Step& step) {
    const std::string kept = kept_.back();
    kept_.pop_back();
    if (step.weight.empty()) return add_loop(step.outputs, "x[i] += " + kept + "[i];");
    write_product(step, kept);
    add_loop(step.outputs, "x[i] += y[i];");
  }

  std::string activation(const Step& step) {
    const std::string& name = step.name;
    if (name == "prelu") return call("leaky_relu", "x[i], " + slopes(step));
    if (name == "leaky_relu" || name == "elu") {
      return call(name == "elu" ? "elu" : "leaky_relu",
                  "x[i], " + literal(static_cast<float>(step.options.at("alpha"))));
    }
    if (name == "gelu") return call(step.options.at("tanh") == 1 ? "gelu_tanh" : "gelu", "x[i]");
    for (const std::string_view plain : {"hard_sigmoid", "hard_swish", "hard_tanh", "mish", "relu", "selu", "sigmoid",
                                         "silu", "softplus", "softsign", "tanh"}) {
      if (name == plain) return call(plain, "x[i]");
    }
    throw hinge::ModelError(step.path + ": there is no " + name + " in C");
  }
  std::string slopes(const Step& step) {
    return step.weight.size() == 1 ? literal(step.weight.front()) : constant(step.weight) + "[i]";
  }

  // ---------------------------------------------------------------------------------------------- around the network

  void write_inputs() {
    const std::size_t inputs = model_.network().inputs();
    widest_ = std::max(inputs, model_.network().outputs());
    add_loop(inputs, "x[i] = inputs[i];");
    if (!info_.imputed_values.empty()) {
      const std::vector<float> values(info_.imputed_values.begin(), info_.imputed_values.end());
      add_loop(inputs, "x[i] = " + call("is_nan", "x[i]") + " ? " + constant(values) + "[i] : x[i];");
    }
    const hinge::Preprocessing& scaling = info_.inputs;
    if (scaling.is_identity()) return;
    const std::string offsets = constant(scaling.offsets());
    const std::string divisors = constant(scaling.divisors());
    if (scaling.methods().empty()) {
      return add_loop(inputs, "x[i] = (float)(((double)x[i] - " + offsets + "[i]) / " + divisors + "[i]);");
    }
    for (std::size_t i = 0; i < inputs; ++i) write_column(i, scaling.column(i).method, offsets, divisors);
  }

  // The equations are in core/preprocessing.h.
  void write_column(std::size_t column, hinge::Preprocessing::Method method, const std::string& offsets,
                    const std::string& divisors) {
    const std::string at = "[" + std::to_string(column) + "]";
    const std::string raw =
        method == hinge::Preprocessing::Method::log1p ? call("log64", "1.0 + (double)x" + at) : "(double)x" + at;
    const std::string z = "(" + raw + " - " + offsets + at + ") / " + divisors + at;
    if (method != hinge::Preprocessing::Method::robust) return add("x" + at + " = (float)(" + z + ");");
    needs_root_ = true;
    uses_z_ = true;
    add("z = " + z + ";");
    add("x" + at + " = (float)(z > 1e100 ? 3.0 : z < -1e100 ? -3.0 : z / sqrt(1.0 + (z / 3.0) * (z / 3.0)));");
  }

  void write_outputs() {
    const std::size_t outputs = model_.network().outputs();
    switch (info_.output_transform) {
      case hinge::OutputTransform::identity:
        break;
      case hinge::OutputTransform::sigmoid:
        add_loop(outputs, "x[i] = " + call("sigmoid", "x[i]") + ";");
        break;
      case hinge::OutputTransform::exp:
        add_loop(outputs, "x[i] = " + call("exp", "x[i]") + ";");
        break;
      case hinge::OutputTransform::softmax:
        add(call("softmax", "x, " + std::to_string(outputs)) + ";");
        break;
    }
    if (!info_.targets.is_identity()) write_targets(info_.targets, outputs);
    add_loop(outputs, "outputs[i] = x[i];");
  }

  void write_targets(const hinge::Preprocessing& scaling, std::size_t outputs) {
    for (std::size_t i = 0; i < outputs; ++i) {
      const hinge::ColumnScaling column = scaling.column(scaling.offsets().size() == 1 ? 0 : i);
      const std::string at = "[" + std::to_string(i) + "]";
      const std::string z = "(double)x" + at + " * " + literal(column.divisor) + " + " + literal(column.offset);
      add("x" + at + " = (float)(" +
          (column.method == hinge::Preprocessing::Method::log1p ? call("exp64", z) + " - 1.0" : z) + ");");
    }
  }

  // ------------------------------------------------------------------------------------------------------ the texts

  std::string opening() const {
    const std::string guard = upper_ + "_MODEL_H";
    std::string text = "/* A multilayer perceptron, written by Hinge " + hinge::version() + ". C99 and C++.\n\n";
    text += "     $predict(inputs, outputs)  raw inputs in, " + meaning() + " out; any number of threads\n";
    text +=
        "     $self_test()               0 where this build computes the bits of Hinge (compiled with\n"
        "                                -ffp-contract=off, without -ffast-math), else how many numbers differ\n\n"
        "   Inputs must be finite" +
        std::string(info_.imputed_values.empty() ? "" : ", or NaN for a number that is missing") + ".\n\n";
    text += "   " + std::to_string(model_.network().inputs()) + " inputs: " + in_comment(info_.feature_names) + "\n";
    const bool has_classes = !info_.class_names.empty();
    text += "   " + std::to_string(model_.network().outputs()) +
            (has_classes ? " outputs, of the classes: " : " outputs: ") +
            in_comment(has_classes ? info_.class_names : info_.target_names) + " */\n";
    text += "#ifndef " + guard + "\n#define " + guard + "\n\n";
    if (needs_root_) text += "#include <math.h>\n";
    text += "#include <stdint.h>\n#include <string.h>\n\n";
    text += "#define " + upper_ + "_INPUTS " + std::to_string(model_.network().inputs()) + "\n";
    text += "#define " + upper_ + "_OUTPUTS " + std::to_string(model_.network().outputs()) + "\n\n";
    return text;
  }

  std::string meaning() const {
    if (!gives_probabilities(info_.output_transform)) return "values";
    const bool is_single = model_.network().outputs() == 1;
    return is_single ? "the probability of the last class" : "probabilities";
  }

  std::string prediction() const {
    const std::string size = std::to_string(widest_);
    return "static inline void $predict(const float *inputs, float *outputs) {\n  float first[" + size + "], second[" +
           size + "];\n" + declarations_ + "  float *x = first, *y = second, *swap;\n" +
           (uses_z_ ? "  double z;\n" : "") + "  int i;\n  (void)y;\n  (void)swap;\n" + body_ + "}\n";
  }

  // Samples around the middle of the data, as far as the scaling tells.
  std::vector<float> sample(std::size_t number) const {
    std::vector<float> values;
    for (std::size_t i = 0; i < model_.network().inputs(); ++i) {
      const auto scaled = static_cast<double>((7 * i + 5 * number) % 11) / 4 - 1.25;
      values.push_back(static_cast<float>(info_.inputs.column(i).invert(scaled)));
    }
    return values;
  }

  std::string self_test() const {
    constexpr std::size_t samples = 4;
    std::vector<float> inputs;
    std::vector<float> outputs;
    hinge::Workspace<float> workspace;
    for (std::size_t s = 0; s < samples; ++s) {
      const std::vector<float> x = sample(s);
      const std::span<float> y = model_.predict(std::span<const float>(x), workspace);
      inputs.insert(inputs.end(), x.begin(), x.end());
      outputs.insert(outputs.end(), y.begin(), y.end());
    }
    const auto array = [&](const char* name, const char* size, const std::vector<float>& numbers) {
      return std::string("  static const float ") + name + "[4 * " + upper_ + size + "] = {" +
             list(std::span<const float>(numbers)) + "};\n";
    };
    return "static inline int $self_test(void) {\n" + array("inputs", "_INPUTS", inputs) +
           array("wanted", "_OUTPUTS", outputs) +
           "  volatile float number = 1.000244140625f; /* its square is not a float */\n"
           "  volatile float magic = 12582912.0f;      /* adding and subtracting it rounds */\n"
           "  const float a = number, b = magic;\n"
           "  float outputs[" +
           upper_ +
           "_OUTPUTS];\n"
           "  int wrong = (a * a - 1.00048828125f != 0.0f) + ((a + b) - b != 1.0f);\n"
           "  int s, k;\n"
           "  for (s = 0; s < 4; ++s) {\n"
           "    $predict(inputs + s * " +
           upper_ +
           "_INPUTS, outputs);\n"
           "    for (k = 0; k < " +
           upper_ + "_OUTPUTS; ++k) wrong += memcmp(&outputs[k], &wanted[s * " + upper_ +
           "_OUTPUTS + k], sizeof(float)) != 0;\n"
           "  }\n"
           "  return wrong;\n}\n";
  }

  const hinge::Model<float>& model_;
  const hinge::ModelInfo& info_;
  std::string upper_;
  std::string constants_;
  std::string declarations_;
  std::string body_;
  std::string text_;
  std::set<std::string_view> needed_;
  std::vector<std::string> kept_;  // the inputs of the residual blocks around
  std::size_t blocks_ = 0;
  std::size_t count_ = 0;
  std::size_t widest_ = 0;
  bool needs_root_ = false;
  bool uses_z_ = false;
};

}  // namespace

std::string c_header_of(const hinge::Model<float>& model, const std::string& name) {
  check_name(name);
  return Header(model, name).text();
}

}  // namespace hinge_command
