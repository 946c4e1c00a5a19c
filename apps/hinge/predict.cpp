// hinge predict: a CSV file in, predictions as CSV out, block by block.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/text.h>
#include <hinge/data/table.h>
#include <hinge/data/table_plan.h>

#include "arguments/arguments.h"
#include "command.h"

namespace hinge_command {

namespace {

constexpr std::size_t rows_at_once = 8192;

struct PredictArguments {
  std::string model;
  std::string data;
  std::string out;
  std::string delimiter = "auto";
};

// A cell of RFC 4180: quoted where it must be.
std::string cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Where the predictions go, piece by piece: to stdout, or to a file, which is there only once it is whole.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path) {
    if (!path.empty()) file_.emplace(unfinished());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (!path_.empty() && !is_done_) std::remove(unfinished().c_str());
  }

  bool is_terminal() const { return path_.empty() && isatty(STDOUT_FILENO) == 1; }

  // Lines, the last one without its end. A name may hold any byte, a zero byte too.
  void add(const std::string& lines) {
    if (file_) return file_->append(lines);
    std::fwrite((lines + "\n").data(), 1, lines.size() + 1, stdout);
  }
  void finish() {
    if (!path_.empty()) hinge::rename_file(unfinished(), path_);
    is_done_ = true;
  }

 private:
  std::string unfinished() const { return path_ + ".part"; }

  std::string path_;
  std::optional<hinge::LineFile> file_;
  bool is_done_ = false;
};

// The header and the rows of the predictions of one model.
class PredictionTable {
 public:
  PredictionTable(const hinge::Model<float>& model, const hinge::TablePlan& plan, bool is_terminal)
      : model_(model), info_(model.info()), is_terminal_(is_terminal) {
    for (const hinge::TableColumn& column : plan.columns) {
      if (column.kind == hinge::TableColumn::Kind::id) header_.push_back(shown(column.name));
    }
    const std::size_t outputs = model.network().outputs();
    if (has_labels()) {
      for (const std::string& name : info_.target_names)
        header_.insert(header_.end(), {shown(name), "p(" + shown(name) + ")"});
    } else if (model.is_classifier()) {
      const std::string_view word = gives_probabilities(info_.output_transform) ? "p(" : "score(";
      classes_ = named(info_.class_names, std::max<std::size_t>(2, outputs), "");
      header_.emplace_back("class");
      for (const std::string& name : classes_) header_.push_back(std::string(word) + name + ")");
    } else {
      for (const std::string& name : named(info_.target_names, outputs, "output_")) header_.push_back(name);
    }
  }

  std::string header() const { return line_of(header_); }

  // The lines of a block: its ids, and its predictions.
  std::string rows(const hinge::Table& table, hinge::MatrixView<const double> predictions) const {
    const std::vector<std::size_t> classes =
        !has_labels() && model_.is_classifier() ? model_.classes_of(predictions) : std::vector<std::size_t>();
    std::string text;
    for (std::size_t i = 0; i < predictions.cols; ++i) {
      std::vector<std::string> cells;
      for (const hinge::TableColumn& column : table.columns) {
        if (column.kind == hinge::TableColumn::Kind::id) cells.push_back(shown(column.texts[i]));
      }
      if (!classes.empty()) cells.push_back(classes_[classes[i]]);
      add_numbers(cells, predictions, i);
      text += (i == 0 ? "" : "\n") + line_of(cells);
    }
    return text;
  }

 private:
  // Several yes-or-no answers.
  bool has_labels() const {
    return gives_probabilities(info_.output_transform) && info_.class_names.empty() && !info_.target_names.empty();
  }

  // Made safe where a terminal shows it.
  std::string shown(const std::string& text) const { return is_terminal_ ? hinge::printable(text) : text; }

  std::vector<std::string> named(std::vector<std::string> names, std::size_t count, const char* prefix) const {
    if (names.empty()) return hinge::numbered_names(prefix, count);
    for (std::string& name : names) name = shown(name);
    return names;
  }

  static std::string line_of(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& text : cells) line += (&text == cells.data() ? "" : ",") + cell(text);
    return line;
  }

  void add_numbers(std::vector<std::string>& cells, hinge::MatrixView<const double> predictions, std::size_t i) const {
    if (model_.is_classifier() && !has_labels() && predictions.rows == 1) {  // that of the second class
      const auto p = static_cast<float>(predictions(0, i));
      cells.insert(cells.end(), {hinge::to_text(1 - p), hinge::to_text(p)});
      return;
    }
    for (std::size_t k = 0; k < predictions.rows; ++k) {
      if (has_labels()) cells.emplace_back(predictions(k, i) > 0.5 ? "1" : "0");
      cells.push_back(number(predictions(k, i), k));
    }
  }

  // As few digits as tell apart what the network tells apart.
  std::string number(double value, std::size_t output) const {
    const std::size_t columns = info_.targets.offsets().size();
    const hinge::ColumnScaling scaling = info_.targets.column(columns == 1 ? 0 : output);
    const auto rounded = static_cast<float>(value);
    constexpr double resolution = 1e-6;  // of scaled values
    const double error = scaling.apply(static_cast<double>(rounded)) - scaling.apply(value);
    return std::abs(error) <= resolution ? hinge::to_text(rounded) : hinge::to_text(value);
  }

  const hinge::Model<float>& model_;
  const hinge::ModelInfo& info_;
  bool is_terminal_;
  std::vector<std::string> header_;
  std::vector<std::string> classes_;
};

// A row whose values are too large to compute with has no prediction.
void check_finite(const hinge::Table& table, hinge::MatrixView<const double> outputs) {
  for (std::size_t i = 0; i < outputs.cols; ++i) {
    for (std::size_t k = 0; k < outputs.rows; ++k) {
      if (std::isfinite(outputs(k, i))) continue;
      throw hinge::DataError(table.source + ":" + std::to_string(table.lines[i]) + ": output " + std::to_string(k) +
                             " is " + hinge::to_text(outputs(k, i)) +
                             "; the values of this row, or the weights, are too large");
    }
  }
}

int predict(const PredictArguments& arguments) {
  const auto stored = load_model_argument(arguments.model);
  const hinge::Model<float>& model = stored.model;
  if (model.info().feature_names.empty()) {
    throw hinge::ModelError("the model does not know the names of its features, so no columns can be found for them");
  }
  hinge::TableReader cells = open_table(arguments.data, stored, arguments.delimiter);
  hinge::TablePlan plan =
      plan_of(cells, table_name(arguments.data), table_columns(stored, cells), hinge::Further::inputs);
  Output output(arguments.out);
  const PredictionTable predictions(model, plan, output.is_terminal());
  hinge::TableBlocks blocks(cells, std::move(plan));
  hinge::Workspace<float> workspace;
  std::string header = predictions.header() + "\n";
  while (blocks.next(rows_at_once)) {
    const hinge::Table& table = blocks.table();
    const hinge::Buffer<double> inputs = table.inputs<double>({});
    const auto x = hinge::MatrixView<const double>::samples(inputs.data(), model.network().inputs(), table.size());
    const hinge::Matrix<double> values = model.predict_in_double(x, workspace);
    check_finite(table, values.view());
    output.add(std::exchange(header, "") + predictions.rows(table, values.view()));
  }
  if (!header.empty()) cells.fail_file("found a header but no rows; wanted at least one row");
  output.finish();
  return exit_success;
}

}  // namespace

void add_predict(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "predict", "Predicts for each row of a CSV file; writes CSV", predict);
  command.add_option("model", arguments.model, "the folder of a run, or a model file")->required();
  command.add_option("data", arguments.data, "a CSV file with the features, found by their names; - for stdin")
      ->required();
  command.add_option("-o,--out", arguments.out, "writes the predictions into a file, once they are whole")
      ->type_name("FILE");
  add_delimiter(command, arguments.delimiter);
}

}  // namespace hinge_command
