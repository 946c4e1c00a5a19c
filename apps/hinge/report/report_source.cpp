// What a report is written from.
#include <algorithm>
#include <string>
#include <utility>

#include <hinge/core/io/file.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/weight_record.h>

#include "report/report.h"

namespace hinge_command {

namespace {

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

}  // namespace

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

const hinge::Dataset<float>& ReportSource::judged_part() const {
  const hinge::DataParts& data = run->data();
  return data.test ? *data.test : data.validation ? *data.validation : data.train;
}

std::string ReportSource::judged_part_name() const {
  const hinge::DataParts& data = run->data();
  return data.test ? "test" : data.validation ? "validation" : "training";
}

ReportSource source_of(const hinge::Run& run, const hinge::LoadedConfig& config, const std::string& folder) {
  ReportSource source{
      .files = read_run_files(folder), .config = config, .run = &run, .page_folder = hinge::final_folder(folder)};
  if (hinge::file_exists(hinge::join_path(folder, hinge::run_files::model))) {
    source.network = &run.network();
    source.history = history_of(source.files, run.network());
  }
  return source;
}

}  // namespace hinge_command
