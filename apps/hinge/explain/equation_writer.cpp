#include "explain/equation_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "console.h"

namespace hinge_command {

namespace {

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

// A letter with an index, `w3`; a function, `leaky_relu(`; or an index alone, `_3`.
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

// The length of the number at the start of the text: `1.5e-05`.
std::size_t number_length(std::string_view text) {
  std::size_t length = 0;
  const auto continues = [&](char c) {
    const bool is_exponent = length > 0 && text[length - 1] == 'e';
    return is_digit(c) || c == '.' || c == 'e' || (is_exponent && (c == '-' || c == '+'));
  };
  while (length < text.size() && continues(text[length])) ++length;
  return length;
}

// The length of the parenthesised expression at the start of the text.
std::size_t parentheses_length(std::string_view text) {
  std::size_t length = 0;
  int depth = 0;
  do {
    depth += text[length] == '(' ? 1 : text[length] == ')' ? -1 : 0;
    ++length;
  } while (depth > 0 && length < text.size());
  return length;
}

// The first bytes of the text, which loses them.
std::string_view take(std::string_view& text, std::size_t length) {
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(taken.size());
  return taken;
}

std::string take_number(std::string_view& text) {
  const std::string number = latex_number(take(text, number_length(text)));
  const bool is_power = number.find('^') != std::string::npos;  // which takes no second exponent
  return is_power && text.starts_with("²") ? "(" + number + ")" : number;
}

std::string take_word(std::string_view& text) {
  const auto length_of = [&](auto is_part) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_part) - text.begin());
  };
  const std::string_view word = take(text, length_of(is_letter));
  constexpr std::string_view hat = "\u0302";  // a combining character: x̂
  if (text.starts_with(hat)) {
    take(text, hat.size());
    return R"(\hat{)" + latex_word(word, "", false) + "}";
  }
  const std::string_view index = take(text, length_of(is_digit));
  return latex_word(word, index, text.starts_with('('));
}

std::string take_symbol(std::string_view& text) {
  constexpr std::pair<std::string_view, std::string_view> symbols[] = {
      {"·", R"( \cdot )"}, {"−", "-"},         {"∂", R"(\partial )"}, {"δ", R"(\delta)"},  {"φ", R"(\varphi)"},
      {"′", "'"},          {"…", R"(\ldots)"}, {"σ", R"(\sigma)"},    {"α", R"(\alpha)"},  {"²", "^2"},
      {"β", R"(\beta)"},   {"γ", R"(\gamma)"}, {"ε", R"(\epsilon)"},  {"λ", R"(\lambda)"}, {"τ", R"(\tau)"},
      {"Σ", R"(\sum )"},   {"Φ", R"(\Phi)"},   {"π", R"(\pi)"}};
  for (const auto& [symbol, command] : symbols) {
    if (!text.starts_with(symbol)) continue;
    take(text, symbol.size());
    return std::string(command);
  }
  return std::string(take(text, 1));
}

std::string latex(std::string_view text) {
  constexpr std::string_view root = "√";
  std::string result;
  while (!text.empty()) {
    if (is_digit(text.front())) {
      result += take_number(text);
    } else if (is_letter(text.front())) {
      result += take_word(text);
    } else if (text.starts_with(root)) {
      take(text, root.size());
      const bool is_sum = text.starts_with("(");
      const std::string_view operand = take(text, is_sum ? parentheses_length(text) : number_length(text));
      result += R"(\sqrt{)" + latex(is_sum ? operand.substr(1, operand.size() - 2) : operand) + "}";
    } else {
      result += take_symbol(text);
    }
  }
  return result;
}

// The text in ASCII; equations of numbers become expressions of Python.
std::string ascii(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> signs[] = {
      {"−", "-"},   {"·", "*"},      {"²", "**2"}, {"∂", "d"},       {"δ", "delta"}, {"φ", "phi"},  {"Φ", "Phi"},
      {"′", "'"},   {"…", "..."},    {"→", "->"},  {"σ", "sigmoid"}, {"α", "alpha"}, {"β", "beta"}, {"γ", "gamma"},
      {"ε", "eps"}, {"λ", "lambda"}, {"τ", "tau"}, {"π", "pi"},      {"Σ", "sum"},   {"∞", "inf"},  {"\u0302", "_hat"}};
  std::string result;
  bool is_in_bars = false;
  while (!text.empty()) {
    constexpr std::string_view root = "√";
    const auto sign =
        std::find_if(std::begin(signs), std::end(signs), [&](const auto& s) { return text.starts_with(s.first); });
    if (sign != std::end(signs)) {
      take(text, sign->first.size());
      result += sign->second;
    } else if (text.starts_with(root)) {
      take(text, root.size());
      const bool has_parentheses = text.starts_with("(");
      const std::string_view operand = take(text, has_parentheses ? parentheses_length(text) : number_length(text));
      result += has_parentheses ? "sqrt" + ascii(operand) : "sqrt(" + ascii(operand) + ")";
    } else if (text.front() == '|') {
      take(text, 1);
      is_in_bars = !is_in_bars;
      result += is_in_bars ? "abs(" : ")";
    } else {
      result += take(text, 1);
    }
  }
  return result;
}

// Escapes the signs that Markdown would interpret.
std::string markdown_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>#&$|").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

void EquationWriter::title(const std::string& text) {
  out_ += notation_ == Notation::markdown ? "# " + markdown_escaped(text) + "\n" : bold(text) + "\n";
}

void EquationWriter::heading(const std::string& text) {
  label_.clear();
  out_ +=
      notation_ == Notation::markdown ? "\n## " + markdown_escaped(text) + "\n\n" : "\n" + bold(written(text)) + "\n";
}

void EquationWriter::subheading(const std::string& text) {
  label_.clear();
  if (notation_ == Notation::markdown) {
    out_ += (out_.ends_with("\n\n") ? "### " : "\n### ") + markdown_escaped(text) + "\n\n";
  } else {
    out_ += written(text) + "\n";
  }
}

void EquationWriter::label(const std::string& text) {
  label_ = text;
  if (notation_ == Notation::markdown && !text.empty()) out_ += "- " + text + "\n";
}

void EquationWriter::equation(const std::string& left, const std::vector<std::string>& sides, const std::string& remark,
                              Tone tone) {
  std::string text = left;
  for (const std::string& side : sides) text += " = " + side;
  if (notation_ == Notation::markdown) {
    out_ += (label_.empty() ? "- $" : "  - $") + latex(text) + "$" + (remark.empty() ? "" : " (" + remark + ")") + "\n";
    return;
  }
  wrap(written(text), written(remark), tone);
}

void EquationWriter::remark(const std::string& text) {
  if (notation_ == Notation::markdown) {
    out_ += (label_.empty() ? "- " : "  - ") + text + "\n";
  } else {
    wrap("", written(text), Tone::plain);
  }
}

std::string EquationWriter::take() { return std::exchange(out_, ""); }

std::string EquationWriter::written(const std::string& text) const {
  return notation_ == Notation::ascii ? ascii(text) : text;
}

std::string EquationWriter::bold(const std::string& text) const {
  return notation_ == Notation::colour ? "\x1b[1m" + text + "\x1b[0m" : text;
}

std::string EquationWriter::painted(const std::string& text, Tone tone) const {
  if (notation_ != Notation::colour || text.empty()) return text;
  return (tone == Tone::wrong ? "\x1b[31m" : tone == Tone::off ? "\x1b[33m" : "\x1b[2m") + text + "\x1b[0m";
}

// Breaks lines at blanks to fit a terminal of 80 columns, and indents continuation lines.
void EquationWriter::wrap(const std::string& text, const std::string& remark, Tone tone) {
  constexpr std::size_t width = 80;
  constexpr std::size_t margin = 10;
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
    // A sign stays on the line of its term.
    std::size_t end = rest.find(' ');
    if (end != std::string_view::npos && end <= 3 && rest.find(' ', end + 1) != std::string_view::npos) {
      end = rest.find(' ', end + 1);
    }
    if (rest.substr(0, end).ends_with("…") || rest.substr(0, end).ends_with("..."))
      end = rest.find(' ', rest.find(' ', end + 1) + 1);  // `… 60 more`
    std::string_view piece = rest.substr(0, end);
    // At 17 digits a fraction may be wider than a line.
    if (const std::size_t fraction = piece.find("/("); columns(piece) > width - margin - 4 && fraction != piece.npos) {
      add(std::string(piece.substr(0, fraction)), std::string(piece.substr(0, fraction)));
      piece.remove_prefix(fraction);
    }
    add(std::string(piece), std::string(piece));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (!remark.empty()) add("  " + remark, "  " + painted(remark, tone));
  out_ += line + "\n";
}

}  // namespace hinge_command
