// Predicts as an application would, and compares with what `hinge predict` printed, to the bit.
//
//   hinge_predict_check MODEL DATA.csv PREDICTIONS.csv
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/data/csv.h>
#include <hinge/data/csv_table.h>
#include <hinge/layers/model_file.h>

using namespace hinge;

namespace {

// The printed numbers, without the class in front of them.
std::size_t count_differences(const Model<float>& model, MatrixView<const float> x, CsvTable& printed) {
  const Matrix<float> outputs = model.predict(x);
  const std::size_t first = model.info().output_transform == OutputTransform::identity ? 0 : 1;
  std::size_t differences = 0;
  for (std::size_t i = 0; i < outputs.cols(); ++i) {
    if (!printed.next()) return outputs.cols();
    for (std::size_t k = 0; k < outputs.rows(); ++k) {
      const auto value = parse_double(printed.cells()[first + k].text);
      if (!value || static_cast<float>(*value) != outputs(k, i)) ++differences;
    }
  }
  return differences + (printed.next() ? 1 : 0);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 4) return 2;
  const auto stored = load_model<float>(arguments[1], standard_model_registries());
  const auto inputs = read_csv_inputs<float>(arguments[2], stored.model.info().feature_names);
  const std::string text = read_file(arguments[3]);
  CsvTable printed(text, arguments[3], ',');
  const std::size_t differences = count_differences(stored.model, inputs.view(), printed);
  std::printf("%zu of %zu rows differ\n", differences, inputs.view().cols);
  return differences == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
