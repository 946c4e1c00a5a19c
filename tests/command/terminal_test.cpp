// What a person sees on a terminal.
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include "console.h"
#include "shell.h"

TEST_CASE("dead units stand out on a terminal in colour, unless NO_COLOR or TERM=dumb") {
  if (!has_terminal()) return;
  const Shell shell;
  const std::string train = "hinge train configs/dying_relu.json --out ";
  CHECK(shell.on_terminal("NO_COLOR=1 " + train + "plain").find('\x1b') == std::string::npos);
  CHECK(shell.on_terminal("TERM=dumb " + train + "dumb").find('\x1b') == std::string::npos);
  CHECK(shell.on_terminal(train + "coloured").find("\x1b[33mdead 78.9 %") != std::string::npos);
}

TEST_CASE("messages are broken between words on a terminal, and nowhere else") {
  if (!has_terminal()) return;
  const Shell shell;
  const std::string train = "hinge train configs/digits.json --set optimizer.learning_rate=1 --quiet --out ";
  const std::string piped = shell.run(train + "piped").err;
  CHECK(piped.starts_with("warning: no better than a constant: "));
  CHECK(lines_of(piped).size() >= 3);
  for (const int columns : {30, 80, 200}) {
    CAPTURE(columns);
    const std::string run = "run" + std::to_string(columns);
    const std::string shown = shell.on_terminal(train + run + " >out", columns);
    CHECK(widest_line(shown) <= static_cast<std::size_t>(columns));
    CHECK(shown.find("diagnose") != std::string::npos);
    for (const std::string& line : lines_of(shown)) CHECK((line.starts_with("warning:") || line.starts_with("  ")));
    std::string words = shown;
    std::string wanted = piped;
    wanted.replace(wanted.find("diagnose piped"), 14, "diagnose " + run);
    for (std::string* text : {&words, &wanted}) {
      std::erase(*text, ' ');
      std::erase(*text, '\n');
    }
    CHECK(words == wanted);
    CHECK(widest_line(shell.on_terminal("hinge train configs/iris.json --set optimizer.type=SDG", columns)) <=
          static_cast<std::size_t>(columns));
  }
}

TEST_CASE("names from a model are safe on a terminal, and themselves in a pipe") {
  if (!has_terminal()) return;
  const Shell shell;
  shell.write("table.csv", "x,\"c\x1b[2J\"\n1,\"a\x1b[31m\"\n2,b\n3,b\n4,b\n5,b\n");
  shell.out(R"(hinge train configs/iris.json --set model.layers='[{"type": "dense", "units": 2}]' --set train.epochs=1 \
    --set data='{"type": "csv", "path": "table.csv"}' --out run --quiet)");
  for (const std::string arguments : {"predict run table.csv", "evaluate run table.csv --report", "inspect run"}) {
    CAPTURE(arguments);
    const std::string shown = shell.on_terminal("hinge " + arguments);
    CHECK(shown.find("\\x1b[31m") != std::string::npos);
    CHECK(shown.find('\x1b') == std::string::npos);
  }
  CHECK(shell.out("hinge predict run table.csv").find("p(a\x1b[31m)") != std::string::npos);
}

TEST_CASE("a sparkline goes from the smallest to the largest value, and leaves out what is not finite") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    std::vector<double> values;
    std::size_t width;
    const char* line;
  };
  const std::vector<Row> rows = {
      {{}, 8, ""},
      {{3}, 8, "▁"},
      {{0, 7}, 8, "▁█"},
      {{7, 6, 5, 4, 3, 2, 1, 0}, 8, "█▇▆▅▄▃▂▁"},
      {{7, 7, 7, 7, 0}, 2, "█▁"},  // the first and the last
      {{1, infinity, 8}, 8, "▁█"},
      {{infinity}, 8, ""},
      {{5, 1}, 1, "▁"},
  };
  for (const Row& row : rows) CHECK(hinge_command::sparkline(row.values, row.width) == row.line);
}

TEST_CASE("a terminal shows the course of the loss beside the progress") {
  if (!has_terminal()) return;
  const Shell shell;
  CHECK(shell.on_terminal("hinge train configs/iris.json --out run").find(" 60/60 █") != std::string::npos);
}
