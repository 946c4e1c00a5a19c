// CSV: the format, the classes, and a clear word about everything that is wrong with a table.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

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

// Cells are looked for in blocks of eight bytes: their ends come to lie on each place of one, and behind it.
TEST_CASE("an empty cell in quotes is a row with a gap, also in a table of one column") {
  const Strings names{"x"};
  const auto inputs = parse_csv_inputs<double>("x\n1\n\"\"\n\n \"\" \n3\n", "t.csv", names, {.missing = Missing::keep});
  REQUIRE(inputs.report.lines == std::vector<std::size_t>{2, 3, 5, 6});
  CHECK(std::isnan(inputs.view()(0, 1)));
  CHECK(std::isnan(inputs.view()(0, 2)));
  CHECK(inputs.view()(0, 3) == 3);
  check_contains(error_of<DataError>([&] { parse_csv_inputs<double>("x\n1\n\"\"\n", "t.csv", names); }),
                 {"t.csv:3: ", "found an empty cell"});
  check_contains(error_of<DataError>([&] { parse_csv_inputs<double>("\"\"\nx\n1\n", "t.csv", names); }),
                 {"t.csv:1: ", "none called \"x\"", "known: column 1"});
}

TEST_CASE("a cell may have any length and any end") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    for (std::size_t length = 1; length <= 20; ++length) {
      CAPTURE(length);
      const std::string label = std::string(length - 1, '-') + "\xc3\xbc";  // - is the byte after the comma
      const std::string number = "0." + std::string(length, '5');
      const auto data = parse("x,y" + end + number + "," + label + end + "2 ,b \t" + end + "3," + label);
      CHECK(data.class_names() == Strings{std::min<std::string>("b", label), std::max<std::string>("b", label)});
      REQUIRE(data.size() == 3);
      CHECK(sample(data, 0) == Doubles{std::stod(number)});
      CHECK(sample(data, 1) == Doubles{2});
      CHECK(classes(data)[0] == classes(data)[2]);
    }
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

TEST_CASE("labels are numbers in the format of their table") {
  struct Row {
    std::string text;
    Strings classes;  // in their order
    TableFormat format = {};
  };
  const Row rows[] = {
      {"x;y\n1,5;10,5\n1;9,5\n1;-1\n", {"-1", "9,5", "10,5"}},
      {"x;y\n1,5;1.234,5\n1;9,5\n1;20.000\n", {"9,5", "1.234,5", "20.000"}},
      {"x;y\n1,5;1.234,5\n1;9,5\n1;w\n", {"1.234,5", "9,5", "w"}},
      {"x,y\n1,\"1,234\"\n1,900\n", {"900", "1,234"}, {.decimal = ".", .thousands = ","}},
      {"x;y\n1.5;10,5\n1;9,5\n", {"10,5", "9,5"}, {.decimal = "."}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse(row.text, {.format = row.format}).class_names() == row.classes);
  }
  const auto first = parse("x;y\n1,5;10,5\n1;1.234,5\n");
  const DatasetNames names{
      .features = first.feature_names(), .classes = first.class_names(), .targets = first.target_names()};
  CHECK(classes(parse_csv_like<double>("x;y\n2,5;+1234,50\n1;1.234,5\n1;10,50\n", "t.csv", names)) == Classes{1, 1, 0});
}

TEST_CASE("columns that the header does not name are no features, and samples on the first line are no names") {
  CHECK(parse(",x,y\n1,5,a\n2,6,b\n").feature_names() == Strings{"x"});
  const auto data = parse("5.1,3.5,a\n4.9,3.0,b\n5.0,3.1,b\n");
  CHECK(data.feature_names() == Strings{"column 1", "column 2"});
  CHECK(data.target_names() == Strings{"column 3"});
  CHECK(sample(data, 0) == Doubles{5.1, 3.5});
  const auto inputs = parse_csv_inputs<double>("1;2,5\n3;4\n", "t.csv", Strings{"column 2"});
  CHECK(inputs.view()(0, 0) == 2.5);
  CHECK(inputs.view()(0, 1) == 4);
}

TEST_CASE("several targets are learned in the order in which they are named") {
  const auto data = parse("a,b,c,d\n1,2,3,4\n5,6,7,8\n", {.targets = {"d", "b"}, .task = Task::regression});
  CHECK(data.target_names() == Strings{"d", "b"});
  CHECK(data.feature_names() == Strings{"a", "c"});
  CHECK(data.values()(0, 1) == 8);
  CHECK(data.values()(1, 1) == 6);
}

TEST_CASE("the features are those that are named in that order or those that are not ignored") {
  const std::string text = "id,a,b,c,y\nx1,1,2,3,p\nx2,4,5,6,q\n";
  const auto named = parse(text, {.features = {"c", "a"}});
  CHECK(named.feature_names() == Strings{"c", "a"});
  CHECK(sample(named, 1) == Doubles{6, 4});
  CsvReport report;
  const auto rest = parse_csv<double>(text, "t.csv", {.ignore = {"id", "b"}}, &report);
  CHECK(rest.feature_names() == Strings{"a", "c"});
  CHECK(sample(rest, 1) == Doubles{4, 6});
  CHECK(report.unused == Strings{"id", "b"});
}

TEST_CASE("a column of texts becomes an input for each category in the order of the bytes") {
  const std::string text = "colour,x,shape,y\nred,1,round,a\nBlue,2,\"a, b\",b\nred,3,round,b\nazure,4,x=y,a\n";
  const auto data = parse(text, {.encode = Encode::onehot});
  CHECK(data.feature_names() ==
        Strings{"colour=Blue", "colour=azure", "colour=red", "x", "shape=a, b", "shape=round", "shape=x=y"});
  CHECK(sample(data, 0) == Doubles{0, 0, 1, 1, 0, 1, 0});
  CHECK(sample(data, 1) == Doubles{1, 0, 0, 2, 1, 0, 0});
  CHECK(sample(data, 3) == Doubles{0, 1, 0, 4, 0, 0, 1});
  CHECK(parse("x,y\n1,a\n2,b\n", {.encode = Encode::onehot}).feature_names() == Strings{"x"});
}

TEST_CASE("a cell is a gap when it is empty or says so without quotes") {
  for (const char* gap : {"", " ", "\"\"", "\" \"", "?", "NA", "N/A", "nan", "NaN", "NAN"}) {
    CAPTURE(std::string(gap));
    const auto data = parse("x,y\n1,a\n" + std::string(gap) + ",b\n", {.missing = Missing::keep});
    CHECK(std::isnan(data.inputs()(0, 1)));
  }
  const auto data =
      parse("x,y\nNa,a\n\"NA\",b\n\"?\",\"nan\"\nnull,b\n", {.encode = Encode::onehot, .missing = Missing::keep});
  CHECK(data.feature_names() == Strings{"x=?", "x=NA", "x=Na", "x=null"});
  CHECK(data.class_names() == Strings{"a", "b", "nan"});
}

TEST_CASE("rows with a gap are dropped and reported with their lines and whatever they hold") {
  const std::string text = "x,colour,id,y\n1,red,?,a\n?,green,1,b\n\n3,,2,b\n4,blue,3,NA\noops,?,4,zzz\n6,blue,5,b\n";
  CsvReport report;
  const auto data =
      parse_csv<double>(text, "t.csv", {.ignore = {"id"}, .encode = Encode::onehot, .missing = Missing::drop}, &report);
  CHECK(data.feature_names() == Strings{"x", "colour=blue", "colour=red"});
  CHECK(data.class_names() == Strings{"a", "b"});
  CHECK(report.lines == std::vector<std::size_t>{2, 8});
  CHECK(report.dropped == std::vector<std::size_t>{3, 5, 6, 7});
  CHECK(report.gaps == 0);
}

TEST_CASE("kept gaps are NaN in every input of their column") {
  CsvReport report;
  const auto data = parse_csv<double>("x,colour,z,y\n1,red,?,a\n?,,2,b\n3,blue,4,a\n", "t.csv",
                                      {.encode = Encode::onehot, .missing = Missing::keep}, &report);
  CHECK(report.gaps == 3);
  CHECK(report.dropped.empty());
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t row = 0; row < data.features(); ++row) {
      CHECK(std::isnan(data.inputs()(row, i)) == ((i == 0 && row == 3) || (i == 1 && row < 3)));
    }
  }
}

TEST_CASE("a further file has the columns and categories and classes of the first") {
  const CsvOptions options{.target = "y", .ignore = {"id"}, .encode = Encode::onehot};
  const auto train = parse("id,x,colour,y\n1,10,red,2\n2,20,blue,10\n3,30,green,3\n", options);
  CsvReport report;
  const auto test = parse_csv_like<double>("y,note,colour,x\n10,hello,red,7\n10,\"\",blue,8\n", "test.csv",
                                           train.names(), options, &report);
  CHECK(test.feature_names() == train.feature_names());
  CHECK(test.class_names() == Strings{"2", "3", "10"});
  CHECK(test.target_names() == Strings{"y"});
  CHECK(classes(test) == Classes{2, 2});
  CHECK(sample(test, 0) == Doubles{7, 0, 0, 1});
  CHECK(sample(test, 1) == Doubles{8, 1, 0, 0});
  CHECK(report.unused == Strings{"note"});

  const auto values = parse("a,b,c\n1,2,3\n4,5,6\n", {.targets = {"c", "a"}, .task = Task::regression});
  const auto more = parse_csv_like<double>("c,b,a\n7,8,9\n", "test.csv", values.names());
  CHECK(more.task() == Task::regression);
  CHECK(more.values()(0, 0) == 7);
  CHECK(more.values()(1, 0) == 9);
}

TEST_CASE("reading a file against its own names changes nothing") {
  const std::string text = "x,colour,y\n1,red,b\n?,blue,a\n3,NA,b\n";
  const CsvOptions options{.encode = Encode::onehot, .missing = Missing::keep};
  const auto first = parse(text, options);
  const auto again = parse_csv_like<double>(text, "t.csv", first.names(), options);
  CHECK(again.names().features == first.names().features);
  CHECK(classes(again) == classes(first));
  CHECK(std::memcmp(again.inputs().data, first.inputs().data, first.inputs().size() * sizeof(double)) == 0);
}

TEST_CASE_TEMPLATE("inputs to predict from need no target and may come in any order", Scalar, float, double) {
  const Strings names{"x", "colour=blue", "colour=red", "z"};
  const auto inputs = parse_csv_inputs<Scalar>("z,id,colour,x\n3,9,red,1\n\n\"6\",\"8\n\",blue,4\n", "new.csv", names);
  CHECK(inputs.report.lines == std::vector<std::size_t>{2, 4});
  CHECK(inputs.report.unused == Strings{"id"});
  REQUIRE(inputs.view().rows == 4);
  REQUIRE(inputs.view().cols == 2);
  CHECK(inputs.view().sample_contiguous());
  const std::vector<Scalar> wanted{1, 0, 1, 3, 4, 1, 0, 6};
  CHECK(std::equal(wanted.begin(), wanted.end(), inputs.values.data()));
}

TEST_CASE("inputs that are encoded already are taken as they are") {
  const Strings names{"a=b", "colour=blue", "colour=red"};
  const auto inputs = parse_csv_inputs<double>("colour=red,colour=blue,a=b\n0.25,0.75,5\n", "new.csv", names);
  CHECK(inputs.view()(0, 0) == 5);
  CHECK(inputs.view()(1, 0) == 0.75);
  CHECK(inputs.view()(2, 0) == 0.25);
}

TEST_CASE("a file with a single column has features to predict from") {
  const auto inputs = parse_csv_inputs<double>("x\n1\n\n2\n", "new.csv", Strings{"x"});
  CHECK(inputs.view().cols == 2);
}

TEST_CASE("a further file that differs from the first is refused with line and what is known") {
  const auto train = parse("x,colour,y\n1,red,cat\n2,blue,dog\n", {.encode = Encode::onehot});
  struct Row {
    std::string what;
    std::string text;
    Strings parts;
  };
  const std::vector<Row> rows{
      {"new class",
       "x,colour,y\n1,red,cat\n1,red,dgo\n",
       {"t.csv:3: ", "column \"y\"", "\"dgo\"", "class of the training data", "mean \"dog\"?", "known: cat, dog"}},
      {"new category",
       "x,colour,y\n1,green,cat\n",
       {"t.csv:2: ", "column \"colour\"", "\"green\"", "category of the training data", "(known: blue, red)"}},
      {"number for a category", "x,colour,y\n1,5,cat\n", {"t.csv:2: ", "\"5\"", "(known: blue, red)"}},
      {"text for a number", "x,colour,y\noops,red,cat\n", {"t.csv:2: ", "column \"x\"", "as in the training data"}},
      {"gap", "x,colour,y\n1,,cat\n", {"t.csv:2: ", "column \"colour\"", "an empty cell", "missing: drop"}},
      {"no target", "x,colour\n1,red\n", {"t.csv:1: ", "found 2 columns", "none called \"y\"", "known: x, colour"}},
      {"no feature",
       "X,colour,y\n1,red,cat\n",
       {"t.csv:1: ", "none called \"x\"", "every input of the network", "did you mean \"X\"?"}},
      {"no text feature", "x,color,y\n1,red,cat\n", {"none called \"colour=blue\""}},
      {"no header", "1,red,cat\n", {"none called \"x\"", "is it missing?"}},
      {"no rows", "x,colour,y\n", {"t.csv: ", "no rows"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<DataError>([&] { parse_csv_like<double>(row.text, "t.csv", train.names()); }), row.parts);
  }
  const auto one_column = [] {
    parse_csv_inputs<double>("x;z\n1;2\n", "t.csv", Strings{"x", "z"}, {.delimiter = ','});
  };
  check_contains(error_of<DataError>(one_column), {"t.csv:1: ", "none called \"x\"", "separated by \";\""});
}

TEST_CASE("a text feature is refused unless it can be encoded") {
  const CsvOptions onehot{.encode = Encode::onehot};
  struct Row {
    std::string what;
    std::string text;
    CsvOptions options;
    Strings parts;
  };
  std::string many = "x,y\n";
  for (int i = 0; i <= 1000; ++i) many += "n" + std::to_string(i) + "," + std::to_string(i % 2) + "\n";
  const std::vector<Row> rows{
      {"no encoding", "x,y\nred,a\n", {}, {"t.csv:2: ", "column \"x\"", "\"red\"", "encode: onehot"}},
      {"text below numbers",
       "x,y\n1,a\n1.5kg,b\n",
       onehot,
       {"t.csv:3: ", "\"1.5kg\"", "wanted a number, as in the rows above", "not both"}},
      {"number below texts", "x,y\nred,a\n 7 ,b\n", onehot, {"t.csv:3: ", "\"7\"", "wanted a text", "not both"}},
      {"decimal commas",
       "x;y\n1,5;a\n2,5;b\n",
       {.encode = Encode::onehot, .format = {.decimal = "."}},
       {"t.csv:2: ", "set \"decimal\": \",\" to read 1.5"}},
      {"gap in a text", "x,y\nred,a\n?,b\n", onehot, {"t.csv:3: ", "\"?\"", "missing: drop", "missing: mean"}},
      {"too many categories", many, onehot, {"t.csv:1002: ", "\"n1000\"", "1000 categories", "identifier"}},
      {"name with an equals sign", "a=b,y\nred,a\nblue,b\n", onehot, {"t.csv:1: ", "\"a=b\"", "without ="}},
      {"name of a category taken",
       "c=red,c,y\n1,red,a\n2,blue,b\n",
       onehot,
       {"t.csv:1: ", "the column \"c=red\"", "category of \"c\""}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<DataError>([&] { parse(row.text, row.options); }), row.parts);
  }
}

TEST_CASE("a choice of columns that contradicts itself or the table is refused") {
  const std::string text = "width,height,kind\n1,2,a\n3,4,b\n";
  const Task regression = Task::regression;
  check_contains(error_of<ConfigError>([&] { parse(text, {.target = "kind", .targets = {"kind"}}); }),
                 {"target and targets", "wanted one"});
  check_contains(error_of<ConfigError>([&] { parse(text, {.features = {"width"}, .ignore = {"height"}}); }),
                 {"features and ignore"});
  check_contains(error_of<ConfigError>([&] {
                   parse(text, {.targets = {"width", "kind"}});
                 }),
                 {"targets names 2 columns", "one target"});
  check_contains(error_of<ConfigError>([&] {
                   parse(text, {.features = {"width", "width"}});
                 }),
                 {"\"width\" is named twice"});
  check_contains(error_of<ConfigError>([&] {
                   parse(text, {.features = {"width", "kind"}});
                 }),
                 {"features names the column \"kind\"", "a target"});
  check_contains(error_of<ConfigError>([&] { parse(text, {.ignore = {"kind"}}); }),
                 {"ignore names the column \"kind\"", "the last column is, unless one is named"});
  check_contains(error_of<DataError>([&] { parse(text, {.features = {"widht"}}); }),
                 {"t.csv:1: ", "none called \"widht\"", "for \"features\"", "mean \"width\"?", "width, height, kind"});
  check_contains(error_of<DataError>([&] { parse(text, {.ignore = {"hight"}}); }),
                 {"none called \"hight\"", "for \"ignore\"", "mean \"height\"?"});
  check_contains(error_of<DataError>([&] { parse(text, {.targets = {"kinds"}, .task = regression}); }),
                 {"none called \"kinds\"", "mean \"kind\"?"});
  check_contains(error_of<DataError>([&] {
                   parse(text, {.ignore = {"width", "height"}});
                 }),
                 {"t.csv:1: ", "no column left to learn from"});
  check_contains(error_of<DataError>([&] { parse("5.1,3.5,setosa\n", {.target = "kind"}); }),
                 {"none called \"kind\"", "without a header"});
  check_contains(error_of<ConfigError>([] { parse_csv_inputs<double>("x\n1\n", "t.csv", {}); }),
                 {"no names of features"});
  check_contains(error_of<ConfigError>([] { parse_csv_like<double>("x\n1\n", "t.csv", {.features = {"x"}}); }),
                 {"no names of targets"});
}

TEST_CASE("gaps without which nothing is left are refused") {
  check_contains(error_of<DataError>([] { parse("x,y\n?,a\n1,\n", {.missing = Missing::drop}); }),
                 {"t.csv: ", "a gap in every row"});
  for (const Encode encode : {Encode::none, Encode::onehot}) {
    check_contains(
        error_of<DataError>([&] { parse("x,z,y\n1,?,a\n2,,b\n", {.encode = encode, .missing = Missing::keep}); }),
        {"t.csv: ", "column \"z\"", "no value in any row"});
  }
  for (const Task task : {Task::classification, Task::regression}) {
    check_contains(error_of<DataError>([&] { parse("x,y\n1,1\n2,?\n", {.task = task, .missing = Missing::keep}); }),
                   {"t.csv:3: ", "column \"y\"", "found \"?\"", "missing: drop"});
  }
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
      {"thousands",
       "x,y\n\"1,234\",a\n",
       {},
       {"t.csv:2: ", "found \"1,234\"",
        "set \"thousands\": \",\" to read 1234, or set \"decimal\": \",\" to read 1.234"}},
      {"number with a tail", "x,y\n1kg,a\n", {}, {"t.csv:2: ", "found \"1kg\"", "wanted a number"}},
      {"nan", "x,y\nnan,a\n", {}, {"t.csv:2: ", "found \"nan\"", "wanted a number (fill gaps"}},
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
      {"unclosed quote", "x,y\n1,a\n2,\"b\n3,c\n4,d\n", {}, {"t.csv:3: ", "never closed"}},
      {"text after a quote", "x,y\n1,\"a\"b\n", {}, {"t.csv:2: ", "found \"b\" after a closing quote", "twice"}},
      {"unknown target",
       "width,kind\n1,a\n",
       {.target = "kinds"},
       {"t.csv:1: ", "none called \"kinds\"", "did you mean \"kind\"?", "known: width, kind"}},
      {"target of other case", "width,kind\n1,a\n", {.target = "Kind"}, {"did you mean \"kind\"?"}},
      {"one column", "y\na\n", {}, {"t.csv:1: ", "one column, \"y\"", "a feature and a target"}},
      {"semicolons",
       "x;y\n1;a\n",
       {.delimiter = ','},
       {"t.csv:1: ", "one column", "separated by \";\"", "set the delimiter, or leave it out"}},
      {"tabs", "x\ty\n1\ta\n", {.delimiter = ','}, {"separated by tabs"}},
      {"commas", "x,y\n1,a\n", {.delimiter = ';'}, {"separated by \",\""}},
      {"one class", "x,y\n1,a\n2,a\n", {}, {"t.csv: ", "column \"y\"", "only the class \"a\"", "at least two"}},
      {"two spellings of a number", "x,y\n1,1\n2,1.0\n", {}, {"column \"y\"", "\"1\" and \"1.0\"", "one spelling"}},
      {"zero byte", std::string("x,y\n1,\0\n", 8), {}, {"t.csv:2: ", "zero byte", "wanted text"}},
      {"UTF-16", std::string("\xFF\xFEx\0,\0y\0", 8), {}, {"t.csv:1: ", "UTF-16", "UTF-8", "iconv"}},
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
                 {"t.csv:2: ", "column \"x\"", "1e+300", "single precision"});
}

TEST_CASE("a delimiter that occurs in numbers or quotes is refused") {
  for (const char delimiter : {'"', '\n', '\r', '.', '-', '+', '3', 'e'}) {
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
