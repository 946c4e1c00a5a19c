// The catalogue of bad inputs of docs/reliability.md, as far as no other test has its rows: that page says which one has
// which. The number of a row stands in front of its cases.
#include <doctest/doctest.h>

#include <string>

#include "shell.h"

namespace {

const std::string header = "a,b,y\n";
const std::string rows = header + "1,2,p\n2,1,q\n3,5,p\n4,0,q\n5,3,p\n6,2,q\n";
const std::string of_table =
    R"(configs/iris.json --set 'data={"type": "csv", "path": "t.csv", "target": "y"}' --set 'model.layers[1].units=auto' )";
const std::string config = R"({"data": "xor", "loss": "bce_with_logits", "train": {"epochs": 1},
  "model": {"layers": [{"type": "dense", "units": 2, "activation": "relu"}, {"type": "dense", "units": 1}]})";

void check_config_refused(const Shell& shell, const std::string& message, const std::string& text) {
  shell.write("c.json", text);
  check_refused(shell, message, "train c.json");
}

void check_cell_refused(const Shell& shell, const std::string& message, const std::string& cell) {
  CAPTURE(cell.substr(0, 100));
  shell.write("t.csv", rows + cell + ",2,p\n");
  check_refused(shell, "t.csv:8: " + message, "train " + of_table);
}

// A shell's limit on memory in kilobytes, of which the program itself takes 200,000; a sanitizer needs more to start at all.
std::string limited(const Shell& shell, const std::string& kilobytes) {
  const std::string limit = "ulimit -v " + kilobytes + " && ";
  return shell.run(limit + "hinge --version").code == 0 ? limit : "";
}

std::string repeated(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("files that are no configs are refused") {
  const Shell shell;
  shell.out("ln -s nowhere dangling && ln -s loop loop");
  const std::vector<Refusal> others = {
      {"dangling: No such file", "dangling"},  // 1
      {"loop: Too many levels", "loop"},
      {"File name too long", std::string(5000, 'x')},
  };
  check_refused(shell, others, "train ");
  const std::vector<Refusal> texts = {
      {"c.json:2:2: the document is empty", "\n "},  // 2
      {"c.json:1:1: the document is empty", "\xef\xbb\xbf"},
      {"UTF-16", std::string("\0\0\0{", 4)},  // 4
      {"UTF-16", std::string("{\0\0\0", 4)},
      {"c.json:1:2: \\u in this text", R"({"\ud800": 1})"},  // 5
      {"c.json:1:2: a line end or another control", "{\"a\t\": 1}"},
      {"c.json:1:7: a zero byte", std::string("{    }\0", 7)},
      {"c.json:2:", config},  // 7, and row 6 below
      {"there is text after the end", config + "}x"},
      {"c.json:1:1: found #", "# a comment\n{}"},  // 8
      {"hexadecimal", R"({"data": 0x10})"},
      {"Infinity is no number", R"({"data": Infinity})"},  // 9
      {"-Infinity is no number", R"({"data": -Infinity})"},
      {"found the number 1, wanted an object", "1"},  // 13
      {"found null, wanted an object", "null"},
  };
  for (const Refusal& row : texts) check_config_refused(shell, row.message, row.what);
  for (std::size_t size = 0; size <= config.size(); size += 5) {  // 6
    check_config_refused(shell, "c.json:", config.substr(0, size));
  }
  shell.write("c.json", "\xef\xbb\xbf" + config + "}");  // 3
  shell.out("hinge check c.json");
}

TEST_CASE("a config of any size is refused with little memory, at once and in few words") {
  const Shell shell;
  const std::string limit = limited(shell, "700000");
  const auto check = [&](const std::string& message, const std::string& text) {
    shell.write("c.json", text);
    shell.fails(2, limit + "timeout 5 hinge train c.json", {message});
    check_refused(shell, message, "train c.json");
  };
  for (const std::string& deep : {std::string("["), std::string(R"({"a":)")}) {  // 10
    check("nested deeper than 64", repeated(1000000, deep));
    check("nested deeper than 64", config + R"(, "x": )" + repeated(65, deep));
  }
  check("cannot be held", R"({"data": )" + std::string(1000000, '1') + "}");  // 11
  check("holds more than 16777216 bytes", R"({"data": ")" + std::string(32000000, 'x') + "\"}");
  check("holds more than 16777216 bytes", std::string(64000000, ' ') + config + "}");
  check("unknown key for config", config + ", \"" + std::string(1000000, 'k') + "\": 1}");
  check("more than 2097152 values", config + ", \"a\": [" + repeated(5000000, "1,") + "1]}");
  std::string keys;
  for (int i = 0; i < 100000; ++i) keys += ", \"k" + std::to_string(i) + "\": 1";  // 12
  check("and 99990 more", config + keys + "}");
}

TEST_CASE("keys and values that steer a terminal are shown, not obeyed") {
  const Shell shell;  // 16
  for (const auto& [written, shown] : {std::pair<std::string, std::string>{R"(\u001b[31m)", R"(\x1b[31m)"},
                                       {R"(\n)", R"(\x0a)"},
                                       {R"(\u0007)", R"(\x07)"},
                                       {R"(\u009b)", R"(\xc2\x9b)"},
                                       {R"(\u202e)", R"(\xe2\x80\xae)"},
                                       {R"(\u2066)", R"(\xe2\x81\xa6)"}}) {
    check_config_refused(shell, "/a" + shown + "b: unknown key", config + ", \"a" + written + "b\": 1}");
    check_config_refused(shell, "\"a" + shown + "b\"", R"({"data": "a)" + written + "b\"}");
  }
}

TEST_CASE("sizes and numbers that a config must not have are refused") {
  const Shell shell;
  const std::string train = "train configs/iris.json --set ";
  for (const std::string number : {"-1", "-9223372036854775808", "2147483648", "4294967304", "9223372036854775808",
                                   "18446744073709551624", "1e300", "8.0", "true", "null", "[]", "{}", "\"1\""}) {
    const std::string value = "=" + number + "'";  // 18 to 21
    check_refused(shell, "/model/layers/0/units: found ", train + "'model.layers[0].units" + value);
    check_refused(shell, "/train/epochs: found ", train + "'train.epochs" + value);
    check_refused(shell, "/train/batch_size: found ", train + "'train.batch_size" + value);
  }
  const std::vector<Refusal> settings = {
      {"/train/seed: found the number -1", "train.seed=-1"},  // 24
      {"/train/seed: found the number 1.5", "train.seed=1.5"},
      {"/optimizer/learning_rate: found -1", "optimizer.learning_rate=-1"},  // 25
      {"/optimizer/learning_rate: found -0", "optimizer.learning_rate=-0.0"},
      {"/model/layers/1/rate: found 1, must be in [0, 1)",  // 26
       R"('model.layers=[{"type": "dense", "units": 3}, {"type": "dropout", "rate": 1}]')"},
      {"/data/validation/fraction: found 1, must be in [0, 1)", R"('data.validation={"fraction": 1}')"},
      {R"(unknown activation "relu "; did you mean "relu"?)", R"('model.layers[0].activation="relu "')"},  // 27
      {"/data/path: is empty", R"('data.path=""')"},                                                       // 32
      {"a\\x00b: the path holds a zero byte", R"('data.path="a\u0000b"')"},
      {"/dev/null: found no text", "data.path=/dev/null"},
      {"/run_name: unknown key", "run_name=../x"},  // 33
  };
  check_refused(shell, settings, train);
  std::string many = R"({"data": "xor", "loss": "bce_with_logits", "model": {"layers": [)";
  many += repeated(10000, R"({"type": "dense", "units": 1}, )") + R"({"type": "dense", "units": 1}]}})";
  check_config_refused(shell, "/model/layers: network: 10001 layers; at most 1000", many);  // 23
  const std::string most = "18446744073709551615";
  shell.out("hinge train configs/xor.json --out most --set train.epochs=1 --set train.seed=" + most);
  CHECK(shell.read("most/config.json").find("\"seed\": " + most) != std::string::npos);
}

TEST_CASE("what needs more memory than there is ends with how much, and not by the system") {
  const Shell shell;  // 22, 77
  const std::string wide = R"('model.layers=[{"type": "dense", "units": 9000}, {"type": "dense", "units": 9000}, )"
                           R"({"type": "dense", "units": 1}]')";
  const std::string limit = limited(shell, "1000000");
  if (limit.empty()) return;
  shell.out("hinge train configs/xor.json --set train.epochs=1 --out run && cp -r run before");
  for (const std::string command : {"hinge check", "hinge train --force --out run"}) {
    shell.fails(1, limit + "timeout 10 " + command + " configs/sine.json --set " + wide,
                {"error: ", "/model/layers: a network of ", " parameters needs about 1.2",
                 " GiB of memory, but there are 0.954 GiB"});
    shell.out("diff -r run before");
  }
}

TEST_CASE("cells that are no numbers are refused with line, column and text") {
  const Shell shell;  // 42, 43
  for (const std::string cell : {"text", "1.5abc", "1.2.3", "--1", "1e", "0x1F", "50%", "1_000", "2020-01-01", "inf",
                                 "-Infinity", "1e400", "1e-400", "\xef\xbc\x91", "1\xc2\xa0"}) {
    check_cell_refused(shell, "column \"a\": found \"" + cell + "\"; wanted a number", cell);
  }
  for (const std::string cell : {"NA", "?", "nan"}) {
    check_cell_refused(shell, "column \"a\": found \"" + cell + "\"; wanted a number", cell);
  }
  for (const std::string cell : {"", "  ", "\"\""})
    check_cell_refused(shell, "column \"a\": found an empty cell", cell);
  check_cell_refused(shell, R"(column "a": found "1,5"; wanted a number (set "decimal": ",")", "\"1,5\"");  // 44
  check_cell_refused(shell, "found 4 cells; wanted 3", "1,5");
  check_cell_refused(shell, "found a quote that is never closed", "\"1");  // 46
  check_cell_refused(shell, "found \"b\" after a closing quote", "\"1\"b");
  check_cell_refused(shell, R"(column "a": found "1\x0a2"; wanted a number)", "\"1\n2\"");
  check_cell_refused(shell, "column \"a\": found \"xxx", std::string(4000000, 'x'));  // 52
  for (const std::string cell : {"+1.5", " 1.5 ", "\"1.5\""}) {                       // 45
    shell.write("t.csv", rows + cell + ",2,p\n");
    shell.out("hinge check " + of_table);
  }
}

TEST_CASE("tables of a strange shape are refused, or read in bounds of memory") {
  const Shell shell;
  const std::string limit = limited(shell, "700000");
  const std::vector<Refusal> tables = {
      {"found only the class \"p\"", header + "1,2,p\n"},                   // 37, 50
      {"t.csv:2: found a zero byte", header + std::string("\0,1,p\n", 6)},  // 39
      {"found UTF-16 text", std::string("a\0,\0y\0\n\0", 8)},
      {"t.csv:8: found 2 cells; wanted 3", rows + "1,2\n"},  // 40
      {"t.csv:8: found 4 cells; wanted 3", rows + "1,2,p,4\n"},
      {"single precision", rows + "1e39,2,p\n"},                                      // 51
      {"t.csv:1: found more than 262144 cells in a row", std::string(1000000, ',')},  // 52
      {"t.csv:1: found more than 262144 cells in a row", std::string(100000000, ',')},
      {"t.csv:8: found more than 262144 cells in a row", rows + std::string(1000000, ',')},
  };
  for (const Refusal& row : tables) {
    shell.write("t.csv", row.what);
    shell.fails(2, limit + "timeout 5 hinge train " + of_table, {row.message});
    check_refused(shell, row.message, "train " + of_table);
  }
  for (const std::string& quotes : {std::string(1000000, '"'), std::string(1000001, '"')}) {
    shell.write("t.csv", quotes);
    check_refused(shell, "t.csv:1: found ", "train " + of_table);
  }
  std::string wide;
  for (int i = 0; i < 5000; ++i) wide += "c" + std::to_string(i) + ",";
  shell.write("t.csv", wide + "y\n" + repeated(5000, "1,") + "p\n" + repeated(5000, "2,") + "q\n");
  shell.out("timeout 60 hinge train " + of_table + " --set train.epochs=1 --out wide");
}

TEST_CASE("a named pipe is waited for as by other programs, and a signal ends the wait") {
  const Shell shell;  // 32
  shell.out("mkfifo pipe");
  CHECK(shell.run("timeout 0.5 hinge train " + of_table + " --set data.path=pipe --out run").code == 124);
  CHECK(!shell.exists("run"));
  shell.out(
      "cat configs/data/iris.csv >pipe & timeout 10 hinge train configs/iris.json --set data.path=pipe --out run");
}
