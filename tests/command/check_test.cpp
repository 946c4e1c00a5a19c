// hinge check: what it shows of a table.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "shell.h"

namespace {

const char* const table =
    "row,size,colour,a column with a name that is far too long for a line of a terminal,note,y\n"
    "1,1.5,red,0,x,no\n2,2.5,blue,0,x,yes\n3,,red,0,x,no\n4,3.5,red,0,x,yes\n5,1,blue,0,x,no\n6,2,red,0,x,yes\n"
    "7,1,red,0,x,no\n8,1,blue,0,x,yes\n9,1.5,red,0,x,no\n10,2000,red,0,x,yes\n";

std::string config_with(const std::string& keys) {
  return R"({"data": {"type": "csv", "path": "t.csv", )" + keys +
         R"("test": {"fraction": 0.2}}, "model": {"layers": [{"type": "dense", "units": 2}]}, "loss": "softmax_cross_entropy"})";
}

}  // namespace

TEST_CASE("check shows each column, the classes of each part, and warns of what is odd") {
  const Shell shell;
  shell.write("t.csv", table);
  shell.write("c.json", config_with(R"("missing": "mean", "ignore": ["note"], )"));
  const Result result = shell.run("hinge check c.json");
  CHECK(result.code == 0);
  CHECK(matches(result.out, "^row +number +0 +1 +1 to 10, median 5.5$"));
  CHECK(matches(result.out, "^size +number +1 +1 +1 to 2000, median 1.5$"));
  CHECK(matches(result.out, "^colour +category +0 +2 +red 7, blue 3$"));
  CHECK(matches(result.out, "^a column with a name … +number +0 +1 +0 10$"));
  CHECK(matches(result.out, "^note +ignored +0 +0 +x 10$"));
  CHECK(matches(result.out, "^y +target +0 +0 +no 5, yes 5$"));
  CHECK(matches(result.out, "^class +training +test$"));
  CHECK(matches(result.out, "^no +4 +1$"));
  CHECK(widest_line(result.out.substr(result.out.find("\ncolumn "))) <= 80);
  CHECK(count_matches(result.err, "^warning: ") == 3);
  CHECK(count_matches(result.err, "^(warning: |note: |  --set )") == static_cast<int>(lines_of(result.err).size()));
  CHECK(matches(result.err, "^warning: the inputs are not scaled: column \"size\" has values of size "));
  CHECK(matches(result.err, "^  --set data.preprocess=standard$"));
  CHECK(matches(result.err, "^note: the network has no hidden layer: "));
  CHECK(matches(result.err, "^warning: column \"size\": 2000 .line 11. lies far from all other values"));
  CHECK(matches(result.err, "^note: 1 of .* constant, .*\"a column with"));
  CHECK(matches(result.err, "^warning: column \"row\": another value in every row"));
}

TEST_CASE("check shows the three commonest texts of a column, and how many others there are") {
  const Shell shell;
  shell.write("t.csv",
              "c,when,y\nv,2024-03-01,a\nv,2024-01-01,b\nv,2024-02-01,a\nu,2024-01-05,b\nu,2024-01-06,a\n"
              "w,2024-01-07,b\nx,2024-01-07,a\nz,2024-01-07,b\n");
  shell.write("c.json", config_with(""));
  const std::string out = shell.out("hinge check c.json");
  CHECK(matches(out, "^c +category +0 +5 +v 3, u 2, w 1, 2 more$"));
  CHECK(matches(out, "^when +time +0 +1 +2024-01-01 to 2024-03-01$"));
}

TEST_CASE("check --json holds the same") {
  const Shell shell;
  shell.write("t.csv", table);
  shell.write("c.json", config_with(R"("missing": "drop", )"));
  const Json report = shell.json("hinge check c.json --json");
  CHECK(report.at("samples") == Json{{"training", 7}, {"test", 2}});
  CHECK(report.at("rows").at("dropped") == 1);
  CHECK(report.at("columns").size() == 6);
  CHECK(report.at("columns")[1].at("largest") == 2000);
  CHECK(report.at("columns")[2].at("commonest") == Json{{"red", 7}, {"blue", 3}});
  CHECK(report.at("classes").at("test").at("no") == 1);
  CHECK(report.at("warnings").size() == 3);
  const Json& unscaled = report.at("findings")[0];
  CHECK(unscaled.at("name") == "inputs_unscaled");
  CHECK(unscaled.at("key") == "data.preprocess");
  CHECK(unscaled.at("set") == Json{"data.preprocess=standard"});
  CHECK(unscaled.at("certain") == true);
  CHECK(unscaled.at("evidence") == report.at("warnings")[0]);
  CHECK(report.at("findings").back().at("certain") == false);
}

TEST_CASE("train warns of certain faults before its first epoch, however quiet, and never of oddities") {
  const Shell shell;
  shell.write("t.csv", table);
  shell.write("c.json", config_with(R"("missing": "drop", )"));
  const Result result = shell.run("hinge train c.json --quiet --out run");
  CHECK(result.code == 0);
  CHECK(matches(result.err, "^warning: the inputs are not scaled: "));
  CHECK(!matches(result.err, "^note: "));
}

TEST_CASE("check, train and predict tell ten mistakes of a table at once") {
  const Shell shell;
  const auto table_with = [](const char* odd_rows) {
    std::string text = "a,b,c,y\n";
    for (int i = 0; i < 40; ++i) text += std::to_string(i) + ".5,1." + std::to_string(i) + ",2,0\n";
    return text + odd_rows;
  };
  shell.write("c.json", config_with(""));
  shell.write("t.csv", table_with("x,1,1,1\n5,1\n5,-,1,1\n6,z,1,1\n1\n1,1,,1\n"));
  const Strings lines = {"t.csv:42: column \"a\": found \"x\"; wanted a number",
                         "\nt.csv:43: found 2 cells; wanted 4",
                         "; the first of 2 such rows",
                         "\nt.csv:44: column \"b\": found \"-\"; wanted a number",
                         "; the first of 2 such cells",
                         R"("columns": {"b": {"tokens": ["-", "z"]}})",
                         "\nt.csv:47: column \"c\": found an empty cell"};
  shell.fails(2, "hinge check c.json", lines);
  shell.fails(2, "hinge train c.json --out run", lines);
  shell.write("u.csv", table_with("x,1,1,1\n5,1\n5,-,1,1\n"));
  shell.write("t.csv", table_with("1,1,1,1\n2,2,2,1\n"));
  shell.out("hinge train c.json --out run --quiet");
  shell.fails(
      2, "hinge predict run u.csv",
      {"u.csv:42: column \"a\": found \"x\"", "\nu.csv:43: found 2 cells", "\nu.csv:44: column \"b\": found \"-\""});
}

TEST_CASE("the lines that check prints mend the config of a run") {
  struct Row {
    const char* data;
    const char* line;   // as it is printed
    const char* value;  // of the new run's config
    const char* key;
  };
  const Row rows[] = {
      {R"("columns": {"size": {"kind": "number"}})", R"(  --set 'data.ignore=["id"]')", "ignored",
       "/data/columns/id/kind"},
      {R"("features": ["size", "id", "x"])", R"(  --set 'data.features=["size", "x"]')", "ignored",
       "/data/columns/id/kind"},
      {R"("ignore": ["id"], "preprocess": "standard")", "  --set data.preprocess=robust", "robust", "/data/preprocess"},
      {R"("ignore": ["id"], "preprocess": "standard", "columns": {"size": {"preprocess": "standard"}})",
       "  --set data.columns.size.preprocess=robust", "robust", "/data/columns/size/preprocess"},
  };
  std::string samples = "id,x,size,y\n";
  for (int i = 0; i < 100; ++i) {
    samples += std::to_string(1000 + i) + "," + std::to_string(i * 7 % 11) + "," +
               (i == 40 ? "1e6" : std::to_string(i * i % 17)) + "," + std::to_string(i * i % 17 > 7) + "\n";
  }
  for (const Row& row : rows) {
    CAPTURE(std::string(row.data));
    const Shell shell;
    shell.write("t.csv", samples);
    shell.write("c.json", R"({"data": {"type": "csv", "path": "t.csv", )" + std::string(row.data) + R"(},
      "model": {"layers": [{"type": "dense", "units": "auto"}]}, "loss": "softmax_cross_entropy",
      "optimizer": "adam", "train": {"epochs": 2}})");
    shell.run("hinge train c.json --out run --quiet");
    const Strings lines = lines_of(shell.run("hinge check run/config.json").err);
    REQUIRE(std::find(lines.begin(), lines.end(), row.line) != lines.end());
    shell.out("hinge train run/config.json --out mended --quiet" + std::string(row.line));
    CHECK(shell.read_json("mended/config.json").at(Json::json_pointer(row.key)) == row.value);
    const Strings left = lines_of(shell.run("hinge check mended/config.json").err);
    CHECK(std::find(left.begin(), left.end(), row.line) == left.end());
  }
}
