// What a person sees on a terminal.
#include <doctest/doctest.h>

#include "command/shell.h"

TEST_CASE("dead units stand out on a terminal in colour, unless NO_COLOR or TERM=dumb") {
  if (!has_terminal()) return;
  const Shell shell;
  const std::string train = "hinge train configs/dying_relu.json --out ";
  CHECK(shell.on_terminal("NO_COLOR=1 " + train + "plain").find('\x1b') == std::string::npos);
  CHECK(shell.on_terminal("TERM=dumb " + train + "dumb").find('\x1b') == std::string::npos);
  CHECK(shell.on_terminal(train + "coloured").find("\x1b[33mdead 78.9 %") != std::string::npos);
}
