#include <doctest/doctest.h>

#include <hinge/core/output_transform.h>

using namespace hinge;

TEST_CASE("every output transform has a name, and is found by it") {
  for (const auto transform :
       {OutputTransform::identity, OutputTransform::sigmoid, OutputTransform::softmax, OutputTransform::exp}) {
    CHECK(output_transform_named(name_of(transform)) == transform);
  }
  CHECK(output_transform_names() == "identity, sigmoid, softmax or exp");
  CHECK(!output_transform_named("tanh"));
}

TEST_CASE("a prediction is written out with the numbers of its output transform") {
  struct Row {
    OutputTransform transform;
    std::vector<double> outputs;
    std::vector<std::string> sides;  // of the second output
  };
  for (const Row& row : std::vector<Row>{
           {OutputTransform::identity, {1, -2}, {"0.25"}},
           {OutputTransform::sigmoid, {1, -2}, {"σ(−2)", "0.25"}},
           {OutputTransform::exp, {1, -2}, {"exp(−2)", "0.25"}},
           {OutputTransform::softmax, {1, -2}, {"softmax(o)_2", "exp(−2)/(exp(1) + exp(−2))", "0.25"}},
           {OutputTransform::softmax, {1, 2, 3}, {"softmax(o)_2", "exp(2)/(exp(1) + exp(2) + … 1 more)", "0.25"}},
           // exp(1000) overflows: the largest is subtracted.
           {OutputTransform::softmax, {1000, 999}, {"softmax(o)_2", "exp(−1)/(exp(0) + exp(−1))", "0.25"}},
       }) {
    CHECK(prediction_sides(row.transform, row.outputs, 1, 0.25, EquationFormat(6, 2)) == row.sides);
  }
}
