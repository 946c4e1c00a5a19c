// hinge evaluate: loss and metrics of a trained model.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/file.h>
#include <hinge/core/text.h>
#include <hinge/data/csv.h>
#include <hinge/data/gaps.h>
#include <hinge/optim/run_folder.h>

#include "command.h"
#include "console.h"
#include "model_argument.h"

namespace hinge_command {

namespace {

struct EvaluateArguments {
  std::string model;
  std::string data;
  std::string delimiter = ",";
  bool json = false;
};

const std::string& note(const hinge::StoredModel<float>& stored, const std::string& key) {
  const auto found = stored.notes.find(key);
  if (found == stored.notes.end()) {
    throw hinge::ModelError(stored.name + ": the model does not say what its " + key + " was");
  }
  return found->second;
}

hinge::LossSpec stored_loss(const hinge::StoredModel<float>& stored) {
  hinge::JsonValue json = hinge::JsonValue::of(std::vector<hinge::JsonMember>{});
  json.set("loss", hinge::parse_json(note(stored, "loss"), stored.name + ": loss"));
  struct LossHolder final : hinge::Description {
    hinge::LossSpec loss = hinge::MeanSquaredError{};
    std::string_view type() const override { return "model"; }
    std::vector<hinge::Option> options() override { return {{.name = "loss", .place = &loss}}; }
  } holder;
  hinge::ConfigMistakes mistakes;
  hinge::read_config(json, holder, hinge::standard_registries(), mistakes);
  mistakes.throw_if_any();
  return holder.loss;
}

hinge::Evaluation measure(const hinge::StoredModel<float>& stored, hinge::Dataset<float> data) {
  const hinge::ModelInfo& info = stored.model.info();
  if (!info.fillers.empty()) hinge::fill_gaps(data.inputs(), info.fillers);
  info.inputs.apply(data.inputs());
  if (data.task() == hinge::Task::regression) info.targets.apply(data.values());
  hinge::DatasetBatches<float> batches(data);
  const auto loss = stored_loss(stored)->build<float>();
  return hinge::in_raw_units(hinge::evaluate(stored.model.network(), *loss, batches), stored.model.info().targets);
}

// A table of the user's, whose columns are found by the names that the model knows.
hinge::Evaluation measure_file(const hinge::StoredModel<float>& stored, const EvaluateArguments& arguments) {
  const hinge::ModelInfo& info = stored.model.info();
  hinge::DatasetNames names{.features = info.feature_names, .classes = info.class_names};
  for (const hinge::JsonValue& name :
       hinge::parse_json(note(stored, "target_columns"), stored.name + ": target_columns").elements) {
    names.targets.push_back(name.text);
  }
  const hinge::CsvOptions options = table_options(stored.model, arguments.delimiter);
  hinge::Dataset<float> data = hinge::read_csv_like<float>(arguments.data, names, options);
  try {
    return measure(stored, std::move(data));
  } catch (const hinge::NonFiniteError& error) {  // the model was fine where it was trained
    throw hinge::DataError(hinge::printable(arguments.data) + ": " + error.what() + "; its values are too large");
  }
}

// The run's own data: its test part, or what it has.
std::pair<std::string, hinge::Evaluation> measure_run(const std::string& folder) {
  if (!hinge::is_folder(folder)) {
    throw hinge::ConfigError("name a data file to evaluate " + hinge::printable(folder) +
                             " on, or the folder of a run, which knows its data");
  }
  const auto loaded = hinge::load_config(hinge::join_path(folder, "config.json"), {}, hinge::standard_registries());
  hinge::Run run(loaded);
  const auto stored = load_model_argument(folder);
  const auto loss = stored_loss(stored)->build<float>();
  const auto of = [&](const hinge::Dataset<float>& part) {
    hinge::DatasetBatches<float> batches(part);
    return hinge::in_raw_units(hinge::evaluate(stored.model.network(), *loss, batches), stored.model.info().targets);
  };
  if (run.data().test) return {"test", of(*run.data().test)};
  if (run.data().validation) return {"validation", of(*run.data().validation)};
  return {"train", of(run.data().train)};
}

int evaluate(const EvaluateArguments& arguments) {
  const auto [part, result] =
      arguments.data.empty()
          ? measure_run(arguments.model)
          : std::pair(std::string("data"), measure_file(load_model_argument(arguments.model), arguments));
  const hinge::JsonValue json = hinge::json_of(result, part + "/");
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(json).c_str());
    return exit_success;
  }
  for (const hinge::JsonMember& member : json.members) {
    std::printf("%-18s %s\n", member.key.c_str(), member.value.text.c_str());
  }
  return exit_success;
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  const auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App* command = app.add_subcommand("evaluate", "Measures a model on its test part or a CSV file");
  command->add_option("model", arguments->model, "the folder of a run, or a model file")->required();
  command->add_option("data", arguments->data, "a CSV file with the columns of the training data");
  add_delimiter(*command, arguments->delimiter);
  command->add_flag("--json", arguments->json, "prints JSON");
  command->callback([&action, arguments] { action = [arguments] { return evaluate(*arguments); }; });
}

}  // namespace hinge_command
