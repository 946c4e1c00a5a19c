// The equations with their numbers, as text of 80 columns or as Markdown with LaTeX.
//
// They are written once, in Unicode; LaTeX is made from that.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <variant>

#include <hinge/core/text.h>

#include "console.h"
#include "explain_view.h"

namespace hinge_command {

namespace {

using hinge::ExplainedLayer;
using hinge::ExplainedParameter;
using hinge::Matrix;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `1.5e-05` as 1.5·10⁻⁵.
std::string latex_number(std::string_view text) {
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) return std::string(text);
  std::string exponent(text.substr(e + 1));
  const bool is_negative = exponent.front() == '-';
  exponent.erase(0, exponent.find_first_not_of("+-0"));
  return std::string(text.substr(0, e)) + R"( \cdot 10^{)" + (is_negative ? "-" : "") + exponent + "}";
}

// A letter, with what follows it as an index: `w3`; a function: `leaky_relu(`; an index alone: `_3`.
std::string latex_word(std::string_view word, std::string_view index, bool is_function) {
  if (word == "_") return "_{" + std::string(index) + "}";
  std::string escaped;
  for (const char c : word) escaped += c == '_' ? std::string(R"(\_)") : std::string(1, c);
  std::string latex = escaped;
  if (word == "log") {
    latex = R"(\log)";
  } else if (word.size() > 1) {
    latex = (is_function ? R"(\operatorname{)" : R"(\text{)") + escaped + "}";
  }
  if (!index.empty()) latex += "_{" + std::string(index) + "}";
  return latex;
}

std::string latex(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> symbols = {{{"·", R"( \cdot )"},
                                                                                      {"−", "-"},
                                                                                      {"∂", R"(\partial )"},
                                                                                      {"δ", R"(\delta)"},
                                                                                      {"φ", R"(\varphi)"},
                                                                                      {"′", "'"},
                                                                                      {"…", R"(\ldots)"},
                                                                                      {"σ", R"(\sigma)"},
                                                                                      {"α", R"(\alpha)"},
                                                                                      {"²", "^2"},
                                                                                      {"√", R"(\surd)"}}};
  std::string result;
  while (!text.empty()) {
    std::size_t length = 0;
    if (is_digit(text.front())) {
      while (length < text.size() &&
             (is_digit(text[length]) || text[length] == '.' || (text[length] == 'e' && length + 1 < text.size()) ||
              ((text[length] == '-' || text[length] == '+') && text[length - 1] == 'e'))) {
        ++length;
      }
      result += latex_number(text.substr(0, length));
    } else if (is_letter(text.front())) {
      while (length < text.size() && is_letter(text[length])) ++length;
      std::size_t end = length;
      while (end < text.size() && is_digit(text[end])) ++end;
      result +=
          latex_word(text.substr(0, length), text.substr(length, end - length), end < text.size() && text[end] == '(');
      length = end;
    } else {
      const auto symbol =
          std::find_if(symbols.begin(), symbols.end(), [&](const auto& pair) { return text.starts_with(pair.first); });
      length = symbol == symbols.end() ? 1 : symbol->first.size();
      result += symbol == symbols.end() ? text.substr(0, 1) : symbol->second;
    }
    text.remove_prefix(length);
  }
  return result;
}

// Lines of one notation.
class Writer {
 public:
  Writer(Notation notation, int digits) : notation_(notation), digits_(digits) {}

  std::string number(double value) const {
    return value == 0 ? "0" : typeset(value, digits_);  // −0 only makes one wonder
  }
  // As a factor or a term behind another.
  std::string inner(double value) const {
    const std::string text = number(value);
    return value < 0 ? "(" + text + ")" : text;
  }

  void title(const std::string& text) {
    out_ += notation_ == Notation::markdown ? "# " + text + "\n" : bold(text) + "\n";
  }
  void heading(const std::string& text) {
    label_.clear();
    out_ += notation_ == Notation::markdown ? "\n## " + text + "\n\n" : "\n" + bold(text) + "\n";
  }
  void subheading(const std::string& text) {
    label_.clear();
    if (notation_ == Notation::markdown) {
      out_ += (out_.ends_with("\n\n") ? "### " : "\n### ") + text + "\n\n";
    } else {
      out_ += text + "\n";
    }
  }
  // What stands before the equations that follow: `unit 3`.
  void label(const std::string& text) {
    label_ = text;
    if (notation_ == Notation::markdown && !text.empty()) out_ += "- " + text + "\n";
  }

  // `left = first = second`, and a remark.
  void equation(const std::string& left, const std::vector<std::string>& sides, const std::string& remark = "") {
    std::string text = left;
    for (const std::string& side : sides) text += " = " + side;
    if (notation_ == Notation::markdown) {
      out_ +=
          (label_.empty() ? "- $" : "  - $") + latex(text) + "$" + (remark.empty() ? "" : " (" + remark + ")") + "\n";
      return;
    }
    wrap(text, remark);
  }
  void remark(const std::string& text) {
    if (notation_ == Notation::markdown) {
      out_ += (label_.empty() ? "- " : "  - ") + text + "\n";
    } else {
      wrap("", text);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  std::string bold(const std::string& text) const {
    return notation_ == Notation::colour ? "\x1b[1m" + text + "\x1b[0m" : text;
  }
  std::string painted(const std::string& text) const {
    if (notation_ != Notation::colour || text.empty()) return text;
    const bool is_bad = text.find("DIFFERS") != std::string::npos;
    const bool is_off = text.find("off") != std::string::npos;
    return (is_bad ? "\x1b[31m" : is_off ? "\x1b[33m" : "\x1b[2m") + text + "\x1b[0m";
  }

  // Breaks at blanks, so that nothing is wider than a terminal; what goes on is set in further.
  void wrap(const std::string& text, const std::string& remark) {
    constexpr std::size_t width = 80;
    std::string line = "  " + std::exchange(label_, "");
    line += std::string(columns(line) < margin ? margin - columns(line) : 1, ' ');
    std::size_t used = columns(line);
    bool is_start = true;
    const auto add = [&](const std::string& piece, const std::string& shown) {
      if (!is_start && used + 1 + columns(piece) > width) {
        out_ += line + "\n";
        line = std::string(margin + 4, ' ');
        used = margin + 4;
        is_start = true;
      }
      line += (is_start ? "" : " ") + shown;
      used += columns(piece) + (is_start ? 0 : 1);
      is_start = false;
    };
    std::string_view rest = text;
    while (!rest.empty()) {
      // A sign stays with what it belongs to.
      std::size_t end = rest.find(' ');
      if (end != std::string_view::npos && end <= 3 && rest.find(' ', end + 1) != std::string_view::npos) {
        end = rest.find(' ', end + 1);
      }
      if (rest.substr(0, end).ends_with("…")) end = rest.find(' ', rest.find(' ', end + 1) + 1);  // `… 60 more`
      const std::string piece(rest.substr(0, end));
      add(piece, piece);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (!remark.empty()) add("  " + remark, "  " + painted(remark));
    out_ += line + "\n";
  }

  static constexpr std::size_t margin = 10;

  Notation notation_;
  int digits_;
  std::string label_;
  std::string out_;
};

// A sum whose middle is left out where it is long.
class Sum {
 public:
  explicit Sum(std::size_t most) : most_(most) {}

  // A term behind another that begins with a minus becomes a difference.
  void add(const std::string& term) {
    ++count_;
    if (count_ > most_) return;
    constexpr std::string_view minus = "−";
    if (text_.empty()) {
      text_ = term;
    } else if (term.starts_with(minus)) {
      text_ += " − " + term.substr(minus.size());
    } else {
      text_ += " + " + term;
    }
  }
  std::string text() const {
    if (count_ <= most_) return text_;
    return text_ + " + … " + std::to_string(count_ - most_) + " more";
  }

 private:
  std::size_t most_;
  std::size_t count_ = 0;
  std::string text_;
};

std::string index_name(const char* letter, std::size_t index) { return letter + std::to_string(index + 1); }

// Writes one step.
class StepWriter {
 public:
  StepWriter(const ShownExplanation& explanation, const ShownStep& shown, const Selection& selection, Writer& writer)
      : explanation_(explanation), shown_(shown), step_(shown.step), selection_(selection), writer_(writer) {
    if (selection.unit) most_units_ = most_terms_ = most_samples_ = static_cast<std::size_t>(-1);
  }

  void forward() {
    writer_.heading("FORWARD");
    for (std::size_t i = 0; i < step_.layers.size(); ++i) {
      if (selection_.shows(i)) forward(i);
    }
  }

  void loss() {
    writer_.heading("LOSS  " + loss_type_);
    const std::size_t samples = step_.output.cols();
    for (std::size_t i = 0; i < std::min(samples, most_samples_); ++i) sample_loss(i);
    if (samples > most_samples_) writer_.remark("… " + std::to_string(samples - most_samples_) + " more samples");
    const std::string in_float = "in float: " + hinge::to_text(step_.loss_in_float);
    if (samples == 1 && step_.factors[0] == 1) {
      writer_.equation("L", {"l", writer_.number(step_.loss)}, in_float);
      return;
    }
    Sum sum(most_terms_);
    for (std::size_t i = 0; i < samples; ++i) {
      sum.add(product(writer_.number(step_.factors[i]), writer_.inner(step_.sample_losses[i])));
    }
    writer_.equation("L", {sum.text(), writer_.number(step_.loss)}, in_float);
  }

  void backward() {
    writer_.heading("BACKWARD  δ = ∂L/∂z");
    for (std::size_t i = step_.layers.size(); i-- > 0;) {
      if (selection_.shows(i)) backward(i);
    }
  }

  void update() {
    writer_.heading("UPDATE  " + std::string(explanation_.config->optimizer.type()) + ", learning rate " +
                    writer_.number(step_.learning_rate));
    for (std::size_t i = 0; i < step_.layers.size(); ++i) {
      if (selection_.shows(i) && step_.layers[i].parameters > 0) update(i);
    }
    writer_.heading("AFTER");
    writer_.equation("L", {writer_.number(step_.loss_after)}, "it was " + writer_.number(step_.loss));
  }

 private:
  static std::string product(const std::string& a, const std::string& b) { return a + "·" + b; }

  bool is_last(std::size_t layer) const { return layer + 1 == step_.layers.size(); }
  std::size_t samples() const { return step_.output.cols(); }

  const ExplainedParameter* parameter(const ExplainedLayer& layer, std::string_view ending) const {
    for (std::size_t i = 0; i < layer.parameters; ++i) {
      const ExplainedParameter& p = step_.parameters[layer.first_parameter + i];
      if (p.name.ends_with(ending)) return &p;
    }
    return nullptr;
  }
  std::size_t index_of(const ExplainedParameter& p) const {
    return static_cast<std::size_t>(&p - step_.parameters.data());
  }

  std::string layer_title(std::size_t index) const {
    const ExplainedLayer& layer = step_.layers[index];
    std::string text = "layer " + std::to_string(index + 1) + "  " + layer.type + ", " +
                       std::to_string(layer.input.rows()) + " → " + std::to_string(layer.output.rows());
    if (layer.activation.empty()) return text;
    const std::string with_options = text + ", " + layer.description;
    constexpr std::size_t width = 80;
    return columns(with_options) <= width ? with_options : text + ", " + layer.activation;
  }

  // Calls show(unit) for the units to look at, and says how many are left out.
  template <typename Show>
  void each_unit(std::size_t index, const Show& show) {
    const std::size_t units = step_.layers[index].output.rows();
    if (selection_.unit) return show(*selection_.unit);
    for (std::size_t u = 0; u < std::min(units, most_units_); ++u) show(u);
    if (units <= most_units_) return;
    writer_.label("");
    writer_.remark("… " + std::to_string(units - most_units_) + " more units; --layer " + std::to_string(index + 1) +
                   " --unit N shows one");
  }

  // Calls show(sample) for each sample; of several, `name` becomes `name of sample 2`.
  template <typename Show>
  void each_sample(const Show& show) {
    for (std::size_t i = 0; i < std::min(samples(), most_samples_); ++i) show(i);
    if (samples() > most_samples_) {
      writer_.remark("… " + std::to_string(samples() - most_samples_) + " more samples");
    }
  }
  std::string of_sample(std::size_t sample) const {
    return samples() == 1 ? "" : "sample " + std::to_string(sample + 1);
  }
  static std::string joined(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() ? a + b : a + "; " + b;
  }

  void forward(std::size_t index) {
    const ExplainedLayer& layer = step_.layers[index];
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      each_sample([&](std::size_t sample) { forward(layer, unit, sample); });
    });
  }

  void forward(const ExplainedLayer& layer, std::size_t unit, std::size_t sample) {
    const double z = layer.z(unit, sample);
    const double a = layer.output(unit, sample);
    const ExplainedParameter* weight = parameter(layer, ".weight");
    if (weight != nullptr) {
      Sum sum(most_terms_);
      for (std::size_t k = 0; k < weight->before.cols(); ++k) {
        sum.add(product(writer_.number(weight->before(unit, k)), writer_.inner(layer.input(k, sample))));
      }
      std::string terms = sum.text();
      if (const ExplainedParameter* bias = parameter(layer, ".bias")) {
        sum_with_bias(terms, bias->before(unit, 0));
      }
      writer_.equation("z", {terms, writer_.number(z)}, of_sample(sample));
    }
    if (!layer.activation.empty()) {
      writer_.equation("a", {layer.activation + "(" + writer_.number(z) + ")", writer_.number(a)},
                       joined(weight == nullptr ? of_sample(sample) : "", off_remark(layer, unit, sample)));
    } else if (weight == nullptr) {
      writer_.equation("a", {writer_.number(a)},
                       joined("of x = " + writer_.number(layer.input(unit, sample)), of_sample(sample)));
    }
  }

  void sum_with_bias(std::string& terms, double bias) const {
    terms += bias < 0 ? " − " + writer_.number(-bias) : " + " + writer_.number(bias);
  }

  std::string off_remark(const ExplainedLayer& layer, std::size_t unit, std::size_t sample) const {
    if (layer.slope(unit, sample) != 0) return "";
    if (layer.output(unit, sample) != 0) return "saturated: slope 0, passes no gradient";
    const double z = layer.z(unit, sample);
    const std::string where = z < 0 ? "z < 0" : z > 0 ? "z > 0" : "z = 0";
    return where + ": off, passes no gradient";
  }

  // What the loss of a sample looks like for its type. Each part is a term of the sum and its value.
  void sample_loss(std::size_t sample) {
    const std::size_t outputs = step_.output.rows();
    const std::string& type = loss_type_;
    const double l = step_.sample_losses[sample];
    Sum sum(most_terms_);
    double total = 0;
    const bool is_square = type == "half_squared_sum" || type == "half_squared_mean" || type == "mse";
    if (explanation_.link != hinge::OutputLink::identity) predictions(sample);
    for (std::size_t k = 0; k < outputs; ++k) {
      const double o = step_.output(k, sample);
      const double y = explanation_.targets(k, sample);
      const double p = step_.prediction(k, sample);
      if (is_square) {
        const double factor = type == "mse" ? 1.0 / static_cast<double>(outputs) : 0.5;
        sum.add(product(writer_.number(factor), "(" + writer_.number(o) + " − " + writer_.inner(y) + ")²"));
        total += factor * (o - y) * (o - y);
      } else if (type == "softmax_cross_entropy" && y > 0) {
        sum.add((y == 1 ? "−" : "−" + writer_.number(y) + "·") + "log(" + writer_.number(p) + ")");
        total -= y * std::log(p);
      } else if (type == "bce_with_logits" && (y == 0 || y == 1)) {
        const double share = 1 / static_cast<double>(outputs);
        sum.add((outputs == 1 ? "−" : "−" + writer_.number(share) + "·") +
                (y == 1 ? "log(" + writer_.number(p) : "log(1 − " + writer_.number(p)) + ")");
        total -= share * std::log(y == 1 ? p : 1 - p);
      }
    }
    const bool is_shown = std::abs(total - l) <= 1e-9 * std::max(1.0, std::abs(l)) && total != 0;
    std::vector<std::string> sides = {writer_.number(l)};
    if (is_shown) sides.insert(sides.begin(), sum.text());
    writer_.equation("l", sides, of_sample(sample));
  }

  void predictions(std::size_t sample) {
    const bool is_softmax = explanation_.link == hinge::OutputLink::softmax;
    for (std::size_t k = 0; k < std::min(step_.output.rows(), most_units_); ++k) {
      writer_.equation(index_name("p", k),
                       {(is_softmax ? "softmax(o)" : "σ(" + writer_.number(step_.output(k, sample)) + ")") +
                            (is_softmax ? "_" + std::to_string(k + 1) : ""),
                        writer_.number(step_.prediction(k, sample))},
                       joined("target " + writer_.number(explanation_.targets(k, sample)), of_sample(sample)));
    }
    if (step_.output.rows() > most_units_) {
      writer_.remark("… " + std::to_string(step_.output.rows() - most_units_) + " more outputs");
    }
  }

  void backward(std::size_t index) {
    const ExplainedLayer& layer = step_.layers[index];
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      each_sample([&](std::size_t sample) { delta(index, unit, sample); });
      gradients(layer, unit);
    });
  }

  void delta(std::size_t index, std::size_t unit, std::size_t sample) {
    const ExplainedLayer& layer = step_.layers[index];
    const bool bends = !layer.activation.empty();
    const double upstream = layer.upstream(unit, sample);
    const double value = layer.delta(unit, sample);
    writer_.equation(bends ? "∂L/∂a" : "δ", upstream_sides(index, unit, sample), of_sample(sample));
    if (!bends) return;
    const double slope = layer.slope(unit, sample);
    writer_.equation("δ",
                     {"∂L/∂a·φ′(z)", product(writer_.number(upstream), writer_.inner(slope)), writer_.number(value)},
                     off_remark(layer, unit, sample));
  }

  // ∂L/∂a: by the loss, or by the units that read this one.
  std::vector<std::string> upstream_sides(std::size_t index, std::size_t unit, std::size_t sample) const {
    const double value = step_.layers[index].upstream(unit, sample);
    if (is_last(index)) return loss_gradient_sides(unit, sample, value);
    const ExplainedLayer& next = step_.layers[index + 1];
    const ExplainedParameter* weight = parameter(next, ".weight");
    if (weight == nullptr) return {writer_.number(value)};
    Sum sum(most_terms_);
    for (std::size_t j = 0; j < weight->before.rows(); ++j) {
      sum.add(product(writer_.number(weight->before(j, unit)), writer_.inner(next.delta(j, sample))));
    }
    return {sum.text(), writer_.number(value)};
  }

  // With its formula where that gives just this number: not with class weights or smoothing.
  std::vector<std::string> loss_gradient_sides(std::size_t unit, std::size_t sample, double value) const {
    const double outputs = static_cast<double>(step_.output.rows());
    const double o = step_.output(unit, sample);
    const double y = explanation_.targets(unit, sample);
    const double p = step_.prediction(unit, sample);
    const bool is_class = explanation_.link != hinge::OutputLink::identity;
    double factor = step_.factors[sample];
    if (loss_type_ == "mse") factor *= 2 / outputs;
    if (loss_type_ == "bce_with_logits") factor /= outputs;
    const double error = is_class ? p - y : o - y;
    if (std::abs(factor * error - value) > 1e-12 * std::max(1.0, std::abs(value))) return {writer_.number(value)};
    const std::string numbers = writer_.number(is_class ? p : o) + " − " + writer_.inner(y);
    const std::string letters = is_class ? "p − y" : "o − y";
    if (factor == 1) return {letters, numbers, writer_.number(value)};
    return {product(writer_.number(factor), "(" + letters + ")"), product(writer_.number(factor), "(" + numbers + ")"),
            writer_.number(value)};
  }

  void gradients(const ExplainedLayer& layer, std::size_t unit) {
    if (const ExplainedParameter* weight = parameter(layer, ".weight")) {
      for (std::size_t k = 0; k < std::min(weight->before.cols(), most_terms_); ++k) {
        Sum sum(most_terms_);
        for (std::size_t i = 0; i < samples(); ++i) {
          sum.add(product(writer_.number(layer.delta(unit, i)), writer_.inner(layer.input(k, i))));
        }
        gradient(*weight, unit, k, index_name("w", k), samples() == 1 ? index_name("δ·x", k) : "", sum.text());
      }
      leave_out(weight->before.cols(), "weights");
    }
    if (const ExplainedParameter* bias = parameter(layer, ".bias")) {
      Sum sum(most_terms_);
      for (std::size_t i = 0; i < samples(); ++i) sum.add(writer_.number(layer.delta(unit, i)));
      gradient(*bias, unit, 0, "b", samples() == 1 ? "δ" : "", samples() == 1 ? "" : sum.text());
    }
    if (const ExplainedParameter* alpha = parameter(layer, ".alpha")) {
      const std::size_t row = alpha->before.rows() > 1 ? unit : 0;
      if (row == unit) gradient(*alpha, row, 0, "α", "", "");
    }
  }

  void leave_out(std::size_t count, const char* what) {
    if (count > most_terms_) writer_.remark("… " + std::to_string(count - most_terms_) + " more " + what);
  }

  void gradient(const ExplainedParameter& p, std::size_t row, std::size_t col, const std::string& name,
                const std::string& letters, const std::string& numbers) {
    if (!p.trainable) {
      if (col == 0)
        writer_.remark((p.before.cols() > 1 ? std::string("the weights are") : name + " is") + " not trained");
      return;
    }
    const double value = p.gradient(row, col);
    std::vector<std::string> sides;
    for (const std::string& side : {letters, numbers}) {
      if (!side.empty()) sides.push_back(side);
    }
    sides.push_back(writer_.number(value));
    const Proof& proof = shown_.proof(index_of(p), row, col);
    std::string remark = "no difference: too near a kink, or too steep";
    if (proof.difference) {
      remark = "difference " + writer_.number(*proof.difference) + (proof.agrees ? " ok" : " DIFFERS");
    }
    writer_.equation("∂L/∂" + name, sides, remark);
  }

  void update(std::size_t index) {
    const ExplainedLayer& layer = step_.layers[index];
    writer_.subheading(layer_title(index));
    each_unit(index, [&](std::size_t unit) {
      writer_.label("unit " + std::to_string(unit + 1));
      if (const ExplainedParameter* weight = parameter(layer, ".weight")) {
        for (std::size_t k = 0; k < std::min(weight->before.cols(), most_terms_); ++k) {
          update(*weight, unit, k, index_name("w", k));
        }
        leave_out(weight->before.cols(), "weights");
      }
      if (const ExplainedParameter* bias = parameter(layer, ".bias")) update(*bias, unit, 0, "b");
      if (const ExplainedParameter* alpha = parameter(layer, ".alpha")) {
        if (alpha->before.rows() > 1 || unit == 0) update(*alpha, unit, 0, "α");
      }
    });
  }

  void update(const ExplainedParameter& p, std::size_t row, std::size_t col, const std::string& name) {
    const double before = p.before(row, col);
    const double after = p.after(row, col);
    if (!p.trainable) {
      writer_.equation(name, {writer_.number(after)}, "not trained");
      return;
    }
    const double g = p.used(row, col);
    if (g != p.gradient(row, col)) {
      writer_.equation("g", {writer_.number(g)}, "∂L/∂" + name + " after clipping");
    }
    for (std::size_t i = 0; i < explanation_.memory_names.size(); ++i) {
      const std::string& slot = explanation_.memory_names[i];
      const double kept = p.memory_before[i](row, col);
      std::vector<std::string> sides = memory_formula(slot, kept, g);
      sides.push_back(writer_.number(p.memory_after[i](row, col)));
      writer_.equation(slot, sides, sides.size() == 1 ? "was " + writer_.number(kept) : "");
    }
    std::vector<std::string> sides = step_formula(p, row, col);
    sides.push_back(writer_.number(after));
    writer_.equation(name, sides, sides.size() == 1 ? "was " + writer_.number(before) : "");
  }

  double option(std::string_view name) const {
    hinge::OptimizerSpec optimizer = explanation_.config->optimizer;
    const auto options = optimizer.held().options();
    const hinge::Option* found = hinge::find_option(options, name);
    if (found == nullptr) return 0;
    if (std::holds_alternative<bool*>(found->place)) return *std::get<bool*>(found->place) ? 1 : 0;
    return *std::get<double*>(found->place);
  }

  // Formulas for plain gradients; where decay or another rule has a part in it, the values alone.
  bool is_plain() const { return option("weight_decay") == 0 && option("l1") == 0 && option("amsgrad") == 0; }

  std::vector<std::string> memory_formula(const std::string& slot, double before, double g) const {
    const std::string type(explanation_.config->optimizer.type());
    const auto kept = [&](double share, double fresh, const std::string& what) {
      return std::vector<std::string>{product(writer_.number(share), writer_.inner(before)) + " + " +
                                      (fresh == 1 ? "" : writer_.number(fresh) + "·") + what};
    };
    if (!is_plain()) return {};
    if (type == "sgd" && option("dampening") == 0) return kept(option("momentum"), 1, writer_.inner(g));
    if (type == "adam" && slot == "m") return kept(option("beta1"), 1 - option("beta1"), writer_.inner(g));
    if (type == "adam" && slot == "s") return kept(option("beta2"), 1 - option("beta2"), writer_.inner(g) + "²");
    return {};
  }

  std::vector<std::string> step_formula(const ExplainedParameter& p, std::size_t row, std::size_t col) const {
    const std::string type(explanation_.config->optimizer.type());
    const std::string before = writer_.number(p.before(row, col));
    const std::string rate = writer_.number(step_.learning_rate);
    if (!is_plain()) return {};
    if (type == "sgd" && option("momentum") == 0)
      return {before + " − " + product(rate, writer_.inner(p.used(row, col)))};
    if (type == "sgd" && option("nesterov") == 0) {
      return {before + " − " + product(rate, writer_.inner(p.memory_after[0](row, col)))};
    }
    if (type != "adam") return {};
    const double k = static_cast<double>(step_.number);
    const double mean = p.memory_after[0](row, col) / (1 - std::pow(option("beta1"), k));
    const double square = p.memory_after[1](row, col) / (1 - std::pow(option("beta2"), k));
    return {before + " − " + product(rate, writer_.inner(mean)) + "/(√" + writer_.number(square) + " + " +
            writer_.number(option("epsilon")) + ")"};
  }

  const ShownExplanation& explanation_;
  const ShownStep& shown_;
  const hinge::ExplainedStep& step_;
  const Selection& selection_;
  Writer& writer_;
  std::string loss_type_{explanation_.config->loss.type()};
  std::size_t most_units_ = overview_units;
  std::size_t most_terms_ = overview_terms;
  std::size_t most_samples_ = 4;
};

}  // namespace

std::string explanation_text(const ShownExplanation& explanation, const Selection& selection, Notation notation,
                             int digits) {
  Writer writer(notation, digits);
  writer.title(explanation.title);
  for (const ShownStep& shown : explanation.steps) {
    if (explanation.steps.size() > 1) writer.heading("STEP " + std::to_string(shown.step.number));
    StepWriter step(explanation, shown, selection, writer);
    step.forward();
    step.loss();
    step.backward();
    step.update();
  }
  return writer.take();
}

}  // namespace hinge_command
