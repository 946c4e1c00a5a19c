// Reads a run from its folder.
#include "report/stored_run.h"

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/result_folder.h>

#include "parts.h"

namespace hinge_command {

StoredRun::StoredRun(const std::string& folder) {
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

}  // namespace hinge_command
