// Writes a model as no run of the command makes it: its class names hold a zero byte, its notes are JSON only at first
// sight.
//
//   hinge_write_odd_model MODEL
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include <hinge/layers/dense.h>
#include <hinge/layers/model_file.h>

using namespace hinge;

int main(int argc, char** argv) try {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() != 2) return 2;
  Network<float> network(1, {Dense{2}}, 1);
  const Model<float> model(std::move(network), {.inputs = {},
                                                .targets = {},
                                                .imputed_values = {},
                                                .output_transform = OutputTransform::softmax,
                                                .feature_names = {"x"},
                                                .class_names = {std::string("a\0b", 3), "c"},
                                                .target_names = {}});
  save_model(arguments[1], model, {{"author", "{not json"}, {"data", "{not json either"}, {"plan", R"({"a": 1})"}});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
