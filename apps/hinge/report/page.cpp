// Writes pieces of HTML.
#include "report/page.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include <hinge/core/text.h>

namespace hinge_command {

namespace {

std::string described(const Drawing& drawing) {
  return svg_of(drawing) + element("figcaption", {}, escaped(as_sentence(drawing.description)));
}

}  // namespace

std::string paragraph(std::string_view text, std::string_view kind) {
  return element("p", {{"class", std::string(kind)}}, escaped(text));
}

std::string row_of(std::string_view figures) {
  return figures.empty() ? "" : element("div", {{"class", "figures"}}, "\n" + std::string(figures));
}

std::string table(const Numbers& numbers, std::size_t max_rows) {
  return element("div", {{"class", "scroll"}, {"role", "region"}, {"tabindex", "0"}, {"aria-label", numbers.caption}},
                 "\n" + html_of(numbers, max_rows));
}

std::string code(std::string_view lines) {
  std::string text;
  for (std::size_t start = 0; start <= lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    text += escaped(lines.substr(start, end - start)) + "\n";
    start = end + 1;
  }
  return element("pre", {{"tabindex", "0"}}, text);
}

std::string details(std::string_view summary, std::string_view content) {
  return element("details", {}, element("summary", {}, escaped(summary)) + std::string(content));
}

std::string figure(const Drawing& drawing, const Numbers& numbers, std::string_view kind) {
  return element("figure", {{"class", std::string(kind)}},
                 "\n" + described(drawing) + details("Numbers: " + drawing.title, table(numbers)));
}

std::string weight_figure(const Drawing& drawing) {
  return element("figure", {{"class", "weights"}}, "\n" + described(drawing));
}

std::string shown(double value) {
  constexpr double most_digits = 1e9;
  const bool is_count = value == std::floor(value) && std::abs(value) < most_digits;
  return std::isnan(value) ? "–" : hinge::typeset(value, is_count ? 9 : 4);
}

std::string capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string as_sentence(std::string text) {
  if (!text.empty() && text.find_last_of(".!?") != text.size() - 1) text += '.';
  return capitalized(std::move(text));
}

std::string counted(double count, std::string_view noun) {
  return shown(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace hinge_command
