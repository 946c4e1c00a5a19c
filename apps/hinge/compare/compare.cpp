// hinge compare: which of several runs or studies is best.
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>

#include "arguments/arguments.h"
#include "command.h"
#include "compare/compare_page.h"
#include "compare/comparison.h"
#include "console.h"

namespace hinge_command {

namespace {

struct CompareArguments {
  std::vector<std::string> folders;
  std::optional<std::string> out;
  bool json = false;
};

constexpr const char* compare_help =
    "Writes a page: which one is best, by how much, and whether that is more than chance;\n"
    "what differs in the configs; figures with intervals; curves on top of each other.\n"
    "Runs of the same seed and samples are compared in pairs. --json writes the page only\n"
    "with -o. No file is replaced but an older page of this command.\n"
    "\n"
    "  hinge compare runs/digits-1 runs/digits-2\n"
    "  hinge compare studies/relu studies/leaky -o leaky.html";

// Nothing is lost that another program, or a person, has written.
void write_page(const std::string& path, const std::string& page) {
  constexpr std::uint64_t head = 4096;
  if (hinge::file_exists(path) && !hinge::is_folder(path) &&
      hinge::read_file_start(path, head).find(std::string("<title>") + comparison_title) == std::string::npos) {
    throw hinge::ConfigError(hinge::printable(path) +
                             " is there, and no page of hinge compare; remove it, or name another file with -o");
  }
  hinge::write_file(path, page);
}

void print_result(const Comparison& comparison) {
  const Headline headline = headline_of(comparison);
  print_text(stdout, headline.word + ": " + headline.text);
  Table text(Table::Numbers::none);
  text.add({"", comparison.figure, "95 % interval"});
  for (std::size_t i = 0; i < comparison.contenders.size(); ++i) {
    const Estimate* own = comparison.find(i, comparison.figure);
    text.add({hinge::printable(comparison.contenders[i].name), own == nullptr ? "-" : short_number(own->value),
              own == nullptr || !own->interval ? "-" : range_text(*own->interval)});
  }
  if (!comparison.figure.empty()) text.print();
  for (const std::string& each : comparison.notes) note(Display::of_stderr(false), each);
}

int run_compare(const CompareArguments& arguments) {
  for (const std::string& folder : arguments.folders) warn_of_unfinished(folder);
  std::vector<Contender> contenders = read_contenders(arguments.folders);
  if (contenders.size() == 1 && !contenders.front().is_study) {
    throw hinge::ConfigError("compare: wanted two runs or more, or a study; " +
                             hinge::printable(arguments.folders.front()) + " is one run");
  }
  const Comparison comparison = compare(std::move(contenders));
  const std::string path = arguments.out.value_or("compare.html");
  if (!arguments.json || arguments.out) write_page(path, comparison_page(comparison));
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(json_of(comparison)).c_str());
  } else {
    print_result(comparison);
    std::printf("%s\n", hinge::printable(path).c_str());
  }
  return exit_success;
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "compare", "Says which of several runs or studies is best, on a page", run_compare);
  command.footer(compare_help);
  command.add_option("folders", arguments.folders, "the folders of runs and studies: two or more, or one study")
      ->required();
  command.add_option("-o,--out", arguments.out, "the page; else compare.html in the current folder")->type_name("FILE");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
