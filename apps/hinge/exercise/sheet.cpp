#include "exercise/sheet.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge_command {

namespace {

constexpr std::string_view title = "# hinge exercise ";
constexpr std::string_view seed_option = " --seed ";
constexpr std::string_view blank = "____";
constexpr std::string_view indent = "    ";  // Markdown shows the lines as they are

std::string numbered(std::string_view noun, std::size_t index) {
  return std::string(noun) + " " + std::to_string(index + 1);
}

// `layer 2, unit 1, sample 2`, as far as there are several.
std::string place_of(const Exercise& exercise, const Link& link) {
  const bool has_sample = link.quantity < Quantity::weight_gradient && link.quantity != Quantity::loss;
  const bool has_unit = link.quantity != Quantity::sample_loss && link.quantity != Quantity::loss;
  const bool has_units = std::any_of(exercise.layers.begin(), exercise.layers.end(),
                                     [](const ExerciseLayer& layer) { return layer.units > 1; });
  std::vector<std::string> parts;
  if (has_unit && exercise.layers.size() > 1) parts.push_back(numbered("layer", link.layer));
  if (has_unit && has_units) parts.push_back(numbered("unit", link.unit));
  if (has_sample && exercise.samples > 1) parts.push_back(numbered("sample", link.index));
  return hinge::join(parts);
}

std::string symbol_of(const Exercise& exercise, const Link& link) {
  // In the order of the enumeration.
  constexpr std::string_view symbols[] = {"z", "a", "p", "l", "L", "∂L/∂a", "δ", "∂L/∂w", "∂L/∂b", "new w", "new b"};
  if (link.quantity == Quantity::sample_loss && exercise.samples == 1) return "L";
  const std::string symbol(symbols[static_cast<std::size_t>(link.quantity)]);
  return symbol.ends_with('w') ? symbol + std::to_string(link.index + 1) : symbol;
}

// `x = (0.5, 1.2)`, of one column of a matrix.
std::string column_text(std::string_view name, const hinge::MatrixView<const double>& matrix, std::size_t column) {
  std::vector<std::string> numbers;
  for (std::size_t r = 0; r < matrix.rows; ++r) numbers.push_back(hinge::typeset(matrix(r, column), 6));
  const std::string list = hinge::join(numbers);
  return std::string(name) + " = " + (numbers.size() == 1 ? list : "(" + list + ")");
}

// Writes the lines of a sheet.
class SheetWriter {
 public:
  explicit SheetWriter(const Sheet& sheet) : exercise_(*sheet.exercise), givens_(sheet.givens) {
    add(std::string(title) + std::string(exercise_.name) + std::string(seed_option) + std::to_string(sheet.seed));
    add("");
    add("Write each number in the place of its ____, with 3 digits or more.");
    add("Lines that begin with > are yours.");
    given();
    for (std::size_t step = 0; step < exercise_.steps; ++step) {
      for (const StepSection section : sections_of(exercise_, step)) {
        heading(section, step);
        for (const Link& link : links_of(exercise_, step, section)) add_link(link);
      }
    }
  }

  std::vector<SheetLine> take() { return std::move(lines_); }

 private:
  void add(std::string text) { lines_.push_back({std::move(text)}); }

  void add_given(const std::string& name, const std::string& text) {
    add(std::string(indent) + (name.empty() ? "" : name + "  ") + text);
  }

  void add_link(const Link& link) {
    const std::string place = place_of(exercise_, link);
    lines_.push_back(
        {std::string(indent) + place + (place.empty() ? "" : "  ") + symbol_of(exercise_, link) + " =", link});
  }

  void heading(StepSection section, std::size_t step) {
    constexpr std::string_view names[] = {"FORWARD", "LOSS", "BACKWARD, δ = ∂L/∂z", "UPDATE"};
    add("");
    add("## " + std::string(names[static_cast<std::size_t>(section)]) +
        (exercise_.steps > 1 ? ", " + numbered("step", step) : ""));
    add("");
  }

  void given() {
    add("");
    add("## GIVEN: " + std::string(exercise_.meaning));
    add("");
    for (std::size_t i = 0; i < exercise_.samples; ++i) {
      add_given(exercise_.samples == 1 ? "" : numbered("sample", i),
                column_text("x", givens_.x, i) + ", " + column_text("y", givens_.y, i));
    }
    for (std::size_t l = 0; l < exercise_.layers.size(); ++l) {
      for (std::size_t u = 0; u < exercise_.layers[l].units; ++u) {
        std::string text = column_text("w", givens_.w[l].view().transposed(), u);
        if (exercise_.layers[l].bias) text += ", b = " + hinge::typeset(givens_.b[l](u, 0), 6);
        add_given(place_of(exercise_, {.quantity = Quantity::new_bias, .layer = l, .unit = u}), text);
      }
    }
    formulas();
  }

  void formulas() {
    const auto activation = exercise_.layers.front().activation->build<double>();
    if (!exercise_.has_phi(0)) {
      add_given("", exercise_.is_softmax ? "p = softmax(z)" : "a = z: no activation");
    } else {
      add_given("", "a = φ(z) = " + std::string(activation->facts().formula));
    }
    const std::string loss =
        exercise_.is_softmax ? "−log p of the unit whose y is 1 (the natural logarithm)" : "½·Σ (a − y)²";
    add_given("", (exercise_.samples == 1 ? "L = " : "l = ") + loss);
    if (exercise_.samples > 1) add_given("", "L = the mean of l over the samples");
    if (exercise_.last == StepSection::update || exercise_.steps > 1) {
      add_given("", "learning rate " + hinge::typeset(givens_.learning_rate, 6) +
                        (exercise_.trains_biases ? "" : ", the biases are not trained"));
    }
  }

  const Exercise& exercise_;
  const Givens& givens_;
  std::vector<SheetLine> lines_;
};

std::string sheet_text(const Sheet& sheet, bool is_solved) {
  const hinge::EquationFormat format = solution_format();
  std::string text;
  for (const SheetLine& line : sheet.lines) {
    text += line.text;
    if (line.link && !is_solved) text += " " + std::string(blank);
    if (line.link && is_solved) {
      const Solution& solution = sheet.solutions.at(*line.link);
      text += " " + format.number(solution.value);
      if (solution.sides.size() > 1) text += "\n" + std::string(indent) + ">  = " + hinge::join(solution.sides, " = ");
    }
    text += "\n";
  }
  return text;
}

bool is_blank_character(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank_character(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_character(text.back())) text.remove_suffix(1);
  return text;
}

// What follows the prefix in a line, blanks aside; nothing if the line begins otherwise.
std::optional<std::string_view> after_prefix(std::string_view line, std::string_view prefix) {
  for (const char c : prefix) {
    if (is_blank_character(c)) continue;
    line = trimmed(line);
    if (line.empty() || line.front() != c) return std::nullopt;
    line.remove_prefix(1);
  }
  return trimmed(line);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

// Reads the lines of a file against those of the sheet.
class SheetReader {
 public:
  SheetReader(std::string path, std::string_view text) : path_(std::move(path)), rest_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
  }

  FilledSheet read() {
    FilledSheet filled{.sheet = sheet_of_title()};
    for (const SheetLine& wanted : filled.sheet.lines) {
      if (wanted.text.empty() || wanted.text.starts_with(title)) continue;
      if (!next()) fail("the sheet ends, but " + in_quotes(wanted) + " should follow");
      const auto answer = after_prefix(line_, wanted.text);
      if (!answer || (!wanted.link && !answer->empty())) {
        fail("this line is not that of the sheet, which is " + in_quotes(wanted) + "; begin lines of your own with >");
      }
      if (wanted.link) read_answer(filled, *wanted.link, *answer);
    }
    if (next()) fail("surplus line; begin lines of your own with >");
    return filled;
  }

 private:
  // Goes to the next line that is not the learner's own.
  bool next() {
    do {
      if (rest_.empty()) return false;
      const std::size_t end = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      ++number_;
    } while (trimmed(line_).empty() || trimmed(line_).starts_with('>'));
    return true;
  }

  Sheet sheet_of_title() {
    constexpr const char* no_title = "this is no sheet: it should begin with \"# hinge exercise NAME --seed N\"";
    if (!next()) fail(no_title);
    const std::string_view line = trimmed(line_);
    const std::size_t at = line.find(seed_option);
    if (!line.starts_with(title) || at == std::string_view::npos || at < title.size()) fail(no_title);
    const std::string name(line.substr(title.size(), at - title.size()));
    const auto seed = hinge::parse_size(line.substr(at + seed_option.size()));
    const bool is_known = std::any_of(exercises().begin(), exercises().end(),
                                      [&](const Exercise& exercise) { return exercise.name == name; });
    if (!is_known || !seed) fail(no_title);
    return make_sheet(name, *seed);
  }

  void read_answer(FilledSheet& filled, const Link& link, std::string_view text) {
    filled.lines[link] = number_;
    const auto column = static_cast<std::size_t>(text.data() - line_.data()) + 1;
    if (text.empty()) fail("the blank is gone: write a number, or ____");
    std::string written(text);
    while (written.starts_with('_')) written.erase(0, 1);
    while (written.ends_with('_')) written.pop_back();
    if (trimmed(written).empty()) return;
    auto answer = parse_answer(trimmed(written));
    if (!answer) {
      number_text_ = ":" + std::to_string(column);
      fail(hinge::in_quotes(hinge::printable(written, 40)) + " is no number; write it as 0.593, -5.9e-1 or 3/4");
    }
    answer->line = number_;
    filled.answers[link] = *answer;
  }

  static std::string in_quotes(const SheetLine& line) {
    return "\"" + std::string(trimmed(line.text)) + (line.link ? " ____\"" : "\"");
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw hinge::DataError(hinge::printable(path_) + ":" + std::to_string(std::max<std::size_t>(number_, 1)) +
                           number_text_ + ": " + message);
  }

  std::string path_;
  std::string_view rest_;
  std::string_view line_;
  std::size_t number_ = 0;
  std::string number_text_;  // the column, where it matters
};

}  // namespace

LinkValues Sheet::values() const {
  LinkValues values;
  for (const auto& [link, solution] : solutions) values[link] = solution.value;
  return values;
}

Sheet make_sheet(const std::string& name, std::size_t seed) {
  const Exercise& exercise = exercise_named(name);
  Sheet sheet{.exercise = &exercise, .seed = seed, .givens = givens_of(exercise, seed)};
  sheet.solutions = solutions_of(exercise, sheet.givens);
  sheet.lines = SheetWriter(sheet).take();
  return sheet;
}

std::string blank_sheet(const Sheet& sheet) { return sheet_text(sheet, false); }
std::string solved_sheet(const Sheet& sheet) { return sheet_text(sheet, true); }

std::string link_name(const Exercise& exercise, const Link& link) {
  std::string place = place_of(exercise, link);
  if (exercise.steps > 1) place = numbered("step", link.step) + (place.empty() ? "" : ", ") + place;
  return place + (place.empty() ? "" : ": ") + symbol_of(exercise, link);
}

std::optional<Answer> parse_answer(std::string_view written) {
  std::string text(written);
  for (const std::string_view dash : {"−", "–", "‐"}) replace_all(text, dash, "-");
  replace_all(text, "≈", "");
  for (const std::string_view power : {"·10^", "×10^", "*10^", "x10^"}) replace_all(text, power, "e");
  if (text.find('.') == std::string::npos) replace_all(text, ",", ".");
  std::erase(text, ' ');
  if (const std::size_t bar = text.find('/'); bar != std::string::npos) {
    const auto numerator = hinge::parse_double(text.substr(0, bar));
    const auto denominator = hinge::parse_double(text.substr(bar + 1));
    if (!numerator || !denominator || *denominator == 0) return std::nullopt;
    return Answer{.value = *numerator / *denominator};
  }
  const auto value = hinge::parse_double(text);
  if (!value) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of("eE"), text.size());
  const std::size_t point = std::min(text.find('.'), end);
  const auto exponent = end < text.size() ? hinge::parse_double(text.substr(end + 1)) : std::optional(0.0);
  const double decimals = point < end ? static_cast<double>(end - point - 1) : 0;
  const std::size_t first = std::min(text.find_first_of("123456789"), end);
  const auto digits = std::count_if(text.begin() + static_cast<std::ptrdiff_t>(first),
                                    text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '.'; });
  return Answer{.value = *value,
                .half_unit = 0.5 * std::pow(10, exponent.value_or(0) - decimals),
                .digits = static_cast<int>(digits)};
}

FilledSheet read_sheet(const std::string& path) {
  constexpr std::size_t max_bytes = 1 << 20;  // a sheet has a few kilobytes; notes may be long
  const std::string text = hinge::read_file(path, max_bytes);
  if (!hinge::is_utf8(text) || text.find('\0') != std::string::npos) {
    throw hinge::DataError(hinge::printable(path) + ": is no text in UTF-8, as a sheet is");
  }
  return SheetReader(path, text).read();
}

}  // namespace hinge_command
