// Names that try to steer a terminal, in every place of a table, a config and a run, through every command.
#include <doctest/doctest.h>

#include <string>

#include <hinge/core/text.h>

#include "shell.h"

namespace {

// Colours, a title for the window, the C1 form of an escape, and text that runs backwards.
const std::string hostile =
    "\x1b[31m\x1b]0;t\x07\xc2\x9b"
    "31m\xe2\x80\xae";

// The characters in it that steer a terminal, line ends and tabs of tables aside.
std::string steering(const std::string& text) {
  std::string found;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(1, hinge::character_length(std::string_view(text).substr(i, 4)));
    const std::string character = text.substr(i, length);
    if (character != "\n" && hinge::steers_terminal(character)) found += character;
    i += length;
  }
  return found;
}

}  // namespace

TEST_CASE("no command lets names from files steer a terminal") {
  const Shell shell;
  std::string table = "id" + hostile + ",a" + hostile + ",colour" + hostile + ",y" + hostile + "\n";
  for (int i = 0; i < 40; ++i) {
    table += "n" + hostile + std::to_string(i) + "," + std::to_string(i * 7 % 11) + "," + (i % 3 == 0 ? "r" : "g") +
             hostile + "," + (i % 2 == 0 ? "p" : "q") + hostile + "\n";
  }
  const std::string name = "t" + hostile + ".csv";
  shell.write(name, table);
  shell.write("bad" + hostile + ".csv", table + "x,y" + hostile + ",z,w\nshort\n");
  const std::string run = "run" + hostile;
  const std::vector<std::string> commands = {
      "init '" + name + "' --out c.json",
      "check c.json",
      "check c.json --resolved",
      "train c.json --set train.epochs=2 --out '" + run + "'",
      "train c.json --set train.epochs=2 --out '" + run + "' --json --force",
      "train c.json --set train.epochs=2 --seeds 1,2 --out 'study" + hostile + "'",
      "evaluate '" + run + "'",
      "evaluate '" + run + "' --report",
      "evaluate '" + run + "' --json",
      "evaluate '" + run + "' '" + name + "'",
      "predict '" + run + "' '" + name + "'",
      "predict '" + run + "' 'bad" + hostile + ".csv'",
      "inspect '" + run + "'",
      "inspect '" + run + "' --json",
      "health '" + run + "'",
      "report '" + run + "'",
      "compare '" + run + "' '" + run + "'",
      "plot '" + run + "'",
      "explain '" + run + "'",
      "explain '" + run + "' --json",
      "explain '" + run + "' --markdown",
      "gradcheck c.json",
      "diagnose '" + run + "' --seconds 1",
      "bench c.json --seconds 0.1",
      "activations '" + hostile + "'",
      "schema '" + hostile + "'",
      "train c.json --set 'a" + hostile + "=1'",
      "train 'c" + hostile + ".json'",
      "train c.json '--" + hostile + "'",
      "'" + hostile + "'",
  };
  for (const std::string& command : commands) {
    CAPTURE(command);
    const Result result = shell.run("timeout 20 hinge " + command);
    const bool is_data = command.starts_with("predict");  // a pipe gets the names as they are
    CHECK(steering(result.err) == "");
    if (!is_data) CHECK(steering(result.out) == "");
  }
  CHECK(shell.exists(run + "/report.html"));  // so most of the commands had something to show
  if (!has_terminal()) return;
  for (const std::string& command :
       {"predict '" + run + "' '" + name + "'", "evaluate '" + run + "'", "inspect '" + run + "'"}) {
    std::string shown = shell.on_terminal("hinge " + command);
    CHECK(steering(shown) == "");
  }
}
