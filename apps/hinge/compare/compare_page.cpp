// Writes the page of a comparison: the layout and the script are those of a report.
#include "compare/compare_page.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <hinge/core/text.h>

#include "compare/curves.h"
#include "drawing/bars.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

std::vector<std::string> contender_names(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const Contender& contender : comparison.contenders) names.push_back(contender.name);
  return names;
}

// The main figure of all contenders with its intervals.
std::string estimates_figure(const Comparison& comparison) {
  Bars bars{.title = capitalized(spoken_figure(comparison.figure)),
            .description = "The figure of each with its 95 % interval.",
            .axis = {.label = spoken_figure(comparison.figure)},
            .as_dots = true,
            .width = figure_width};
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const Estimate* own = comparison.find(i, comparison.figure);
    if (own != nullptr) bars.bars.push_back({comparison.contenders[i].name, own->value, own->interval});
  }
  return bars.bars.empty() ? "" : figure(draw(bars), numbers_of(bars), "chart");
}

// How far the best is ahead of each other one; what is left of 0 may be chance.
std::string leads_figure(const Comparison& comparison) {
  if (comparison.leads.empty()) return "";
  const std::string& best = comparison.contenders[*comparison.best].name;
  Bars bars{.title = "Lead of " + best,
            .description = "How far the best is ahead of each other one. An interval that holds 0 may be chance.",
            .axis = {.label = "lead in " + spoken_figure(comparison.figure), .low = 0},
            .as_dots = true,
            .width = figure_width};
  for (const Lead& lead : comparison.leads) {
    bars.bars.push_back({"over " + comparison.contenders[lead.other].name, lead.value, lead.interval});
    const double low = lead.interval ? lead.interval->low : lead.value;
    if (low < *bars.axis.low) bars.axis.low = low * 1.05;
  }
  return figure(draw(bars), numbers_of(bars), "chart");
}

std::string leads_table(const Comparison& comparison) {
  if (comparison.leads.empty()) return "";
  Numbers numbers{.caption = "Lead of " + comparison.contenders[*comparison.best].name,
                  .header = {"over", "lead", "interval", "more than chance", "how"}};
  for (const Lead& lead : comparison.leads) {
    numbers.rows.push_back({comparison.contenders[lead.other].name, shown(lead.value),
                            lead.interval ? range_text(*lead.interval) : "–",
                            !lead.interval               ? "cannot be told"
                            : lead.is_more_than_chance() ? "yes"
                                                         : "no",
                            lead.method});
  }
  const std::string remark =
      comparison.leads.size() > 1
          ? paragraph("The intervals are wide enough that all pairs together keep 95 % (Bonferroni).")
          : "";
  return table(numbers) + remark;
}

std::string result_section(const Comparison& comparison) {
  const Headline headline = headline_of(comparison);
  std::string text = element("p", {{"class", "verdict " + std::string(headline.kind)}},
                             element("strong", {}, escaped(headline.word)) + " " + escaped(headline.text));
  std::string items;
  for (const std::string& note : comparison.notes) items += element("li", {}, escaped(as_sentence(note)));
  if (!items.empty()) text += element("ul", {}, "\n" + items);
  return text + row_of(estimates_figure(comparison) + leads_figure(comparison)) + leads_table(comparison);
}

std::string config_table(const Comparison& comparison) {
  if (comparison.contenders.size() == 1) return "";
  if (comparison.differences.empty()) return paragraph("Their configs are the same, but for the seed.");
  Numbers numbers{.caption = "Options that differ", .header = {"key"}};
  for (const std::string& name : contender_names(comparison)) numbers.header.push_back(name);
  for (const ConfigDifference& difference : comparison.differences) {
    std::vector<std::string>& row = numbers.rows.emplace_back(std::vector{difference.key});
    for (const std::string& value : difference.values) row.push_back(value.empty() ? "–" : value);
  }
  return table(numbers);
}

std::string cell_text(const Estimate* estimate) {
  if (estimate == nullptr) return "–";
  const bool varies =
      estimate->interval && estimate->interval->low < estimate->interval->high;  // epochs may all be equal
  return shown(estimate->value) + (varies ? " (" + range_text(*estimate->interval) + ")" : "");
}

std::string seeds_text(const Contender& contender) {
  constexpr std::size_t most = 8;
  std::vector<std::string> seeds;
  std::set<std::string> seen;
  for (const ContenderRun& run : contender.runs) {
    if (seen.insert(run.seed).second && seeds.size() <= most) seeds.push_back(seeds.size() == most ? "…" : run.seed);
  }
  return hinge::join(seeds);
}

std::string figures_table(const Comparison& comparison) {
  Numbers numbers{.caption = "Figures, with 95 % intervals", .header = {"figure"}};
  std::vector<std::string> runs = {"runs"};
  std::vector<std::string> seeds = {"seed"};
  std::vector<std::string> statuses = {"status"};
  std::vector<std::string> figures;
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const Contender& contender = comparison.contenders[i];
    numbers.header.push_back(contender.name);
    runs.push_back(std::to_string(contender.runs.size()));
    seeds.push_back(seeds_text(contender));
    statuses.push_back(contender.is_study ? "study" : contender.runs.front().status);
    for (const Estimate& estimate : comparison.estimates[i]) {
      if (std::find(figures.begin(), figures.end(), estimate.figure) == figures.end())
        figures.push_back(estimate.figure);
    }
  }
  numbers.rows = {runs, seeds, statuses};
  for (const std::string& name : figures) {
    std::vector<std::string>& row = numbers.rows.emplace_back(std::vector{spoken_figure(name)});
    for (std::size_t i = 0; i < comparison.contenders.size(); ++i) row.push_back(cell_text(comparison.find(i, name)));
  }
  return paragraph(
             "Of a study the mean over its runs with its t interval; of a run an accuracy with Wilson's interval, and "
             "r² "
             "with that of a mean, both over the samples. Validation, training and dead fractions are those of the "
             "epoch "
             "whose weights the model has.") +
         table(numbers);
}

}  // namespace

std::string comparison_page(const Comparison& comparison) {
  std::vector<PageSection> sections = {{"result", "Result", result_section(comparison)},
                                       {"config", "What differs", config_table(comparison)},
                                       {"figures", "Figures", figures_table(comparison)},
                                       {"curves", "Loss and metrics", curves_section(comparison.contenders)}};
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const Contender& contender = comparison.contenders[i];
    if (contender.is_study) continue;
    sections.push_back({"diagnosis-" + std::to_string(i + 1), "Diagnosis of " + contender.name,
                        diagnosis_text(contender.runs.front().files.diagnosis)});
  }
  hinge::JsonValue data = hinge::JsonValue::object({{"units", std::vector<hinge::JsonValue>()}, {"live", false}});
  return page_of(comparison_title + hinge::join(contender_names(comparison)), sections, data);
}

}  // namespace hinge_command
