// How numbers and sums are written into equations.
#include <doctest/doctest.h>

#include <limits>

#include <hinge/core/equation.h>

using namespace hinge;

TEST_CASE(
    "a pattern is filled with numbers, and a negative one stands in parentheses where its sign would be misread") {
  const EquationFormat format(4, 3);
  CHECK(format.fill("{}", {-0.5}) == "−0.5");
  CHECK(format.fill("{}·({} − {})²", {2, -0.5, -0.25}) == "2·(−0.5 − (−0.25))²");
  CHECK(format.fill("|{} − {}|", {-1, 3}) == "|−1 − 3|");
  CHECK(format.fill("max({}, {})", {-1, -2}) == "max(−1, −2)");
  CHECK(format.fill("{}²", {-3}) == "(−3)²");
  CHECK(format.fill("√{}", {-3}) == "√(−3)");
  CHECK(format.fill("p", {}) == "p");
}

TEST_CASE("numbers have a typographic minus and the wanted digits") {
  const EquationFormat format(3, 3);
  CHECK(format.number(-1.0 / 3) == "−0.333");
  CHECK(format.number(-0.0) == "0");
  CHECK(format.number(-std::numeric_limits<double>::infinity()) == "−∞");
  CHECK(format.number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("a share near 1 is written as its distance from 1") {
  const EquationFormat format(4, 4);
  CHECK(format.share(0.5, 0.5) == "0.5");
  CHECK(format.share(0.98, 0.02) == "0.98");
  CHECK(format.share(0.999955, 4.481e-5) == "1 − 4.481e-05");
  CHECK(format.share(1, 4.2e-18) == "1 − 4.2e-18");  // no double is so near 1
  CHECK(format.share(1, 0) == "1");
}

TEST_CASE("a sum subtracts negative terms, and counts those that it leaves out") {
  Sum sum = EquationFormat(3, 2).sum();
  CHECK(sum.text().empty());
  sum.add("−a");
  sum.add("−b");
  CHECK(sum.text() == "−a − b");
  sum.add("c");
  CHECK(sum.text() == "−a − b + … 1 more");
}
