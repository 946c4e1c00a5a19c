// Puts the sections of a report together. The layout and the script are in report_page.html.
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/io/file.h>
#include <hinge/optim/run/result_folder.h>

#include "drawing/palette.h"
#include "explain/page_template.h"
#include "report/page.h"
#include "report/sections.h"
#include "report/sha256.h"

namespace hinge_command {

namespace {

struct Section {
  const char* id;
  const char* title;
  std::string (*write)(const ReportSource& source);
};

constexpr Section sections[] = {
    {"verdict", "Verdict", verdict_section},
    {"diagnosis", "Diagnosis", diagnosis_section},
    {"curves", "Loss and metrics", curves_section},
    {"neurons", "Neurons", neurons_section},
    {"steps", "Gradients and steps", steps_section},
    {"results", "Results", results_section},
    {"function", "The network as a function", function_section},
    {"weights", "Weights", weights_section},
    {"data", "Data", data_section},
    {"network", "Network", network_section},
    {"config", "Config", config_section},
};

std::string body_of(const std::vector<PageSection>& all) {
  std::string links;
  std::string text;
  for (const auto& [id, title, content] : all) {
    if (content.empty()) continue;
    links += element("a", {{"href", "#" + id}}, escaped(title));
    text += element("section", {{"aria-labelledby", id}}, "\n" + element("h2", {{"id", id}}, escaped(title)) + content);
  }
  return element("nav", {{"aria-label", "Sections"}}, "\n" + links) + text;
}

// With `<` escaped, so that no name in the data can end the script or open a comment.
std::string script_json(const hinge::JsonValue& data) {
  std::string text;
  for (const char c : hinge::to_json_line(data)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const std::size_t start = text.find(begin) + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

// Nothing may be loaded or run but the page's own script and style, and the images that it holds.
std::string policy_of(std::string_view page) {
  return "default-src 'none'; script-src '" + policy_hash(between(page, "<script>", "</script>")) + "'; style-src '" +
         policy_hash(between(page, "<style>", "</style>")) + "'; img-src data:; base-uri 'none'; form-action 'none'";
}

// The template with each place filled; what is filled in is not looked at again.
std::string filled(std::string_view page, const std::vector<std::pair<std::string_view, std::string>>& places) {
  std::string text;
  while (true) {
    std::size_t next = page.size();
    const std::pair<std::string_view, std::string>* found = nullptr;
    for (const auto& place : places) {
      const std::size_t at = page.find(place.first);
      if (at >= next) continue;
      next = at;
      found = &place;
    }
    text += page.substr(0, next);
    if (found == nullptr) return text;
    text += found->second;
    page.remove_prefix(next + found->first.size());
  }
}

}  // namespace

std::string page_of(std::string_view title, const std::vector<PageSection>& all, const hinge::JsonValue& data) {
  const std::string page = filled(report_page_template(), {{"<!--STYLE-->", drawing_style()}});
  return filled(page, {{"<!--POLICY-->", policy_of(page)},
                       {"<!--TITLE-->", escaped(title)},
                       {"<!--BODY-->", body_of(all)},
                       {"<!--DATA-->", script_json(data)}});
}

std::string report_page(const ReportSource& source) {
  std::vector<PageSection> all;
  for (const Section& section : sections) all.push_back({section.id, section.title, section.write(source)});
  hinge::JsonValue data = units_json(source);
  data.set("live", source.is_live);
  return page_of("Run " + source.files.folder, all, data);
}

void write_report(const ReportSource& source) {
  hinge::write_file(hinge::join_path(source.files.folder, hinge::run_files::report), report_page(source));
}

}  // namespace hinge_command
