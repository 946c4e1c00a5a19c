// What the cells of a table are.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <hinge/data/table/table_reader.h>
#include <hinge/data/table_facts.h>

#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

TableFacts facts_in(const std::string& text, const Columns& columns = {}) {
  TableReader cells(text, "t.csv");
  return facts_of(cells, columns);
}

}  // namespace

TEST_CASE("facts of a column are the counts of its cells and the order of its numbers") {
  const TableFacts facts = facts_in("x,when,word,y\n1,2024-01-01,a,0\n4,2024-01-02,b,?\n2,2024-01-03,a,x\n9,,a,1\n");
  REQUIRE(facts.columns.size() == 4);
  CHECK(facts.rows == 4);
  const ColumnFacts& x = facts.columns[0];
  CHECK(x.holds_numbers());
  CHECK(x.smallest == 1);
  CHECK(x.median == 3);  // between 2 and 4
  CHECK(x.largest == 9);
  CHECK(x.is_whole);
  // mean 4, deviations -3 0 -2 5: m2 = 38/4, m3 = 90/4
  CHECK(x.skewness == doctest::Approx(22.5 / std::pow(9.5, 1.5)));
  CHECK(facts.columns[1].holds_times());
  CHECK(facts.columns[1].gaps == 1);
  CHECK(facts.columns[2].texts == std::vector<std::pair<std::string, std::size_t>>{{"a", 3}, {"b", 1}});
  const ColumnFacts& y = facts.columns[3];
  CHECK(y.is_mixed());
  CHECK(y.first_word == "x");
  CHECK(y.first_word_line == 4);
  CHECK(y.odd_texts == std::vector<std::string>{"x"});
  // A single number is enough for the words beside it to be odd.
  CHECK(facts_in("y\n1\nx\nz\n").columns[0].odd_texts == std::vector<std::string>{"x", "z"});
}

TEST_CASE("a line of units is told of where most columns of numbers have their only word") {
  const auto is_told = [](const std::string& text) {
    const auto found = facts_in(text).oddities({});
    return !found.empty() && found.back().starts_with("line 2 has the only word of most columns of numbers");
  };
  CHECK(is_told("x,c,y\nkg,,cm\n1,u,2\n3,v,4\n"));
  CHECK(is_told("x,c,z,y\nkg,,cm,\n1,u,2,0\n3,v,4,1\n"));
  CHECK(!is_told("x,c,y\nkg,,5\n1,u,2\n3,v,4\n"));
  CHECK(!is_told("x,c,y\nkg,,5\n1,u,cm\n3,v,4\n"));
  CHECK(!is_told("x,c\nkg,\n1,u\n3,v\n"));
}

TEST_CASE("rows with too few or too many cells are told of together") {
  std::string text = "x,y\n1,2\n1\n3,4\n5,6,7\n";
  for (int i = 0; i < 100; ++i) text += "1,2\n";  // the format is guessed from so many rows
  check_contains(error_of<DataError>([&] { facts_in(text); }), {"t.csv:3: found 1 cell", "; the first of 2 such rows"});
  const std::string message = error_of<DataError>([&] { facts_in(text + "8,\"9\n"); });
  check_contains(message, {"t.csv:3: found 1 cell; wanted 2", "; the first of 2 such rows",
                           "\nt.csv:106: found a quote that is never closed"});
}

TEST_CASE("tokens of a column are gaps") {
  Column column;
  column.tokens = {"none"};
  Columns columns;
  columns.add("x", column);
  const TableFacts facts = facts_in("x,y\n1,2\nnone,3\n2,4\n", columns);
  CHECK(facts.columns[0].gaps == 1);
  CHECK(facts.columns[0].holds_numbers());
}

TEST_CASE("the counts of the first different texts go on when there are too many others") {
  std::string text = "x,y\n";
  constexpr std::size_t rows = 3 * ColumnFacts::max_distinct;
  for (std::size_t i = 0; i < rows; ++i) text += std::to_string(i % 3 == 0 ? 0 : i) + ",1\n";
  const ColumnFacts x = facts_in(text).columns[0];
  CHECK(x.distinct == ColumnFacts::max_distinct);
  CHECK(x.texts.size() == ColumnFacts::max_distinct);
  CHECK(x.texts.front() == std::pair<std::string, std::size_t>("0", rows / 3));
  CHECK(x.texts.back().second == 1);
  CHECK(x.numbers == rows);
  CHECK(x.largest == rows - 1);
}

TEST_CASE("a text means the same wherever it stands") {
  const TableFacts facts =
      facts_in("v,t\n1.5,0\n\"1.5\",0\n\" 1.5 \",0\n$3,0\n2024-01-01,0\n2024-01-01,0\n$3,0\nword,0\n");
  const ColumnFacts& v = facts.columns[0];
  CHECK(v.numbers == 3);
  CHECK(v.times == 2);
  CHECK(v.words == 3);
  CHECK(v.numbers_with_sign == 2);
  CHECK(v.distinct == 5);
  CHECK(v.first_word == "$3");
  CHECK(v.first_word_line == 5);
}

TEST_CASE("what is odd about a column is said, and of the columns that are used alone") {
  struct Row {
    const char* what;
    const char* column;  // of twelve cells
    const char* odd;     // in the sentence; "" for none
  };
  const Row rows[] = {
      {"plain", "3 1 4 1 5 9 2 6 5 3 5 8", ""},
      {"far above", "3 1 4 1 5 9 2 6 5 3 5 800", "800 (line 13) lies far from all other values"},
      {"far below", "3 1 4 1 5 9 -700 6 5 3 5 8", "-700 (line 8) lies far from all other values"},
      {"two are far", "3 1 4 1 5 9 2 6 5 3 700 800", ""},
      {"counted", "1 2 3 4 5 6 7 8 9 10 11 12", "another value in every row"},
      {"with a gap in the count", "1 2 3 4 5 6 7 8 9 10 11 13", ""},
      {"names", "a b c d e f g h i j k l", "another value in every row"},
      {"money", "$1 $2 $3 -$4.5 $5 $1 $2 $3 $4 $5 7€ 8%", "texts such as \"$1\" would be numbers without the sign"},
      {"names with a sign", "$a $b $c d% e% a b c d e $1 2%", "another value in every row"},
      {"categories", "a b c d e f a h i j k l", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    std::string text = "v,t\n";
    const std::string cells = row.column;
    for (std::size_t start = 0; start < cells.size();) {
      const std::size_t end = std::min(cells.find(' ', start), cells.size());
      text += cells.substr(start, end - start) + ",1\n";
      start = end + 1;
    }
    const TableFacts facts = facts_in(text);
    CHECK(facts.oddities({}).empty());
    const std::vector<std::string> odd = facts.oddities({"v"});
    REQUIRE(odd.size() == (row.odd[0] == '\0' ? 0 : 1));
    if (!odd.empty()) CHECK(odd[0].find(row.odd) != std::string::npos);
  }
}
