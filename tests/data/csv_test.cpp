// CSV: the format, the classes, and a clear word about everything that is wrong with a table.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include "../support/contains.h"
#include "../support/temporary_folder.h"
#include "../support/throws.h"

using namespace hinge;

namespace {

using Doubles = std::vector<double>;
using Strings = std::vector<std::string>;
using Classes = std::vector<std::int32_t>;

Dataset<double> parse(std::string_view text, const CsvOptions& options = {}) {
  return parse_csv<double>(text, "t.csv", options);
}

Doubles sample(const Dataset<double>& data, std::size_t i) {
  Doubles values;
  for (std::size_t r = 0; r < data.features(); ++r) values.push_back(data.inputs()(r, i));
  return values;
}

Classes classes(const Dataset<double>& data) { return {data.classes().begin(), data.classes().end()}; }

}  // namespace

TEST_CASE("a table with a header becomes features and classes") {
  const auto data = parse("width,height,kind\n1,2.5,cat\n-3,+4e1,dog\n5,6,cat\n");
  CHECK(data.size() == 3);
  CHECK(data.feature_names() == Strings{"width", "height"});
  CHECK(data.target_names() == Strings{"kind"});
  CHECK(data.class_names() == Strings{"cat", "dog"});
  CHECK(sample(data, 0) == Doubles{1, 2.5});
  CHECK(sample(data, 1) == Doubles{-3, 40});
  CHECK(classes(data) == Classes{0, 1, 0});
}

TEST_CASE("a regression table has numbers as targets") {
  const auto data = parse("x,price\n1,10.5\n2,-20\n", {.task = Task::regression});
  CHECK(data.task() == Task::regression);
  CHECK(data.target_names() == Strings{"price"});
  CHECK(data.values()(0, 1) == -20);
}

TEST_CASE("the target may be any column") {
  for (const char* target : {"a", "b", "c"}) {
    CAPTURE(std::string(target));
    const auto data = parse("a,b,c\n1,2,3\n4,5,6\n", {.target = target});
    const std::size_t column = static_cast<std::size_t>(target[0] - 'a');
    Doubles rest{1, 2, 3};
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(column));
    CHECK(sample(data, 0) == rest);
    CHECK(data.target_names() == Strings{target});
    CHECK(data.class_names() == Strings{std::to_string(column + 1), std::to_string(column + 4)});
  }
}

TEST_CASE("the same table in every spelling that RFC 4180 and its relatives allow") {
  const char* byte_order_mark = "\xEF\xBB\xBF";
  struct Row {
    std::string what;
    std::string text;
    char delimiter = ',';
  };
  const std::vector<Row> rows{
      {"plain", "x,y\n1,a\n2,b\n"},
      {"no line end at the end", "x,y\n1,a\n2,b"},
      {"CR LF", "x,y\r\n1,a\r\n2,b\r\n"},
      {"CR", "x,y\r1,a\r2,b\r"},
      {"byte order mark", byte_order_mark + std::string("x,y\n1,a\n2,b\n")},
      {"quoted cells", "\"x\",\"y\"\n\"1\",\"a\"\n\"2\",\"b\"\n"},
      {"byte order mark and quotes", byte_order_mark + std::string("\"x\",\"y\"\n1,a\n2,b\n")},
      {"blanks around cells", " x ,\ty\t\n  1 ,  a\n2  ,b  \n"},
      {"blanks around quoted cells", " \"x\" ,\ty\n  \" 1 \" , \"a\"\n2,b\n"},
      {"blank lines", "\n\nx,y\n\n1,a\n  \n2,b\n\n\r\n"},
      {"semicolons", "x;y\n1;a\n2;b\n", ';'},
      {"tabs", "x\ty\n1\ta\n 2 \tb\n", '\t'},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto data = parse(row.text, {.delimiter = row.delimiter});
    CHECK(data.feature_names() == Strings{"x"});
    CHECK(data.target_names() == Strings{"y"});
    CHECK(data.class_names() == Strings{"a", "b"});
    REQUIRE(data.size() == 2);
    CHECK(sample(data, 1) == Doubles{2});
  }
}

TEST_CASE("a quoted cell may hold delimiters and line ends and doubled quotes") {
  const auto data = parse("\"the \"\"x\"\", in m\",\"two\nlines\"\n1,\"a,b\"\n2,\"say \"\"\"\"\"\n3,\"\"\"q\"\"\"\n");
  CHECK(data.feature_names() == Strings{"the \"x\", in m"});
  CHECK(data.target_names() == Strings{"two\nlines"});
  CHECK(data.class_names() == Strings{"\"q\"", "a,b", "say \"\""});
}

TEST_CASE("classes that are numbers are in the order of their values and others in that of their bytes") {
  CHECK(parse("x,y\n1,10\n1,9\n1,-1\n1,2.5\n").class_names() == Strings{"-1", "2.5", "9", "10"});
  CHECK(parse("x,y\n1,10\n1,9\n1,none\n").class_names() == Strings{"10", "9", "none"});
  CHECK(classes(parse("x,y\n1,10\n1,9\n1,-1\n1,9\n")) == Classes{2, 1, 0, 1});
  CHECK(parse("x,y\n1,b\n1,B\n1,a\n").class_names() == Strings{"B", "a", "b"});
}

TEST_CASE("a table that is wrong is refused with place and found and wanted") {
  struct Row {
    std::string what;
    std::string text;
    CsvOptions options;
    Strings parts;
  };
  const std::string long_label(300, 'z');
  const std::vector<Row> rows{
      {"no text", "", {}, {"t.csv: ", "no text", "a header and at least one row"}},
      {"blank lines only", "\n \r\n", {}, {"t.csv: ", "no text"}},
      {"no rows", "x,y\n\n", {}, {"t.csv: ", "no rows", "at least one row"}},
      {"text in a feature",
       "x,y\n1,a\noak,b\n",
       {},
       {"t.csv:3: ", "column \"x\"", "found \"oak\"", "wanted a number", "leave it out"}},
      {"text in a regression target",
       "x,y\n1,a\n",
       {.task = Task::regression},
       {"t.csv:2: ", "column \"y\"", "found \"a\"", "classification"}},
      {"decimal comma", "x;y\n1,5;a\n", {.delimiter = ';'}, {"t.csv:2: ", "found \"1,5\"", "decimal point", "\"1.5\""}},
      {"number with a tail", "x,y\n1kg,a\n", {}, {"t.csv:2: ", "found \"1kg\"", "wanted a number"}},
      {"nan", "x,y\nnan,a\n", {}, {"t.csv:2: ", "found \"nan\"", "wanted a number"}},
      {"infinity", "x,y\n-inf,a\n", {}, {"found \"-inf\""}},
      {"too large", "x,y\n1e999,a\n", {}, {"found \"1e999\""}},
      {"empty feature",
       "x,y\n1,a\n ,b\n",
       {},
       {"t.csv:3: ", "column \"x\"", "an empty cell", "wanted a number (fill gaps"}},
      {"empty cell between tabs",
       "x\tz\ty\n1\t\ta\n",
       {.delimiter = '\t'},
       {"t.csv:2: ", "column \"z\"", "an empty cell"}},
      {"empty label", "x,y\n1,a\n2,\n", {}, {"t.csv:3: ", "column \"y\"", "an empty cell", "class label"}},
      {"empty quoted label", "x,y\n1,a\n2,\"\"\n", {}, {"t.csv:3: ", "an empty cell"}},
      {"empty regression target",
       "x,y\n1,\n",
       {.task = Task::regression},
       {"column \"y\"", "an empty cell", "a number"}},
      {"too few cells", "x,z,y\n1,2,a\n1,a\n", {}, {"t.csv:3: ", "found 2 cells", "wanted 3", "in quotes"}},
      {"one cell", "x,z,y\n1\n", {}, {"t.csv:2: ", "found 1 cell;", "wanted 3"}},
      {"too many cells", "x,y\n1,2,a\n", {}, {"t.csv:2: ", "found 3 cells", "wanted 2"}},
      {"delimiter at the end", "x,y\n1,a,\n", {}, {"t.csv:2: ", "found 3 cells", "wanted 2"}},
      {"unclosed quote", "x,y\n1,a\n2,\"b\n3,c\n4,d\n", {}, {"t.csv:3: ", "never closed"}},
      {"text after a quote", "x,y\n1,\"a\"b\n", {}, {"t.csv:2: ", "found \"b\" after a closing quote", "twice"}},
      {"unknown target",
       "width,kind\n1,a\n",
       {.target = "kinds"},
       {"t.csv:1: ", "none called \"kinds\"", "did you mean \"kind\"?", "known: width, kind"}},
      {"target of other case", "width,kind\n1,a\n", {.target = "Kind"}, {"did you mean \"kind\"?"}},
      {"duplicate name",
       "x,y,x,z\n1,2,3,a\n",
       {},
       {"t.csv:1: ", "column 3", "the name \"x\"", "column 1 has", "wanted a different one"}},
      {"unnamed column", ",x,y\n0,1,a\n", {}, {"t.csv:1: ", "column 1", "no name", "row number"}},
      {"header missing",
       "5.1,3.5,setosa\n4.9,3.0,setosa\n",
       {},
       {"t.csv:1: ", "numbers where the names", "wanted a header"}},
      {"header missing and equal numbers",
       "1,1,a\n2,2,b\n",
       {},
       {"t.csv:1: ", "the name \"1\"", "is the header missing?"}},
      {"one column", "y\na\n", {}, {"t.csv:1: ", "one column, \"y\"", "a feature and a target"}},
      {"semicolons", "x;y\n1;a\n", {}, {"t.csv:1: ", "one column", "separated by \";\"", "set the delimiter"}},
      {"tabs", "x\ty\n1\ta\n", {}, {"separated by tabs"}},
      {"commas", "x,y\n1,a\n", {.delimiter = ';'}, {"separated by \",\""}},
      {"one class", "x,y\n1,a\n2,a\n", {}, {"t.csv: ", "column \"y\"", "only the class \"a\"", "at least two"}},
      {"two spellings of a number", "x,y\n1,1\n2,1.0\n", {}, {"column \"y\"", "\"1\" and \"1.0\"", "one spelling"}},
      {"UTF-16", std::string("\xFF\xFEx\0,\0y\0", 8), {}, {"t.csv:1: ", "UTF-16", "wanted UTF-8"}},
      {"control bytes in a cell", "x,y\n\x1b[31m,a\n", {}, {"found \"\\x1b[31m\""}},
      {"long cell", "x,y\n" + long_label + ",a\n", {}, {"zzz…\"; wanted"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<DataError>([&] { parse(row.text, row.options); }), row.parts);
  }
}

TEST_CASE("line numbers count the line ends inside of quotes") {
  const std::string text = "x,\"y\r\nz\"\n1,\"a\n\nb\"\n\n2,c\n\"oops\",d\n";
  check_contains(error_of<DataError>([&] { parse(text); }), {"t.csv:8: ", "found \"oops\""});
  check_contains(error_of<DataError>([&] { parse("y,x\n\"a\nb\",1\n\"c\nd\",oops\n", {.target = "y"}); }),
                 {"t.csv:5: ", "oops"});
  check_contains(error_of<DataError>([&] { parse("x,y\r1,a\r\roops,b\r"); }), {"t.csv:4: ", "oops"});
}

TEST_CASE("columns called by consecutive numbers are a header") {
  const auto data = parse("0,1,2,label\n5,6,7,a\n8,9,10,b\n");
  CHECK(data.size() == 2);
  CHECK(data.feature_names() == Strings{"0", "1", "2"});
}

TEST_CASE("a number beyond single precision is refused for float and taken for double") {
  const std::string text = "x,y\n1e300,a\n1e-300,b\n";
  CHECK(parse(text).inputs()(0, 0) == 1e300);
  check_contains(error_of<DataError>([&] { parse_csv<float>(text, "t.csv"); }),
                 {"t.csv:2: ", "column \"x\"", "1e300", "single precision"});
}

TEST_CASE("a delimiter that occurs in numbers or quotes is refused") {
  for (const char delimiter : {'"', '\n', '\r', ' ', '.', '-', '+', '3', 'e', '\0'}) {
    CAPTURE(static_cast<int>(delimiter));
    check_contains(error_of<ConfigError>([&] { parse("x,y\n1,a\n", {.delimiter = delimiter}); }),
                   {"delimiter = ", "must be"});
  }
}

TEST_CASE("a CSV file is read under its own name") {
  const TemporaryFolder folder;
  CHECK(read_csv<float>(folder.write("good.csv", "x,y\n1,a\n2,b\n")).size() == 2);
  const std::string bad = folder.write("bad.csv", "x,y\n1,a\n2\n");
  check_contains(error_of<DataError>([&] { read_csv<float>(bad); }), {bad + ":3: "});
  check_contains(error_of<FileError>([&] { read_csv<float>(folder.path("none.csv")); }), {"none.csv: No such file"});
}

TEST_CASE("the data sets of the configs are as their README says") {
  const std::string folder = std::string(HINGE_SOURCE_DIR) + "/configs/data/";
  const auto iris = read_csv<double>(folder + "iris.csv");
  CHECK(iris.size() == 150);
  CHECK(iris.features() == 4);
  CHECK(iris.class_names() == Strings{"0", "1", "2"});
  CHECK(sample(iris, 0) == Doubles{5.1, 3.5, 1.4, 0.2});
  const auto digits = read_csv<float>(folder + "digits.csv");
  CHECK(digits.size() == 1797);
  CHECK(digits.features() == 64);
  CHECK(digits.class_count() == 10);
  CHECK(digits.feature_names().back() == "pixel_7_7");
  float largest = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    for (std::size_t pixel = 0; pixel < 64; ++pixel) largest = std::max(largest, digits.inputs()(pixel, i));
  }
  CHECK(largest == 16);
}
