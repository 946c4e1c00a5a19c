// What a person sees on a terminal.
#include <doctest/doctest.h>

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
  const std::string train = "hinge train configs/dying_relu.json --quiet --out ";
  const std::string piped = shell.run(train + "piped").err;
  CHECK(piped.starts_with("warning: health alarm: layer 1: 101 of 128 units are dead"));
  CHECK(lines_of(piped).size() == 2);
  for (const int columns : {30, 80, 200}) {
    CAPTURE(columns);
    const std::string run = "run" + std::to_string(columns);
    const std::string shown = shell.on_terminal(train + run + " >out", columns);
    CHECK(widest_line(shown) <= static_cast<std::size_t>(columns));
    CHECK(shown.find("randomized_asymmetric") != std::string::npos);
    for (const std::string& line : lines_of(shown)) CHECK((line.starts_with("warning:") || line.starts_with("  ")));
    std::string words = shown;
    std::string wanted = piped;
    for (std::string* text : {&words, &wanted}) {
      std::erase(*text, ' ');
      std::erase(*text, '\n');
    }
    CHECK(words == wanted);
    CHECK(widest_line(shell.on_terminal("hinge train configs/iris.json --set optimizer.type=SDG", columns)) <=
          static_cast<std::size_t>(columns));
  }
}
