// Odd tables, as people have them: each is read right, or refused with a place and a way out, which the test follows to the
// letter.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <hinge/core/config/config.h>
#include <hinge/core/config/json.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>
#include <hinge/data/source.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;
using namespace std::string_literals;

namespace {

using Strings = std::vector<std::string>;

constexpr Task labels = Task::labels;
constexpr Task values = Task::values;

// The inputs and the rows with their targets: `x|c=u|c=v [1 1 0]p [2 0 1]q`.
std::string text_of(const Dataset<float>& data) {
  std::string text = join(data.feature_names(), "|");
  for (std::size_t i = 0; i < data.size(); ++i) {
    text += " [";
    for (std::size_t k = 0; k < data.features(); ++k) text += (k > 0 ? " " : "") + to_text(data.inputs()(k, i));
    text += "]";
    if (data.class_count() > 0) text += data.class_names()[static_cast<std::size_t>(data.classes()[i])];
    for (std::size_t k = 0; data.class_count() == 0 && k < data.target_rows(); ++k) {
      text += (k > 0 ? "," : "") + to_text(data.values()(k, i));
    }
  }
  return text;
}

std::string read(const TemporaryFolder& folder, const std::string& name, const JsonValue& config, Task task) {
  SourceSpec source = CsvSource{.path = name};
  ConfigErrors errors;
  read_config(config, source.held(), {}, errors);
  errors.throw_if_any();
  return text_of(source->load({.task = task}, [&](const std::string& path) { return folder.path(path); }).train);
}

// Where the JSON value ends that the text begins with.
std::size_t value_size(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    if (depth == 0 && i > 0 && (c == ',' || c == ' ' || c == ')')) return i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
  }
  return text.size();
}

// Sets the key that the message names, which begins with `way`: `"columns": {"x": {"tokens": ["abc"]}}`, or missing: drop.
void follow(const std::string& message, const std::string& way, JsonValue& config) {
  INFO("message: " << message);
  INFO("wanted in it: " << way);
  const std::size_t at = message.find(way);
  REQUIRE(at != std::string::npos);
  const std::string_view member = std::string_view(message).substr(at);
  const std::size_t colon = member.find(": ");
  if (!member.starts_with('"')) {
    const std::string_view word = member.substr(colon + 2);
    config.set(std::string(member.substr(0, colon)),
               JsonValue(std::string(word.substr(0, word.find_first_of(" ,;:)")))));
    return;
  }
  const std::string_view value = member.substr(colon + 2);
  config.set(std::string(member.substr(1, colon - 2)), parse_json(value.substr(0, value_size(value)), "message"));
}

struct OddTable {
  std::string what;
  std::string text;
  std::string data;       // as text_of writes it, at once or after the way out
  std::string more = {};  // of the config
  Task task = Task::classes;
  Strings message = {};  // parts of it; none: the table is read at once
  Strings ways = {};     // keys that the message says to set
};

void check_table(const TemporaryFolder& folder, const OddTable& row) {
  CAPTURE(row.what);
  folder.write("t.csv", row.text);
  JsonValue config = parse_json("{\"path\": \"t.csv\"" + (row.more.empty() ? "" : ", " + row.more) + "}", "config");
  if (!row.message.empty()) {
    const std::string message = error_of<Error>([&] { read(folder, "t.csv", config, row.task); });
    check_contains(message, row.message);
    for (const std::string& way : row.ways) follow(message, way, config);
    if (row.ways.empty()) return;
  }
  try {
    CHECK(read(folder, "t.csv", config, row.task) == row.data);
  } catch (const Error& error) {
    FAIL_CHECK(error.what());
  }
}

const std::string small = "x,c,y\n1,u,p\n2,v,q\n3,u,p\n";
const std::string small_data = "x|c=u|c=v [1 1 0]p [2 0 1]q [3 1 0]p";

// `text` once for each of 12 rows, %d being their number.
std::string rows_of(const std::string& head, const std::string& text) {
  std::string table = head;
  for (int i = 0; i < 12; ++i) {
    std::string row = text;
    for (std::size_t at = row.find("%d"); at != std::string::npos; at = row.find("%d"))
      row.replace(at, 2, std::to_string(i));
    table += row + "\n";
  }
  return table;
}

std::vector<OddTable> formats() {
  return {
      {"plain", small, small_data},
      {"no last line end", "x,y\n1,p\n2,q", "x [1]p [2]q"},
      {"blanks around cells", "x , y\n 1 , p \n2\t,q  \n", "x [1]p [2]q"},
      {"empty lines", "\nx,y\n\n1,p\n,\n2,q\n\n\n", "x [1]p [2]q"},
      {"quoted numbers", "\"x\",\"y\"\n\"1\",\"p\"\n\"2\",\"q\"\n", "x [1]p [2]q"},
      {"quotes in quotes", "x,y\n1,\"a \"\"b\"\"\"\n2,q\n", "x [1]a \"b\" [2]q"},
      {"delimiters in quotes", "x,y\n1,\"a,b\"\n2,q\n", "x [1]a,b [2]q"},
      {"line ends in quotes", "x,y\n1,\"a\nb\"\n2,q\n", "x [1]a\nb [2]q"},
      {"a line for Excel", "sep=;\nx;y\n1;p\n2;q\n", "x [1]p [2]q"},
      {"unnamed last columns", "x,y,,\n1,p,,\n2,q,,\n", "x [1]p [2]q"},
      {"a delimiter at each end", "x,y\n1,p,\n2,q,\n", "x [1]p [2]q"},
      {"row numbers without a name", ",x,y\n0,5,p\n1,6,q\n", "x [5]p [6]q"},
      {"row numbers of R", "x y\n1 5 p\n2 6 q\n", "x [5]p [6]q"},
      {"a name twice", "x,x,y\n1,2,p\n3,4,q\n", "x|x.2 [1 2]p [3 4]q"},
      {"names from the config", small, "a|b=u|b=v [1 1 0]p [2 0 1]q [3 1 0]p", R"("names": ["a", "b", "c"])"},
      {"no header", "1,p\n2,q\n3,p\n", "column 1 [1]p [2]q [3]p"},
      {"no header, as told", "x,y\nu,p\nv,q\n", "column 1=u|column 1=v|column 1=x [0 0 1]y [1 0 0]p [0 1 0]q",
       R"("header": false)"},
      {"a header of years", "2019,2020,y\n1,2,p\n3,4,q\n", "2019|2020 [1 2]p [3 4]q"},
      {"comments", "# a\nx,y\n1,p\n# b\n2,q\n", "x [1]p [2]q", R"("comment": "#")"},
      {"lines to skip", "Report\nof 2024\nx,y\n1,p\n2,q\n", "x [1]p [2]q", R"("skip_rows": 2)"},
      {"a title", "Report\nx,y\n1,p\n2,q\n", "x [1]p [2]q", "", {}, {"t.csv:1: ", "found 1 cell"}, {"\"skip_rows\""}},
      {"two lines of title",
       "Report\n\nfor us\nx,y\n1,p\n2,q\n",
       "x [1]p [2]q",
       "",
       {},
       {"t.csv:1: "},
       {"\"skip_rows\""}},
      {"two columns named alike but for the case", "x,X,y\n1,2,p\n3,4,q\n", "x|X [1 2]p [3 4]q"},
      {"one sample", "x,z,y\n1,2,3\n", "x|z [1 2]3", "", values},
      {"a wide table", "a,b,c,d,e,f,g,h,i,y\n1,2,3,4,5,6,7,8,9,p\n9,8,7,6,5,4,3,2,1,q\n",
       "a|b|c|d|e|f|g|h|i [1 2 3 4 5 6 7 8 9]p [9 8 7 6 5 4 3 2 1]q"},
      {"rows twice", "x,y\n1,p\n1,p\n2,q\n", "x [1]p [1]p [2]q"},
  };
}

std::vector<OddTable> numbers() {
  return {
      {"signs, exponents, points", "x,y\n+1.5,p\n-2e3,q\n.5,p\n5.,q\n", "x [1.5]p [-2000]q [0.5]p [5]q"},
      {"leading zeros", "x,y\n007,p\n010,q\n", "x [7]p [10]q"},
      {"codes with leading zeros", "x,y\n007,p\n010,q\n", "x=007|x=010 [1 0]p [0 1]q",
       R"("columns": {"x": {"kind": "category"}})"},
      {"large numbers", "x,y\n1e30,p\n123456789012345678,q\n", "x [1e+30]p [1.2345679e+17]q"},
      {"a decimal comma", "x;y\n1,5;p\n2,25;q\n", "x [1.5]p [2.25]q"},
      {"a decimal comma in quotes",
       "x,y\n\"1,5\",p\n\"2,25\",q\n",
       "x [1.5]p [2.25]q",
       "",
       {},
       {"t.csv:2: ", "\"1,5\""},
       {"\"decimal\""}},
      {"points and commas", "x;y\n110.397,5;p\n1,5;q\n", "x [110397.5]p [1.5]q"},
      {"commas and points", "x,y\n\"1,234.5\",p\n2.5,q\n", "x [1234.5]p [2.5]q"},
      {"points and commas far below", rows_of("x;y\n", "1,5;p") + "1.234,5;q\n",
       "x [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1.5]p [1234.5]q"},
      {"points and commas beside points",
       "x;z;y\n1.234,5;1.5;p\n2.345,5;2.5;q\n",
       "x|z [1234.5 15]p [2345.5 25]q",
       R"("columns": {"z": {"kind": "ignored"}})",
       {},
       {"t.csv:2: column \"x\": found \"1.234,5\""},
       {}},
      {"thousands",
       "x,y\n\"1,234\",p\n2,q\n",
       "x [1234]p [2]q",
       "",
       {},
       {"t.csv:2: ", "to read 1234,"},
       {"\"thousands\""}},
      {"or a decimal comma", "x,y\n\"1,234\",p\n2,q\n", "x [1.234]p [2]q", "", {}, {"to read 1.234"}, {"\"decimal\""}},
      {"thousands of Switzerland",
       "x,y\n1'234.5,p\n2,q\n",
       "x [1234.5]p [2]q",
       "",
       {},
       {"t.csv:2: "},
       {"\"thousands\""}},
      {"thousands of France",
       "x;y\n1 234,5;p\n2,5;q\n",
       "x [1234.5]p [2.5]q",
       "",
       {},
       {"t.csv:2: "},
       {"\"thousands\""}},
      {"hex", "x,y\n0x10,p\n0xff,q\n0x10,q\n", "x=0x10|x=0xff [1 0]p [0 1]q [1 0]q"},
      {"money", "x,y\n$12,p\n$13,q\n", "x=$12|x=$13 [1 0]p [0 1]q"},
      {"phone numbers", "x,y\n555-1234,p\n555-9999,q\n", "x=555-1234|x=555-9999 [1 0]p [0 1]q"},
      {"addresses of machines", "x,y\n10.0.0.1,p\n192.168.100.200,q\n", "x=10.0.0.1|x=192.168.100.200 [1 0]p [0 1]q"},
      {"inf",
       "x,y\n1,p\ninf,q\n2,p\n",
       "x [1]p [1.5]q [2]p",
       R"("missing": "mean")",
       {},
       {"t.csv:3: column \"x\": found \"inf\""},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"nan is a gap", "x,y\n1,p\nNaN,q\n3,p\n", "x [1]p [2]q [3]p", R"("missing": "mean")"},
  };
}

std::vector<OddTable> gaps() {
  const std::string mixed = rows_of("x,y\n", "%d.5,p") + "-,q\n";
  const std::string first = "x [0.5]p [1.5]p [2.5]p [3.5]p [4.5]p [5.5]p [6.5]p [7.5]p [8.5]p [9.5]p [10.5]p [11.5]p";
  return {
      {"an empty cell, refused",
       "x,y\n1,p\n,q\n3,p\n",
       "x [1]p [2]q [3]p",
       "",
       {},
       {"t.csv:3: column \"x\": found an empty cell"},
       {"\"columns\": {\"x\": {\"missing\""}},
      {"an empty cell, left out", "x,y\n1,p\n,q\n3,q\n", "x [1]p [3]q", "", {}, {"t.csv:3: "}, {"missing: drop"}},
      {"question marks", "x,c,y\n1,?,p\n?,v,q\n3,v,p\n", "x|c=v [1 1]p [2 1]q [3 1]p", R"("missing": "mean")"},
      {"NA", "x,y\n1,p\nNA,q\n3,p\n", "x [1]p [2]q [3]p", R"("missing": "median")"},
      {"NA in quotes is a text", "c,y\n\"NA\",p\nb,q\n", "c=NA|c=b [1 0]p [0 1]q"},
      {"sentinels", "x,y\n1,p\n-999,q\n3,p\n", "x [1]p [2]q [3]p",
       R"("missing": "mean", "columns": {"x": {"tokens": ["-999"]}})"},
      {"a word for a gap",
       mixed,
       first + " [6]q",
       R"("missing": "mean")",
       {},
       {"t.csv:14: column \"x\": found \"-\""},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"several words for gaps",
       mixed + "n.a.,q\n-,q\n",
       first + " [6]q [6]q [6]q",
       R"("missing": "mean")",
       {},
       {"t.csv:14: column \"x\": found \"-\"", "; the first of 3 such cells"},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"words in a column of numbers, as told",
       mixed + "n.a.,q\n",
       first + " [6]q [6]q",
       R"("missing": "mean", "columns": {"x": {"kind": "number"}})",
       {},
       {"; the first of 2 such cells", "[\"-\", \"n.a.\"]"},
       {}},
      {"a gap in the target",
       "x,y\n1,p\n2,\n3,q\n",
       "x [1]p [3]q",
       "",
       {},
       {"t.csv:3: column \"y\": found an empty cell"},
       {"missing: drop"}},
      {"an empty column",
       "x,z,y\n1,,p\n2,,q\n",
       "x [1]p [2]q",
       R"("missing": "mean")",
       {},
       {"column \"z\": found no value in any row"},
       {"\"columns\": {\"z\""}},
      {"a gap as a category", "c,y\nu,p\n,q\n", "c=u|c is missing [1 0]p [0 1]q",
       R"("columns": {"c": {"missing": "category"}})"},
      {"an indicator", "x,y\n1,p\n,q\n", "x|x is missing [1 0]p [1 1]q",
       R"("columns": {"x": {"missing": "mean", "indicator": true}})"},
  };
}

std::vector<OddTable> kinds() {
  return {
      {"few words and numbers", "d,y\n2,p\n4,q\nmore,p\n2,q\n4,p\nmore,q\n",
       "d=2|d=4|d=more [1 0 0]p [0 1 0]q [0 0 1]p [1 0 0]q [0 1 0]p [0 0 1]q"},
      {"a number among words",
       rows_of("c,y\n", "u,p") + "7,q\n",
       "c=7|c=u [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [1 0]q",
       "",
       {},
       {"t.csv:14: column \"c\": found \"7\""},
       {"\"columns\": {\"c\": {\"kind\""}},
      {"a number in front of words",
       rows_of("c,y\n7,q\n", "u,p"),
       "c=7|c=u [1 0]q [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p [0 1]p",
       "",
       {},
       {"t.csv:2: column \"c\": found \"7\"; wanted a text, as in most rows", "{\"tokens\": [\"7\"]}"},
       {"\"columns\": {\"c\": {\"kind\""}},
      {"a line of units",
       "x,z,y\nkg,5,p\n1.5,5,q\n2.5,6,p\n3.5,7,q\n",
       "x|z [2.5 5]p [1.5 5]q [2.5 6]p [3.5 7]q",
       R"("missing": "mean")",
       {},
       {"t.csv:2: column \"x\": found \"kg\"; wanted a number, as in the rows below"},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"a second header",
       "x,z,y\nwidth,depth,class\n1,5,q\n2,6,p\n3,7,q\n",
       "width|depth [1 5]q [2 6]p [3 7]q",
       "",
       {},
       {"t.csv:2: column \"x\": found \"width\"; wanted a number", "t.csv:2: column \"z\": found \"depth\"",
        "delete it"},
       {"\"skip_rows\""}},
      {"a word above numbers, but below a gap",
       "x,y\n,p\noops,p\n1,q\n2,p\n3,q\n",
       "x [2]p [2]p [1]q [2]p [3]q",
       R"("missing": "mean")",
       {},
       {"t.csv:3: column \"x\": found \"oops\"; wanted a number, as in the rows below"},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"categories with a decimal comma", "c;y\n10,5;p\n9,5;q\n", "c=9,5|c=10,5 [0 1]p [1 0]q",
       R"("decimal": ",", "columns": {"c": {"kind": "category"}})"},
      {"categories with thousands", "c;y\n1.234,5;p\n9,5;q\n", "c=9,5|c=1.234,5 [0 1]p [1 0]q",
       R"("decimal": ",", "thousands": ".", "columns": {"c": {"kind": "category"}})"},
      {"an id", "id,x,y\n1,5,p\n2,6,q\n", "x [5]p [6]q", R"("columns": {"id": {"kind": "id"}})"},
      {"a column left out", "id,x,y\n1,5,p\n2,6,q\n", "x [5]p [6]q", R"("ignore": ["id"])"},
      {"a column by its place", "5,a,p\n6,b,q\n", "column 1 [5]p [6]q", R"("ignore": ["column 2"])"},
      {"a misspelt column",
       "size,y\n1,p\n2,q\n",
       "",
       R"("ignore": ["sise"])",
       {},
       {"t.csv:1: ", "did you mean \"size\"?"}},
      {"a weight below 0",
       "x,w,y\n1,-1,p\n2,1,q\n",
       "",
       R"("columns": {"w": {"kind": "weight"}})",
       {},
       {"t.csv:2: column \"w\": found \"-1\""}},
      {"dates", "d,y\n1970-01-01,p\n1970-01-02T00:00:01Z,q\n", "d seconds [0]p [86401]q"},
      {"dates with points", "d,y\n01.01.1970,p\n2.1.1970 0:00:01,q\n", "d seconds [0]p [86401]q"},
      {"dates with the year first", "d,y\n1970/01/01,p\n1970/1/2 1:00 AM,q\n", "d seconds [0]p [90000]q"},
      {"dates with names of months", "d,y\n01-Jan-1970,p\n2 February 1970,q\n3-mar-1970,q\n",
       "d seconds [0]p [2764800]q [5270400]q"},
      {"dates with the day first", "d,y\n01/02/1970,p\n13/01/1970,q\n", "d seconds [2678400]p [1036800]q"},
      {"dates with the month first", "d,y\n01/02/1970,p\n01/13/1970,q\n", "d seconds [86400]p [1036800]q"},
      {"dates with points and the month first", "d,y\n01.02.1970,p\n01.13.1970,q\n", "d seconds [86400]p [1036800]q"},
      {"dates with points in two orders",
       "d,y\n13.02.1970,p\n01.13.1970,q\n",
       "",
       "",
       {},
       {"t.csv:2: column \"d\": found \"13.02.1970\""}},
      {"dates as Americans say them", "d,y\n\"Jan 1, 1970\",p\n\"January 2, 1970\",q\n", "d seconds [0]p [86400]q"},
      {"dates with dashes", "d,y\n01-02-1970,p\n13-01-1970,q\n", "d seconds [2678400]p [1036800]q"},
      {"dates in an order that is open",
       "d,y\n01/02/1970,p\n03/03/1970,q\n",
       "d seconds [2678400]p [5270400]q",
       "",
       {},
       {"t.csv:2: column \"d\": found \"01/02/1970\"", "month first"},
       {"\"columns\": {\"d\": {\"kind\": \"time\", \"format\""}},
      {"dates in an order that is told", "d,y\n01/02/1970,p\n03/03/1970,q\n", "d seconds [86400]p [5270400]q",
       R"("columns": {"d": {"kind": "time", "format": "month first"}})"},
      {"dates in two orders",
       "d,y\n13/02/1970,p\n02/13/1970,q\n",
       "d=02/13/1970|d=13/02/1970 [0 1]p [1 0]q",
       "",
       {},
       {"t.csv:3: column \"d\": found \"02/13/1970\"", "as in line 2"},
       {"\"columns\": {\"d\": {\"kind\": \"category\""}},
      {"no date",
       rows_of("d,y\n", "2024-01-01,p") + "soon,q\n",
       "d seconds [1.704067e+09]p",
       R"("columns": {"d": {"kind": "time"}})",
       {},
       {"t.csv:14: column \"d\": found \"soon\""}},
      {"a date without its day",
       rows_of("d,y\n", "01/01/1970,p") + "12//1970,q\n",
       "d seconds [0]p",
       R"("columns": {"d": {"kind": "time", "format": "month first"}})",
       {},
       {"t.csv:14: column \"d\": found \"12//1970\""}},
      {"dates and a word",
       "d,y\n1970-01-01,p\nsoon,q\n1970-01-03,q\n",
       "d seconds [0]p [86400]q [172800]q",
       R"("missing": "mean")",
       {},
       {"t.csv:3: column \"d\": found \"soon\"; wanted a date"},
       {"\"columns\": {\"d\": {\"tokens\""}},
      {"times of day", "t,y\n10:30,p\n09:15,q\n", "t=09:15|t=10:30 [0 1]p [1 0]q"},
  };
}

std::vector<OddTable> targets() {
  return {
      {"labels that are numbers", "x,y\n1,10\n2,9\n3,10\n", "x [1]10 [2]9 [3]10"},
      {"one label in two spellings",
       "x,y\n1,1\n2,0\n3,1.0\n",
       "",
       "",
       {},
       {"t.csv: column \"y\"", "\"1\" and \"1.0\", the same number"}},
      {"one label in two spellings with a sign", "x,y\n1,+1\n2,-1\n3,1\n", "", "", {}, {"the same number"}},
      {"one label in two spellings with a comma",
       "x;y;z\n1,5;1,0;2,5\n2,5;0;2,5\n3,5;1;2,5\n",
       "",
       R"("target": "y")",
       {},
       {"\"1\" and \"1,0\", the same number"}},
      {"one class", "x,y\n1,p\n2,p\n", "", "", {}, {"t.csv: column \"y\": found only the class \"p\""}},
      {"values", "x,y\n1,2.5\n2,3.5\n", "x [1]2.5 [2]3.5", "", values},
      {"texts for values",
       "x,y\n1,2.5\n2,abc\n",
       "",
       "",
       values,
       {"t.csv:3: column \"y\": found \"abc\"", "classification"}},
      {"several values", "x,a,b\n1,2,3\n4,5,6\n", "x [1]2,3 [4]5,6", R"("targets": ["a", "b"])", values},
      {"several labels", "x,a,b\n1,0,1\n4,1,1\n", "x [1]0,1 [4]1,1", R"("targets": ["a", "b"])", labels},
      {"a label of 2",
       "x,a,b\n1,0,1\n4,1,2\n",
       "",
       R"("targets": ["a", "b"])",
       labels,
       {"t.csv:3: column \"b\": found \"2\"; wanted a label, 0 or 1"}},
      {"the first column as the target", "y,x\np,1\nq,2\n", "x [1]p [2]q", R"("target": "y")"},
      {"a target that is not there",
       "y,x\np,1\nq,2\n",
       "",
       R"("target": "Y2")",
       {},
       {"t.csv:1: ", "did you mean \"y\"?"}},
      {"one column", "x\n1\n2\n", "", "", {}, {"t.csv:1: ", "found one column"}},
      {"only a header", "x,y\n", "", "", {}, {"found a header but no rows"}},
      {"no text", "", "", "", {}, {"t.csv: found no text"}},
  };
}

std::vector<OddTable> arff() {
  const std::string head = "@relation r\n@attribute x numeric\n@attribute c {u, 'v w'}\n@attribute y {p,q}\n@data\n";
  return {
      {"ARFF", head + "1,u,p\n2,'v w',q\n", "x|c=u|c=v w [1 1 0]p [2 0 1]q"},
      {"sparse ARFF", head + "{0 1}\n{0 2, 1 'v w', 2 q}\n", "x|c=u|c=v w [1 1 0]p [2 0 1]q"},
      {"ARFF with gaps", head + "1,u,p\n?,'v w',q\n", "x|c=u|c=v w [1 1 0]p [1 0 1]q", R"("missing": "mean")"},
      {"a word outside its list",
       head + "1,u,p\n2,V,q\n3,'v w',q\n",
       "x|c=u|c=v w [1 1 0]p [2 0.5 0.5]q [3 0 1]q",
       R"("missing": "mean")",
       {},
       {"t.csv:7: column \"c\": found \"V\"; wanted one of the values", "\"u\", \"v w\""},
       {"\"columns\": {\"c\": {\"tokens\""}},
      {"a class outside its list",
       head + "1,u,p\n2,u,r\n",
       "",
       "",
       {},
       {"t.csv:7: column \"y\": found \"r\"", "\"p\", \"q\""}},
      {"a word for a number",
       head + "1,u,p\nlow,'v w',q\n",
       "x|c=u|c=v w [1 1 0]p [1 0 1]q",
       R"("missing": "mean")",
       {},
       {"t.csv:7: column \"x\": found \"low\"; wanted a number, as its @attribute declares"},
       {"\"columns\": {\"x\": {\"tokens\""}},
      {"ARFF with the format of dates",
       "@relation r\n@attribute d date \"dd/MM/yyyy\"\n@attribute y {p,q}\n@data\n01/02/1970,p\n02/02/1970,q\n",
       "d seconds [2678400]p [2764800]q"},
      {"ARFF with the format of American dates",
       "@relation r\n@attribute d date 'MM/dd/yyyy'\n@attribute y {p,q}\n@data\n01/02/1970,p\n02/02/1970,q\n",
       "d seconds [86400]p [2764800]q"},
      {"ARFF with strings", "@relation r\n@attribute s string\n@attribute y {p,q}\n@data\n'a b',p\nc,q\n",
       "s=a b|s=c [1 0]p [0 1]q"},
  };
}

std::vector<OddTable> refusals() {
  return {
      {"a ragged row", "x,z,y\n1,2,p\n3,q\n4,5,q\n", "", "", {}, {"t.csv:3: found 2 cells; wanted 3"}},
      {"a quote that is never closed", "x,y\n1,\"p\n2,q\n", "", "", {}, {"t.csv:2: ", "never closed"}},
      {"UTF-16", "\xFF\xFEx\0,\0"s, "", "", {}, {"UTF-16", "iconv -f UTF-16 -t UTF-8"}},
      {"Latin-1", "x,y\n1,caf\xE9\n", "", "", {}, {"t.csv:2: ", "iconv -f WINDOWS-1252"}},
      {"a workbook", "PK\x03\x04\x14\0\x06\0[Content_Types].xml"s, "", "", {}, {"spreadsheet", "libreoffice"}},
      {"Parquet", "PAR1", "", "", {}, {"Parquet", "read_parquet"}},
      {"JSON lines", "{\"x\": 1}\n{\"x\": 2}\n", "", "", {}, {"JSON lines", "read_json"}},
      {"libsvm", "+1 1:0.5 3:2\n-1 2:1\n", "", "", {}, {"libsvm", "load_svmlight_file"}},
      {"a web page", "<!DOCTYPE html>", "", "", {}, {"web page"}},
  };
}

std::vector<OddTable> all_tables() {
  std::vector<OddTable> tables;
  for (const auto& more : {formats(), numbers(), gaps(), kinds(), targets(), arff(), refusals()}) {
    tables.insert(tables.end(), more.begin(), more.end());
  }
  return tables;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

TEST_CASE("an odd table is read right, or says where it is wrong and how to get on") {
  const TemporaryFolder folder;
  for (const OddTable& row : all_tables()) check_table(folder, row);
}

// 5 x 3 x 2 x 2 x 2 tables of the same cells.
TEST_CASE("two or more oddities of a format at once give the same numbers") {
  const TemporaryFolder folder;
  for (const std::string delimiter : {",", ";", "\t", "|", "  "}) {
    for (const std::string line_end : {"\n", "\r\n", "\r"}) {
      for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
        for (const bool has_header : {true, false}) {
          for (const bool has_commas : {false, true}) {
            if (has_commas && delimiter == ",") continue;
            std::string text = (has_header ? "a;b b;y\n" : "") + "0.5;'u v';p\n12.25;w;q\n-1.5;'u v';p\n"s;
            if (delimiter == "  ") text = replaced(replaced(text, "b b", "b"), "u v", "u");
            text = replaced(replaced(text, "'", "\""), ";", delimiter);
            if (has_commas) text = replaced(text, ".", ",");
            const std::string u = delimiter == "  " ? "u" : "u v";
            const std::string b = has_header ? (delimiter == "  " ? "b" : "b b") : "column 2";
            const std::string names = (has_header ? "a|" : "column 1|") + b + "=" + u + "|" + b + "=w";
            check_table(folder, {.what = delimiter + (has_commas ? "," : ".") + (has_header ? "header" : "") + mark,
                                 .text = mark + replaced(text, "\n", line_end),
                                 .data = names + " [0.5 1 0]p [12.25 0 1]q [-1.5 1 0]p"});
          }
        }
      }
    }
  }
}

namespace {

// A column of three cells, and what a network gets of it; gaps get the mean. % stands for the name.
struct OddColumn {
  std::string what;
  std::array<std::string, 3> cells;
  std::string inputs;
  std::array<std::string, 3> values;
};

std::vector<OddColumn> odd_columns() {
  return {
      {"numbers", {"1.5", "2", "-3"}, "%", {"1.5", "2", "-3"}},
      {"exponents", {"1e3", "-2E-1", "+5"}, "%", {"1000", "-0.2", "5"}},
      {"leading zeros", {"007", "010", "007"}, "%", {"7", "10", "7"}},
      {"numbers in quotes", {"\"1\"", "\" 2 \"", "3"}, "%", {"1", "2", "3"}},
      {"a gap", {"1", "", "3"}, "%", {"1", "2", "3"}},
      {"not available", {"NA", "1", "4"}, "%", {"2.5", "1", "4"}},
      {"not a number", {"1", "nan", "3"}, "%", {"1", "2", "3"}},
      {"texts", {"u", "v", "u"}, "%=u|%=v", {"1 0", "0 1", "1 0"}},
      {"texts with delimiters", {"\"u;v\"", "w", "\"u;v\""}, "%=u;v|%=w", {"1 0", "0 1", "1 0"}},
      {"texts with quotes", {"\"a \"\"b\"\"\"", "c", "c"}, "%=a \"b\"|%=c", {"1 0", "0 1", "0 1"}},
      {"a gap among texts", {"u", "", "u"}, "%=u", {"1", "1", "1"}},
      {"hex", {"0x1", "0x2", "0x1"}, "%=0x1|%=0x2", {"1 0", "0 1", "1 0"}},
      {"phone numbers", {"555-1", "555-2", "555-1"}, "%=555-1|%=555-2", {"1 0", "0 1", "1 0"}},
      {"dates", {"1970-01-01", "1970-01-02", "1970-01-04"}, "% seconds", {"0", "86400", "259200"}},
      {"dates with points", {"1.1.1970", "02.01.1970", "4.1.1970"}, "% seconds", {"0", "86400", "259200"}},
      {"dates with the month first",
       {"1/2/1970", "1/13/1970", "1/4/1970"},
       "% seconds",
       {"86400", "1036800", "259200"}},
      {"dates with the day first", {"2/1/1970", "13/1/1970", ""}, "% seconds", {"86400", "1036800", "561600"}},
  };
}

}  // namespace

TEST_CASE("two odd columns in one table are read as each of them alone") {
  const TemporaryFolder folder;
  for (const OddColumn& a : odd_columns()) {
    for (const OddColumn& b : odd_columns()) {
      OddTable table{.what = a.what + ", " + b.what,
                     .text = "a;b;y\n",
                     .data = replaced(a.inputs, "%", "a") + "|" + replaced(b.inputs, "%", "b"),
                     .more = R"("missing": "mean")"};
      for (std::size_t i = 0; i < 3; ++i) {
        const std::string label = i == 1 ? "q" : "p";
        table.text += a.cells.at(i) + ";" + b.cells.at(i) + ";" + label + "\n";
        table.data += " [" + a.values.at(i) + " " + b.values.at(i) + "]" + label;
      }
      check_table(folder, table);
    }
  }
}

TEST_CASE("a table in another encoding is converted by the command that the message has, and a packed one is read") {
  const auto utf16 = [](const std::string& mark, bool is_little) {
    std::string text = mark;
    for (const char c : small) text += is_little ? std::string{c, '\0'} : std::string{'\0', c};
    return text;
  };
  const std::pair<const char*, std::string> rows[] = {
      {"little", utf16("\xFF\xFE", true)},         {"big", utf16("\xFE\xFF", false)},
      {"little, without a mark", utf16("", true)}, {"big, without a mark", utf16("", false)},
      {"Latin-1", replaced(small, "u", "\xFC")},
  };
  const TemporaryFolder folder;
  const JsonValue config = parse_json(R"({"path": "t.csv"})", "config");
  for (const auto& row : rows) {
    const std::string what = row.first;
    const std::string& bytes = row.second;
    CAPTURE(what);
    const std::string path = folder.write("t.csv", bytes);
    const std::string message = error_of<DataError>([&] { read(folder, "t.csv", config, Task::classes); });
    const std::size_t first = message.find("convert it: ") + 12;
    const std::string command = message.substr(first, message.rfind(')') - first);
    CAPTURE(command);
    REQUIRE(std::system(command.c_str()) == 0);
    const JsonValue converted = parse_json(R"({"path": "t.utf8.csv"})", "config");
    CHECK(read(folder, "t.utf8.csv", converted, Task::classes) ==
          (bytes.find('\xFC') == std::string::npos ? small_data : "x|c=v|c=\u00FC [1 0 1]p [2 1 0]q [3 0 1]p"));
  }
  const gzFile file = gzopen(folder.path("t.csv").c_str(), "wb");
  gzwrite(file, small.data(), static_cast<unsigned>(small.size()));
  gzclose(file);
  CHECK(read(folder, "t.csv", config, Task::classes) == small_data);
}

TEST_CASE("ten kinds of mistakes are told at once, each with its line, its column and its way out") {
  const TemporaryFolder folder;
  std::string text = "a,b,c,y\n";
  for (int i = 0; i < 30; ++i) text += std::to_string(i) + ",1.5,2,p\n";
  text += "abc,1.5,2,p\n1,2\n,2,3,q\n5,x,3,q\nabc,2,3,q\n-,2,3,q\n1,2,3,\n1,2,3,4,5\n";
  const auto message = [&](const std::string& table) {
    folder.write("t.csv", table);
    const std::string columns = R"({"a": {"kind": "number"}, "b": {"kind": "number"}, "c": {"kind": "number"}})";
    const JsonValue config = parse_json(R"({"path": "t.csv", "columns": )" + columns + "}", "config");
    return replaced(error_of<DataError>([&] { read(folder, "t.csv", config, Task::classes); }), folder.path("t.csv"),
                    "t.csv");
  };
  const std::string found = message(text);
  check_contains(
      found, {"t.csv:32: column \"a\": found \"abc\"; wanted a number", "; the first of 3 such cells",
              R"({"a": {"tokens": ["abc", "-"]}})", "\nt.csv:33: found 2 cells; wanted 4", "; the first of 2 such rows",
              "\nt.csv:34: column \"a\": found an empty cell; wanted a number", "\nt.csv:35: column \"b\": found \"x\"",
              "\nt.csv:38: column \"y\": found an empty cell; wanted a class label"});
  CHECK(std::count(found.begin(), found.end(), '\n') == 4);
  for (int i = 0; i < 100; ++i) text += "1,2,3,p\n";
  const std::string quote = message(text + "1,\"2,3,p\n");
  check_contains(quote, {"t.csv:32: ", "\nt.csv:140: found a quote that is never closed"});
  std::string ragged = "a,b,c,y\n1,2,3,p\n2,3,4,q\n";
  for (int i = 0; i < 3000; ++i) ragged += "1,2\n";
  check_contains(message(ragged),
                 {"t.csv:4: found 2 cells", "; the first of 1000 such rows", "reading stopped after 1000 mistakes"});
}
