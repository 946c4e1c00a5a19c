// hinge: trains, checks and uses networks from the command line.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <hinge/core/communicator.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>

#include "command.h"
#include "console.h"
#include "ranks.h"

using namespace hinge_command;

namespace {

constexpr std::string_view description =
    "Trains multilayer perceptrons, and never lets neurons die silently.\n"
    "\n"
    "  hinge init            writes a first config, moons.json, and its schema\n"
    "  hinge train FILE      trains what a config describes\n"
    "  hinge evaluate DIR    measures a trained model\n";

constexpr std::string_view exit_codes =
    "Exit codes: 0; 2: something that you gave must change; 1: any other failure;\n"
    "130, 143: interrupted; 141: nobody reads the output any more.";

// Where there are several ranks, it ends all, and rank 0 says why.
int fail(const std::string& message, int code) {
  if (ranks().is_first()) print_text(stderr, "error: " + message);
  ranks().fail(message, code);
  return code;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// CLI11 reports a misspelt command as a surplus argument, and a misspelt option in its place as a missing command; this
// answers before it does. Empty when the word is known.
std::string first_word_error(const CLI::App& app, const std::string& word) {
  const bool is_option = word.starts_with('-');
  const std::vector<std::string> names = is_option ? option_names(app) : command_names(app);
  if (word == "-h" || std::find(names.begin(), names.end(), word) != names.end()) return "";
  return std::string("unknown ") + (is_option ? "option" : "command") + " \"" + hinge::printable(word) + "\"" +
         hinge::suggestion(word, names);
}

// The command that the arguments name, or the program itself.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : *commands.front();
}

int report(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const std::string help = "; see hinge " + (&command == &app ? "" : command.get_name() + " ") + "--help";
  const auto extras = command.remaining();
  // First of all: what is missing may be missing because of it.
  for (const std::string& extra : extras) {
    if (!extra.starts_with("-")) continue;
    const std::string name = extra.substr(0, extra.find('='));
    return fail("unknown option \"" + hinge::printable(name) + "\"" + hinge::suggestion(name, option_names(command)),
                exit_user_error);
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    return fail("surplus argument \"" + hinge::printable(extras.front()) + "\"" + help, exit_user_error);
  }
  return fail(hinge::printable(error.what()) + help, exit_user_error);
}

// A process may be started without stdin, stdout or stderr; the next file to be opened would take their number, and
// messages would land in it. What stands in for an output can only be read, so that writing to it still fails.
// What no pipe or disk takes any more is an error of that write, not the end of the program.
void prepare_process() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    if (::open("/dev/null", O_RDONLY) < 0) std::_Exit(exit_failure);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

// The pipe's other end is closed, as by `| head`.
bool stdout_has_no_reader() {
  pollfd descriptor{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&descriptor, 1, 0) == 1 && (descriptor.revents & (POLLERR | POLLHUP)) != 0;
}

// A full disk or a closed pipe shows only here: what is printed is buffered. Of a closed pipe nothing is said: the program
// ends as if SIGPIPE had ended it, but after its run is saved.
int finish_output(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  if (stdout_has_no_reader()) return code == exit_success ? 128 + SIGPIPE : code;
  return fail("the results cannot be printed", exit_failure);
}

// What holds for all options of all commands: an empty value is no default, and a switch takes no value.
void make_strict(CLI::App& command) {
  const auto not_empty = [](const std::string& value) { return std::string(value.empty() ? "must not be empty" : ""); };
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() == 0) {
      option->disable_flag_override();
    } else {
      option->check(not_empty, "");
    }
  }
}

void add_commands(CLI::App& app, Action& action) {
  add_init(app, action);
  add_check(app, action);
  add_train(app, action);
  add_evaluate(app, action);
  add_predict(app, action);
  add_health(app, action);
  add_diagnose(app, action);
  add_report(app, action);
  add_compare(app, action);
  add_rescue(app, action);
  add_inspect(app, action);
  add_import(app, action);
  add_export(app, action);
  add_bench(app, action);
  add_explain(app, action);
  add_gradcheck(app, action);
  add_exercise(app, action);
  add_activations(app, action);
  add_plot(app, action);
  add_schema(app, action);
  add_shell_files(app, action);
}

int run(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first == "train" || first == "bench") join_ranks();
  CLI::App app{std::string(description), "hinge"};
  // Only when it is asked for: it chooses the kernels, which hinge export does itself.
  app.set_version_flag("--version", [] { return std::string(hinge::version_text()); });
  app.require_subcommand(1);
  app.get_formatter()->column_width(28);
  app.footer(std::string(exit_codes));
  Action action;
  add_commands(app, action);
  for (CLI::App* command : app.get_subcommands({})) make_strict(*command);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return exit_user_error;
  }
  const std::string mistake = first_word_error(app, argv[1]);
  if (!mistake.empty()) return fail(mistake, exit_user_error);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return ranks().is_first() ? finish_output(app.exit(success)) : exit_success;
  } catch (const CLI::ParseError& error) {
    return report(app, error);
  }
  // A wrong HINGE_ISA is refused before anything is written.
  if (!app.got_subcommand("export")) hinge::instruction_set();
  return finish_output(action());
}

}  // namespace

int main(int argc, char** argv) try {
  prepare_process();
  return run(argc, argv);
} catch (const hinge::RankError& error) {
  return fail(error.what(), error.exit_code());
} catch (const hinge::WriteError& error) {
  return fail(error.what(), exit_failure);
} catch (const hinge::NonFiniteError& error) {
  return fail(error.what(), exit_failure);
} catch (const hinge::MemoryError& error) {
  return fail(error.what(), exit_failure);
} catch (const hinge::Error& error) {  // a config, a table, a model, a path: what the user gave
  return fail(error.what(), exit_user_error);
} catch (const std::bad_alloc&) {
  return fail("out of memory", exit_failure);
} catch (const std::exception& error) {
  return fail(error.what(), exit_failure);
}
