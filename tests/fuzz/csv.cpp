// A table that is read has finite numbers; what is read, written as numbers and read again keeps its bits.
#include <cmath>
#include <optional>
#include <string>

#include <hinge/core/text.h>
#include <hinge/data/csv.h>

#include "fuzz.h"

namespace {

constexpr std::size_t longest = std::size_t{1} << 16;

std::string table_of(const hinge::Dataset<double>& data, hinge::MatrixView<const double> inputs) {
  std::string text;
  for (std::size_t f = 0; f < data.features(); ++f) text += (f == 0 ? "x" : ",x") + std::to_string(f);
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t f = 0; f < data.features(); ++f) text += (f == 0 ? "\n" : ",") + hinge::to_text(inputs(f, i));
  }
  return text + "\n";
}

}  // namespace

void fuzz_csv(std::string_view bytes) {
  if (bytes.size() > longest) return;
  accepts([&] { hinge::parse_csv<float>(bytes, "table", {.task = hinge::Task::values}); });
  std::optional<hinge::Dataset<double>> read;
  if (!accepts([&] { read = hinge::parse_csv<double>(bytes, "table", {.encode = hinge::Encode::onehot}); })) return;
  const hinge::Dataset<double>& data = *read;
  const auto inputs = data.inputs();
  std::vector<std::string> names;
  for (std::size_t f = 0; f < data.features(); ++f) names.push_back("x" + std::to_string(f));
  const hinge::CsvOptions plain{.delimiter = ',', .format = {.header = "true", .decimal = "."}};
  const auto again = hinge::parse_csv_inputs<double>(table_of(data, inputs), "again", names, plain);
  for (std::size_t i = 0; i < data.size(); ++i) {
    for (std::size_t f = 0; f < data.features(); ++f) {
      require(std::isfinite(inputs(f, i)), "numbers of a table are finite");
      require(again.view()(f, i) == inputs(f, i), "numbers of a table keep their bits");
    }
  }
}

void fuzz_arff(std::string_view bytes) { fuzz_csv("@relation r\n" + std::string(bytes)); }
