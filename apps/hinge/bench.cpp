// hinge bench: how fast a config trains on this machine, and where the time goes.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/optim/run/benchmark.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "ranks.h"

namespace hinge_command {

namespace {

struct BenchArguments {
  ConfigArgument config;
  std::string seconds;
  bool json = false;
};

constexpr const char* bench_help =
    "First the whole training is timed as hinge train runs it, then each phase by\n"
    "itself, without the overhead of reading the clock: gather (order of the samples,\n"
    "copies into batches), forward, loss (with metrics), backward, update (the\n"
    "optimiser). The rest of the whole is other: checks, clipping, the scaling of\n"
    "accumulated gradients, the size of the first and last update for the health\n"
    "report. After an epoch come the health probe and the validation. All figures are\n"
    "medians of several turns, with the threads of train.threads.\n"
    "\n"
    "GFLOP/s counts the products of dense layers: for each weight and sample 2\n"
    "operations forward, 2 for the gradient of the weight, and 2 for the gradient of\n"
    "the input (not in the first layer). The peak is measured too, with independent\n"
    "multiply-adds in registers. Nothing is saved.\n"
    "\n"
    "With train.shards above 1, also under mpirun, the phases are shards (forward,\n"
    "loss and backward of this process's shards), exchange (with waiting) and other.\n"
    "On several processes latency and bandwidth between them are measured too, and\n"
    "from all that follows an estimate of what more of them would gain.";

double parse_seconds(const BenchArguments& arguments) {
  constexpr double default_seconds = 2;
  constexpr double min_seconds = 0.1;
  constexpr double max_seconds = 3600;
  if (arguments.seconds.empty()) return default_seconds;
  const auto seconds = hinge::parse_double(arguments.seconds);
  if (seconds && *seconds >= min_seconds && *seconds <= max_seconds) return *seconds;
  throw hinge::ConfigError("--seconds " + hinge::printable(arguments.seconds) +
                           ": wanted a number from 0.1 to 3600: how long to measure");
}

struct Row {
  const char* name;
  double seconds;  // in an epoch
  bool is_of_step;
};

std::vector<Row> step_rows(const hinge::Benchmark& result) {
  if (const auto& shared = result.shared) {
    return {{"shards", shared->own_shards, true}, {"exchange", shared->exchange, true}, {"other", result.other, true}};
  }
  return {{"gather", result.gather, true},     {"forward", result.forward, true}, {"loss", result.loss, true},
          {"backward", result.backward, true}, {"update", result.update, true},   {"other", result.other, true}};
}

std::vector<Row> rows_of(const hinge::Benchmark& result) {
  std::vector<Row> rows = step_rows(result);
  if (result.health) rows.push_back({"health", *result.health, false});
  if (result.validation) rows.push_back({"validation", *result.validation, false});
  return rows;
}

double microseconds_of_step(const hinge::Benchmark& result, double seconds) {
  return 1e6 * seconds / static_cast<double>(result.steps);
}

hinge::JsonValue json_of(const hinge::Benchmark& result, const hinge::SharedSteps& shared) {
  using hinge::JsonValue;
  JsonValue json = JsonValue::object(
      {{"ranks", shared.ranks}, {"shards", shared.shards}, {"bytes_per_step", shared.bytes_per_step}});
  if (shared.ranks == 1) return json;
  json.set("latency_us", 1e6 * shared.latency);
  json.set("gigabytes_per_second", 1e-9 * shared.bandwidth);
  json.set("estimate", hinge::list_of(hinge::estimate_ranks(result), [](const hinge::RankEstimate& estimate) {
             return JsonValue::object({{"ranks", estimate.ranks}, {"us_per_step", 1e6 * estimate.step}});
           }));
  return json;
}

void print_json(const hinge::Benchmark& result, std::size_t epochs) {
  using hinge::JsonValue;
  JsonValue phases = JsonValue::object();
  for (const Row& row : rows_of(result)) {
    JsonValue phase = JsonValue::object();
    if (row.is_of_step) phase.set("us_per_step", microseconds_of_step(result, row.seconds));
    phase.set("ms_per_epoch", 1e3 * row.seconds);
    phase.set("percent", 100 * row.seconds / result.epoch());
    phases.set(row.name, std::move(phase));
  }
  JsonValue json = JsonValue::object({{"instruction_set", hinge::instruction_set()},
                                      {"peak_gflops", result.peak_gflops},
                                      {"parameters", result.parameters},
                                      {"samples", result.samples},
                                      {"batch_size", result.batch_size},
                                      {"threads", result.threads},
                                      {"accumulate", result.accumulate},
                                      {"steps_per_epoch", result.steps},
                                      {"flop_per_sample", result.operations},
                                      {"samples_per_second", result.samples_per_second()},
                                      {"us_per_step", microseconds_of_step(result, result.training)},
                                      {"gflops", result.gflops()},
                                      {"percent_of_peak", 100 * result.share_of_peak()},
                                      {"phases", std::move(phases)},
                                      {"ms_per_epoch", 1e3 * result.epoch()},
                                      {"epochs", epochs},
                                      {"seconds_of_all_epochs", result.epoch() * static_cast<double>(epochs)}});
  if (result.shared) json.set("distributed", json_of(result, *result.shared));
  std::printf("%s\n", hinge::to_json(json).c_str());
}

void print_shared(const hinge::SharedSteps& shared) {
  if (shared.ranks == 1) return;
  std::printf("ranks     %zu share %zu shards; each sends %s kB per step\n", shared.ranks, shared.shards,
              fixed(1e-3 * shared.bytes_per_step, 1).c_str());
  std::printf("network   %s µs for a short message, %s GB/s for long ones\n", fixed(1e6 * shared.latency, 2).c_str(),
              fixed(1e-9 * shared.bandwidth, 2).c_str());
}

void print_estimates(const std::vector<hinge::RankEstimate>& estimates) {
  if (estimates.empty()) return;
  std::printf("\nestimated from these figures, on as many processors, on this network\n");
  Table table;
  table.add({"ranks", "µs/step", "times as fast"});
  for (const hinge::RankEstimate& estimate : estimates) {
    table.add({std::to_string(estimate.ranks), fixed(1e6 * estimate.step, 2),
               fixed(estimates.front().step / estimate.step, 2)});
  }
  table.print();
}

void print_benchmark(const hinge::Benchmark& result, std::size_t epochs) {
  const std::string accumulated =
      result.accumulate > 1 ? " x " + std::to_string(result.accumulate) + " accumulated" : std::string();
  std::printf("network   %zu parameters, batch %zu%s, kernels %s\n", result.parameters, result.batch_size,
              accumulated.c_str(), hinge::instruction_set().c_str());
  std::printf("speed     %s samples/s, %s µs per step\n", fixed(result.samples_per_second(), 0).c_str(),
              fixed(microseconds_of_step(result, result.training), 2).c_str());
  if (result.shared) print_shared(*result.shared);
  const std::size_t threads = result.threads * result.ranks();
  const std::string times = threads > 1 ? std::to_string(threads) + " x " : std::string();
  std::printf("products  %s GFLOP/s, %s %% of the peak of %s%s GFLOP/s\n", fixed(result.gflops(), 2).c_str(),
              fixed(100 * result.share_of_peak(), 1).c_str(), times.c_str(), fixed(result.peak_gflops, 0).c_str());
  std::printf("epoch     %zu samples in %zu steps, %s; %zu epochs take %s\n\n", result.samples, result.steps,
              duration_text(result.epoch()).c_str(), epochs,
              duration_text(result.epoch() * static_cast<double>(epochs)).c_str());
  std::vector<Row> rows = rows_of(result);
  const auto of_epoch = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return !row.is_of_step; });
  rows.insert(of_epoch, {"all steps", result.training, true});
  rows.push_back({"epoch", result.epoch(), false});
  Table table;
  table.add({"", "µs/step", "ms/epoch", "%"});
  for (const Row& row : rows) {
    table.add({row.name, row.is_of_step ? fixed(microseconds_of_step(result, row.seconds), 2) : "",
               fixed(1e3 * row.seconds, 3), fixed(100 * row.seconds / result.epoch(), 1)});
  }
  table.print();
  print_estimates(hinge::estimate_ranks(result));
}

int bench(const BenchArguments& arguments) {
  watch_interrupts();
  const hinge::BenchmarkOptions options{.seconds = parse_seconds(arguments),
                                        .goes_on = [] { return interrupt_signal() == 0; }};
  const hinge::LoadedConfig loaded = load_config_argument(arguments.config);
  if (ranks().is_first()) std::fprintf(stderr, "measuring for about %s\n", duration_text(options.seconds).c_str());
  const auto result = hinge::benchmark(loaded, options, ranks());
  if (!result && interrupt_signal() == 0) throw std::runtime_error("another process was interrupted");
  if (!result) return 128 + interrupt_signal();
  if (!ranks().is_first()) return exit_success;
  (arguments.json ? print_json : print_benchmark)(*result, loaded.config.train.epochs);
  return exit_success;
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "bench", "Measures how fast a config trains here, and where the time goes", bench);
  command.footer(bench_help);
  add_config(command, arguments.config);
  command.add_option("--seconds", arguments.seconds, "about how long to measure; else 2")->type_name("S");
  command.add_flag("--json", arguments.json, "prints JSON");
}

}  // namespace hinge_command
