// hinge diagnose, once called hinge rescue: says why a training is worse than its data allow, and what mends it.
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/core/threads.h>
#include <hinge/optim/run/diagnosis/diagnosis.h>
#include <hinge/optim/run/result_folder.h>
#include <hinge/optim/run/state_file.h>

#include "arguments/arguments.h"
#include "command.h"
#include "console.h"
#include "interrupt.h"
#include "parts.h"
#include "report/report.h"

namespace hinge_command {

namespace {

struct DiagnoseArguments {
  ConfigArgument config;
  std::optional<std::string> jobs;
  std::optional<std::string> seconds;
  std::string apply;
  std::string epochs;  // what hinge rescue once took
  std::string seeds;
  bool again = false;
  bool quiet = false;
  bool json = false;
};

double time_limit(const std::optional<std::string>& text) {
  if (!text) return HUGE_VAL;
  const std::optional<double> seconds = hinge::parse_double(*text);
  if (seconds && *seconds > 0) return *seconds;
  throw hinge::ConfigError("--seconds " + hinge::printable(*text) + ": wanted a number above 0");
}

std::string text_in(const hinge::JsonValue& json, const char* key) {
  const hinge::JsonValue* found = json.find(key);
  return found == nullptr ? "" : found->text;
}

std::string number_in(const hinge::JsonValue& json, const char* key) {
  const std::string text = text_in(json, key);
  return text.empty() ? "-" : short_number(hinge::parse_double(text).value_or(0));
}

// What was found for the same config and samples, where the folder of the run still has it.
std::optional<hinge::JsonValue> stored(const std::string& path, const hinge::LoadedConfig& loaded) {
  if (!hinge::file_exists(path)) return {};
  const std::string digest = hinge::digest_for_diagnosis(loaded);
  try {
    hinge::JsonValue json = hinge::parse_json(hinge::read_file(path), path);
    if (text_in(json, "digest") == digest) return json;
  } catch (const hinge::Error&) {  // damaged: it is made anew
  }
  return {};
}

// Whether the units that died come back. Information only: hinge train starts every training afresh.
void print_alarm(const hinge::JsonValue& alarm, const hinge::JsonValue& cause, const std::string& metric) {
  const auto after = [](const hinge::JsonValue& of) {
    return hinge::parse_double(text_in(of, "metric_after")).value_or(0);
  };
  print_text(stdout, "   on the weights at the alarm in epoch " + text_in(alarm, "epoch") + " it brings " + metric +
                         " " + number_in(alarm, "metric_before") + " -> " + number_in(alarm, "metric_after") +
                         (after(alarm) < after(cause) ? ": a fresh start, as hinge train makes, brings more"
                                                      : ": no less than a fresh start, as hinge train makes"));
}

void print_cause(std::size_t number, const hinge::JsonValue& cause, const std::string& metric) {
  std::printf("\n");
  print_text(stdout, std::to_string(number) + ". " + text_in(cause, "name") + " (" + text_in(cause, "key") + ")");
  print_text(stdout, "   " + text_in(cause, "evidence"));
  if (const std::string share = text_in(cause, "share"); !share.empty()) {
    const double percent = 100 * hinge::parse_double(share).value_or(0);
    print_text(stdout, "   alone it closes " + hinge::to_text(percent, 3) + " % of the gap");
  }
  for (const hinge::JsonValue& change : cause.find("set")->elements) {
    std::printf("   --set '%s'\n", hinge::printable(change.text).c_str());
  }
  if (text_in(cause, "metric_after").empty()) return;
  std::printf("   %s %s -> %s\n", metric.c_str(), number_in(cause, "metric_before").c_str(),
              number_in(cause, "metric_after").c_str());
  if (const hinge::JsonValue* alarm = cause.find("from_alarm")) print_alarm(*alarm, cause, metric);
}

std::string verdict_text(const hinge::JsonValue& json) {
  const std::string verdict = text_in(json, "verdict");
  const std::string figures = text_in(json, "metric") + " " + number_in(json, "user") + ", a sound recipe (" +
                              text_in(json, "recipe") + ") " + number_in(json, "par") + ", a constant answer " +
                              number_in(json, "constant") + "; on " + text_in(json, "judged_by");
  if (verdict == "pass") return "pass: as good as these data give: " + figures;
  return verdict + ": " + figures;
}

void print(const hinge::JsonValue& json) {
  print_text(stdout, verdict_text(json));
  std::size_t number = 0;
  for (const hinge::JsonValue& cause : json.find("causes")->elements) {
    print_cause(++number, cause, text_in(json, "real_metric"));
  }
  std::vector<std::string> not_tried;
  for (const hinge::JsonValue& each : json.find("not_tried")->elements) not_tried.push_back(each.text);
  if (!not_tried.empty()) print_text(stdout, "\nnot tried: " + hinge::join(not_tried));
}

hinge::JsonValue diagnosed(const hinge::LoadedConfig& loaded, const DiagnoseArguments& arguments,
                           const Display& display, bool is_run) {
  const double seconds = time_limit(arguments.seconds);
  const hinge::Clock::time_point start = hinge::Clock::now();
  hinge::DiagnosisOptions options;
  options.jobs = parse_count("--jobs", arguments.jobs, hinge::hardware_threads(), 1);
  options.is_interrupted = [&] { return interrupt_signal() != 0 || hinge::seconds_since(start) > seconds; };
  const std::string alarm = hinge::join_path(arguments.config.path, hinge::run_files::alarm);
  const bool is_as_trained = is_run && arguments.config.overrides.empty();
  if (is_as_trained && hinge::file_exists(alarm)) options.alarm = hinge::load_state(alarm);
  LiveLine line;
  if (!display.quiet && display.terminal) {
    options.observe = [&](const std::string& text) { line.show(&line, text, columns(text)); };
  }
  const hinge::Diagnosis result = hinge::diagnose(loaded, known_parts(), options);
  if (options.observe) line.leave(&line, "", 0);
  hinge::JsonValue json = hinge::json_of(result);
  json.set("digest", is_run ? result.digest : "");
  return json;
}

// Keeps a diagnosis with its run, and shows it in the report. A diagnosis of a changed config is none of the run.
void keep(const hinge::JsonValue& json, const std::string& folder) {
  hinge::write_file(hinge::join_path(folder, hinge::run_files::diagnosis), hinge::to_json(json) + "\n");
  try {
    hinge::write_file(hinge::join_path(folder, hinge::run_files::report), report_page_of(folder, folder));
  } catch (const hinge::Error& error) {
    print_text(stderr, "warning: the report of the run is the older one: " + std::string(error.what()));
  }
}

int diagnose(const DiagnoseArguments& arguments) {
  const Display display = Display::of_stderr(arguments.quiet);
  watch_interrupts();
  const bool is_run = hinge::is_folder(arguments.config.path);
  ConfigArgument config = arguments.config;
  if (is_run) {
    warn_of_unfinished(config.path);
    config.path = hinge::join_path(config.path, hinge::run_files::config);
  }
  const hinge::LoadedConfig loaded = load_config_argument(config);
  const std::string path = hinge::join_path(arguments.config.path, hinge::run_files::diagnosis);
  std::optional<hinge::JsonValue> json = is_run && !arguments.again ? stored(path, loaded) : std::nullopt;
  if (json) {
    note(display,
         "nothing has changed since the last diagnosis, which stands in " + path + "; --again makes a new one");
  } else {
    json = diagnosed(loaded, arguments, display, is_run);
    const bool is_whole = text_in(*json, "verdict") != "interrupted" && interrupt_signal() == 0 && !arguments.seconds;
    if (is_run && is_whole && config.overrides.empty()) keep(*json, arguments.config.path);
  }
  for (const hinge::JsonValue& each : json->find("notes")->elements) note(display, each.text);
  if (!arguments.apply.empty()) {
    hinge::write_file(arguments.apply,
                      hinge::mended_config(loaded, known_parts(), *json, hinge::folder_of(arguments.apply)));
  }
  if (arguments.json) {
    std::printf("%s\n", hinge::to_json(*json).c_str());
  } else {
    print(*json);
    if (!arguments.apply.empty()) std::printf("\nwrote %s\n", hinge::printable(arguments.apply).c_str());
  }
  return interrupt_signal() != 0 ? 128 + interrupt_signal() : exit_success;
}

void add_options(CLI::App& command, DiagnoseArguments& arguments) {
  command.add_option("run", arguments.config.path, "the folder of a run, or a config")->required();
  add_overrides(command, arguments.config.overrides, "changes the config first, such as train.epochs=5");
  command.add_option("--apply", arguments.apply, "writes the config with the first cure, and why")
      ->type_name("OUT.json");
  command.add_option("--jobs", arguments.jobs, "trainings at a time, with the same result; else the processors")
      ->type_name("N");
  command.add_option("--seconds", arguments.seconds, "stops after this time, and says what was not tried")
      ->type_name("S");
  command.add_flag("--again", arguments.again, "also where the run has a diagnosis that still holds");
  command.add_flag("--quiet", arguments.quiet, "no progress and no notes");
  command.add_flag("--json", arguments.json, "prints JSON");
}

int rescue(const DiagnoseArguments& arguments) {
  if (!arguments.epochs.empty()) {
    throw hinge::ConfigError(
        "--epochs: a diagnosis trains each change as long as the config says; leave it out, or say "
        "--set train.epochs=" +
        hinge::printable(arguments.epochs));
  }
  if (!arguments.seeds.empty()) {
    throw hinge::ConfigError("--seeds: a diagnosis trains each change with four seeds; leave it out");
  }
  note(Display::of_stderr(arguments.quiet),
       "hinge rescue is now called hinge diagnose; this name goes in the next version");
  return diagnose(arguments);
}

}  // namespace

void add_diagnose(CLI::App& app, Action& action) {
  const auto [command, arguments] = add_command(
      app, action, "diagnose", "Finds out by training why a run or a config is worse than its data allow", diagnose);
  add_options(command, arguments);
}

void add_rescue(CLI::App& app, Action& action) {
  const auto [command, arguments] =
      add_command(app, action, "rescue", "The former name of diagnose, for runs with dying neurons", rescue);
  add_options(command, arguments);
  command.add_option("--epochs", arguments.epochs)->group("");  // refused, and not shown
  command.add_option("--seeds", arguments.seeds)->group("");
}

}  // namespace hinge_command
