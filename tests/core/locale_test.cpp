// A program may set any locale: the library reads and writes the same.
#include <doctest/doctest.h>

#include <clocale>
#include <locale>
#include <string>

#include <hinge/core/config/json.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/csv.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/model.h>
#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

using namespace hinge;

namespace {

// A decimal comma and thousands in threes, where no locale with them is installed.
class GermanNumbers final : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

std::string texts() {
  std::string all =
      to_text(1234567.5) + " " + to_text(0.1F) + " " + to_text(1e-300, 4) + " " + quantity(1234567, "row");
  all += to_json(parse_json(R"({"a": [1234567.25, 1e-7]})", "text"));
  all += " " + to_text(*parse_double("1234.5")) + (parse_double("1234,5") ? " comma" : " no comma");
  const auto data = parse_csv<double>("x,y\n1234.5,2\n-0.25,3\n", "table", {.task = Task::values});
  all += " " + to_text(data.inputs()(0, 0) + data.values()(0, 1));
  return all + model_to_bytes(Model<float>(Network<float>(2, {Dense{3}}, 1), {}), {});
}

}  // namespace

TEST_CASE("numbers are read and written the same whatever locale the program sets") {
  const std::string expected = texts();
  const std::string before = std::setlocale(LC_ALL, nullptr);
  const std::locale global = std::locale::global(std::locale(std::locale(), new GermanNumbers));
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  const std::string found = texts();
  std::locale::global(global);
  std::setlocale(LC_ALL, before.c_str());
  CHECK(found == expected);
}
