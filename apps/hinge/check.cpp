// hinge check: reports every mistake in a config and its data, without training, and what its table holds.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>
#include <hinge/data/part_warnings.h>
#include <hinge/data/preparation.h>
#include <hinge/data/table_facts.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/run_folder.h>

#include "arguments/arguments.h"
#include "checked_columns.h"
#include "command.h"
#include "console.h"
#include "unread_numbers.h"

namespace hinge_command {

namespace {

using hinge::ColumnFacts;
using hinge::JsonValue;
using Strings = std::vector<std::string>;

struct CheckArguments {
  ConfigArgument config;
  bool resolved = false;
  bool json = false;
};

struct CheckedRun {
  std::unique_ptr<hinge::Run> run = {};
  hinge::TableFacts facts = {};
};

// The table is read twice at the same time: for the run, and for what it holds. Rows that cannot be read are told of by
// the run's error.
CheckedRun checked_run(const hinge::LoadedConfig& loaded) {
  CheckedRun checked;
  std::optional<hinge::DataError> of_run;
  std::optional<hinge::DataError> of_facts;
  hinge::ThreadPool(2).run([&](std::size_t share) {
    std::optional<hinge::DataError>& found = share == 0 ? of_run : of_facts;
    try {
      if (share == 0) {
        checked.run = std::make_unique<hinge::Run>(loaded);
      } else {
        checked.facts = table_facts(loaded);
      }
    } catch (const hinge::DataError& error) {
      found = error;
    }
  });
  if (of_run) throw *of_run;
  if (of_facts) throw *of_facts;
  return checked;
}

// What the table's oddities say of the columns in use, but for those that a finding says more about.
Strings oddities_of(const hinge::TableFacts& facts, const std::vector<CheckedColumn>& columns,
                    const std::vector<hinge::Finding>& findings) {
  const auto is_found = [&](const std::string& name) {
    return std::any_of(findings.begin(), findings.end(), [&](const hinge::Finding& finding) {
      return finding.is_certain && finding.evidence.starts_with("column \"" + hinge::printable(name) + "\"");
    });
  };
  Strings used;
  for (const CheckedColumn& column : columns) {
    const bool is_used = column.is_input || column.kind == "target";
    if (is_used && !is_found(column.facts->name)) used.push_back(column.facts->name);
  }
  Strings numbers;
  for (const CheckedColumn& column : columns) {
    if (column.kind == "number" || column.kind == "time" || column.kind == "id") numbers.push_back(column.facts->name);
  }
  Strings oddities = unread_numbers(facts, numbers);
  for (std::string& text : facts.oddities(used)) oddities.push_back(std::move(text));
  return oddities;
}

void print_columns(const std::vector<CheckedColumn>& checked) {
  const Numbers numbers = column_numbers(checked);
  Table table(Table::Numbers::none);
  table.add(numbers.header);
  for (std::vector<std::string> row : numbers.rows) {
    row.front() = cut(hinge::printable(row.front()), 22);
    row.back() = cut(row.back(), 36);
    table.add(std::move(row));
  }
  table.print();
}

std::size_t samples_of(const hinge::Dataset<float>& part, std::size_t c) {
  const auto classes = part.classes();
  return static_cast<std::size_t>(std::count(classes.begin(), classes.end(), static_cast<std::int32_t>(c)));
}

void print_classes(const hinge::DataParts& data) {
  constexpr std::size_t most = 30;
  const Strings& names = data.train.class_names();
  if (names.empty()) return;
  Table table;
  std::vector<std::string>& header = table.add({"class"});
  for (const auto& [name, part] : data.named()) header.push_back(name);
  for (std::size_t c = 0; c < std::min(most, names.size()); ++c) {
    std::vector<std::string>& row = table.add({cut(hinge::printable(names[c]), 30)});
    for (const auto& [name, part] : data.named()) row.push_back(std::to_string(samples_of(*part, c)));
  }
  std::printf("\n");
  table.print();
  if (names.size() > most) std::printf("and %zu more classes\n", names.size() - most);
}

JsonValue column_json(const CheckedColumn& column) {
  const ColumnFacts& facts = *column.facts;
  JsonValue json = JsonValue::object({{"name", facts.name},
                                      {"kind", column.kind},
                                      {"gaps", facts.gaps},
                                      {"inputs", column.inputs},
                                      {"distinct", facts.distinct}});
  if (facts.holds_numbers() || facts.holds_times()) {
    json.set("smallest", facts.smallest);
    json.set("median", facts.median);
    json.set("largest", facts.largest);
  }
  JsonValue texts = JsonValue::object();
  for (std::size_t i = 0; i < std::min<std::size_t>(10, facts.texts.size()); ++i) {
    texts.members.push_back({facts.texts[i].first, facts.texts[i].second});
  }
  json.set("commonest", std::move(texts));
  return json;
}

JsonValue row_report_json(const hinge::RowReport& rows) {
  return JsonValue::object({{"read", rows.read}, {"used", rows.used}, {"dropped", rows.dropped}});
}

JsonValue finding_json(const hinge::Finding& finding) {
  JsonValue json = hinge::json_of(finding);
  json.set("certain", finding.is_certain);
  return json;
}

JsonValue report_of(const CheckArguments& arguments, const std::vector<CheckedColumn>& columns,
                    const hinge::DataParts& data, const Strings& warnings,
                    const std::vector<hinge::Finding>& findings) {
  JsonValue samples = JsonValue::object();
  JsonValue classes = JsonValue::object();
  for (const auto& [name, part] : data.named()) {
    samples.set(name, part->size());
    JsonValue counts = JsonValue::object();
    for (std::size_t c = 0; c < part->class_count(); ++c) {
      counts.members.push_back({part->class_names()[c], samples_of(*part, c)});
    }
    classes.set(name, std::move(counts));
  }
  return JsonValue::object({{"config", arguments.config.path},
                            {"samples", std::move(samples)},
                            {"classes", std::move(classes)},
                            {"rows", row_report_json(data.rows)},
                            {"columns", hinge::list_of(columns, [](const CheckedColumn& c) { return column_json(c); })},
                            {"remarks", hinge::list_of(data.remarks)},
                            {"warnings", hinge::list_of(warnings)},
                            {"findings", hinge::list_of(findings, finding_json)}});
}

void print_report(const CheckArguments& arguments, const hinge::Run& run, const std::vector<CheckedColumn>& columns) {
  const hinge::DataParts& data = run.data();
  const auto size = [](const std::optional<hinge::Dataset<float>>& part) {
    return std::to_string(part ? part->size() : 0);
  };
  std::printf("%s is right: %zu training, %s validation, %s test samples\n%s",
              hinge::printable(arguments.config.path).c_str(), data.train.size(), size(data.validation).c_str(),
              size(data.test).c_str(), run.network().summary().c_str());
  if (const std::string rows = data.rows.text(); !rows.empty()) std::printf("%s\n", rows.c_str());
  if (!columns.empty()) std::printf("\n");
  if (!columns.empty()) print_columns(columns);
  if (!columns.empty()) print_classes(data);
}

int check(const CheckArguments& arguments) {
  const hinge::LoadedConfig loaded = load_config_argument(arguments.config);
  const CheckedRun checked = checked_run(loaded);
  const hinge::Run& run = *checked.run;
  if (arguments.resolved) {
    for (const std::string& text : hinge::part_warnings(run.data())) print_text(stderr, "warning: " + text);
    std::printf("%s\n", hinge::to_json(hinge::resolved_config(loaded, loaded.folder, run.data().section)).c_str());
    return exit_success;
  }
  const std::vector<CheckedColumn> columns = checked_columns(checked.facts, run.data().columns);
  const std::vector<hinge::Finding> findings = hinge::findings_before_training(run.config(), run.data());
  const Strings oddities = oddities_of(checked.facts, columns, findings);
  Strings warnings;
  for (const hinge::Finding& finding : findings) {
    if (finding.is_certain) warnings.push_back(finding.evidence);
    if (finding.is_certain || !arguments.json) print_finding(finding);
  }
  for (const std::string& text : oddities) print_text(stderr, "warning: " + text);
  warnings.insert(warnings.end(), oddities.begin(), oddities.end());
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(report_of(arguments, columns, run.data(), warnings, findings)).c_str());
    return exit_success;
  }
  for (const std::string& text : run.data().remarks) print_text(stderr, "note: " + text);
  print_report(arguments, run, columns);
  return exit_success;
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  const auto [command, arguments] = add_command(
      app, action, "check",
      "Checks a config and its data, without training: mistakes, what would spoil training, and what the table holds",
      check);
  add_config(command, arguments.config);
  command.add_flag("--resolved", arguments.resolved,
                   "prints the config with every option, and a table's columns one by one");
  command.add_flag("--json", arguments.json, "prints what was found as JSON");
}

}  // namespace hinge_command
