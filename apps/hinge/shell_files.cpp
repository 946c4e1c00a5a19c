// hinge completion and hinge manual: what the command line knows of itself, for shells and for man.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/text.h>
#include <hinge/core/version.h>

#include "command.h"

namespace hinge_command {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) { return app.get_subcommands({}); }

// `--out`, or `-h`; none for a positional.
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.get_snames()) all.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) all.push_back("--" + name);
  return all;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// `text` with `before` before each of the characters.
std::string escaped(std::string_view text, std::string_view characters, std::string_view before) {
  std::string result;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) result += before;
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

// ------------------------------------------------------------------------------------------------------ completion

std::string bash_completion(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names += command->get_name() + " ";
    cases += "    " + command->get_name() + ") words=\"";
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& word : spellings(*option)) cases += word + " ";
    }
    cases.back() = '"';
    cases += " ;;\n";
  }
  return "# bash completion of hinge; everything that is no option is a file.\n"
         "_hinge() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} words=\"" +
         names + "--help --version\"\n" + "  if ((COMP_CWORD > 1)); then\n    case ${COMP_WORDS[1]} in\n" + cases +
         "    *) words=\"\" ;;\n    esac\n    [[ $word == -* ]] || words=\"\"\n  fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _hinge hinge\n";
}

// 'train:Trains …' and '--set[changes the config]:PATH=VALUE:_files'.
std::string in_zsh(std::string_view text) { return escaped(text, "[]:", "\\"); }

std::string zsh_arguments(const CLI::App& command) {
  std::string arguments;
  for (const CLI::Option* option : command.get_options()) {
    std::string meaning = "[" + in_zsh(option->get_description()) + "]";
    if (takes_value(*option)) meaning += ":" + in_zsh(option->get_type_name()) + ":_files";
    for (const std::string& word : spellings(*option)) {
      std::string text = "*";
      text += word;
      text += meaning;
      arguments += ' ';
      arguments += hinge::shell_word(text);
    }
  }
  return arguments + " " + hinge::shell_word("*:file:_files");
}

std::string zsh_completion(const CLI::App& app) {
  std::string names;
  std::string cases;
  for (const CLI::App* command : commands_of(app)) {
    names += "    " + hinge::shell_word(command->get_name() + ":" + in_zsh(command->get_description())) + "\n";
    cases += "    " + command->get_name() + ") _arguments" + zsh_arguments(*command) + " ;;\n";
  }
  return "#compdef hinge\n_hinge() {\n  local -a commands=(\n" + names +
         "  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n"
         "  local command=$words[2]\n  shift words\n  ((CURRENT--))\n  case $command in\n" +
         cases + "  esac\n}\n_hinge \"$@\"\n";
}

// ------------------------------------------------------------------------------------------------------------ manual

// A line of roff must not start with a point or a quote, which \& keeps it from.
std::string roff(std::string_view text) {
  std::string line = escaped(text, "-\\", "\\");
  if (!line.empty() && (line.front() == '.' || line.front() == '\'')) line.insert(0, "\\&");
  return line;
}

// Lines that keep their ends.
std::string lines_in_roff(std::string_view text) {
  std::string result = ".nf\n";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += roff(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + ".fi\n";
}

std::string manual_of(const CLI::App& command, const std::string& exit_codes) {
  std::string usage = "hinge " + command.get_name();
  std::string options;
  for (const CLI::Option* option : command.get_options()) {
    std::string head;
    for (const std::string& word : spellings(*option)) head += (head.empty() ? "" : ", ") + word;
    if (head.empty()) {
      head = option->get_name();
      usage += option->get_required() ? " " + head : " [" + head + "]";
    } else if (takes_value(*option)) {
      head += " " + option->get_type_name();
    }
    options += ".TP\n\\fB" + roff(head) + "\\fR\n" + roff(option->get_description()) + "\n";
  }
  return ".SS \"" + roff(usage) + " [options]\"\n" + roff(command.get_description()) + "\n" + options + ".PP\n" +
         (command.get_footer() == exit_codes ? "" : lines_in_roff(command.get_footer()));
}

std::string manual(const CLI::App& app) {
  std::string text = ".TH HINGE 1 \"\" \"hinge " + hinge::version() +
                     "\"\n.SH NAME\nhinge \\- trains multilayer perceptrons\n" +
                     ".SH SYNOPSIS\n.B hinge\n.I command\n[options]\n.SH DESCRIPTION\n" +
                     lines_in_roff(app.get_description()) + ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app)) text += manual_of(*command, app.get_footer());  // which they inherit
  return text + ".SH EXIT STATUS\n" + lines_in_roff(app.get_footer());
}

}  // namespace

void add_shell_files(CLI::App& app, Action& action) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* const completion =
      app.add_subcommand("completion", "Prints what a shell needs to complete commands and options");
  completion->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->type_name("");
  completion->footer(
      "  d=~/.local/share/bash-completion/completions; mkdir -p $d; hinge completion bash > $d/hinge\n"
      "  hinge completion zsh > $fpath[1]/_hinge");
  completion->callback([&app, &action, shell] {
    action = [&app, shell] {
      std::fputs((*shell == "bash" ? bash_completion(app) : zsh_completion(app)).c_str(), stdout);
      return exit_success;
    };
  });
  app.add_subcommand("manual", "Prints the page for man: hinge manual | man -l -")->callback([&app, &action] {
    action = [&app] {
      std::fputs(manual(app).c_str(), stdout);
      return exit_success;
    };
  });
}

}  // namespace hinge_command
