#include "class_tables.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <hinge/core/text.h>

#include "console.h"

namespace hinge_command {

namespace {

constexpr std::size_t page_width = 80;

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, columns(text)), ' ') + text;
}

// To the left, safe for a terminal, and cut where it is too long.
std::string left(std::string_view name, std::size_t width) {
  std::string text = hinge::printable(name);
  if (columns(text) > width) {
    while (columns(text) >= width) text.pop_back();
    text += "…";
  }
  return text + std::string(width - columns(text), ' ');
}

std::size_t longest_of(const std::vector<std::string>& names, std::size_t at_least) {
  for (const std::string& name : names) at_least = std::max(at_least, columns(hinge::printable(name)));
  return at_least;
}

std::size_t digits_of(std::size_t number) { return std::to_string(number).size(); }

std::size_t largest_count(const hinge::ConfusionMatrix& confusion) {
  std::size_t largest = 0;
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    for (std::size_t k = 0; k < confusion.classes(); ++k) largest = std::max(largest, confusion(c, k));
  }
  return largest;
}

// How a matrix is laid out: columns are headed by names or, where these take too much room, by numbers.
struct Layout {
  std::size_t label = 0;  // columns for the names on the left; 0: the matrix has no room
  std::size_t cell = 0;
  bool numbered = false;
};

Layout layout_of(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  constexpr std::size_t max_classes = 12;
  constexpr std::size_t shortest_label = 8;
  const std::size_t classes = confusion.classes();
  if (classes > max_classes) return {};
  const std::size_t longest = longest_of(names, 1);
  const std::size_t digits = digits_of(largest_count(confusion));
  const std::size_t named_cell = 2 + std::max(longest, digits);
  if (longest + classes * named_cell <= page_width) return {longest, named_cell, false};

  const std::size_t cell = 1 + std::max(digits, digits_of(classes));
  if (shortest_label + classes * cell > page_width) return {};
  return {std::min(longest + digits_of(classes) + 1, page_width - classes * cell), cell, true};
}

std::string matrix_text(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names,
                        const Layout& layout) {
  const std::size_t classes = confusion.classes();
  const auto number = [&](std::size_t c) { return right(std::to_string(c + 1), digits_of(classes)); };
  std::string text = "confusion matrix: a row for each class, a column for each prediction\n";
  text += std::string(layout.label, ' ');
  for (std::size_t k = 0; k < classes; ++k) {
    text += right(layout.numbered ? number(k) : hinge::printable(names[k]), layout.cell);
  }
  text += "\n";
  for (std::size_t c = 0; c < classes; ++c) {
    text += left(layout.numbered ? number(c) + " " + names[c] : names[c], layout.label);
    for (std::size_t k = 0; k < classes; ++k) {
      const std::size_t count = confusion(c, k);
      text += right(count == 0 ? "." : std::to_string(count), layout.cell);
    }
    text += "\n";
  }
  return text;
}

std::string list_text(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  constexpr std::size_t max_lines = 10;
  constexpr std::size_t widest_name = 26;
  const std::vector<hinge::Confusion> confusions = confusion.confusions();
  if (confusions.empty()) return "no class is taken for another\n";
  const std::size_t name = std::min(longest_of(names, columns("prediction")), widest_name);
  std::string text = "the most frequent confusions\n";
  text += left("class", name) + "  " + left("prediction", name) + right("samples", 12) + right("of class", 11) + "\n";
  for (std::size_t i = 0; i < std::min(max_lines, confusions.size()); ++i) {
    const auto& [target, prediction, count] = confusions[i];
    const double share = static_cast<double>(count) / static_cast<double>(confusion.scores(target).samples);
    text += left(names[target], name) + "  " + left(names[prediction], name) + right(std::to_string(count), 12) +
            right(fixed(share, 4), 11) + "\n";
  }
  if (confusions.size() > max_lines) text += "… and " + std::to_string(confusions.size() - max_lines) + " more\n";
  return text;
}

}  // namespace

std::string class_table(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  constexpr std::size_t widest_name = 26;
  const std::size_t name = std::min(longest_of(names, columns("class")), widest_name);
  std::string text = left("class", name) + right("samples", 12) + right("predictions", 13) + right("precision", 11) +
                     right("recall", 9) + right("f1", 9) + "\n";
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    const hinge::ClassScores scores = confusion.scores(c);
    text += left(names[c], name) + right(std::to_string(scores.samples), 12) +
            right(std::to_string(scores.predictions), 13) + right(fixed(scores.precision, 4), 11) +
            right(fixed(scores.recall, 4), 9) + right(fixed(scores.f1, 4), 9) + "\n";
  }
  return text;
}

std::string confusion_table(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  const Layout layout = layout_of(confusion, names);
  return layout.label == 0 ? list_text(confusion, names) : matrix_text(confusion, names, layout);
}

}  // namespace hinge_command
