// The report of a run: a page that says whether it went well, and why.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <hinge/layers/network.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>

#include "report/run_files.h"

namespace hinge_command {

/// The network as it was after an epoch, 0 before the first step.
struct NetworkAt {
  std::size_t epoch = 0;
  hinge::Network<float> network;
};

/// All that a report is written from.
struct ReportSource {
  RunFiles files = {};
  hinge::LoadedConfig config = {};
  /// The data and the loss; null where the data cannot be read, or the run goes on.
  const hinge::Run* run = nullptr;
  /// The model's network; null where training failed, or goes on.
  const hinge::Network<float>* network = nullptr;
  /// As it learnt: before the first step, at the recorded epochs, and the model's network. Empty without a network.
  std::vector<NetworkAt> history = {};
  std::string page_folder = {};  ///< where the page will be
  bool is_live = false;          ///< the run goes on: the page loads itself again
  std::string missing = {};      ///< why there is no data

  /// Of a part that judges the model: test, or else validation, or else training.
  const hinge::Dataset<float>& judged_part() const;
  std::string judged_part_name() const;
};

/// The networks of `ReportSource::history`, from what the run recorded. Throws as read_weights does.
std::vector<NetworkAt> history_of(const RunFiles& files, const hinge::Network<float>& trained);

/// A run that was trained into `folder`.
ReportSource source_of(const hinge::Run& run, const hinge::LoadedConfig& config, const std::string& folder);

/// The page, as text.
std::string report_page(const ReportSource& source);

/// Writes report.html into the folder of a run: whole or not at all.
void write_report(const ReportSource& source);

/// The page of the run in a folder, without pictures of results where its data cannot be read. Throws ConfigError where
/// there is no run.
std::string report_page_of(const std::string& folder, const std::string& page_folder);

}  // namespace hinge_command
