// From names to columns.
#include <hinge/data/table_plan.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/table/labels.h>

namespace hinge {

namespace {

using Kind = TableColumn::Kind;
using Strings = std::vector<std::string>;

std::size_t column_called(const TableReader& cells, const std::string& name, const std::string& wanted) {
  if (const auto column = cells.find(name)) return *column;
  const std::size_t count = cells.names().size();
  cells.fail(cells.header_line(), "found " + std::to_string(count) + (count == 1 ? " column" : " columns") +
                                      ", none called " + in_quotes(name) + "; wanted " + wanted +
                                      names_hint(name, cells.names()) + cells.header_hint());
}

// Two lists of which only one may be given, and names given twice.
void check_choice(const TableChoice& choice) {
  const auto refuse = [](const std::string& reason) { throw ConfigError("csv: " + reason); };
  if (!choice.target.empty() && !choice.targets.empty()) refuse("target and targets are both given; wanted one");
  if (!choice.features.empty() && !choice.ignore.empty()) {
    refuse("features and ignore are both given; wanted the columns to take or those to leave out");
  }
  if (choice.task == Task::classes && choice.targets.size() > 1) {
    refuse("targets names " + std::to_string(choice.targets.size()) + " columns; classification has one target");
  }
  for (const Strings* names : {&choice.targets, &choice.features, &choice.ignore}) {
    Strings sorted = *names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) refuse("the column " + in_quotes(*twice) + " is named twice in one list");
  }
}

// Chooses the columns of a table to learn from.
class Chooser {
 public:
  Chooser(const TableReader& cells, const TableChoice& choice)
      : cells_(cells), choice_(choice), described_(cells.names().size()), is_target_(cells.names().size()) {
    for (const auto& [name, column] : choice.columns.sections()) {
      const std::size_t place = column_called(cells, name, "the name of a column for \"columns\"");
      if (described_[place] != nullptr) {
        throw ConfigError("is a second description of the column " + in_quotes(cells.names()[place]),
                          "/data/columns/" + name);
      }
      described_[place] = &column;
    }
  }

  std::vector<TableColumn> columns() {
    const std::vector<std::size_t> targets = this->targets();
    for (const std::size_t place : targets) is_target_[place] = true;
    std::vector<TableColumn> columns;
    for (const std::size_t place : features()) columns.push_back(input(place));
    if (columns.empty()) {
      cells_.fail(cells_.header_line(), "found no column left to learn from; wanted at least one feature");
    }
    for (const std::size_t place : targets) columns.push_back(target(place, targets.size()));
    for (std::size_t place = 0; place < described_.size(); ++place) {
      if (is_kind(place, "weight")) columns.push_back(other(place, Kind::weight));
      if (is_kind(place, "id")) columns.push_back(other(place, Kind::id));
    }
    for (const std::string& name : choice_.groups) {
      const std::size_t place = column_called(cells_, name, "the name of the column of groups");
      const auto reads_it = [&](const TableColumn& column) { return column.place == place; };
      if (std::none_of(columns.begin(), columns.end(), reads_it)) columns.push_back(other(place, Kind::id));
    }
    return columns;
  }

 private:
  bool is_kind(std::size_t place, std::string_view kind) const {
    return described_[place] != nullptr && described_[place]->kind == kind;
  }
  bool is_input(std::size_t place) const {
    for (const char* kind : {"id", "weight", "target", "ignored"}) {
      if (is_kind(place, kind)) return false;
    }
    return !is_target_[place];
  }
  bool is_described_input(std::size_t place) const {
    return is_input(place) && described_[place] != nullptr && described_[place]->kind != "auto";
  }

  std::vector<std::size_t> targets() const {
    std::vector<std::size_t> targets;
    for (std::size_t place = 0; place < described_.size(); ++place) {
      if (is_kind(place, "target")) targets.push_back(place);
    }
    if (!targets.empty()) {
      if (choice_.task == Task::classes && targets.size() > 1) {
        throw ConfigError(std::to_string(targets.size()) + " columns have the kind target; a loss of classes has one",
                          "/data/columns");
      }
      return targets;
    }
    if (!choice_.target.empty()) return {column_called(cells_, choice_.target, "the name of the target column")};
    for (const std::string& name : choice_.targets) {
      targets.push_back(column_called(cells_, name, "the name of a target column"));
    }
    if (!targets.empty()) return targets;
    for (std::size_t place = described_.size(); place-- > 0;) {  // the last that is nothing else
      if (described_[place] == nullptr || described_[place]->kind == "auto") return {place};
    }
    cells_.fail(cells_.header_line(), "found no column left to learn; wanted a target");
  }

  std::size_t named(const std::string& name, const std::string& list) const {
    const std::size_t place = column_called(cells_, name, "the name of a column for \"" + list + "\"");
    if (!is_target_[place]) return place;
    throw ConfigError("csv: " + list + " names the column " + in_quotes(name) +
                      ", which is a target (the last column is, unless one is named)");
  }

  std::vector<std::size_t> features() const {
    std::vector<std::size_t> features;
    for (const std::string& name : choice_.features) features.push_back(named(name, "features"));
    std::vector<bool> is_out(described_.size(), !features.empty());
    for (const std::size_t place : features) is_out[place] = true;
    for (const std::string& name : choice_.ignore) is_out[named(name, "ignore")] = true;
    std::erase_if(features, [&](std::size_t place) { return !is_input(place); });
    for (std::size_t place = 0; place < is_out.size(); ++place) {
      if (!cells_.is_named(place) && cells_.format().header == "true") is_out[place] = true;  // a row number
      const bool is_named = std::find(features.begin(), features.end(), place) != features.end();
      if (!is_named && (is_described_input(place) || (!is_out[place] && is_input(place)))) features.push_back(place);
    }
    return features;
  }

  TableColumn other(std::size_t place, Kind kind) const {
    TableColumn column{.place = place, .name = cells_.names()[place], .kind = kind};
    if (described_[place] != nullptr) column.column = *described_[place];
    if (column.column.missing == "auto") column.column.missing = choice_.missing == "drop" ? "drop" : "error";
    return column;
  }

  TableColumn input(std::size_t place) const {
    TableColumn column = other(place, Kind::open);
    Column& description = column.column;
    const bool is_open = described_[place] == nullptr || described_[place]->missing == "auto";
    if (is_open) description.missing = choice_.missing;
    if (description.preprocess == "auto") description.preprocess = choice_.preprocess;
    if (description.kind == "number") column.kind = Kind::number;
    if (description.kind == "category") column.kind = Kind::category;
    if (description.kind == "time") column.kind = Kind::time;
    if (column.kind == Kind::time && description.parts.empty()) description.parts = {"seconds"};
    return column;
  }

  // One target of labels is that of two classes.
  TableColumn target(std::size_t place, std::size_t count) const {
    const bool has_classes = choice_.task == Task::classes || (choice_.task == Task::labels && count == 1);
    TableColumn column = other(place, has_classes ? Kind::classes : Kind::values);
    column.is_label = choice_.task == Task::labels && !has_classes;
    std::string& preprocess = column.column.preprocess;
    const bool is_scaled = column.kind == Kind::values && choice_.scales_targets;
    if (!is_scaled && preprocess != "auto" && preprocess != "none") {
      throw ConfigError("found \"" + preprocess + "\", but the loss takes its targets as they are; wanted \"none\"",
                        "/data/columns/" + column.name + "/preprocess");
    }
    // A divisor for all columns is meant for the bytes of images.
    if (preprocess == "auto") preprocess = is_scaled && choice_.preprocess != "divide" ? choice_.preprocess : "none";
    return column;
  }

  const TableReader& cells_;
  const TableChoice& choice_;
  std::vector<const Column*> described_;
  std::vector<bool> is_target_;
};

Kind known_kind(const Column& column) {
  if (column.kind == "category") return Kind::category;
  if (column.kind == "time") return Kind::time;
  if (column.kind == "target") return column.categories.empty() ? Kind::values : Kind::classes;
  if (column.kind == "weight") return Kind::weight;
  return column.kind == "id" ? Kind::id : Kind::number;
}

}  // namespace

TablePlan plan_of(const TableReader& cells, const std::string& source, const TableChoice& choice) {
  check_choice(choice);
  if (cells.names().size() == 1) {
    cells.fail(cells.header_line(), "found one column, " + in_quotes(cells.names()[0]) +
                                        "; wanted at least a feature and a target" + cells.header_hint());
  }
  TablePlan plan{
      .learns = true, .encodes = choice.encodes, .keeps_ids = !choice.groups.empty(), .source = printable(source)};
  plan.columns = Chooser(cells, choice).columns();
  return plan;
}

TablePlan plan_of(const TableReader& cells, const std::string& source, const Columns& columns, Further what) {
  const bool has_targets = what == Further::samples;
  TablePlan plan{.drops = has_targets, .keeps_ids = !has_targets, .source = printable(source)};
  for (const auto& [name, column] : columns.sections()) {
    const Kind kind = known_kind(column);
    const bool is_input = kind <= Kind::category;
    if (!is_input && (kind == Kind::id) == has_targets) continue;
    if (kind == Kind::id && !cells.find(name)) continue;
    const std::string wanted = is_input ? "a column for every input of the network" : "the name of a target column";
    plan.columns.push_back({.place = column_called(cells, name, wanted), .name = name, .column = column, .kind = kind});
  }
  return plan;
}

namespace {

using NamedColumn = std::pair<std::string, Column>;

// Whether the input is `age is missing` or `when month` of a column `age` or `when`; then it is added to that column.
bool add_indicator_or_part(const TableReader& cells, const std::string& name, const Column& number,
                           std::vector<NamedColumn>& columns) {
  constexpr std::string_view indicator = " is missing";
  const bool is_indicator = name.ends_with(indicator);
  const std::size_t end = is_indicator ? name.size() - indicator.size() : name.rfind(' ');
  if (cells.find(name) || end == std::string::npos || !cells.find(name.substr(0, end))) return false;
  if (columns.empty() || columns.back().first != name.substr(0, end)) columns.emplace_back(name.substr(0, end), number);
  Column& column = columns.back().second;
  if (is_indicator) {
    column.indicator = true;
  } else {
    column.kind = "time";
    column.parts.push_back(name.substr(end + 1));
  }
  return true;
}

}  // namespace

Columns columns_of(const TableReader& cells, const DatasetNames& names, const std::string& missing) {
  if (names.features.empty()) throw ConfigError("csv: found no names of features; wanted one for each input");
  std::vector<NamedColumn> columns;
  Column number;
  number.kind = "number";
  number.missing = missing;
  for (const std::string& name : names.features) {
    if (add_indicator_or_part(cells, name, number, columns)) continue;
    const std::string text_name = name.substr(0, name.find('='));
    const bool is_category = !cells.find(name) && cells.find(text_name);
    const bool goes_on = is_category && !columns.empty() && columns.back().first == text_name;
    if (!goes_on) columns.emplace_back(is_category ? text_name : name, number);
    if (!is_category) continue;
    columns.back().second.kind = "category";
    columns.back().second.categories.push_back(name.substr(text_name.size() + 1));
  }
  for (const std::string& name : names.targets) {
    for (const auto& [feature, column] : columns) {
      if (feature != name || column.kind == "target") continue;
      throw ConfigError("csv: the column " + in_quotes(name) + " is a feature and a target; wanted one of the two");
    }
    Column target;
    target.kind = "target";
    target.missing = missing == "drop" ? "drop" : "error";
    target.categories = names.classes;
    columns.emplace_back(name, target);
  }
  Columns result;
  for (auto& [name, column] : columns) result.add(std::move(name), std::move(column));
  return result;
}

namespace {

// The names of the inputs must lead back to the column.
void check_input_names(const TableReader& cells, const TableColumn& column) {
  if (column.name.find('=') != std::string::npos) {
    cells.fail(cells.header_line(),
               "found the name " + in_quotes(column.name) + " of a column of texts; wanted one without =");
  }
  for (const std::string& input : input_names(column.name, column.column)) {
    if (!cells.find(input)) continue;
    cells.fail(cells.header_line(), "found the column " + in_quotes(input) +
                                        ", which is also the input for a category of " + in_quotes(column.name) +
                                        "; wanted another name for it");
  }
}

// A class needs another one, and one spelling.
void check_class_labels(const TableReader& cells, const TableColumn& target) {
  const Strings& classes = target.column.categories;
  const std::string place = "column " + in_quotes(target.name) + ": found ";
  if (classes.size() < 2) {
    cells.fail_file(place + "only the class " + in_quotes(classes[0]) +
                    "; wanted at least two (is this the target column?)");
  }
  std::map<double, std::string> spellings;
  for (const std::string& label : classes) {
    const auto value = cells.number_in({.text = label});
    if (!value) continue;
    const auto [known, is_new] = spellings.emplace(*value, label);
    if (is_new) continue;
    cells.fail_file(place + "the labels " + in_quotes(known->second) + " and " + in_quotes(label) +
                    ", the same number; wanted one spelling for each class");
  }
}

}  // namespace

void check_names(const TableReader& cells, const Table& table) {
  for (const TableColumn& column : table.columns) {
    if (column.kind == Kind::category) check_input_names(cells, column);
    if (column.kind == Kind::classes) check_class_labels(cells, column);
  }
}

}  // namespace hinge
