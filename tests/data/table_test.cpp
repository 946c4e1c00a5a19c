// Columns: what a table is taken for, how its gaps are filled and its numbers scaled, and how a further table is read.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include <hinge/data/part_warnings.h>
#include <hinge/data/source.h>
#include <hinge/data/table.h>
#include <hinge/data/table_plan.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Doubles = std::vector<double>;
using Strings = std::vector<std::string>;
using Kind = TableColumn::Kind;

Table learn(std::string_view text, const TableChoice& choice = {}) {
  const auto open = [&] { return std::make_unique<TableReader>(text, "t.csv"); };
  const auto cells = open();
  return Table::learn(*cells, open, plan_of(*cells, "t.csv", choice));
}

Columns columns_named(std::string_view json) { return parse_columns(json, "columns"); }

Table learn_with(std::string_view columns, std::string_view text, TableChoice choice = {}) {
  choice.columns = columns_named(columns);
  return learn(text, choice);
}

Table read_again(std::string_view text, const Columns& columns, Further what = Further::samples) {
  TableReader cells(text, "u.csv");
  return read_table(cells, plan_of(cells, "u.csv", columns, what));
}

std::vector<std::size_t> all_rows(const Table& table) {
  std::vector<std::size_t> rows(table.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

Doubles sample(const Dataset<double>& data, std::size_t i) {
  Doubles values;
  for (std::size_t r = 0; r < data.features(); ++r) values.push_back(data.inputs()(r, i));
  return values;
}

// Filled and scaled by all rows.
Dataset<double> prepared(const Table& table) { return table.dataset<double>(table.fit(all_rows(table), 255)); }

Strings kinds_of(const Table& table) {
  Strings kinds;
  for (const TableColumn& column : table.columns) kinds.push_back(column.column.kind);
  return kinds;
}

DataParts load(const CsvSource& source, const std::string& folder, SampleRequest request = {}) {
  return source.load_prepared(request, [&](const std::string& path) { return folder + "/" + path; });
}

}  // namespace

TEST_CASE("the cells of a column decide its kind") {
  const Table table = learn(
      "n,word,when,mixed,gappy,y\n"
      "1,red,2024-01-31,2,,a\n"
      "2e3,blue,2024-02-29T12:30,4,x,b\n"
      "-3,red,2024-02-29 12:30:15Z,more,?,a\n"
      "4,7up,1999-12-31,2,x,b\n"
      "5,red,2024-01-31,more,x,b\n",
      {.missing = "mean"});
  CHECK(kinds_of(table) == Strings{"number", "category", "time", "category", "category", "target"});
  CHECK(table.columns[3].column.categories == Strings{"2", "4", "more"});
  CHECK(table.columns[4].column.categories == Strings{"x"});
  CHECK(table.columns[2].column.parts == Strings{"seconds"});
}

// 4 is rarer than a word may be, but it is of the commoner sort.
TEST_CASE("few words and numbers that recur are categories, and an odd one among many is refused with a way out") {
  std::string doors = "doors,y\n";
  std::string numbers = "doors,y\n";
  std::string words = "doors,y\n";
  for (int i = 0; i < 30; ++i) {
    doors += (i % 3 == 0 ? "5more" : std::to_string(2 + i % 3)) + (i % 2 == 0 ? ",a\n" : ",b\n");
    numbers += (i == 7 ? "oops" : std::to_string(i)) + (i % 2 == 0 ? ",a\n" : ",b\n");
    words += (i == 7 ? "8" : i % 3 == 0 ? "red" : "blue") + std::string(i % 2 == 0 ? ",a\n" : ",b\n");
  }
  CHECK(learn(doors).columns[0].column.categories == Strings{"3", "4", "5more"});
  const std::string odd_word = error_of<DataError>([&] { learn(numbers); });
  check_contains(odd_word,
                 {"t.csv:9: column \"doors\": found \"oops\"; wanted a number, as in the rows above",
                  R"("columns": {"doors": {"tokens": ["oops"]}})", R"("columns": {"doors": {"kind": "category"}})"});
  check_contains(error_of<DataError>([&] { learn(words); }),
                 {"t.csv:9: column \"doors\": found \"8\"; wanted a text", R"({"doors": {"tokens": ["8"]}})"});
  // Both ways out lead on.
  const TableChoice fills{.missing = "mean"};
  CHECK(learn_with(R"({"doors": {"tokens": ["oops"]}})", numbers, fills).columns[0].gaps == 1);
  CHECK(learn_with(R"({"doors": {"kind": "category"}})", numbers).columns[0].column.categories.size() == 30);
  CHECK(learn_with(R"({"doors": {"tokens": ["8"]}})", words, fills).columns[0].column.categories ==
        Strings{"blue", "red"});
}

TEST_CASE("a number with thousands separators is told of both ways to read it") {
  const std::string message = error_of<DataError>([] { learn("x,y\n\"1,234\",a\n2,b\n"); });
  check_contains(message, {"t.csv:2: column \"x\": found \"1,234\"", "set \"thousands\": \",\" to read 1234",
                           "or set \"decimal\": \",\" to read 1.234"});
}

TEST_CASE("indicators stay 0 and 1 under every preprocessing") {
  const std::string text = "colour,x,y\nred,1,a\nblue,2,b\nblue,?,a\nblue,5,b\n";
  for (const char* preprocess : {"none", "standard", "minmax", "robust", "log1p", "divide"}) {
    CAPTURE(std::string(preprocess));
    const Table table =
        learn_with(R"({"x": {"indicator": true}})", text, {.missing = "mean", .preprocess = preprocess});
    CHECK(table.names().features == Strings{"colour=blue", "colour=red", "x", "x is missing"});
    const Dataset<double> data = prepared(table);
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(data.inputs()(0, i) == (i == 0 ? 0 : 1));
      CHECK(data.inputs()(1, i) == (i == 0 ? 1 : 0));
      CHECK(data.inputs()(3, i) == (i == 2 ? 1 : 0));
    }
  }
}

TEST_CASE("each column is scaled in its own way, and numbers of a table as its source says") {
  const Table table =
      learn_with(R"({"b": {"preprocess": "minmax"}, "c": {"preprocess": "divide"}, "d": {"preprocess": "none"}})",
                 "a,b,c,d,y\n1,1,51,1,p\n3,3,255,3,q\n", {.preprocess = "standard"});
  const Dataset<double> data = prepared(table);
  CHECK(sample(data, 0) == Doubles{-1, 0, 0.2, 1});
  CHECK(sample(data, 1) == Doubles{1, 1, 1, 3});
}

// As floats all of these are one number: a float near 1.7e12 is exact to 131072.
TEST_CASE("200 time stamps in milliseconds are 200 numbers, as features and as targets and in a further table") {
  const TemporaryFolder folder;
  std::string text = "stamp,unix,y\n";
  for (int i = 0; i < 200; ++i) {
    text += std::to_string(1700000000000 + 10 * i) + "," + std::to_string(1700000000 + i) + "," +
            std::to_string(1600000000000 + 20 * i) + "\n";
  }
  const std::string path = folder.write("t.csv", text);
  CsvSource source{.path = "t.csv"};
  source.prepare.preprocess = "standard";
  const DataParts parts = load(source, folder.path(""), {.task = Task::values});
  const double deviation = std::sqrt((200.0 * 200.0 - 1) / 12);  // of 0, …, 199
  for (std::size_t i = 0; i < 200; ++i) {
    const auto wanted = static_cast<float>((static_cast<double>(i) - 99.5) / deviation);
    CHECK(parts.train.inputs()(0, i) == doctest::Approx(wanted).epsilon(1e-6));
    CHECK(parts.train.inputs()(1, i) == doctest::Approx(wanted).epsilon(1e-6));
    CHECK(parts.train.values()(0, i) == doctest::Approx(wanted).epsilon(1e-6));
  }
  const DataFit fit{parts.inputs, parts.targets, {}, parts.columns};
  const DataParts again = load(source, folder.path(""), {.task = Task::values, .fit = &fit});
  CHECK(std::equal(parts.train.inputs().data, parts.train.inputs().data + 400, again.train.inputs().data));
}

TEST_CASE("a gap is filled as its column says") {
  const std::string text = "x,c,y\n1,a,p\n2,a,q\n9,b,p\n?,?,q\n";
  struct Row {
    const char* columns;
    Doubles filled;
  };
  const std::vector<Row> rows{
      {R"({"x": {"missing": "mean"}, "c": {"missing": "mean"}})", {4, 2.0 / 3, 1.0 / 3}},
      {R"({"x": {"missing": "median"}, "c": {"missing": "median"}})", {2, 2.0 / 3, 1.0 / 3}},
      {R"({"x": {"missing": "category"}, "c": {"missing": "category"}})", {4, 1, 0, 0, 1}},
      {R"({"x": {"missing": "mean", "indicator": true}, "c": {"missing": "category"}})", {4, 1, 0, 0, 1}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.columns));
    const Dataset<double> data = prepared(learn_with(row.columns, text));
    const Doubles last = sample(data, 3);
    REQUIRE(last.size() == row.filled.size());
    for (std::size_t k = 0; k < last.size(); ++k) CHECK(last[k] == doctest::Approx(row.filled[k]).epsilon(1e-15));
  }
  const Table dropped = learn_with(R"({"x": {"missing": "drop"}, "c": {"missing": "drop"}})", text);
  CHECK(dropped.size() == 3);
  const RowReport report = dropped.report();
  CHECK(report.read == 4);
  CHECK(report.used == 3);
  CHECK(report.dropped_by == RowReport::Counts{{"x", 1}, {"c", 1}});
  CHECK(report.text() == "1 of 4 rows is left out for gaps (x 1, c 1)");
  check_contains(error_of<DataError>([&] { learn(text); }), {"t.csv:5: ", R"("columns": {"x": {"missing": "mean"}})"});
}

TEST_CASE("tokens are gaps, also where they are numbers") {
  const Table table =
      learn_with(R"({"x": {"tokens": ["-999", "unknown"], "missing": "mean"}})", "x,y\n1,a\n-999,b\nunknown,a\n3,b\n");
  CHECK(table.report().filled == RowReport::Counts{{"x", 2}});
  CHECK(sample(prepared(table), 1) == Doubles{2});
}

TEST_CASE("imputed values and scalings are those of the training rows") {
  const Table table = learn("x,y\n1,a\n3,b\n?,a\n100,b\n", {.missing = "mean", .preprocess = "standard"});
  const std::vector<std::size_t> train{0, 1};
  const DataFit fit = table.fit(train, 255);
  CHECK(fit.imputed_values == Doubles{2});
  CHECK(fit.inputs.offsets() == Doubles{2});
  CHECK(fit.inputs.divisors() == Doubles{1});
  CHECK(sample(table.dataset<double>(fit), 3) == Doubles{98});
}

TEST_CASE("a date gives the parts that are asked for") {
  struct Row {
    const char* text;
    Doubles parts;  // year, month, day, weekday, hour, minute, seconds
  };
  const std::vector<Row> rows{
      {"1970-01-01", {1970, 1, 1, 3, 0, 0, 0}},                          // a Thursday
      {"2024-02-29T23:59:30", {2024, 2, 29, 3, 23, 59, 1709251170}},     // date -u -d … +%s
      {"2024-03-01 00:30+01:00", {2024, 2, 29, 3, 23, 30, 1709249400}},  // in UTC
      {"1969-12-31T23:00:00.5-0200", {1970, 1, 1, 3, 1, 0, 3600.5}},
      {"1900-01-01", {1900, 1, 1, 0, 0, 0, -2208988800}},
  };
  const Strings parts{"year", "month", "day", "weekday", "hour", "minute", "seconds"};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    const auto time = parse_time(row.text);
    REQUIRE(time);
    for (std::size_t k = 0; k < parts.size(); ++k) CHECK(time_part(parts[k], *time) == row.parts[k]);
  }
  const std::vector<std::pair<const char*, double>> spellings{
      {"1.2.1970", 31 * 86400.0},
      {"1970/2/1", 31 * 86400.0},
      {"1970.02.01", 31 * 86400.0},
      {"1-Feb-1970", 31 * 86400.0},
      {"01 february 1970", 31 * 86400.0},
      {"1/2/1970 1:30 AM", 31 * 86400.0 + 5400},
      {"1/2/1970 12:30 pm", 31 * 86400.0 + 45000},
      {"1/13/1970", 12 * 86400.0},
      {"13/1/1970 12:00 AM", 12 * 86400.0},
      {"1970-01-01 9:30", 34200},
  };
  for (const auto& spelling : spellings) {
    CAPTURE(std::string(spelling.first));
    CHECK(parse_time(spelling.first) == spelling.second);
  }
  CHECK(parse_time("1/2/1970", DateOrder::month_first) == 86400);
  CHECK(parse_time("1.2.1970", DateOrder::month_first) == 86400);
  CHECK(parse_time("Feb 1, 1970 1:30 AM") == 31 * 86400.0 + 5400);
  CHECK_FALSE(parse_time("13/1/1970", DateOrder::month_first));
  CHECK_FALSE(parse_time("1/13/1970", DateOrder::day_first));
  for (const char* text : {"1.2.70",
                           "1/2-1970",
                           "31/4/2024",
                           "1/2/0099",
                           "1 2 1970",
                           "Feb 1 1970",
                           "Feb 31, 1970",
                           "Feb",
                           "1-Foo-1970",
                           "555-12-1970",
                           "1/2/1970 13:00 PM",
                           "1/2/1970 0:30 AM",
                           "",
                           "2024",
                           "2024-02",
                           "2023-02-29",
                           "2024-13-01",
                           "2024-1-1",
                           "2024-01-01T",
                           "2024-01-01T25:00",
                           "2024-01-01T12",
                           "2024-01-01 12:30:",
                           "2024-01-01 12:30:1.",
                           "2024-01-01x",
                           "2024-01-01T12:00+1"}) {
    CAPTURE(std::string(text));
    CHECK_FALSE(parse_time(text));
  }
  const Table table =
      learn_with(R"({"t": {"kind": "time", "parts": ["month", "hour"]}})", "t,y\n2024-02-29T13:00,a\n2024-03-01,b\n");
  CHECK(table.names().features == Strings{"t month", "t hour"});
  CHECK(sample(prepared(table), 0) == Doubles{2, 13});
}

TEST_CASE("weights and ids and ignored columns are no inputs, and a column may be called by its place") {
  const Table table = learn_with(
      R"({"w": {"kind": "weight"}, "column 1": {"kind": "id"}, "note": {"kind": "ignored"}, "y": {"kind": "target"}})",
      "id,y,x,w,note\nA1,p,1,0.5,hello\nA2,q,2,2,world\n");
  CHECK(table.names().features == Strings{"x"});
  const Dataset<double> data = prepared(table);
  CHECK(data.class_names() == Strings{"p", "q"});
  CHECK(Doubles(data.weights().begin(), data.weights().end()) == Doubles{0.5, 2});
  const Table ids = read_again("x,id\n7,B1\n", table.descriptions(), Further::inputs);
  CHECK(ids.columns.back().texts == Strings{"B1"});
  check_contains(error_of<DataError>([] { learn_with(R"({"w": {"kind": "weight"}})", "w,x,y\n-1,1,a\n"); }),
                 {"t.csv:2: column \"w\": found \"-1\"; wanted a weight >= 0"});
  check_contains(error_of<DataError>([] { learn_with(R"({"wight": {"kind": "weight"}})", "weight,x,y\n1,1,a\n"); }),
                 {"none called \"wight\"", "did you mean \"weight\"?"});
}

TEST_CASE("a further table is read by the columns of the first, and its labels by their values") {
  const Table table = learn("x,c,y\n1,u,-1\n2,v,1\n", {.preprocess = "standard"});
  const DataFit fit = table.fit(all_rows(table), 255);
  const Columns columns = parse_columns(columns_text(fit.columns), "model");
  const Table more = read_again("y,c,x\n+1,v,3\n-1.0,u,1\n", columns);
  CHECK(more.columns.back().codes == std::vector<std::int32_t>{1, 0});
  CHECK(sample(more.dataset<double>(fit), 0) == Doubles{3, 0, 1});
  check_contains(error_of<DataError>([&] { read_again("y,c,x\n1,v,3\n11,u,1\n", columns); }),
                 {"u.csv:3: column \"y\": found \"11\"; wanted a class of the training data", "known: -1, 1"});
}

TEST_CASE("dates of a further table are read in the order of the first one, and not at all where that had none") {
  const Columns american = learn("d,y\n1/2/1970,p\n1/13/1970,q\n").descriptions();
  CHECK(read_again("d,y\n3/2/1970,p\n", american).columns[0].numbers == Doubles{(31 + 28 + 1) * 86400.0});
  check_contains(error_of<DataError>([&] { read_again("d,y\n13/2/1970,p\n", american); }), {"u.csv:2: column \"d\""});
  const Columns iso = learn("d,y\n1970-01-02,p\n1970-01-03,q\n").descriptions();
  CHECK(read_again("d,y\n3.2.1970,p\n", iso).columns[0].numbers == Doubles{33 * 86400.0});
  check_contains(error_of<DataError>([&] { read_again("d,y\n3/2/1970,p\n", iso); }), {"u.csv:2: column \"d\""});
}

TEST_CASE("a label that is spelled like a frequent one is told with its line") {
  const TemporaryFolder folder;
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i) + (i == 17 ? ",setoso\n" : i % 2 == 0 ? ",setosa\n" : ",virginica\n");
  folder.write("t.csv", text);
  CHECK(misspelt_class(load({.path = "t.csv"}, folder.path(""))) ==
        "\"setoso\" has 1 sample (line 19) and is spelled like \"setosa\", which has 20");
}

TEST_CASE("a category that the training part had not is refused, or no category") {
  const std::string text = "c,y\nu,a\nv,b\n";
  const Columns strict = learn(text).descriptions();
  check_contains(error_of<DataError>([&] { read_again("c,y\nw,a\n", strict); }),
                 {"u.csv:2: column \"c\": found \"w\"", "known: u, v"});
  const Table table = learn_with(R"({"c": {"unknown": "zeros"}})", text);
  const Table more = read_again("c,y\nw,a\nv,a\n", table.descriptions());
  const Dataset<double> data = more.dataset<double>(table.fit(all_rows(table), 255));
  CHECK(sample(data, 0) == Doubles{0, 0});
  CHECK(sample(data, 1) == Doubles{0, 1});
}

TEST_CASE("several columns of 0 and 1 are labels, and several values are targets") {
  const std::string text = "x,a,b\n1,0,1\n2,1,1\n3,0,0\n";
  const Dataset<double> labels = prepared(
      learn(text, {.targets = {"a", "b"}, .task = Task::labels, .scales_targets = false, .preprocess = "standard"}));
  CHECK(labels.target_rows() == 2);
  CHECK(labels.values()(0, 1) == 1);
  CHECK(labels.values()(1, 2) == 0);
  const Table values = learn(text, {.targets = {"a", "b"}, .task = Task::values, .preprocess = "standard"});
  CHECK(values.fit(all_rows(values), 255).targets.offsets().size() == 2);
  CHECK(learn(text, {.task = Task::labels}).names().classes == Strings{"0", "1"});
}

TEST_CASE("a robust target is not clipped, and a loss that takes targets as they are refuses a scaling") {
  const std::string text = "x,y\n1,0\n2,1\n3,2\n4,3\n5,1000\n";
  const Table table = learn_with(R"({"y": {"kind": "target", "preprocess": "robust"}})", text, {.task = Task::values});
  CHECK(prepared(table).values()(0, 4) == doctest::Approx(673.1407706957).epsilon(1e-6));
  check_contains(error_of<ConfigError>([&] {
                   learn_with(R"({"y": {"kind": "target", "preprocess": "log1p"}})", text,
                              {.task = Task::counts, .scales_targets = false});
                 }),
                 {"the loss takes its targets as they are"});
}

TEST_CASE("inputs of every kind are found by their names alone") {
  const std::string text = "t,c,x,y\n2024-01-02T03:00,u,1,p\n2024-02-03,v,?,q\n";
  const Table table = learn_with(R"({"t": {"kind": "time", "parts": ["month", "hour"]}, "x": {"indicator": true}})",
                                 text, {.missing = "mean"});
  const Strings names = table.names().features;
  CHECK(names == Strings{"t month", "t hour", "c=u", "c=v", "x", "x is missing"});
  const auto inputs = parse_csv_inputs<double>(text, "t.csv", names, {.missing = Missing::keep});
  const Doubles first(inputs.values.data(), inputs.values.data() + 6);
  CHECK(first == Doubles{1, 3, 1, 0, 1, 0});
  CHECK(std::isnan(inputs.view()(4, 1)));
  CHECK(inputs.view()(5, 1) == 1);
}

TEST_CASE("blocks of a table are the table") {
  const std::string text = "x,c,y\n1,u,a\n2,v,b\n?,u,a\n4,?,b\n5,u,a\n";
  const Table table = learn(text, {.missing = "mean"});
  for (const std::size_t rows : {1U, 2U, 3U, 100U}) {
    TableReader cells(text, "t.csv");
    TableBlocks blocks(cells, plan_of(cells, "t.csv", table.descriptions(), Further::samples));
    Doubles numbers;
    std::vector<std::int32_t> codes;
    while (blocks.next(rows)) {
      CHECK(blocks.table().size() <= rows);
      const auto& columns = blocks.table().columns;
      numbers.insert(numbers.end(), columns[0].numbers.begin(), columns[0].numbers.end());
      codes.insert(codes.end(), columns[1].codes.begin(), columns[1].codes.end());
    }
    REQUIRE(numbers.size() == 5);
    CHECK(std::isnan(numbers[2]));
    CHECK(numbers[4] == 5);
    CHECK(codes == table.columns[1].codes);
  }
}

TEST_CASE("a description that contradicts itself is refused") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {R"({"x": {"parts": ["month"]}})", "parts: needs kind \"time\""},
      {R"({"x": {"kind": "number", "categories": ["a"]}})", "categories: needs kind \"category\""},
      {R"({"x": {"kind": "target", "missing": "mean"}})", "missing: cannot fill a target"},
      {R"({"x": {"kind": "nunber"}})", "did you mean \"number\"?"},
  };
  for (const auto& [text, message] : rows) {
    check_contains(error_of<ConfigError>([&, text = text] { columns_named(text); }), {message});
  }
}

TEST_CASE("the columns as a model keeps them read back as they are") {
  const Table table =
      learn_with(R"({"t": {"kind": "time", "parts": ["hour"]}, "c": {"tokens": ["-"], "unknown": "zeros"}})",
                 "t,c,n,y\n2024-01-01,a,1,p\n2024-01-02,b,2,q\n", {.preprocess = "robust"});
  const std::string text = columns_text(table.descriptions());
  CHECK(columns_text(parse_columns(text, "again")) == text);
  CHECK(text.find(R"("n": {"kind": "number")") != std::string::npos);
}
