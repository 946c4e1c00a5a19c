// The network as a function of one or two inputs, at several epochs.
#include <string>

#include "report/function_chart.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

// One picture for each network; the script shows one at a time, and paper the last.
std::string frames(const ReportSource& source) {
  constexpr std::size_t max_frames = 20;
  const std::vector<NetworkAt>& history = source.history;
  const std::size_t stride = (history.size() + max_frames - 1) / max_frames;
  std::string text;
  for (std::size_t i = (history.size() - 1) % stride; i < history.size(); i += stride) {
    text += "<div class=\"frame\" data-label=\"" + epoch_text(history[i]) + "\"";
    text += i + 1 == history.size() ? ">\n" : " hidden>\n";
    text += svg_of(draw(function_chart(source, history[i]))) + "</div>\n";
  }
  const Numbers numbers = function_numbers(source, history.back());
  return element("figure", {{"class", "frames"}, {"data-label", "Epoch of the function"}},
                 "\n" + text + details("Numbers: " + epoch_text(history.back()), table(numbers)));
}

}  // namespace

std::string function_section(const ReportSource& source) {
  if (!has_function_chart(source)) return "";
  std::string text;
  if (source.run->data().train.features() == 2) {
    text = paragraph(
        "As the network sees the inputs: scaled. A line is where a unit of the first layer has z = 0: the hinge of a "
        "ReLU. "
        "A unit whose z is never above 0 fires on no training sample: a ReLU is then dead.");
    if (source.run->data().train.class_count() == 0) text += paragraph("Orange is a low output, blue a high one.");
  }
  return text + row_of(frames(source));
}

}  // namespace hinge_command
