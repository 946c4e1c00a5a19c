// hinge init TABLE: from a table to predictions, without another word.
#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <string>

#include "shell.h"

namespace {

// The config that init writes is whole: check finds nothing wrong, it trains, and the model predicts for the same table.
void check_that_it_trains(const Shell& shell, const std::string& config, const std::string& table, std::size_t rows) {
  shell.out("hinge check " + config);
  const Result trained = shell.run("hinge train " + config + " --out run --force --quiet --set train.epochs=2");
  CHECK(trained.code == 0);
  const Result predicted = shell.run("hinge predict run " + table);
  CHECK(predicted.code == 0);
  CHECK(lines_of(predicted.out).size() == rows + 1);
}

std::string dates_table() {
  std::string text = "when;price;shop;note;sold\n";
  for (int i = 0; i < 60; ++i) {
    text += "2024-0" + std::to_string(1 + i % 9) + "-11T0" + std::to_string(i % 10) + ":30;" + std::to_string(i % 7) +
            ",25;shop " + std::to_string(i % 3) + ";note " + std::to_string(i) + " of it;" + std::to_string(i * i) +
            ",5\n";
  }
  return text;
}

std::string thousands_table() {
  std::string text = "price,y\n";
  for (int i = 10; i < 60; ++i) text += "\"" + std::to_string(i) + ",500\"," + std::to_string(i * i) + "\n";
  for (int i = 10; i < 20; ++i) text += std::to_string(10 * i) + "," + std::to_string(i) + ".5\n";
  return text;
}

std::string money_table() {
  std::string text = "price,x,y\n";
  for (int i = 0; i < 40; ++i)
    text += "$" + std::to_string(10 + i) + "," + std::to_string(i % 5) + ",u" + std::to_string(i % 2) + "\n";
  return text;
}

std::string many_texts() {
  std::string text = "c,y\n";
  for (int i = 0; i < 200; ++i) text += "t" + std::to_string(i % 30) + ",u" + std::to_string(i % 2) + "\n";
  return text;
}

}  // namespace

TEST_CASE("every real table goes from init to predictions") {
  struct Row {
    const char* file;
    const char* targets;
    const char* loss;
    std::size_t rows;
    const char* first_line;  // of the predictions
    const char* remark;      // in what init says on stderr; "" for nothing
  };
  const Row rows[] = {
      {"abalone.csv", "", "mse", 4177, "^column 9$", "^note: the first line is a sample"},
      {"auto-mpg.data", "--target 'column 1'", "mse", 398, "^column 1$", "^note: the cells are separated by blanks$"},
      {"breast-cancer-yugoslavia.csv", "", "softmax_cross_entropy", 286,
       "^class,p\\('no-recurrence-events'\\),p\\('recurrence-events'\\)$", "^note: the first line is a sample"},
      {"car.arff", "", "softmax_cross_entropy", 1728, "^class,p\\(acc\\),p\\(good\\),p\\(unacc\\),p\\(vgood\\)$", ""},
      {"cleveland.data", "", "softmax_cross_entropy", 303, "^class,p\\(0\\),p\\(1\\),p\\(4\\)$",
       "^note: the first line is a sample"},
      {"concrete.csv", "", "mse", 1030, "^CompressiveStrength$", ""},
      {"credit.g.arff", "", "softmax_cross_entropy", 1000, "^class,p\\(bad\\),p\\(good\\)$", ""},
      {"ecoli.data", "", "softmax_cross_entropy", 336, "^column 1,class,p\\(cp\\),p\\(im\\),p\\(imL\\),",
       "^note: the cells are separated by blanks$"},
      {"energy-efficiency.csv", "--target Y1 --target Y2", "mse", 768, "^Y1,Y2$", ""},
      {"energy-efficiency-excel.csv", "--target Y1 --target Y2", "mse", 768, "^Y1,Y2$",
       "^warning: column \"Y1\": 6366 \\(line 625\\) lies far from all other values"},
      {"forestfires.csv", "--target area", "mse", 517, "^area$", "^warning: column \"ISI\": 56.1 \\(line 24\\)"},
      {"german.csv", "", "softmax_cross_entropy", 1000, "^class,p\\(1\\),p\\(2\\)$",
       "^note: the first line is a sample"},
      {"imports-85.csv", "", "mse", 201, "^column 26$", "^note: the first line is a sample"},
      {"iris.data", "", "softmax_cross_entropy", 150, "^class,p\\(0\\),p\\(1\\)$", "^note: the first line is a sample"},
      {"mnist-10-rows.csv", "--target 'column 1'", "softmax_cross_entropy", 10,
       "^class,p\\(0\\),p\\(1\\),p\\(2\\),p\\(3\\),p\\(4\\),p\\(5\\),p\\(9\\)$", "^note: the first line is a sample"},
      {"pima.csv", "", "softmax_cross_entropy", 768, "^class,p\\(0\\),p\\(1\\)$", "^note: the first line is a sample"},
      {"titanic-train.csv", "--target Survived", "softmax_cross_entropy", 891, "^PassengerId,class,p\\(0\\),p\\(1\\)$",
       ""},
      {"vote.arff", "", "softmax_cross_entropy", 435, "^class,p\\(democrat\\),p\\(republican\\)$", ""},
      {"winequality-red.csv", "", "softmax_cross_entropy", 1454, "^class,p\\(3\\),p\\(4\\),p\\(5\\),p\\(6\\),p\\(7\\)",
       "^note: the cells are separated by \";\"$"},
  };
  const std::string folder = HINGE_SHARED_DIR "/data/tables/";
  const Shell shell;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.file));
    if (!std::filesystem::exists(folder + row.file)) {
      MESSAGE("skipped: needs " << folder << row.file);
      continue;
    }
    const Result written = shell.run("hinge init " + folder + row.file + " -o c.json " + row.targets);
    CHECK(written.code == 0);
    CHECK(written.err.empty() == (row.remark[0] == '\0'));
    if (row.remark[0] != '\0') CHECK(matches(written.err, row.remark));
    CHECK(shell.json("hinge check c.json --resolved").at("loss").at("type") == row.loss);
    const Json report = shell.json("hinge check c.json --json");
    for (const Json& finding : report.at("findings")) {  // sound tables: no faults
      CAPTURE(finding.at("evidence").get<std::string>());
      CHECK((!finding.at("certain").get<bool>() || finding.at("name") == "class_missing"));
    }
    check_that_it_trains(shell, "c.json", folder + row.file, row.rows);
    CHECK(matches(lines_of(shell.out("hinge predict run " + folder + row.file)).front(), row.first_line));
    if (std::string(row.file) == "titanic-train.csv") {  // without the target, and with a gap in a column that had none
      CHECK(lines_of(shell.out("hinge predict run " + folder + "titanic-test.csv")).size() == 419);
    }
    std::filesystem::remove(shell.path("c.json"));
  }
}

TEST_CASE("init tells what to do with each column, and why") {
  std::string mixed = "id,zip,size,same,empty,y\n";
  for (int i = 0; i < 60; ++i) {
    mixed += std::to_string(i + 100) + ",Z" + std::to_string(i % 4) + "," +
             (i == 9 ? "n.a." : std::to_string(i) + ".5") + ",1,," +
             (i == 5   ? "?"
              : i < 58 ? std::to_string(i) + ".5"
                       : "9000") +
             "\n";
  }
  std::string skewed = "x,area\n";
  for (int i = 0; i < 60; ++i) skewed += std::to_string(i % 7) + "," + std::to_string(i == 7 ? 5000 : i) + "\n";
  std::string labels = "x,a,b\n";
  for (int i = 0; i < 60; ++i)
    labels += std::to_string(i % 7) + "," + std::to_string(i % 2) + "," + (i % 3 ? "0" : "1") + "\n";
  struct Row {
    const char* what;
    std::string table;
    const char* targets;
    std::size_t rows;
    Strings in_config;  // each in a line
  };
  const Row rows[] = {
      {"times, decimal commas, free text",
       dates_table(),
       "",
       60,
       {R"("delimiter": ";")", R"("decimal": ",")", R"("target": "sold",  // the last column)",
        R"("note"  // 60 different texts in 60 cells: free text)",
        R"("when": {"kind": "time", "parts": ["seconds", "month", "weekday", "hour"]})", R"("loss": "mse")"}},
      {"dates without a clock",
       "d,x,y\n2024-01-01,1,p\n2024-01-02,2,q\n2024-01-03,3,p\n2024-01-04,4,q\n",
       "",
       4,
       {R"("d": {"kind": "time", "parts": ["seconds", "month", "weekday"]})"}},
      {"thousands", thousands_table(), "", 60, {R"("thousands": ",")", R"("target": "y",  // by its name)"}},
      {"ids, tokens, constants",
       mixed,
       "",
       60,
       {R"("id": {"kind": "id"},  // another value in every row)", R"("size": {"tokens": ["n.a."]})",
        R"("same",  // the same value in every row)", R"("empty"  // empty)",
        R"("y": {"missing": "drop", "preprocess": "log1p"})"}},
      {"a skewed target", skewed, "", 60, {R"("area": {"preprocess": "log1p"})"}},
      {"labels", labels, "--target a --target b", 60, {R"("targets": ["a", "b"])", R"("loss": "bce_with_logits")"}},
      {"a name with = among texts",
       "a=b,x,y\nu,1,p\nv,2,q\nu,3,p\nv,4,q\n",
       "",
       4,
       {R"("a=b"  // a column of texts whose name holds =)"}},
      {"one label in two spellings",
       "x,y\n1,1\n2,0\n3,1.0\n4,0\n",
       "",
       4,
       {R"("loss": "mse",  // a number is written in)"}},
      {"money in as many amounts as rows",
       money_table(),
       "",
       40,
       {R"("price"  // texts such as "$10": numbers, but for the sign)"}},
      {"a category where the target is missing",
       "c,x,y\nu,1,p\nv,2,q\nu,3,p\nv,4,q\nw,5,\n",
       "",
       5,
       {R"("c": {"unknown": "zeros"})", R"("y": {"missing": "drop"}  // 1 row without it)"}},
      {"many categories", many_texts(), "", 200, {R"("c": {"unknown": "zeros"}  // 30 texts: another one)"}},
      {"the target by its name", "Class,x\nu,1\nv,2\nu,3\nv,4\n", "", 4, {R"("target": "Class",  // by its name)"}},
      {"the target by its place",
       "u,1\nv,2\nu,3\nv,4\n",
       "--target 'column 1'",
       4,
       {R"("header": false)", R"("target": "column 1")", R"("loss": "softmax_cross_entropy",  // 2 different texts)"}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const Shell shell;
    shell.write("t.csv", row.table);
    shell.out(std::string("hinge init t.csv ") + row.targets);
    const std::string config = shell.read("t.json");
    for (const std::string& part : row.in_config) {
      CAPTURE(part);
      CHECK(config.find(part) != std::string::npos);
    }
    check_that_it_trains(shell, "t.json", "t.csv", row.rows);
  }
}

namespace {

// A column of a table, cell by cell.
struct Oddity {
  const char* name;
  std::string (*cell)(int row);
};

std::string number(int row) { return std::to_string(row * 37 % 91) + "." + std::to_string(row * 7 % 10); }
std::string one_of(std::initializer_list<const char*> texts, int row) {
  return texts.begin()[static_cast<std::size_t>(row * row + row / 3) % texts.size()];
}

const Oddity oddities[] = {
    {"plain", number},
    {"categories",
     [](int i) {
       return one_of({"a", "b", "c"}, i);
     }},
    {"gaps", [](int i) { return i % 4 ? number(i) : std::string(); }},
    {"not available", [](int i) { return i % 4 ? number(i) : "NA"; }},
    {"dash for a gap", [](int i) { return i % 30 == 3 ? "-" : number(i); }},
    {"NULL for many gaps", [](int i) { return i % 3 ? number(i) : "NULL"; }},
    {"gaps among texts",
     [](int i) {
       return one_of({"", "u", "v"}, i);
     }},
    {"id", [](int i) { return std::to_string(i + 1); }},
    {"key", [](int i) { return "k" + std::to_string(i * 7919); }},
    {"free text", [](int i) { return "\"some text; number " + std::to_string(i) + ", of many\""; }},
    {"constant", [](int) { return std::string("7"); }},
    {"empty", [](int) { return std::string(); }},
    {"date", [](int i) { return "2024-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10); }},
    {"date with gaps", [](int i) { return i % 5 ? "2024-01-1" + std::to_string(i % 10) : std::string(); }},
    {"American date", [](int i) { return std::to_string(1 + i % 12) + "/" + std::to_string(1 + i % 28) + "/2024"; }},
    {"thousands", [](int i) { return "\"" + std::to_string(1 + i % 50) + ",5" + std::to_string(10 + i) + "\""; }},
    {"money", [](int i) { return "$" + number(i); }},
    {"percent", [](int i) { return std::to_string(i % 60) + "%"; }},
    {"True",
     [](int i) {
       return one_of({"True", "False"}, i);
     }},
    {"few words and numbers",
     [](int i) {
       return one_of({"2", "4", "more"}, i);
     }},
    {"many words and numbers", [](int i) { return i % 2 ? "A" + std::to_string(i) : std::to_string(i % 5); }},
    {"many categories", [](int i) { return "z" + std::to_string(i % 30); }},
    {"a=b",
     [](int i) {
       return one_of({"x", "y"}, i);
     }},
    {"huge", [](int i) { return number(i) + "e30"; }},
    {"milliseconds", [](int i) { return std::to_string(1700000000000LL + 37LL * i * i); }},
    {"far", [](int i) { return i == 7 ? "1e9" : number(i); }},
    {"zip",
     [](int i) {
       return one_of({"01234", "94110", "00501"}, i);
     }},
    {"", number},
    {"quotes",
     [](int i) {
       return one_of({"\"say \"\"hi\"\"\"", "\"a,b\"", "\"c\nd\""}, i);
     }},
    {"größe",
     [](int i) {
       return one_of({"süß", "漢字"}, i);
     }},
    {"infinite", [](int i) { return i == 3 ? "inf" : number(i); }},
    {"time of day", [](int i) { return "1" + std::to_string(i % 10) + ":30"; }},
    {"is missing",
     [](int i) {
       return one_of({"missing", "is missing", "", "k"}, i);
     }},
};

std::string table_of(const Oddity& a, const Oddity& b, char delimiter, bool has_header, bool has_classes) {
  std::string text;
  const auto add_row = [&](const std::string& first, const std::string& second, const std::string& target) {
    text += first + delimiter + second + delimiter + target + "\n";
  };
  if (has_header) add_row(a.name, b.name, "out");
  for (int i = 0; i < 60; ++i)
    add_row(a.cell(i), b.cell(i), has_classes ? one_of({"yes", "no"}, i) : number(i * 3 + 1));
  return text;
}

}  // namespace

TEST_CASE("every odd column, beside a plain and beside another odd one, goes from init to predictions") {
  const Shell shell;
  const int count = static_cast<int>(std::size(oddities));
  for (int i = 0; i < count; ++i) {
    for (const int other : {0, 5 * i + 2, 11 * i + 7}) {
      const Oddity& a = oddities[i];
      const Oddity& b = oddities[other % count];
      if (i == 0 || &a == &b) continue;
      const char delimiter = other == 0 ? ',' : ";\t"[i % 2];
      CAPTURE(std::string(a.name) + ", " + b.name);
      shell.write("t.csv", table_of(a, b, delimiter, other == 0 || i % 3 > 0, i % 2 == 0));
      const Result written = shell.run("rm -f t.json; hinge init t.csv");
      CAPTURE(written.err);
      if (matches(written.err, "no column is left to learn from")) continue;
      REQUIRE(written.code == 0);
      shell.out("hinge check t.json");
      CHECK(shell.run("hinge train t.json --out run --force --quiet --set train.epochs=1").code == 0);
      shell.out("hinge predict run t.csv -o p.csv");
      const Strings predicted = lines_of(shell.read("p.csv"));
      CHECK(predicted.size() == 61);
    }
  }
}

TEST_CASE("init finds the separators of numbers, and warns of columns that it cannot read with them") {
  struct Row {
    const char* low;   // the first 150 cells
    const char* high;  // those below
    const char* in_config;
  };
  const Row rows[] = {
      {"9%d,5", "1.2%d,5", R"("thousands": ".")"},
      {"1'1%d.5", "1'2%d.5", R"("thousands": "'")"},
      {"1 1%d,5", "1 2%d,5", R"("thousands": " ")"},
      {"1\u00A01%d", "1\u00A02%d", "\"thousands\": \"\u00A0\""},
  };
  const Shell shell;
  const auto table = [](const Row& row, const char* more) {
    std::string text = "p;x;y\n";
    for (int i = 0; i < 200; ++i) {
      std::string cell = i < 150 ? row.low : row.high;
      cell.replace(cell.find("%d"), 2, std::to_string(10 + i % 90));
      text += cell + ";" + std::to_string(i % 7) + more + ";" + one_of({"yes", "no"}, i) + "\n";
    }
    return text;
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.low));
    shell.write("t.csv", table(row, ""));
    const Result written = shell.run("rm -f t.json; hinge init t.csv");
    CHECK(written.code == 0);
    CHECK(!matches(written.err, "^warning"));
    CHECK(shell.read("t.json").find(row.in_config) != std::string::npos);
    CHECK(matches(shell.out("hinge check t.json"), "^p +number +0 +1 "));
  }
  // Decimal points in another column: no format reads both.
  shell.write("t.csv", table(rows[0], ".5"));
  const std::string warning = "^warning: column \"p\" is not read as numbers: \"910,5\" in line 2 would be a number";
  CHECK(matches(shell.run("rm -f t.json; hinge init t.csv").err, warning));
  CHECK(matches(shell.run("hinge check t.json").err, warning));
}

TEST_CASE("words for missing values are gaps, and a column that other words spoil is warned of with the way out") {
  struct Row {
    const char* word;
    std::string (*cell)(int row);
    const char* in_config;
    const char* warning;  // "" for none
  };
  const auto day = [](int i) { return "2024-0" + std::to_string(1 + i % 9) + "-1" + std::to_string(i / 9 % 10); };
  const Row rows[] = {
      {"NULL", number, R"("x": {"tokens": ["NULL"]})", ""},
      {"#N/A", number, R"("x": {"tokens": ["#N/A"]})", ""},
      {"None", [](int i) { return std::to_string(i % 4); }, R"("x": {"tokens": ["None"]})", ""},
      {"unknown", day, R"("x": {"tokens": ["unknown"], "kind": "time")", ""},
      {"sick", number, R"("x"  // )", "^warning: column \"x\" is not read as numbers: 48 of 60 cells are; if "},
      {"soon", day, R"("x"  // )", "^warning: column \"x\" is not read as dates: 48 of 60 cells are; if "},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.word));
    const Shell shell;
    std::string text = "x,z,y\n";
    std::string arff = "@relation r\n@attribute x numeric\n@attribute z numeric\n@attribute y {yes,no}\n@data\n";
    for (int i = 0; i < 60; ++i) {
      const std::string line =
          (i % 5 == 2 ? row.word : row.cell(i)) + "," + std::to_string(i % 7) + "," + one_of({"yes", "no"}, i) + "\n";
      text += line;
      arff += line;
    }
    shell.write("t.csv", text);
    shell.write("t.arff", arff);
    const Result written = shell.run("hinge init t.csv");
    CHECK(written.code == 0);
    CHECK(shell.read("t.json").find(row.in_config) != std::string::npos);
    CHECK(matches(written.err, row.warning[0] == '\0' ? "^warning" : row.warning) == (row.warning[0] != '\0'));
    if (row.warning[0] == '\0') {
      check_that_it_trains(shell, "t.json", "t.csv", 60);
      continue;
    }
    CHECK(matches(shell.run("hinge init t.arff -o a.json").err, row.warning));
    CHECK(matches(shell.run("hinge check t.json").err, row.warning));
    const std::string way_out =
        std::string(" --set 'data.columns.x.tokens=[\"") + row.word + "\"]' --set data.ignore=[]";
    CHECK(matches(shell.out("hinge check t.json" + way_out), "^x +(number|time) +12 "));
  }
}

TEST_CASE("words for missing values are no class of whole numbers") {
  const Shell shell;
  std::string text = "x,y\n";
  for (int i = 0; i < 60; ++i) text += number(i) + "," + (i % 6 == 5 ? "NULL" : std::to_string(i % 2)) + "\n";
  shell.write("t.csv", text);
  CHECK(shell.out("hinge init t.csv").starts_with("t.csv: 60 rows; 2 classes of \"y\" from 1 input"));
  check_that_it_trains(shell, "t.json", "t.csv", 60);
}

TEST_CASE("dates in any order go from init to predictions, and an open order is asked for") {
  const Shell shell;
  const auto table = [](int days) {
    std::string text = "when,x,y\n";
    for (int i = 0; i < 60; ++i) {
      text += std::to_string(1 + i % 12) + "/" + std::to_string(1 + i % days) + "/2024," + number(i) + "," +
              one_of({"yes", "no"}, i) + "\n";
    }
    return text;
  };
  shell.write("t.csv", table(28));
  shell.out("hinge init t.csv");
  CHECK(matches(shell.out("hinge check t.json"), "^when +time +0 +3 +1/1/2024 to 12/24/2024"));
  check_that_it_trains(shell, "t.json", "t.csv", 60);
  shell.write("t.csv", table(11));
  shell.fails(2, "hinge check t.json", {"column \"when\"", "no cell does", R"("format": "month first")"});
  CHECK(matches(shell.out("hinge check t.json --set 'data.columns.when.format=\"month first\"'"), "^when +time"));
}

TEST_CASE("the network suits the classes, and the rows for each input") {
  struct Row {
    int classes;  // 0: values
    int inputs;
    std::size_t layers;
    Strings in_config;
  };
  // 100 rows, 80 of them to train from: wide from 5 inputs on.
  const Row rows[] = {
      {2,
       4,
       2,
       {R"("units": 128)", R"("rate": 0.4)", R"("weight_decay": 0.037)", R"("validation": {"fraction": 0.15})"}},
      {2, 5, 1, {R"("units": 64)", R"("rate": 0.5)", R"("weight_decay": 0.12)", R"("validation": {"fraction": 0.2})"}},
      {3, 5, 1, {R"("units": 64)", R"("rate": 0.5)", R"("weight_decay": 0.12)", R"("validation": {"fraction": 0.2})"}},
      {5,
       4,
       2,
       {R"("units": 128)", R"("rate": 0.3)", R"("weight_decay": 0.019)", R"("validation": {"fraction": 0.1})"}},
      {4, 5, 2, {R"("units": 64)", R"("rate": 0.3)", R"("weight_decay": 0.05)", R"("validation": {"fraction": 0.15})"}},
      {0, 4, 2, {R"("residual")", R"("zeros")", R"("units": 64)", R"("rate": 0.1)", R"("weight_decay": 0.025)"}},
      {0, 5, 1, {R"("residual")", R"("zeros")", R"("units": 64)", R"("rate": 0.4)", R"("weight_decay": 0.05)"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.classes);
    CAPTURE(row.inputs);
    std::string text;
    for (int i = 0; i < 100; ++i) {
      for (int k = 0; k < row.inputs; ++k) text += std::to_string((i * (k + 3)) % 17) + ".5,";
      text += row.classes > 0 ? "c" + std::to_string(i % row.classes) + "\n" : number(i) + "\n";
    }
    const Shell shell;
    shell.write("t.csv", text);
    shell.out("hinge init t.csv");
    const std::string config = shell.read("t.json");
    for (const std::string& part : row.in_config) {
      CAPTURE(part);
      CHECK(config.find(part) != std::string::npos);
    }
    std::size_t layers = 0;
    for (const std::string& line : lines_of(config)) layers += matches(line, "\"relu\"") ? 1 : 0;
    CHECK(layers == row.layers);
  }
}

TEST_CASE("a config beside another folder names the table from there, and the schema lies beside it") {
  const Shell shell;
  shell.out("mkdir data runs; printf 'x,y\\n1,u\\n2,v\\n3,u\\n4,v\\n' > data/t.csv");
  CHECK(matches(shell.out("hinge init data/t.csv -o runs/c.json"), "now: hinge train runs/c.json$"));
  CHECK(matches(shell.read("runs/c.json"), "\"path\": \"../data/t.csv\""));
  CHECK(shell.exists("runs/hinge.schema.json"));
  shell.out("hinge check runs/c.json");
}

TEST_CASE("init refuses what it cannot write a config for") {
  const Shell shell;
  std::string text = "x,name,one,when\n";
  for (int i = 0; i < 30; ++i)
    text += std::to_string(i % 3) + ",n" + std::to_string(i) + ",1,2024-01-0" + std::to_string(1 + i % 9) + "\n";
  shell.write("t.csv", text);
  shell.write("c.json", "{}");
  shell.write("only.csv", "x,y\n1,1\n1,2\n");
  shell.write("header.csv", "x,y\n");
  shell.write("ragged.csv", "x,y\n1,1\n1\n2,1\n2,1,5\n");
  struct Row {
    const char* arguments;
    const char* message;
  };
  const Row rows[] = {
      {"t.csv -o c.json", "c.json is there already, and is not overwritten"},
      {"t.csv --target X", "--target: the table has no column \"X\"; did you mean \"x\"?"},
      {"t.csv --target name", "column \"name\" holds 30 different texts in 30 cells; name what to learn by --target"},
      {"t.csv --target one", "column \"one\" holds no two different values"},
      {"t.csv", "column \"when\" holds dates"},
      {"t.csv --target x --target name", "column \"name\" holds texts; several targets must all be numbers"},
      {"t.csv --target x --target 'column 1'", "--target: the column \"x\" is named twice"},
      {"only.csv", "no column is left to learn from"},
      {"header.csv", "header.csv: found a header but no rows"},
      {"ragged.csv",
       "ragged.csv:3: found 1 cell; wanted 2, as the header has (put cells that hold a delimiter in quotes); the first "
       "of 2 such "
       "rows"},
      {"tabel.csv", "tabel.csv"},
      {"folder --target x", "--target and --out need a table; found no file folder"},
  };
  for (const Row& row : rows) shell.fails(2, std::string("hinge init ") + row.arguments, {row.message});
  CHECK(shell.read("c.json") == "{}");
  CHECK(!shell.exists("folder"));
  CHECK(!shell.exists("tabel.csv"));
}
