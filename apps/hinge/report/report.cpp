// hinge report: the page of a run, from its folder.
#include "report/report.h"

#include <cstdio>

#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/result_folder.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "report/stored_run.h"

namespace hinge_command {

namespace {

struct ReportArguments {
  std::string run;
  std::string out;
};

int report(const ReportArguments& arguments) {
  warn_of_unfinished(arguments.run);
  const std::string file =
      arguments.out.empty() ? hinge::join_path(arguments.run, hinge::run_files::report) : arguments.out;
  hinge::write_file(file, report_page_of(arguments.run, hinge::folder_of(file)));
  std::printf("%s\n", hinge::printable(file).c_str());
  return exit_success;
}

}  // namespace

std::string report_page_of(const std::string& folder, const std::string& page_folder) {
  const StoredRun run(folder);
  ReportSource source = run.source();
  source.page_folder = page_folder;
  return report_page(source);
}

void add_report(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "report", "Writes a page that shows how a run went, and why", report);
  command.add_option("run", arguments.run, "the folder of a run")->required();
  command.add_option("-o,--out", arguments.out, "the page; else report.html in that folder")->type_name("FILE");
}

}  // namespace hinge_command
