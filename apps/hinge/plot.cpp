// hinge plot: activation functions and their slopes, or the figures of runs, as a table, an SVG drawing or a CSV file.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/optim/run/result_folder.h>

#include "arguments/arguments.h"
#include "arguments/part_argument.h"
#include "command.h"
#include "console.h"
#include "drawing/chart.h"
#include "drawing/palette.h"
#include "drawing/scale.h"
#include "report/function_chart.h"
#include "report/run_charts.h"
#include "report/stored_run.h"

namespace hinge_command {

namespace {

struct PlotArguments {
  std::vector<std::string> names;
  std::optional<std::string> alpha;
  std::optional<std::string> range;
  std::optional<std::string> out;
  bool derivative = false;
  std::string show = "loss";
  std::optional<std::string> epoch;
  bool log = false;
};

constexpr const char* plot_help =
    "Prints a table of values; --out FILE.svg also draws them, --out FILE.csv writes\n"
    "the numbers behind the drawing. Values and slopes are those that training uses.\n"
    "\n"
    "Folders of runs instead of functions: draws a figure of theirs over the epochs,\n"
    "such as loss, accuracy, dead or learning_rate; of one run also which units were\n"
    "dead when (--show units), or the network as a function of its one or two inputs\n"
    "(--show function): the curve, or the decision regions with the line z = 0 of each\n"
    "unit of the first layer.\n"
    "\n"
    "  hinge plot relu leaky_relu --alpha 0.1 --derivative --out relu.svg\n"
    "  hinge plot leaky_relu:alpha=0.01 leaky_relu:alpha=0.3 --range -5:5\n"
    "  hinge plot runs/relu runs/leaky --show accuracy --out accuracy.svg";

struct Function {
  std::string label;
  std::unique_ptr<hinge::Activation<double>> activation;
};

Range parse_range(const std::optional<std::string>& text) {
  if (!text) return {-4, 4};
  const std::size_t colon = text->find(':');
  if (colon != std::string::npos) {
    const auto low = hinge::parse_double(text->substr(0, colon));
    const auto high = hinge::parse_double(text->substr(colon + 1));
    if (low && high && *low < *high && std::abs(*low) <= 1e6 && std::abs(*high) <= 1e6 && *high - *low >= 1e-6) {
      return {*low, *high};
    }
  }
  throw hinge::ConfigError("--range " + hinge::printable(*text) +
                           ": wanted FROM:TO, such as -3:3, at least 1e-6 wide and within ±1e6");
}

std::vector<Function> parse_functions(const PlotArguments& arguments) {
  if (arguments.names.size() > curve_colours) {
    throw hinge::ConfigError("plot: " + std::to_string(arguments.names.size()) + " functions; at most " +
                             std::to_string(curve_colours) + " can be told apart");
  }
  std::optional<double> alpha;
  if (arguments.alpha) {
    alpha = hinge::parse_double(*arguments.alpha);
    if (!alpha) throw hinge::ConfigError("--alpha " + hinge::printable(*arguments.alpha) + ": wanted a number");
  }
  bool is_used = false;
  std::vector<Function> functions;
  for (const std::string& name : arguments.names) {
    hinge::ActivationSpec activation = parse_activation(name);
    if (alpha && name.find("alpha=") == std::string::npos) is_used = set_alpha(activation, *alpha) || is_used;
    functions.push_back({activation_label(activation), activation->build<double>()});
    const auto same = [&](const Function& other) { return other.label == functions.back().label; };
    if (std::count_if(functions.begin(), functions.end(), same) > 1) {
      throw hinge::ConfigError("plot: " + functions.back().label + " is there twice; leave one out");
    }
  }
  if (alpha && !is_used) {
    throw hinge::ConfigError(
        "--alpha: each of these functions has its own or takes none; leaky_relu, prelu and elu take one");
  }
  return functions;
}

double evaluate(const Function& function, bool derivative, double z) {
  return derivative ? function.activation->derivative(z) : function.activation->value(z);
}

// The ends of the smooth pieces: the ends of the interval, and the kinks inside.
std::vector<double> borders(const Function& function, const Range& interval) {
  std::vector<double> borders = {interval.low};
  for (const double kink : function.activation->kinks()) {
    if (kink > interval.low && kink < interval.high) borders.push_back(kink);
  }
  borders.push_back(interval.high);
  return borders;
}

// Adds the points of a piece between two borders. φ is continuous, so its pieces meet at a kink. φ′ jumps there, so its
// piece takes the slope of the neighbouring z instead.
void add_piece(const Function& function, bool derivative, double from, double to, std::vector<Point>& points) {
  constexpr int steps = 160;
  for (int i = 0; i <= steps; ++i) {
    const double z = i == steps ? to : from + static_cast<double>(i) / steps * (to - from);
    double seen = z;
    if (derivative && i == 0) seen = std::nextafter(from, to);
    if (derivative && i == steps) seen = std::nextafter(to, from);
    points.push_back({z, evaluate(function, derivative, seen)});
  }
}

// Adds a curve, and dots that mark its values at jumps.
void add_curve(const Function& function, bool derivative, const Range& interval, std::size_t colour, Chart& chart) {
  Series curve{.label = function.label, .colour = colour};
  Series dots{.kind = Series::Kind::dots, .colour = colour};
  const std::vector<double> ends = borders(function, interval);
  for (std::size_t i = 1; i < ends.size(); ++i) {
    add_piece(function, derivative, ends[i - 1], ends[i], curve.points);
    if (!derivative || i + 1 == ends.size()) continue;
    curve.points.push_back({ends[i], std::nan("")});  // a gap at the jump
    dots.points.push_back({ends[i], evaluate(function, true, ends[i])});
  }
  chart.series.push_back(std::move(curve));
  chart.series.push_back(std::move(dots));
}

Drawing draw_functions(const std::vector<Function>& functions, const Range& interval, bool derivative) {
  Chart chart{
      .title = derivative ? "φ′(z)" : "φ(z)", .x = {.label = "z"}, .y = {.has_zero = true}, .width = 760, .left = 44};
  for (std::size_t i = 0; i < functions.size(); ++i) add_curve(functions[i], derivative, interval, i, chart);
  for (const Function& function : functions) {
    chart.description += (chart.description.empty() ? chart.title + " of " : ", ") + function.label;
  }
  chart.description +=
      " for z from " + hinge::typeset(interval.low, 6) + " to " + hinge::typeset(interval.high, 6) + ".";
  return draw(chart);
}

std::string svg_text(const std::vector<Function>& functions, const Range& interval, bool derivative) {
  const Drawing values = draw_functions(functions, interval, false);
  if (!derivative) return svg_of(values);
  return svg_of(stacked({values, draw_functions(functions, interval, true)}, "Activation functions and their slopes"));
}

// Adds every kink inside the interval, and sorts.
std::vector<double> with_kinks(std::vector<double> z, const std::vector<Function>& functions, const Range& interval) {
  for (const Function& function : functions) {
    const std::vector<double> ends = borders(function, interval);
    z.insert(z.end(), ends.begin() + 1, ends.end() - 1);
  }
  std::sort(z.begin(), z.end());
  z.erase(std::unique(z.begin(), z.end()), z.end());
  return z;
}

std::string csv_text(const std::vector<Function>& functions, const Range& interval, bool derivative) {
  std::string text = "z";
  for (const Function& function : functions) {
    text += "," + function.label;
    if (derivative) text += "," + function.label + " slope";
  }
  text += "\n";
  constexpr int steps = 200;
  std::vector<double> even;
  for (int i = 0; i <= steps; ++i) even.push_back(interval.low + (interval.high - interval.low) * i / steps);
  for (const double z : with_kinks(std::move(even), functions, interval)) {
    text += hinge::to_text(z);
    for (const Function& function : functions) {
      text += "," + hinge::to_text(evaluate(function, false, z));
      if (derivative) text += "," + hinge::to_text(evaluate(function, true, z));
    }
    text += "\n";
  }
  return text;
}

void print_table(const std::vector<Function>& functions, const Range& interval, bool derivative) {
  Table table;
  std::vector<std::string> header = {"z"};
  for (const Function& function : functions) {
    header.push_back(function.label);
    if (derivative) header.push_back("slope");
  }
  table.add(header);
  for (const double z : with_kinks(round_ticks(interval.low, interval.high, 16), functions, interval)) {
    std::vector<std::string> row = {hinge::to_text(z, 6)};
    for (const Function& function : functions) {
      row.push_back(short_number(evaluate(function, false, z)));
      if (derivative) row.push_back(short_number(evaluate(function, true, z)));
    }
    table.add(row);
  }
  table.print();
}

// Writes the picture or its numbers, as the name of the file says.
void write_picture(const std::optional<std::string>& path, const std::string& svg, const std::string& csv) {
  if (!path) return;
  if (!path->ends_with(".svg") && !path->ends_with(".csv")) {
    throw hinge::ConfigError("--out " + hinge::printable(*path) + ": wanted a name that ends in .svg or .csv");
  }
  hinge::write_file(*path, path->ends_with(".svg") ? svg : csv);
}

int plot_functions(const PlotArguments& arguments) {
  const Range interval = parse_range(arguments.range);
  const std::vector<Function> functions = parse_functions(arguments);
  write_picture(arguments.out, svg_text(functions, interval, arguments.derivative),
                csv_text(functions, interval, arguments.derivative));
  print_table(functions, interval, arguments.derivative);
  return exit_success;
}

void print_numbers(const Numbers& numbers) {
  constexpr std::size_t most_rows = 40;
  const Numbers few = shortened(numbers, most_rows);
  Table table;
  std::vector<std::string>& header = table.add(few.header);
  for (std::string& cell : header) cell = hinge::printable(cell);
  for (std::vector<std::string> row : few.rows) {
    for (std::string& cell : row) {
      const auto value = hinge::parse_double(cell);
      cell = cell.empty() ? "-" : value ? short_number(*value) : hinge::printable(cell);
    }
    table.add(std::move(row));
  }
  table.print();
  if (few.rows.size() < numbers.rows.size()) {
    note(Display::of_stderr(false), "these are " + std::to_string(few.rows.size()) + " of " +
                                        std::to_string(numbers.rows.size()) + " rows; --out FILE.csv writes all");
  }
}

// The files of a run, of which one must be there.
RunFiles run_with(const std::string& folder, const char* file, bool with_health) {
  hinge::read_file_start(hinge::join_path(folder, file), 0);  // throws where it is not
  return read_run_files(folder, with_health);
}

int plot_units(const PlotArguments& arguments) {
  if (arguments.names.size() > 1) throw hinge::ConfigError("--show units: wanted one run");
  const std::string& folder = arguments.names.front();
  Numbers numbers{.header = {"layer", "unit", "epoch", "state"}};
  std::vector<Drawing> drawings;
  for (auto& [layer, has_deaths, map] : death_maps(run_with(folder, hinge::run_files::health, true), false)) {
    const std::string number = hinge::to_text(layer);
    map.title = names_of({folder}).front() + ": units of layer " + number;
    map.description = "Which units of layer " + number + " were dead at which epoch.";
    drawings.push_back(draw(map));
    for (std::vector<std::string> row : numbers_of(map).rows) {
      row.insert(row.begin(), number);
      numbers.rows.push_back(std::move(row));
    }
  }
  write_picture(arguments.out, svg_of(stacked(drawings, "Units over epochs")), csv_of(numbers));
  print_numbers(numbers);
  return exit_success;
}

// The network as it was after the epoch that is asked for, else at the end.
const NetworkAt& network_at(const std::vector<NetworkAt>& history, const std::optional<std::string>& epoch) {
  constexpr std::size_t most = 1'000'000'000;
  const std::size_t wanted = parse_count("--epoch", epoch, history.back().epoch, 0, most);
  std::vector<std::string> known;
  for (const NetworkAt& at : history) {
    if (at.epoch == wanted) return at;
    known.push_back(std::to_string(at.epoch));
  }
  throw hinge::ConfigError("--epoch " + std::to_string(wanted) +
                           ": the run has no weights of that epoch; it has those of " + hinge::join(known));
}

int plot_function_of(const PlotArguments& arguments) {
  if (arguments.names.size() > 1) throw hinge::ConfigError("--show function: wanted one run");
  const StoredRun stored(arguments.names.front());
  const ReportSource& source = stored.source();
  if (!source.missing.empty()) throw hinge::DataError(source.missing);
  if (!has_function_chart(source)) {
    throw hinge::ConfigError("--show function: " + hinge::printable(arguments.names.front()) +
                             " holds no model of one input and one target, or of two inputs and at most six classes");
  }
  const NetworkAt& at = network_at(source.history, arguments.epoch);
  const Numbers numbers = function_numbers(source, at);
  write_picture(arguments.out, svg_of(draw(function_chart(source, at))), csv_of(numbers));
  print_numbers(numbers);
  return exit_success;
}

int plot_runs(const PlotArguments& arguments) {
  if (arguments.alpha || arguments.range || arguments.derivative) {
    throw hinge::ConfigError("plot: --alpha, --range and --derivative are for functions; these are runs");
  }
  for (const std::string& run : arguments.names) warn_of_unfinished(run);
  if (arguments.epoch && arguments.show != "function") {
    throw hinge::ConfigError("--epoch is for --show function");
  }
  if (arguments.show == "units") return plot_units(arguments);
  if (arguments.show == "function") return plot_function_of(arguments);
  std::vector<RunFiles> runs;
  for (const std::string& run : arguments.names) runs.push_back(run_with(run, hinge::run_files::metrics, false));
  Chart chart = chart_of(runs, arguments.show);
  if (arguments.log) chart.y = {.label = chart.y.label, .kind = ScaleKind::log};
  const Numbers numbers = numbers_of(chart);
  write_picture(arguments.out, svg_of(draw(chart)), csv_of(numbers));
  print_numbers(numbers);
  return exit_success;
}

// All names are folders, or none is.
int plot(const PlotArguments& arguments) {
  const auto& names = arguments.names;
  const auto other = std::find_if_not(names.begin(), names.end(), hinge::is_folder);
  if (other == names.end()) return plot_runs(arguments);
  if (std::any_of(names.begin(), names.end(), hinge::is_folder)) {
    throw hinge::ConfigError("plot: " + hinge::printable(*other) + " is no folder of a run, as others are");
  }
  if (arguments.log || arguments.epoch || arguments.show != "loss") {
    throw hinge::ConfigError("plot: --show and --log are for runs; " + hinge::printable(*other) + " is no folder");
  }
  return plot_functions(arguments);
}

}  // namespace

void add_plot(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "plot", "Draws activation functions, or the figures of runs", plot);
  command.footer(plot_help);
  command
      .add_option("names", arguments.names,
                  "functions, NAME or NAME:OPTION=VALUE,…, as hinge activations lists them;\nor folders of runs")
      ->required();
  command.add_option("--alpha", arguments.alpha, "the alpha of all functions that have one")->type_name("A");
  command.add_option("--range", arguments.range, "the range of z; else -4:4")->type_name("FROM:TO");
  command.add_flag("--derivative", arguments.derivative, "shows the slopes, too");
  command
      .add_option("--show", arguments.show, "the figure of runs: loss, accuracy, dead, …, units or function; else loss")
      ->type_name("FIGURE");
  command
      .add_option("--epoch", arguments.epoch,
                  "the function as it was after that epoch, 0: before training; else the end")
      ->type_name("N");
  command.add_flag("--log", arguments.log, "a logarithmic axis for the figure of runs");
  command.add_option("--out", arguments.out, "a file to write, .svg or .csv")->type_name("FILE");
}

}  // namespace hinge_command
