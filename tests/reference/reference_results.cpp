// Trains what PyTorch was trained on, with the same rules, and compares what came out over many seeds.
//
//   hinge_reference [--data FOLDER] [--seeds N] [--set KEY=VALUE] NAME…
//
// A name is a table of runs.json (digits, small, mnist, mnist_large, proben1, proben1_adam, deep, dead), one of its runs, or a
// law of untrained networks (law, law_mnist, born_dead). Prints tables; exits with 1 when a figure is not statistically
// equal to PyTorch's. Runs whose data is not in FOLDER are skipped. N takes the place of the number of seeds. --set changes all runs, as
// it does for hinge train.
//
// Equal means, for each of the m figures asked for together: Welch's t-test gives p >= 0.05/m, and the means differ by at
// most 0.01 (or what the run says) or three standard errors.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <hinge/core/number.h>

#include "laws.h"
#include "reference_runs.h"
#include "statistics.h"

namespace {

struct Request {
  std::string data_folder = HINGE_SHARED_DIR "/data";
  std::size_t seeds = 0;  // 0: those of the run
  std::vector<std::string> overrides;
  std::vector<std::string> names;

  bool names_run(const ReferenceRun& run) const {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return name == run.table || name == run.name; });
  }
};

// The published figures have four decimals: what they stand for may be this much nearer and wider.
constexpr double rounding = 0.00005;

// The p of Welch's test; 1 for a reference whose deviation is not known.
double p_of(const Sample& ours, Sample reference) {
  if (reference.deviation < 0) return 1;
  reference.mean = std::clamp(ours.mean, reference.mean - rounding, reference.mean + rounding);
  reference.deviation += rounding;
  return welch_p(ours, reference);
}

std::string decimals(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

bool passes(const std::string& name, const Sample& ours, const Sample& reference, std::size_t figures, double within) {
  const bool known = reference.deviation >= 0;
  const double p = p_of(ours, reference);
  const double difference = ours.mean - reference.mean;
  const double error = std::sqrt(ours.squared_standard_error() + reference.squared_standard_error());
  const bool equal = p >= 0.05 / static_cast<double>(figures) && std::abs(difference) <= std::max(within, 3 * error);
  std::printf("%-36s  %2zu  %.4f +- %.4f   %2zu  %.4f +- %-6s   %+.4f  %-5s  %s\n", name.c_str(), ours.count, ours.mean,
              ours.deviation, reference.count, reference.mean, known ? decimals(reference.deviation, 4).c_str() : "?",
              difference, known ? decimals(p, 3).c_str() : "", equal ? "equal" : "DIFFERENT");
  std::fflush(stdout);
  return equal;
}

bool compare(const ReferenceRun& run, const Request& request, std::size_t figures) {
  const std::string missing = run.missing();
  if (!missing.empty()) {
    std::printf("%-36s  skipped: %s is not there\n", run.name.c_str(), missing.c_str());
    return true;
  }
  const Figures found = train_seeds(run, request.seeds > 0 ? request.seeds : run.seeds);
  bool all_equal = true;
  for (const auto& [figure, reference] : run.reference) {
    all_equal =
        passes(run.name + " " + figure, summarise(found.at(figure)), reference, figures, run.within) && all_equal;
  }
  return all_equal;
}

bool compare_runs(const std::vector<ReferenceRun>& runs, const Request& request) {
  std::size_t figures = 0;
  for (const ReferenceRun& run : runs) figures += run.reference.size();
  if (figures > 0) {
    std::printf("%-36s  %-22s   %-22s   %-7s  %-5s\n", "run and figure", "Hinge: runs, mean", "PyTorch", "differ", "p");
  }
  bool all_equal = true;
  for (const ReferenceRun& run : runs) all_equal = compare(run, request, figures) && all_equal;
  return all_equal;
}

// Whether the law of that name holds; true for a name that is no law.
bool check_law(const std::string& name, const std::string& data_folder) {
  if (name == "law") return check_dead_units_on_digits();
  if (name == "born_dead") return check_born_dead();
  if (name != "law_mnist") return true;
  if (std::filesystem::exists(data_folder + "/mnist")) return check_dead_units_on_mnist(data_folder + "/mnist");
  std::printf("law_mnist  skipped: %s/mnist is not there\n", data_folder.c_str());
  return true;
}

bool is_law(const std::string& name) { return name == "law" || name == "law_mnist" || name == "born_dead"; }

Request parse(const std::vector<std::string>& arguments) {
  Request request;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool has_value = i + 1 < arguments.size();
    if (arguments[i] == "--data" && has_value) {
      request.data_folder = arguments[++i];
    } else if (arguments[i] == "--seeds" && has_value) {
      request.seeds = hinge::parse_size(arguments[++i]).value_or(0);
      if (request.seeds < 2) throw std::invalid_argument("--seeds wants a whole number of at least 2");
    } else if (arguments[i] == "--set" && has_value) {
      request.overrides.push_back(arguments[++i]);
    } else {
      request.names.push_back(arguments[i]);
    }
  }
  return request;
}

// The runs that are asked for. A name that asks for nothing must not pass.
std::vector<ReferenceRun> choose_runs(const Request& request) {
  const std::vector<ReferenceRun> all = read_reference_runs(request.data_folder);
  for (const std::string& name : request.names) {
    const auto is_named = [&](const ReferenceRun& run) { return name == run.table || name == run.name; };
    if (!is_law(name) && std::none_of(all.begin(), all.end(), is_named)) {
      throw std::invalid_argument("no run, table or law is called " + name);
    }
  }
  std::vector<ReferenceRun> chosen;
  std::copy_if(all.begin(), all.end(), std::back_inserter(chosen),
               [&](const ReferenceRun& run) { return request.names_run(run); });
  for (ReferenceRun& run : chosen) {
    run.overrides.insert(run.overrides.end(), request.overrides.begin(), request.overrides.end());
  }
  return chosen;
}

}  // namespace

int main(int argc, char** argv) try {
  const Request request = parse({argv + 1, argv + argc});
  if (request.names.empty())
    throw std::invalid_argument("usage: hinge_reference [--data FOLDER] [--seeds N] [--set KEY=VALUE] NAME...");
  bool all_equal = compare_runs(choose_runs(request), request);
  for (const std::string& name : request.names) all_equal = check_law(name, request.data_folder) && all_equal;
  return all_equal ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "hinge_reference: %s\n", error.what());
  return 2;
}
