// What hinge diagnose found: why the run is worse than its data allow, and what mends it.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <hinge/core/text.h>

#include "drawing/bars.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using hinge::JsonValue;

// What was measured, from worst to best as a rule: a constant answer, the config, a sound recipe.
std::string par_figure(const JsonValue& diagnosis) {
  Bars bars{.title = "This config beside a sound recipe",
            .description = "The figure of the config, of the best constant answer, and of the best recipe.",
            .axis = {.label = text_at(diagnosis, "metric")},
            .width = figure_width};
  for (const auto& [key, name] : {std::pair{"constant", std::string("a constant answer")},
                                  {"user", "this config"},
                                  {"par", "recipe: " + text_at(diagnosis, "recipe")}}) {
    const double value = number_at(diagnosis, key);
    if (std::isfinite(value)) bars.bars.push_back({.name = name, .value = value});
  }
  return bars.bars.empty() ? "" : figure(draw(bars), numbers_of(bars), "chart");
}

// The share of the gap that each change closes by itself, with its 95 % interval.
std::string share_figure(const std::vector<JsonValue>& causes) {
  Bars bars{.title = "What each change closes of the gap",
            .description = "The share of the gap to the recipe that each change closes by itself, with 95 % intervals.",
            .axis = {.label = "% of the gap to the recipe"},
            .width = figure_width};
  for (const JsonValue& cause : causes) {
    Bar bar{.name = text_at(cause, "name"), .value = 100 * number_at(cause, "share")};
    if (!std::isfinite(bar.value)) continue;
    const std::vector<JsonValue>& ends = list_at(cause, "share_interval");
    if (ends.size() == 2) bar.interval = {100 * number_of(ends[0]), 100 * number_of(ends[1])};
    bars.bars.push_back(std::move(bar));
  }
  return bars.bars.empty() ? "" : figure(draw(bars), numbers_of(bars), "chart");
}

std::string cause_text(std::size_t number, const JsonValue& cause, const std::string& metric) {
  const std::string key = text_at(cause, "key");
  std::string text =
      element("h3", {},
              escaped(std::to_string(number) + ". " + text_at(cause, "name") + (key.empty() ? "" : " (" + key + ")"))) +
      paragraph(as_sentence(text_at(cause, "evidence")));
  std::string lines;
  for (const JsonValue& change : list_at(cause, "set")) {
    lines += (lines.empty() ? "--set " : "\n--set ") + hinge::shell_word(change.text);
  }
  if (!lines.empty()) text += code(lines);
  const double before = number_at(cause, "metric_before");
  const double after = number_at(cause, "metric_after");
  if (std::isfinite(after)) {
    text += paragraph("With that, " + metric + " goes from " + shown(before) + " to " + shown(after) +
                      ", trained on your own parts with your seed.");
  }
  return text;
}

std::string verdict_sentence(const JsonValue& diagnosis) {
  const std::string verdict = text_at(diagnosis, "verdict");
  const std::string metric = text_at(diagnosis, "metric");
  return capitalized(verdict) + ": " + metric + " " + shown(number_at(diagnosis, "user")) + ", where a sound recipe (" +
         text_at(diagnosis, "recipe") + ") has " + shown(number_at(diagnosis, "par")) + " and a constant answer " +
         shown(number_at(diagnosis, "constant")) + "; on " + text_at(diagnosis, "judged_by") + ". " +
         counted(number_at(diagnosis, "trainings"), "training") + " said so.";
}

}  // namespace

std::string diagnosis_text(const JsonValue& diagnosis) {
  if (text_at(diagnosis, "verdict").empty()) return "";
  const std::vector<JsonValue>& causes = list_at(diagnosis, "causes");
  std::string text = paragraph(verdict_sentence(diagnosis)) + row_of(par_figure(diagnosis) + share_figure(causes));
  for (std::size_t i = 0; i < causes.size(); ++i) {
    text += cause_text(i + 1, causes[i], text_at(diagnosis, "real_metric"));
  }
  for (const JsonValue& note : list_at(diagnosis, "notes")) text += paragraph(as_sentence(note.text));
  return text;
}

std::string diagnosis_section(const ReportSource& source) { return diagnosis_text(source.files.diagnosis); }

}  // namespace hinge_command
