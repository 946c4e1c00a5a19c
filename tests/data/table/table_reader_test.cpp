// Tables as people have them: what is guessed about their format, the cells that come out, and the way out where none do.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/source.h>
#include <hinge/data/table/table_reader.h>
#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Strings = std::vector<std::string>;

// The names, and the rows with their cells in brackets: `[1][red]`; a gap is `[~]`.
Strings lines_of(TableReader& table) {
  Strings lines{join(table.names(), "|")};
  while (table.next()) {
    std::string& line = lines.emplace_back();
    for (const CsvCell& cell : table.cells()) line += "[" + (cell.is_gap() ? "~" : std::string(cell.text)) + "]";
  }
  return lines;
}

Strings lines_of(std::string_view text, const TableFormat& format = {}) {
  TableReader table(text, "t.csv", format);
  return lines_of(table);
}

struct Table {
  std::string what;
  std::string text;
  Strings lines;
  Strings remarks = {};  // a part of each
  TableFormat format = {};
};

std::vector<Table> headers() {
  const std::string no_header = "the first line is a sample";
  return {
      {"names", "x,y\n1,a\n2,b\n", {"x|y", "[1][a]", "[2][b]"}},
      {"a text that occurs again",
       "M,0.455,15\nM,0.35,7\nF,0.53,9\n",
       {"column 1|column 2|column 3", "[M][0.455][15]", "[M][0.35][7]", "[F][0.53][9]"},
       {no_header}},
      {"texts only",
       "a,no\nb,yes\na,yes\nc,no\n",
       {"column 1|column 2", "[a][no]", "[b][yes]", "[a][yes]", "[c][no]"},
       {no_header}},
      {"texts only, with names",
       "k,z\na,no\nb,yes\na,yes\nc,no\n",
       {"k|z", "[a][no]", "[b][yes]", "[a][yes]", "[c][no]"}},
      {"numbers above numbers",
       "5.1,3.5,s\n4.9,3.0,s\n",
       {"column 1|column 2|column 3", "[5.1][3.5][s]", "[4.9][3.0][s]"},
       {no_header}},
      {"one sample", "5.1,3.5\n", {"column 1|column 2", "[5.1][3.5]"}, {no_header}},
      {"no sample", "x,y\n", {"x|y"}},
      {"numbers that count", "0,1,2\n5,6,7\n", {"0|1|2", "[5][6][7]"}},
      {"years", "land,1990,2000,2010\nA,1,2,3\nB,4,5,6\n", {"land|1990|2000|2010", "[A][1][2][3]", "[B][4][5][6]"}},
      {"two years", "id,2019,2020\nA,5,6\nB,7,8\n", {"id|2019|2020", "[A][5][6]", "[B][7][8]"}},
      {"a header behind a mark", "# x y\n1 2\n3 4\n", {"x|y", "[1][2]", "[3][4]"}, {"separated by blanks"}},
      {"a gap in the first sample",
       "3,?,gas\n1,5,gas\n",
       {"column 1|column 2|column 3", "[3][~][gas]", "[1][5][gas]"},
       {no_header}},
      {"an odd word in the first sample",
       "-,3,a\n1,5,a\n2,6,b\n",
       {"column 1|column 2|column 3", "[-][3][a]", "[1][5][a]", "[2][6][b]"},
       {no_header}},
      {"a header, although", "5,6\n7,8\n", {"5|6", "[7][8]"}, {}, {.header = "true"}},
      {"none, although", "x,y\n7,8\n", {"column 1|column 2", "[x][y]", "[7][8]"}, {}, {.header = "false"}},
      {"names from outside", "5.5,6\n7,8\n", {"u|v", "[5.5][6]", "[7][8]"}, {no_header}, {.names = {"u", "v"}}},
      {"other names", "x,y\n7,8\n", {"u|v", "[7][8]"}, {}, {.names = {"u", "v"}}},
      {"a column of row numbers", ",x\n1,5\n2,6\n", {"column 1|x", "[1][5]", "[2][6]"}, {"no name for column 1"}},
      {"row numbers as R writes them",
       "x y\n1 5 a\n2 6 b\n",
       {"column 1|x|y", "[1][5][a]", "[2][6][b]"},
       {"blanks", "no name for column 1"}},
      {"a name twice",
       "a,b,a,a\n1,2,3,4\n",
       {"a|b|a.2|a.3", "[1][2][3][4]"},
       {"\"a\" occurs twice: column 3 is called \"a.2\"", "column 4 is called \"a.3\""}},
      {"a name twice and its successor", "a,a,a.2\n1,2,3\n", {"a|a.3|a.2", "[1][2][3]"}, {"called \"a.3\""}},
      {"empty last columns", "x,y,,\n1,2,,\n3,4,,\n", {"x|y", "[1][2]", "[3][4]"}},
      {"delimiters at the ends", "x,y\n1,2,\n3,4,\n", {"x|y", "[1][2]", "[3][4]"}},
      {"an unnamed last column", "x,\n1,2\n3,4\n", {"x|column 2", "[1][2]", "[3][4]"}, {"no name for column 2"}},
      {"empty lines", "x,y\n1,2\n\n,\n3,\n \n , \n\r\n", {"x|y", "[1][2]", "[3][~]"}},
  };
}

std::vector<Table> delimiters() {
  return {
      {"semicolons", "x;y\n1;a\n2;b\n", {"x|y", "[1][a]", "[2][b]"}, {"separated by \";\""}},
      {"semicolons and quotes", "\"x\";\"y\"\n1;2.5\n", {"x|y", "[1][2.5]"}, {"separated by \";\""}},
      {"tabs", "x\ty\n1\ta b\n2\tc\n", {"x|y", "[1][a b]", "[2][c]"}, {"separated by tabs"}},
      {"tabs and gaps", "x\ty\tz\n1\t\t3\n", {"x|y|z", "[1][~][3]"}, {"separated by tabs"}},
      {"bars", "x|y\n1|a\n", {"x|y", "[1][a]"}, {"separated by \"|\""}},
      {"blanks", "  1.5   2 \n 3  4.5\n", {"column 1|column 2", "[1.5][2]", "[3][4.5]"}, {"blanks", "is a sample"}},
      {"blanks, tabs and quotes",
       "18.0   8  70  1\t\"a b\"\n15.0   8  70  1\t\"c\"\n",
       {"column 1|column 2|column 3|column 4|column 5", "[18.0][8][70][1][a b]", "[15.0][8][70][1][c]"},
       {"blanks", "is a sample"}},
      {"commas and blanks", "x, y\n1, 2\n3, 4\n", {"x|y", "[1][2]", "[3][4]"}},
      {"one column of sentences",
       "text\nhello, world\nno\n",
       {"text", "[hello, world]", "[no]"},
       {},
       {.delimiter = ";"}},
      {"one column of words", "text\nhello world\nno\n", {"text", "[hello world]", "[no]"}},
      {"blanks in cells", "t;v\n10 00;5\n11 00;6\n", {"t|v", "[10 00][5]", "[11 00][6]"}, {"separated by \";\""}},
      {"one column of two words",
       "name\nhello world\ngood morning\nno way\n",
       {"name", "[hello world]", "[good morning]", "[no way]"}},
      {"a line for Excel", "sep=;\nx;y,z\n1;2\n", {"x|y,z", "[1][2]"}},
      {"commas that may be of thousands",
       "x;y\n1,234;a\n2,345;b\n",
       {"x|y", "[1,234][a]", "[2,345][b]"},
       {"separated by \";\""}},
      {"delimiters behind quotes in quotes",
       "a;b,c\n\"x\"\";\";2,1\n\"y\"\";;\";3,4\n",
       {"a|b,c", "[x\";][2,1]", "[y\";;][3,4]"},
       {"\";\"", "decimal comma"}},
      {"commas in quotes", "a;b\n\"1,2,3\";4\n\"5,6,7\";8\n", {"a|b", "[1,2,3][4]", "[5,6,7][8]"}, {"\";\""}},
      {"line ends in quotes", "a,b\n\"x\ny\",1\n\"p\"\"q\",2\n", {"a|b", "[x\ny][1]", "[p\"q][2]"}},
      {"decimal commas", "x;y\n1,5;a\n2,25;b\n", {"x|y", "[1,5][a]", "[2,25][b]"}, {"\";\"", "decimal comma"}},
      {"decimal commas beside texts, without header",
       "1,5;a;p\n2,5;b;q\n",
       {"column 1|column 2|column 3", "[1,5][a][p]", "[2,5][b][q]"},
       {"\";\"", "decimal comma", "is a sample"}},
      {"semicolons in texts, without header",
       "1.5,a;b,2\n3,c;d,4\n",
       {"column 1|column 2|column 3", "[1.5][a;b][2]", "[3][c;d][4]"},
       {"is a sample"}},
      {"points and commas in numbers",
       "x;y\n1.234,5;a\n950,25;b\n",
       {"x|y", "[1.234,5][a]", "[950,25][b]"},
       {"\";\"", "thousands as in 1.234,5"}},
      {"commas and points in numbers",
       "x,y\n\"1,234.5\",a\n9.5,b\n",
       {"x|y", "[1,234.5][a]", "[9.5][b]"},
       {"thousands as in 1,234.5"}},
      {"points and commas, but numbers that contradict",
       "x;y\n1.234,5;1.5\n2.345,5;2.5\n",
       {"x|y", "[1.234,5][1.5]", "[2.345,5][2.5]"},
       {"\";\""}},
      {"decimal commas without header",
       "1,5;2,5\n3,5;4\n",
       {"column 1|column 2", "[1,5][2,5]", "[3,5][4]"},
       {"\";\"", "decimal comma", "is a sample"}},
      {"comments", "# made by hand\nx,y\n# half\n1,2\n", {"x|y", "[1][2]"}, {}, {.comment = "#"}},
      {"lines above", "Report\n\n\"a, b\nx,y\n1,2\n", {"x|y", "[1][2]"}, {}, {.skip_rows = 3}},
      {"blanks as told", "x y\na b\n", {"x|y", "[a][b]"}, {}, {.delimiter = "blanks"}},
      {"byte order mark", "\xEF\xBB\xBFx,y\n1,\xC3\xA9t\xC3\xA9\n", {"x|y", "[1][\xC3\xA9t\xC3\xA9]"}},
      {"carriage returns", "x,y\r1,2\r\r3,4", {"x|y", "[1][2]", "[3][4]"}},
  };
}

std::vector<Table> arff_tables() {
  const std::string head = "% a comment\n\n@RELATION 'a b'\n@attribute x numeric\n@Attribute 'y z' {a, 'b c', NA}\n";
  return {
      {"ARFF", head + "@DATA\n1,a\n% note\n\n?,'b c'\n", {"x|y z", "[1][a]", "[~][b c]"}},
      {"ARFF with gaps that are values", head + "@data\n-1 , NA\n2,'?'\n", {"x|y z", "[-1][NA]", "[2][?]"}},
      {"ARFF with backslashes", head + "@data\n1,'it\\'s \\\\ \\n'\n2,\"a\"\n", {"x|y z", "[1][it's \\ \n]", "[2][a]"}},
      {"sparse ARFF", head + "@data\n{0 2.5, 1 'b c'}\n{ 1 NA }\n{}\n", {"x|y z", "[2.5][b c]", "[0][NA]", "[0][a]"}},
  };
}

std::vector<Table> all_tables() {
  std::vector<Table> tables = headers();
  for (const auto& more : {delimiters(), arff_tables()}) tables.insert(tables.end(), more.begin(), more.end());
  return tables;
}

// What a message says between these texts.
std::string_view between(std::string_view message, std::string_view before, std::string_view after) {
  const std::size_t first = message.find(before);
  if (first == std::string_view::npos) return "";
  message.remove_prefix(first + before.size());
  return message.substr(0, message.find(after));
}

}  // namespace

TEST_CASE("a table in any spelling gives its names and cells, and says what was guessed") {
  for (const Table& row : all_tables()) {
    CAPTURE(row.what);
    TableReader table(row.text, "t.csv", row.format);
    CHECK(lines_of(table) == row.lines);
    const std::string remarks = join(table.remarks(), "; ");
    check_contains(remarks, row.remarks);
    CHECK(table.remarks().size() == row.remarks.size());
  }
}

TEST_CASE("blocks of any size give the same cells") {
  const TemporaryFolder folder;
  for (const Table& row : all_tables()) {
    CAPTURE(row.what);
    const std::string path = folder.write("t.csv", row.text);
    for (const std::size_t block : {1U, 2U, 3U, 5U, 7U, 8U, 64U, 4096U}) {
      CAPTURE(block);
      TableReader table(ByteReader(path), path, row.format, block);
      CHECK(lines_of(table) == row.lines);
    }
  }
}

TEST_CASE("a table that is longer than what is guessed from is read to its end in blocks of any size") {
  const TemporaryFolder folder;
  std::string text = "x,\"the label\",z\n";
  Strings lines{"x|the label|z"};
  for (int i = 0; i < 8000; ++i) {
    const std::string number = std::to_string(i);
    text += number + ",\"a\r\n\"\"" + number + "\"\"\",\xC3\xA9" + std::string(static_cast<std::size_t>(i % 50), '-') +
            (i % 3 == 0 ? "\r\n" : "\n");
    lines.push_back("[" + number + "][a\r\n\"" + number + "\"][\xC3\xA9" +
                    std::string(static_cast<std::size_t>(i % 50), '-') + "]");
  }
  const std::string path = folder.write("t.csv", text);
  for (const std::size_t block : {11U, 100U, 1000U, 4099U, 1U << 18}) {
    CAPTURE(block);
    TableReader table(ByteReader(path), path, {}, block);
    CHECK(lines_of(table) == lines);
  }
  CHECK(lines_of(text) == lines);
}

TEST_CASE("a line that is skipped ends once, wherever a block ends in it") {
  constexpr std::size_t first_block = 1U << 16;
  const TemporaryFolder folder;
  for (const std::size_t length : {first_block - 2, first_block - 1, first_block, first_block + 1}) {
    CAPTURE(length);
    const std::string path = folder.write("t.csv", std::string(length, '-') + "\r\nx,y\r\n1,2\r\n");
    TableReader table(ByteReader(path), path, {.skip_rows = 1}, 1);
    CHECK(table.next());
    CHECK(table.line() == 3);
  }
}

TEST_CASE("a pipe is read like a file") {
  const TemporaryFolder folder;
  const std::string pipe = folder.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { folder.write("pipe", "x,y\n1,a\n2,b\n"); });
  TableReader table(ByteReader(pipe), pipe);
  CHECK(lines_of(table) == Strings{"x|y", "[1][a]", "[2][b]"});
  writer.join();
}

TEST_CASE("what was guessed reads the table again without a guess") {
  for (const Table& row : all_tables()) {
    CAPTURE(row.what);
    TableReader first(row.text, "t.csv", row.format);
    TableFormat format = first.format();
    for (const std::string& decided : {format.delimiter, format.header, format.decimal}) CHECK(decided != "auto");
    CHECK(format.names.empty());
    format.names = first.names();
    CHECK(lines_of(row.text, format) == row.lines);
  }
}

TEST_CASE("a column is found by its name or its place, and knows whether it was named") {
  TableReader table(",b,column 1\n1,2,3\n4,5,6\n"sv, "t.csv");
  CHECK(table.find("b") == 1U);
  CHECK(table.find("column 2") == 1U);
  CHECK(table.find("column 1") == 2U);
  CHECK(table.find("column 3") == 2U);
  for (const char* none : {"c", "column 0", "column 4", "column", "column x"}) CHECK(!table.find(none));
  CHECK(!table.is_named(0));
  CHECK(table.is_named(1));
}

TEST_CASE("numbers are read by the format, and a cell in another one is told what to set") {
  struct Row {
    TableFormat format;
    std::string cell;
    double value;         // 0: none
    Strings advice = {};  // parts
  };
  const TableFormat plain{.decimal = "."};
  const TableFormat comma{.decimal = ","};
  const TableFormat english{.decimal = ".", .thousands = ","};
  const TableFormat german{.decimal = ",", .thousands = "."};
  const TableFormat swiss{.decimal = ".", .thousands = "'"};
  const TableFormat french{.decimal = ",", .thousands = "\u202F"};
  const std::vector<Row> rows{
      {plain, "1.5", 1.5},
      {plain, "1,234", 0, {"\"thousands\": \",\" to read 1234", "or set \"decimal\": \",\" to read 1.234"}},
      {plain, "1,5", 0, {"(set \"decimal\": \",\" to read 1.5)"}},
      {plain, "1,234,567", 0, {"(set \"thousands\": \",\" to read 1234567)"}},
      {plain, "1.234,5", 0, {"(set \"decimal\": \",\", \"thousands\": \".\" to read 1234.5)"}},
      {plain, "12 345", 0, {"(set \"thousands\": \" \" to read 12345"}},
      {plain, "red", 0},
      {comma, "1,5", 1.5},
      {comma, "-1,5e-3", -1.5e-3},
      {comma, "7", 7},
      {comma, "1.5", 0, {"(set \"decimal\": \".\" to read 1.5)"}},
      {english, "1,234.5", 1234.5},
      {english, "-12,345,678", -12345678},
      {english, "1234", 1234},
      {english, "1,23", 0},
      {english, "1,23,456", 0},
      {english, "1234,567", 0},
      {english, ",123", 0},
      {german, "1.234,5", 1234.5},
      {german, "1.5", 0},
      {swiss, "1'000", 1000},
      {french, "12\u202F345,5", 12345.5},
  };
  for (const Row& row : rows) {
    CAPTURE(row.cell);
    TableFormat format = row.format;
    format.delimiter = ";";
    TableReader table("x\n1\n2\n"sv, "t.csv", format);
    const CsvCell cell{row.cell};
    CHECK(table.number_in(cell).value_or(0) == row.value);
    check_contains(table.number_advice(cell), row.advice);
    if (row.value == 0 && row.advice.empty() && row.cell == "red") CHECK(table.number_advice(cell).empty());
  }
}

TEST_CASE("what a cell is told to set reads it as the message says") {
  for (const char* cell : {"1,5", "1,234,567", "1.234,5", "12 345", "1 234,5", "1'000", "-1'000.5", "12\u202F345,5"}) {
    CAPTURE(std::string(cell));
    const std::string text = "x|y\n" + std::string(cell) + "|1.5\n";
    TableReader table(text, "t.csv");
    REQUIRE(table.next());
    CHECK(!table.number_in(table.cells()[0]));
    const std::string advice = table.number_advice(table.cells()[0]);
    CAPTURE(advice);
    TableFormat format;
    const std::string_view way = between(advice, "(", " to read");
    format.thousands = between(way, "\"thousands\": \"", "\"");
    if (const auto decimal = between(way, "\"decimal\": \"", "\""); !decimal.empty()) format.decimal = decimal;
    TableReader again(text, "t.csv", format);
    REQUIRE(again.next());
    REQUIRE(again.number_in(again.cells()[0]));
    const std::string read = to_text(*again.number_in(again.cells()[0]));
    CHECK((advice.find(" to read " + read + ")") != std::string::npos ||
           advice.find(" to read " + read + ",") != std::string::npos));
  }
}

TEST_CASE("ARFF says what its columns hold") {
  TableReader table(
      "@relation r\n@attribute a real\n@attribute \"b\\\" c\" { x , 'y z' }\n@attribute d string\n"
      "@attribute e date \"yyyy-MM-dd\"\n@data\n1,x,t,2020-01-01\n"sv,
      "t.arff");
  using Kind = DeclaredColumn::Kind;
  REQUIRE(table.declared().size() == 4);
  CHECK(table.names() == Strings{"a", "b\" c", "d", "e"});
  CHECK(table.declared()[0].kind == Kind::number);
  CHECK(table.declared()[1].kind == Kind::nominal);
  CHECK(table.declared()[1].values == Strings{"x", "y z"});
  CHECK(table.declared()[2].kind == Kind::text);
  CHECK(table.declared()[3].kind == Kind::date);
  CHECK(table.declared()[3].date_format == "yyyy-MM-dd");
  CHECK(TableReader("x,y\n1,2\n"sv, "t.csv").declared().empty());
}

TEST_CASE("text that is no table is refused with place and way out") {
  struct Row {
    std::string what;
    std::string text;
    Strings parts;
    TableFormat format = {};
  };
  const std::string head = "@relation r\n@attribute x numeric\n@attribute y {a}\n";
  const std::vector<Row> rows{
      {"a title",
       "My report\nx,y\n1,2\n3,4\n",
       {"t.csv:1: ", "found 1 cell, and 2 in later rows", "\"skip_rows\": 1 "}},
      {"a title and a comment", "# one\n#\n\nx,y,z\n1,2,3\n3,4,5\n", {"t.csv:1: ", "\"skip_rows\": 3 "}},
      {"too few cells", "x,y,z\n1,2,3\n4,5\n", {"t.csv:3: ", "found 2 cells; wanted 3, as the header has"}},
      {"too many cells", "1,2,5\n4,5,7\n4,5,6,7\n", {"t.csv:3: ", "found 4 cells; wanted 3, as the rows above have"}},
      {"an unclosed quote", "x,y\n1,\"a\n2,b\n", {"t.csv:2: ", "never closed"}},
      {"a quote inside", "x,y\n1,\"a\"b\n", {"t.csv:2: ", "found \"b\" after a closing quote"}},
      {"no text", " \n\n", {"t.csv: ", "found no text"}},
      {"all skipped", "x,y\n1,2\n", {"t.csv: ", "found no text"}, {.skip_rows = 5}},
      {"a zero byte", "x,y\n1,2\n3,\0\n"s, {"t.csv:3: ", "zero byte"}},
      {"Latin-1", "x,y\n1,caf\xE9\n", {"t.csv:2: ", "iconv -f WINDOWS-1252 -t UTF-8 t.csv > t.utf8.csv"}},
      {"no data", head, {"t.csv:4: ", "no @data"}},
      {"an odd type", "@relation r\n@attribute x relational\n", {"t.csv:2: ", "found the type \"relational\""}},
      {"an odd list", "@relation r\n@attribute x {'a' b}\n", {"t.csv:2: ", "wanted a comma or }"}},
      {"an odd declaration", "@relation r\nx numeric\n@data\n", {"t.csv:2: ", "wanted @attribute or @data"}},
      {"an index too large", head + "@data\n{2 1}\n", {"t.csv:5: ", "an index below 2"}},
      {"an unclosed row", head + "@data\n{0 1, \n", {"t.csv:5: ", "sparse row"}},
      {"text behind a row", head + "@data\n{0 1} 5\n", {"t.csv:5: ", "behind a sparse row"}},
  };
  const TemporaryFolder folder;
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const std::string message = error_of<DataError>([&] { lines_of(row.text, row.format); });
    check_contains(message, row.parts);
    const std::string path = folder.write("t.csv", row.text);
    for (const std::size_t block : {1U, 3U, 1000U}) {
      CHECK(error_of<DataError>([&] {
              TableReader table(ByteReader(path), "t.csv", row.format, block);
              lines_of(table);
            }) == message);
    }
  }
}

TEST_CASE("a title above the table is left out as the message says") {
  CHECK(lines_of("# one\n#\n\nx,y,z\n1,2,3\n3,4,5\n", {.skip_rows = 3}) == Strings{"x|y|z", "[1][2][3]", "[3][4][5]"});
}

TEST_CASE("files of other formats are recognised and refused with the command that converts them") {
  struct Row {
    std::string name;
    std::string start;
    Strings parts;
  };
  const std::vector<Row> rows{
      {"a.parquet", "PAR1\x15\0\0"s, {"Parquet", "pandas.read_parquet(sys.argv[1])", "\" a.parquet a.csv)"}},
      {"a.xlsx",
       "PK\x03\x04\x14\0\x06\0[Content_Types].xml"s,
       {"spreadsheet", "libreoffice --headless --convert-to csv a.xlsx"}},
      {"a.zip", "PK\x03\x04\x14\0\0\0a.csv"s, {"zip archive", "unzip a.zip"}},
      {"a.xls", "\xD0\xCF\x11\xE0\xA1\xB1"s, {"old Excel", "libreoffice"}},
      {"a b.csv", "\xFF\xFEx\0,\0"s, {"UTF-16", "iconv -f UTF-16 -t UTF-8 'a b.csv' > 'a b.utf8.csv'"}},
      {"a.csv", "x\0,\0y\0"s, {"UTF-16", "iconv -f UTF-16LE"}},
      {"a.csv", "\0x\0,\0y"s, {"UTF-16", "iconv -f UTF-16BE"}},
      {"a.jsonl", "{\"x\": 1}\n{\"x\": 2}\n", {"JSON lines", "pandas.read_json(sys.argv[1], lines=True)"}},
      {"a.json", " [\n {\"x\": 1}]", {"found JSON;", "pandas.read_json(sys.argv[1])"}},
      {"a.txt", "+1 1:0.5 3:2\n-1 2:1\n", {"libsvm", "load_svmlight_file", "\" a.txt a.csv)"}},
      {"a.txt", "3 qid:1 1:0.5\n", {"libsvm"}},
      {"a.txt", "1 1:0.5\n0\n2 2:1 # the last line\n1 1:1 3:", {"libsvm"}},
      {"a.txt", "1 1:0.5\n0 2:1", {"libsvm"}},
      {"a.bz2", "BZh91AY", {"bzip2", "(unpack it: bunzip2 -k a.bz2)"}},
      {"a.csv", "<!DOCTYPE html>\n<html>", {"web page", "download the file itself"}},
      {"-", "PAR1", {"standard input:1: ", "\" FILE FILE.csv)"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    check_contains(error_of<DataError>([&] { TableReader(row.start, row.name); }), row.parts);
  }
  for (const char* no_libsvm :
       {"1 2:3:4\n", "a 1:2\n", "12:30\n12:40\n", "1\n2\n", "1 10:30\n2 09:15\n", "1 10:30\n",
        "1 9:30 10:15\n2 9:31 10:16\n", "1 3:0.5 1:2\n2 3:0.5 1:2\n", "1 2:1 2:1\n1 2:1 2:1\n", "1 01:0.5\nx 1:2\n"}) {
    CHECK_NOTHROW(lines_of(no_libsvm, {.header = "false"}));
  }
}

TEST_CASE("cells that blanks separate, as the format says, are no libsvm") {
  CHECK(lines_of("1 1:5\n2 1:6\n", {.delimiter = "blanks", .header = "false"}) ==
        Strings{"column 1|column 2", "[1][1:5]", "[2][1:6]"});
}

TEST_CASE("options that contradict each other are refused") {
  const auto refused = [](const TableFormat& format) {
    return error_of<ConfigError>([&] { lines_of("x;y\n1;2\n", format); });
  };
  check_contains(refused({.delimiter = "3"}), {"delimiter = \"3\"", "must be"});
  check_contains(refused({.delimiter = ""}), {"delimiter = \"\""});
  check_contains(refused({.names = {"x"}}), {"names has 1 name, but t.csv has 2 columns"});
  check_contains(refused({.decimal = ",", .thousands = ","}), {"thousands must differ from decimal"});
  check_contains(refused({.thousands = "12"}), {"thousands must be one character"});
  check_contains(refused({.comment = "//"}), {"comment must be one character"});
}

TEST_CASE("a config names the format, and says true and false with or without quotes") {
  for (const char* word : {"false", "\"false\""}) {
    CAPTURE(std::string(word));
    SourceSpec spec = CsvSource{.path = "a"};
    ConfigErrors errors;
    read_config(parse_json(R"({"path": "a", "header": )" + std::string(word) + "}", "c.json"), spec.held(), {}, errors);
    errors.throw_if_any();
    CHECK(config_of(spec.held()).find("header")->text == "false");
  }
}

TEST_CASE("the real tables are read as they are") {
  const std::string folder = HINGE_SHARED_DIR "/data/tables/";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: there are no tables in " << folder);
    return;
  }
  struct Row {
    std::string file;
    std::size_t columns;
    std::size_t rows;
    std::string first_name;
    std::string delimiter = ",";
    bool has_header = true;
  };
  const std::vector<Row> rows{
      {"abalone.csv", 9, 4177, "column 1", ",", false},
      {"auto-mpg.data", 9, 398, "column 1", "blanks", false},
      {"breast-cancer-yugoslavia.csv", 10, 286, "column 1", ",", false},
      {"car.arff", 7, 1728, "buying"},
      {"cleveland.data", 14, 303, "column 1", ",", false},
      {"concrete.csv", 9, 1030, "Cement (component 1)(kg in a m^3 mixture)"},
      {"credit.g.arff", 21, 1000, "checking_status"},
      {"ecoli.data", 9, 336, "column 1", "blanks", false},
      {"energy-efficiency-excel.csv", 11, 768, "column 1"},
      {"energy-efficiency.csv", 10, 768, "X1"},
      {"forestfires.csv", 14, 517, "X"},
      {"german.csv", 21, 1000, "column 1", ",", false},
      {"imports-85.csv", 26, 201, "column 1", ",", false},
      {"iris.data", 6, 150, "column 1", ",", false},
      {"mnist-10-rows.csv", 785, 10, "column 1", ",", false},
      {"pima.csv", 9, 768, "column 1", ",", false},
      {"titanic-test.csv", 11, 418, "PassengerId"},
      {"titanic-train.csv", 12, 891, "PassengerId"},
      {"vote.arff", 17, 435, "handicapped-infants"},
      {"winequality-red.csv", 12, 1454, "fixed acidity", ";"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.file);
    TableReader table(ByteReader(folder + row.file), folder + row.file);
    CHECK(table.names().size() == row.columns);
    CHECK(table.names()[0] == row.first_name);
    CHECK(table.format().delimiter == row.delimiter);
    CHECK(table.format().decimal == ".");
    CHECK(table.format().header == (row.has_header ? "true" : "false"));
    std::size_t count = 0;
    while (table.next()) ++count;
    CHECK(count == row.rows);
  }
}
