// hinge evaluate: loss, metrics and confusions of a trained model.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/summary.h>

#include "arguments/arguments.h"
#include "arguments/part_argument.h"
#include "class_tables.h"
#include "command.h"
#include "console.h"
#include "parts.h"

namespace hinge_command {

namespace {

struct EvaluateArguments {
  std::string model;
  std::string data;
  std::string delimiter = "auto";
  bool report = false;
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
  return loss_of(hinge::parse_json(note(stored, "loss"), stored.name + ": loss"));
}

// What came out on a part of the data.
struct Figures {
  std::string part;
  hinge::Evaluation evaluation;
  std::vector<hinge::Figure> raw;
  hinge::PredictionReport report;
  std::vector<std::string> class_names;
};

std::vector<std::string> class_names(const hinge::ModelInfo& info, const hinge::PredictionReport& report) {
  if (!info.class_names.empty() || !report.confusion) return info.class_names;
  return hinge::numbered_names("", report.confusion->classes());
}

// Samples that are filled and scaled as the model says, whatever the data says today.
Figures measure(const hinge::StoredModel<float>& stored, const std::string& part, const hinge::Dataset<float>& data) {
  const hinge::Network<float>& network = stored.model.network();
  const hinge::ModelInfo& info = stored.model.info();
  const auto loss = stored_loss(stored)->build<float>();
  hinge::DatasetBatches<float> batches(data);
  const hinge::Evaluation evaluation = hinge::evaluate(network, *loss, batches);
  hinge::PredictionReport report = hinge::report_of(network, *loss, data);
  return {.part = part,
          .evaluation = hinge::in_raw_units(evaluation, info.targets),
          .raw = hinge::raw_figures(network, *loss, info.targets, data),
          .report = report,
          .class_names = class_names(info, report)};
}

// The columns of the data, where the target names of the model are those of its outputs.
std::vector<std::string> target_columns(const hinge::StoredModel<float>& stored) {
  std::vector<std::string> names;
  for (const hinge::JsonValue& name :
       hinge::parse_json(note(stored, "target_columns"), stored.name + ": target_columns").elements) {
    names.push_back(name.text);
  }
  return names;
}

// A table of the user's, whose columns are found by the names that the model knows.
Figures measure_file(const hinge::StoredModel<float>& stored, const EvaluateArguments& arguments) {
  hinge::TableReader cells = open_table(arguments.data, stored, arguments.delimiter);
  const hinge::Columns columns = table_columns(stored, cells, target_columns(stored));
  const hinge::Table table =
      hinge::read_table(cells, hinge::plan_of(cells, table_name(arguments.data), columns, hinge::Further::samples));
  if (const std::string rows = table.report().text(); !rows.empty()) note(Display::of_stderr(false), rows);
  try {
    return measure(stored, "data", table.dataset<float>(fit_of(stored)));
  } catch (const hinge::NonFiniteError& error) {  // the model was fine where it was trained
    throw hinge::DataError(hinge::printable(arguments.data) + ": " + error.what() + "; its values are too large");
  }
}

// Refuses data whose features, classes or targets are others than those that the model was trained with.
void check_names(const std::string& path, const char* what, const std::vector<std::string>& model,
                 const std::vector<std::string>& data) {
  if (model.empty() || model == data) return;
  const auto other = std::mismatch(data.begin(), data.end(), model.begin(), model.end());
  const auto quoted = [&](const std::vector<std::string>& names, std::vector<std::string>::const_iterator name) {
    return name == names.end() ? std::string("no more") : "the " + (what + (" \"" + hinge::printable(*name) + "\""));
  };
  throw hinge::DataError(hinge::printable(path) + ": the data has " + quoted(data, other.first) +
                         " where the model was trained with " + quoted(model, other.second) + "; it has changed since");
}

// Refuses a part that is not the one the run held out: the model may have been trained on its samples.
void check_samples(const std::string& folder, const hinge::StoredModel<float>& stored, const std::string& name,
                   const hinge::Dataset<float>& part) {
  const std::string place = hinge::printable(folder);
  const auto found = stored.notes.find("samples");
  if (found == stored.notes.end()) {
    return note(Display::of_stderr(false),
                place + " does not say which samples it was trained on; if its data changed since, " +
                    "training samples may be among those measured here");
  }
  const hinge::JsonValue digests = hinge::parse_json(found->second, stored.name + ": samples");
  const hinge::JsonValue* digest = digests.find(name);
  if (digest != nullptr && digest->text == hinge::digest_of(part)) return;
  throw hinge::DataError(place + ": the " + name +
                         " part is not the one of the training: the data, or how it is split, has " +
                         "changed since, so that samples of the training may be in it; bring them back, or measure " +
                         "other data: hinge evaluate " + place + " FILE");
}

// The run's own data: its test part, or what it has.
Figures measure_run(const std::string& folder) {
  const std::string config = hinge::join_path(folder, "config.json");
  if (!hinge::file_exists(config)) {
    throw hinge::ConfigError("name a data file to evaluate " + hinge::printable(folder) +
                             " on, or the folder of a run, which knows its data");
  }
  const auto stored = load_model_argument(folder);
  const hinge::DataFit fit = fit_of(stored);
  const hinge::DataParts parts = hinge::load_data(hinge::load_config(config, {}, known_parts()), &fit);
  const hinge::ModelInfo& info = stored.model.info();
  check_names(config, "feature", info.feature_names, parts.train.feature_names());
  check_names(config, "class", info.class_names, parts.train.class_names());
  if (!info.target_names.empty()) check_names(config, "target", target_columns(stored), parts.train.target_names());
  const std::string name = parts.test ? "test" : parts.validation ? "validation" : "train";
  const hinge::Dataset<float>& part = parts.test ? *parts.test : parts.validation ? *parts.validation : parts.train;
  check_samples(folder, stored, name, part);
  return measure(stored, name, part);
}

void print_lines(const hinge::JsonValue& figures) {
  Table table(Table::Numbers::none);
  for (const hinge::JsonMember& member : figures.members) table.add({member.key, member.value.text});
  table.print();
}

void print_tables(const Figures& figures) {
  if (!figures.report.confusion) {
    return note(Display::of_stderr(false), "--report is about classes, and this model does not tell classes apart");
  }
  std::printf("\n%s\n%s", class_table(*figures.report.confusion, figures.class_names).c_str(),
              confusion_table(*figures.report.confusion, figures.class_names).c_str());
}

int evaluate(const EvaluateArguments& arguments) {
  const Figures figures = arguments.data.empty() ? measure_run(arguments.model)
                                                 : measure_file(load_model_argument(arguments.model), arguments);
  const std::string prefix = figures.part + "/";
  hinge::JsonValue json = hinge::JsonValue::object();
  append(json, hinge::figures(figures.evaluation, prefix));
  for (const hinge::Figure& figure : figures.raw)
    append(json, std::vector<hinge::Figure>{{prefix + figure.name, figure.value}});
  append(json, hinge::figures(figures.report, prefix));
  if (arguments.json) {
    if (figures.report.confusion) {
      for (hinge::JsonMember& table : hinge::json_of(*figures.report.confusion, figures.class_names, prefix).members) {
        json.members.push_back(std::move(table));
      }
    }
    std::printf("%s\n", hinge::to_json(json).c_str());
    return exit_success;
  }
  print_lines(json);
  if (arguments.report) print_tables(figures);
  return exit_success;
}

}  // namespace

void add_evaluate(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "evaluate", "Measures a model on its test part or a CSV file", evaluate);
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_option("data", arguments.data, "a CSV file with the columns of the training data; - for stdin");
  add_delimiter(command, arguments.delimiter);
  command.add_flag("--report", arguments.report, "adds the scores of every class and the confusions");
  command.add_flag("--json", arguments.json, "prints JSON, with all that --report adds");
}

}  // namespace hinge_command
