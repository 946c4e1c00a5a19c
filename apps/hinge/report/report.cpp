// hinge report: the page of a run, and where its parts come from.
#include "report/report.h"

#include <cstdio>
#include <memory>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/weight_record.h>

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

hinge::Network<float> with_values(hinge::Network<float> network, const hinge::RecordedWeights& weights) {
  std::copy(weights.values.begin(), weights.values.end(), network.values().begin());
  std::copy(weights.state.begin(), weights.state.end(), network.state_values().begin());
  return network;
}

// The epoch whose weights the model has.
std::size_t model_epoch(const RunFiles& files) {
  for (const char* key : {"best_epoch", "epochs"}) {
    if (const double epoch = number_at(files.summary, key); epoch >= 0) return static_cast<std::size_t>(epoch);
  }
  return 0;
}

// A network is built anew from its seed as it was before the first step.
std::vector<NetworkAt> history_of(const RunFiles& files, const hinge::Network<float>& trained) {
  const hinge::Network<float> start(trained.inputs(), trained.specs(), trained.seed());
  const std::size_t last = model_epoch(files);
  std::vector<NetworkAt> history;
  history.push_back({0, start});
  const std::string path = hinge::join_path(files.folder, hinge::run_files::weights);
  if (hinge::file_exists(path)) {
    for (const hinge::RecordedWeights& weights : hinge::read_weights(path, start)) {
      if (weights.epoch < last) history.push_back({weights.epoch, with_values(start, weights)});
    }
  }
  history.push_back({last, trained});
  return history;
}

// What a folder holds, with what it takes to draw its results; without the data where they cannot be read.
class StoredRun {
 public:
  explicit StoredRun(const std::string& folder) {
    const std::string config = hinge::join_path(folder, hinge::run_files::config);
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

const hinge::Dataset<float>& ReportSource::judged_part() const {
  const hinge::DataParts& data = run->data();
  return data.test ? *data.test : data.validation ? *data.validation : data.train;
}

std::string ReportSource::judged_part_name() const {
  const hinge::DataParts& data = run->data();
  return data.test ? "test" : data.validation ? "validation" : "training";
}

ReportSource source_of(const hinge::Run& run, const hinge::LoadedConfig& config, const std::string& folder) {
  ReportSource source{.files = read_run_files(folder), .config = config, .run = &run};
  if (hinge::file_exists(hinge::join_path(folder, hinge::run_files::model))) {
    source.network = &run.network();
    source.history = history_of(source.files, run.network());
  }
  return source;
}

void add_report(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "report", "Writes a page that shows how a run went, and why", report);
  command.add_option("run", arguments.run, "the folder of a run")->required();
  command.add_option("-o,--out", arguments.out, "the page; else report.html in that folder")->type_name("FILE");
}

}  // namespace hinge_command
