// hinge report: the page of a run, from its folder.
#include "report/report.h"

#include <cstdio>
#include <memory>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/run/result_folder.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "parts.h"

namespace hinge_command {

namespace {

struct ReportArguments {
  std::string run;
  std::string out;
};

// What a folder holds, with what it takes to draw its results; without the data where they cannot be read.
class StoredRun {
 public:
  explicit StoredRun(const std::string& folder) {
    const std::string config = hinge::join_path(folder, hinge::run_files::config);
    if (!hinge::file_exists(config)) {
      throw hinge::ConfigError(hinge::printable(folder) +
                               " holds no run: it has no config.json; of a study name one run, such as " +
                               hinge::printable(hinge::join_path(folder, "seed-1")));
    }
    source_.files = read_run_files(folder);
    source_.config = hinge::load_config(config, {}, known_parts());
    const std::string model = hinge::join_path(folder, hinge::run_files::model);
    try {
      run_ = std::make_unique<hinge::Run>(source_.config);
      source_.run = run_.get();
    } catch (const hinge::Error& error) {
      source_.missing = error.what();
    }
    if (!hinge::file_exists(model)) return;
    model_ = std::make_unique<hinge::StoredModel<float>>(hinge::load_model<float>(model, known_parts()));
    source_.network = &model_->model.network();
    source_.history = history_of(source_.files, *source_.network);
  }

  const ReportSource& source() const { return source_; }

 private:
  std::unique_ptr<hinge::Run> run_;
  std::unique_ptr<hinge::StoredModel<float>> model_;
  ReportSource source_;
};

int report(const ReportArguments& arguments) {
  warn_of_unfinished(arguments.run);
  const StoredRun stored(arguments.run);
  const std::string file =
      arguments.out.empty() ? hinge::join_path(arguments.run, hinge::run_files::report) : arguments.out;
  hinge::write_file(file, report_page(stored.source()));
  std::printf("%s\n", hinge::printable(file).c_str());
  return exit_success;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "report", "Writes a page that shows how a run went, and why", report);
  command.add_option("run", arguments.run, "the folder of a run")->required();
  command.add_option("-o,--out", arguments.out, "the page; else report.html in that folder")->type_name("FILE");
}

}  // namespace hinge_command
