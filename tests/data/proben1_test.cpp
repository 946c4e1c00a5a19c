// PROBEN1: small files written here, the real ones where they are, and every way to be wrong.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/proben1.h>
#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Strings = std::vector<std::string>;
using Classes = std::vector<std::int32_t>;

std::string header(int bool_in, int real_in, int bool_out, int real_out, int train = 2, int validation = 1,
                   int test = 1) {
  return "bool_in=" + std::to_string(bool_in) + "\nreal_in=" + std::to_string(real_in) +
         "\nbool_out=" + std::to_string(bool_out) + "\nreal_out=" + std::to_string(real_out) +
         "\ntraining_examples=" + std::to_string(train) + "\nvalidation_examples=" + std::to_string(validation) +
         "\ntest_examples=" + std::to_string(test) + "\n";
}

Parts<double> parse(std::string_view text) { return parse_proben1<double>(text, "t.dt"); }

Classes classes(const Dataset<double>& data) { return {data.classes().begin(), data.classes().end()}; }

}  // namespace

TEST_CASE("Boolean outputs of a PROBEN1 file become classes of its three parts") {
  const auto parts = parse(header(1, 1, 3, 0) + "1 0.5 0 0 1\n0 -1e-1 1 0 0\n1 2 0 1 0\n0 3 0 1 0\n");
  CHECK(classes(parts.train) == Classes{2, 0});
  CHECK(classes(parts.validation) == Classes{1});
  CHECK(classes(parts.test) == Classes{1});
  CHECK(parts.train.inputs()(0, 0) == 1);
  CHECK(parts.train.inputs()(1, 1) == -0.1);
  CHECK(parts.test.inputs()(1, 0) == 3);
  for (const auto* part : {&parts.train, &parts.validation, &parts.test}) {
    CHECK(part->feature_names() == Strings{"input_0", "input_1"});
    CHECK(part->class_names() == Strings{"0", "1", "2"});
    CHECK(part->target_names() == Strings{"class"});
  }
}

TEST_CASE("a single Boolean output of a PROBEN1 file is the class") {
  const auto parts = parse(header(0, 1, 1, 0) + "5 1\n6 0\n7 1\n8 0\n");
  CHECK(classes(parts.train) == Classes{1, 0});
  CHECK(parts.test.class_names() == Strings{"0", "1"});
}

TEST_CASE("Boolean outputs between 0 and 1 of a PROBEN1 file are the values of a regression") {
  const auto parts = parse(header(0, 1, 2, 0) + "1 0 1\n4 1 0\n7 0.25 0\n10 1 1\n");  // as hearta and heartac
  CHECK(parts.train.task() == Task::values);
  CHECK(parts.train.target_names() == Strings{"output_0", "output_1"});
  CHECK(parts.validation.values()(0, 0) == 0.25);
  CHECK(parts.test.values()(1, 0) == 1);
  for (const std::string beyond : {"0.25 2", "0.25 -1"}) {
    const std::string text = header(0, 1, 2, 0) + "1 0 1\n4 1 0\n7 " + beyond + "\n10 1 0\n";
    check_contains(error_of<DataError>([&] { parse(text); }), {"t.dt:10: ", "exactly one 1"});
  }
}

TEST_CASE("real outputs of a PROBEN1 file are the values of a regression") {
  const auto parts = parse(header(0, 1, 0, 2) + "1 2 3\n4 5 6\n7 8 9\n10 11 12\n");
  CHECK(parts.train.task() == Task::regression);
  CHECK(parts.train.target_names() == Strings{"output_0", "output_1"});
  CHECK(parts.train.values()(1, 1) == 6);
  CHECK(parts.validation.values()(0, 0) == 8);
  CHECK(parts.test.inputs()(0, 0) == 10);
}

TEST_CASE("blanks and blank lines and any line ends are the same PROBEN1 file") {
  std::string text = header(0, 2, 2, 0) + " 1\t2  1 0 \n\n3 4 0 1\n5 6 1 0\n7 8 0 1";
  for (const bool returns : {false, true}) {
    CAPTURE(returns);
    const auto parts = parse(text);
    CHECK(classes(parts.train) == Classes{0, 1});
    CHECK(parts.test.inputs()(1, 0) == 8);
    for (std::size_t i = 0; (i = text.find('\n', i)) != std::string::npos; i += 2) text.replace(i, 1, "\r\n");
  }
}

TEST_CASE("a PROBEN1 file that is wrong is refused with line and found and wanted") {
  const std::string good = "1 2 1 0\n3 4 0 1\n5 6 1 0\n7 8 0 1\n";
  const std::string two_classes = header(0, 2, 2, 0);
  struct Row {
    std::string what;
    std::string text;
    Strings parts;
  };
  const std::vector<Row> rows{
      {"no text", "", {"t.dt: ", "end of the file", "\"bool_in=\"", "seven such lines"}},
      {"header cut off", "bool_in=0\nreal_in=2\n", {"t.dt: ", "end of the file", "\"bool_out=\""}},
      {"other text", "x,y\n1,2\n", {"t.dt:1: ", "found \"x,y\"", "wanted \"bool_in=\""}},
      {"other order", "real_in=2\n", {"t.dt:1: ", "found \"real_in=2\"", "wanted \"bool_in=\""}},
      {"no number", "bool_in=two\n", {"t.dt:1: ", "found \"bool_in=two\"", "a number"}},
      {"negative", "bool_in=-1\n", {"found \"bool_in=-1\""}},
      {"too large", "bool_in=0\nreal_in=1073741825\n", {"t.dt:2: ", "up to 1073741824"}},
      {"beyond 64 bits", "bool_in=99999999999999999999\n", {"t.dt:1: ", "up to 1073741824"}},
      {"more on a line of the header", "bool_in=0 7\n", {"t.dt:1: ", "found \"7\" after \"bool_in=0\""}},
      {"no inputs", header(0, 0, 2, 0) + "1 0\n", {"t.dt: ", "bool_in=0 and real_in=0", "at least one input"}},
      {"no outputs", header(0, 2, 0, 0) + good, {"bool_out=0 and real_out=0", "one of them to be 0"}},
      {"both outputs", header(0, 2, 1, 1) + good, {"bool_out=1 and real_out=1", "classes or values"}},
      {"no validation part", header(0, 2, 2, 0, 3, 0, 1) + good, {"t.dt:6: ", "without examples", "at least one"}},
      {"claims much",
       header(0, 1 << 30, 2, 0, 1 << 30, 1 << 30, 1 << 30) + good,
       {"t.dt: ", "found 32 bytes", "wanted 3221225472 examples of 1073741826 numbers", "cut off?"}},
      {"one example short", header(0, 2, 2, 0, 3) + good + "          ", {"t.dt: ", "end of the file", "cut off?"}},
      {"one example long", two_classes + good + "\n9 9 1 0\n", {"t.dt:13: ", "after the last of 4 examples"}},
      {"one number short",
       two_classes + "1 2 1 0\n3 4 0\n5 6 1 0\n7 8 0 1\n",
       {"t.dt:9: ", "found 3 numbers", "wanted 4"}},
      {"one number long", two_classes + "1 2 1 0 0\n", {"t.dt: ", "found 10 bytes"}},
      {"one number long and all there", two_classes + "1 2 1 0 0\n" + good, {"t.dt:8: ", "more than 4 numbers"}},
      {"text", two_classes + "1 2 1 0\n3 x 0 1\n" + good, {"t.dt:9: ", "number 2", "found \"x\"", "a number"}},
      {"nan", two_classes + "1 nan 1 0\n" + good, {"t.dt:8: ", "found \"nan\""}},
      {"decimal comma", two_classes + "1 0,5 1 0\n" + good, {"t.dt:8: ", "found \"0,5\""}},
      {"no class", two_classes + "1 2 0 0\n" + good, {"t.dt:8: ", "0 ones and 2 zeros", "exactly one 1"}},
      {"two classes", two_classes + "1 2 1 1\n" + good, {"t.dt:8: ", "2 ones and 0 zeros"}},
      {"control bytes", two_classes + "1 \x1b[31m 1 0\n" + good, {"found \"\\x1b[31m\""}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<DataError>([&] { parse(row.text); }), row.parts);
  }
  const auto single = [&] { parse_proben1<float>(two_classes + "1 1e300 1 0\n" + good, "t.dt"); };
  check_contains(error_of<DataError>(single), {"t.dt:8: ", "number 2", "single precision"});
}

TEST_CASE("a PROBEN1 file is read under its own name") {
  const TemporaryFolder folder;
  check_contains(error_of<FileError>([&] { read_proben1<float>(folder.path("none.dt")); }), {"none.dt: No such file"});
  const std::string bad = folder.write("bad.dt", "bool_in=0\noops\n");
  check_contains(error_of<DataError>([&] { read_proben1<float>(bad); }), {bad + ":2: "});
}

TEST_CASE("the files of PROBEN1 are as published") {
  const std::string folder = std::string(HINGE_SHARED_DIR) + "/data/proben1/";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: there is no " << folder);
    return;
  }
  struct Row {
    std::string file;
    std::size_t inputs;
    std::size_t classes;
    std::size_t outputs;
    std::vector<std::size_t> sizes;
  };
  const std::vector<Row> rows{
      {"building", 14, 0, 3, {2104, 1052, 1052}}, {"cancer", 9, 2, 0, {350, 175, 174}},
      {"diabetes", 8, 2, 0, {384, 192, 192}},     {"gene", 120, 3, 0, {1588, 794, 793}},
      {"glass", 9, 6, 0, {107, 54, 53}},
  };
  for (const Row& row : rows) {
    for (const char* number : {"1", "2", "3"}) {
      const std::string file = row.file + number + (row.file == "gene" ? ".dt.gz" : ".dt");
      CAPTURE(file);
      const auto parts = read_proben1<float>(folder + file);
      CHECK(parts.train.features() == row.inputs);
      CHECK(parts.train.class_count() == row.classes);
      CHECK(parts.train.target_rows() == row.outputs);
      CHECK(std::vector<std::size_t>{parts.train.size(), parts.validation.size(), parts.test.size()} == row.sizes);
    }
  }
  const auto cancer = read_proben1<double>(folder + "cancer1.dt");
  CHECK(cancer.train.inputs()(0, 3) == 0.5);
  CHECK(classes(cancer.train)[2] == 0);
  CHECK(classes(cancer.train)[3] == 1);
  CHECK(cancer.test.inputs()(6, 173) == 0.2);
}
