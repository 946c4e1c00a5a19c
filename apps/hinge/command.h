// The commands of `hinge`. Each adds itself to the command line, and is run after all of it was read.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

namespace hinge_command {

/// Exit codes: what the user gave must change, and anything else. An interrupt is 128 + its signal.
inline constexpr int exit_success = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_user_error = 2;

/// What to run, and its exit code.
using Action = std::function<int()>;

/// Adds a command that `run` runs, and gives it and its arguments, for its options.
template <typename Arguments>
std::pair<CLI::App&, Arguments&> add_command(CLI::App& app, Action& action, const char* name, const char* meaning,
                                             int (*run)(const Arguments&)) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(name, meaning);
  command->callback([&action, arguments, run] { action = [arguments, run] { return run(*arguments); }; });
  return {*command, *arguments};
}

/// The JSON Schema of configs.
std::string schema_text();

void add_activations(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_diagnose(CLI::App& app, Action& action);
void add_evaluate(CLI::App& app, Action& action);
void add_exercise(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);
void add_gradcheck(CLI::App& app, Action& action);
void add_health(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_init(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_plot(CLI::App& app, Action& action);
void add_predict(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_rescue(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);
void add_shell_files(CLI::App& app, Action& action);
void add_train(CLI::App& app, Action& action);

}  // namespace hinge_command
