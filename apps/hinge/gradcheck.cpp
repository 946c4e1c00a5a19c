// hinge gradcheck: compares every gradient of a config's network with a difference quotient.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/layers/gradient_check.h>
#include <hinge/optim/run/run.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "faults.h"

namespace hinge_command {

namespace {

struct GradcheckArguments {
  std::string what;
  std::vector<std::string> overrides;
  std::optional<std::string> samples;
  std::optional<std::string> elements;
  std::optional<std::string> fault;
  bool json = false;
};

constexpr const char* gradcheck_help =
    "Takes the network of a config with its initial weights, or that of a run's\n"
    "folder with its trained weights, and the first training samples as one batch.\n"
    "Everything is computed in double precision. Each gradient of the backward pass\n"
    "is compared with central differences of the loss, (L(w + h) - L(w - h)) / 2h,\n"
    "for two widths h, which need forward passes only. The error of a tensor is its\n"
    "largest difference divided by its largest gradient (docs/backprop.md, eq. 14).\n"
    "\n"
    "skipped counts elements that were not compared: between w - h and w + h a unit\n"
    "crosses its kink (a ReLU with z near 0), so the quotient mixes two slopes and\n"
    "differs from a right gradient; or w is so large that w + h rounds to w.\n"
    "\n"
    "Exit code 1 if a gradient differs by more than a millionth of the largest\n"
    "gradient of its tensor plus the quotient's rounding error: then a derivative is\n"
    "wrong. Also if nothing could be compared.\n"
    "\n"
    "--break puts a classic mistake into the backward pass, to see it being caught.\n"
    "Exit code 1 as for any wrong gradient, 2 if the mistake cannot show: without a\n"
    "ReLU, for example, no gate can be wrong.\n";

std::string help_text() {
  std::string text = gradcheck_help;
  for (const Fault& fault : faults()) {
    std::string name = "  " + std::string(fault.name);
    name.resize(11, ' ');
    for (const std::string& line : wrapped(name + std::string(fault.what), 80, 11)) text += "\n" + line;
  }
  return text;
}

// Errors need two digits only.
std::string error_text(double error) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1e", error);
  return text.data();
}

// The row and column of the worst element, from 0: `[3, 17]`.
std::string worst_place(const hinge::TensorCheck& tensor) {
  if (tensor.checked == 0) return "-";
  return "[" + std::to_string(tensor.worst / tensor.cols) + ", " + std::to_string(tensor.worst % tensor.cols) + "]";
}

// The factor between the gradient and the difference at the worst element.
double ratio(const hinge::TensorCheck& tensor) { return tensor.analytic / tensor.numeric; }

void print_wrapped(const std::string& text) {
  for (const std::string& line : wrapped(text, 80)) std::printf("%s\n", line.c_str());
}

// Which tensors gave the fault away, and why.
void print_caught(const hinge::GradientCheck& result, const Fault& fault) {
  std::vector<std::string> wrong;
  std::vector<std::string> right;
  for (const hinge::TensorCheck& tensor : result.tensors) {
    if (tensor.checked > 0) (tensor.agrees ? right : wrong).push_back(tensor.name);
  }
  std::printf("\n");
  print_wrapped("caught: " + std::string(fault.what));
  print_wrapped("differ: " + hinge::join(wrong));
  if (!right.empty()) print_wrapped("agree:  " + hinge::join(right));
  print_wrapped(std::string(fault.why));
}

void print_check(const hinge::GradientCheck& result, const Fault* fault) {
  Table table;
  auto& heads = table.add({"", "checked", "skipped", "error", "worst at", "gradient", "difference"});
  if (fault != nullptr) heads.emplace_back("ratio");
  for (const hinge::TensorCheck& tensor : result.tensors) {
    const bool is_compared = tensor.checked > 0;
    const std::size_t size = tensor.rows * tensor.cols;
    const std::size_t seen = tensor.checked + tensor.skipped;
    const std::string of_all =
        seen < size ? std::to_string(tensor.checked) + "/" + std::to_string(size) : std::to_string(tensor.checked);
    auto& row =
        table.add({tensor.name, of_all, std::to_string(tensor.skipped), is_compared ? error_text(tensor.error) : "-",
                   worst_place(tensor), is_compared ? short_number(tensor.analytic) : "-",
                   is_compared ? short_number(tensor.numeric) : "-"});
    if (fault != nullptr) row.push_back(is_compared ? short_number(ratio(tensor)) : "-");
  }
  table.print();
  if (fault != nullptr && result.checked() > 0) return print_caught(result, *fault);
  if (result.checked() == 0) {
    std::printf("\nwarning: nothing could be compared: all elements were skipped\n");
  } else if (result.agrees()) {
    const bool is_all = std::all_of(result.tensors.begin(), result.tensors.end(),
                                    [](const hinge::TensorCheck& tensor) { return tensor.checked > 0; });
    std::printf("\nall gradients%s agree with their differences: the largest error is %s\n",
                is_all ? "" : " that could be compared", error_text(result.largest_error()).c_str());
  } else if (std::isnan(result.largest_error())) {
    std::printf("\nerror: a gradient or its difference is not finite\n");
  } else {
    std::printf("\nerror: the largest error is %s\n", error_text(result.largest_error()).c_str());
  }
}

int gradcheck(const GradcheckArguments& arguments) {
  const Fault* fault = arguments.fault ? &fault_named(*arguments.fault) : nullptr;
  const std::size_t samples = parse_count("--samples", arguments.samples, 8, 1);
  const std::size_t elements =  // 0: all
      arguments.elements == "all" ? 0 : parse_count("--elements", arguments.elements, 500, 1, 1'000'000, " or all");
  const StartArgument start = start_argument(arguments.what);
  const hinge::LoadedConfig loaded = load_config_argument({start.config, arguments.overrides});
  const hinge::Run run(loaded);

  std::vector<std::size_t> rows(std::min(samples, run.data().train.size()));
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const auto batch = run.data().train.subset(rows).convert<double>();
  auto network = run.network().convert<double>();
  load_trained(start, run, network);
  const hinge::GradientCheck result = check_gradients(fault, network, run.config().loss, batch, elements);
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(check_json(result, fault)).c_str());
  } else {
    print_check(result, fault);
  }
  return result.agrees() ? exit_success : exit_failure;
}

}  // namespace

void add_gradcheck(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "gradcheck", "Compares every gradient with a difference quotient", gradcheck);
  command.footer(help_text());
  command.add_option("what", arguments.what, "a config, the folder of a run, or the model in it")->required();
  add_overrides(command, arguments.overrides, "changes the config, as in hinge train");
  command.add_option("--samples", arguments.samples, "training samples in the batch; else 8")->type_name("N");
  command.add_option("--elements", arguments.elements, "elements of each tensor, or all; else 500")->type_name("N");
  command.add_option("--break", arguments.fault, "puts that mistake in, and shows it caught")->type_name("NAME");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
