// What each loss says of itself: facts that the rest of Hinge asks for, and its equations.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <hinge/layers/losses/losses.h>

using namespace hinge;

TEST_CASE_TEMPLATE("each loss knows its task, its output transform, its targets and its metric", Scalar, float,
                   double) {
  struct Row {
    LossSpec loss;
    Task task;
    OutputTransform transform;
    bool scales_targets;
    std::string metric;
  };
  const auto identity = OutputTransform::identity;
  for (const Row& row : std::vector<Row>{
           {BinaryCrossEntropy{}, Task::labels, OutputTransform::sigmoid, false, "accuracy"},
           {HalfSquaredMean{}, Task::values, identity, true, "r2"},
           {HalfSquaredSum{}, Task::values, identity, true, "r2"},
           {Huber{}, Task::values, identity, true, "r2"},
           {MeanAbsoluteError{}, Task::values, identity, true, "r2"},
           {MeanSquaredError{}, Task::values, identity, true, "r2"},
           {SoftmaxCrossEntropy{}, Task::classes, OutputTransform::softmax, false, "accuracy"},
       }) {
    CAPTURE(row.loss.summary());
    const auto loss = row.loss->template build<Scalar>();
    CHECK(loss->task() == row.task);
    CHECK(loss->is_classification() == (row.task == Task::classes || row.task == Task::labels));
    CHECK(loss->output_transform() == row.transform);
    CHECK(loss->scales_targets() == row.scales_targets);
    CHECK(loss->target_rows(3) == 3);
    CHECK(loss->metric() == row.metric);
    CHECK(loss->output_names({"price"}) == std::vector<std::string>{"price"});
  }
}

// By hand. Two outputs halve the factor of a mean over them.
TEST_CASE("each loss writes out its loss and its gradient with the numbers of a sample") {
  struct Row {
    LossSpec loss;
    LossSample sample;
    std::vector<std::string> loss_sides;
    std::vector<std::string> gradient_sides;  // of the first output
  };
  const LossSample values{.outputs = {0.5, -1},
                          .predictions = {0.5, -1},
                          .targets = {2, -3},
                          .gradient = {-1.5, 2},
                          .loss = 7,
                          .factor = 1};
  const LossSample one{
      .outputs = {0.5}, .predictions = {0.5}, .targets = {-2}, .gradient = {2.5}, .loss = 6.25, .factor = 0.25};
  const LossSample yes{
      .outputs = {1}, .predictions = {0.75}, .targets = {1}, .gradient = {-0.25}, .loss = 0.5, .factor = 1};
  const LossSample first{.outputs = {2, -1},
                         .predictions = {0.75, 0.25},
                         .targets = {1, 0},
                         .gradient = {-0.25, 0.25},
                         .loss = 0.5,
                         .factor = 1};
  LossSample sure = first;
  sure.predictions = {1 - 4.5e-5, 4.5e-5};
  sure.gradient[0] = -4.5e-5;
  sure.loss = 4.5e-5;
  LossSample unsure = first;
  unsure.predictions = {0, 1};
  for (const Row& row : std::vector<Row>{
           {MeanSquaredError{}, values, {"0.5·(0.5 − 2)² + 0.5·(−1 − (−3))²", "7"}, {"o − y", "0.5 − 2", "−1.5"}},
           {MeanSquaredError{}, one, {"1·(0.5 − (−2))²", "6.25"}, {"0.5·(o − y)", "0.5·(0.5 − (−2))", "2.5"}},
           {HalfSquaredSum{}, one, {"0.5·(0.5 − (−2))²", "6.25"}, {"0.25·(o − y)", "0.25·(0.5 − (−2))", "2.5"}},
           {MeanAbsoluteError{}, one, {"|0.5 − (−2)|", "6.25"}, {"0.25·sign(0.5 − (−2))", "2.5"}},
           {MeanAbsoluteError{}, values, {"0.5·|0.5 − 2| + 0.5·|−1 − (−3)|", "7"}, {"0.5·sign(0.5 − 2)", "−1.5"}},
           {Huber{}, one, {"1·(|0.5 − (−2)| − 0.5)", "6.25"}, {"0.25·sign(0.5 − (−2))", "2.5"}},
           {Huber{.delta = 4}, one, {"0.5·(0.5 − (−2))²", "6.25"}, {"0.25·(o − y)", "0.25·(0.5 − (−2))", "2.5"}},
           {BinaryCrossEntropy{}, yes, {"−log(p)", "−log(0.75)", "0.5"}, {"p − y", "0.75 − 1", "−0.25"}},
           {BinaryCrossEntropy{.pos_weight = {3}},
            yes,
            {"−3·log(0.75)", "0.5"},
            {"3·(p − y)", "3·(0.75 − 1)", "−0.25"}},
           {SoftmaxCrossEntropy{}, first, {"−log(0.75)", "0.5"}, {"p − y", "0.75 − 1", "−0.25"}},
           {SoftmaxCrossEntropy{.label_smoothing = 0.5},
            first,
            {"−0.75·log(0.75) − 0.25·log(0.25)", "0.5"},
            {"p − y", "−0.25"}},  // the difference of equal numbers is left out: it would be 0
           {SoftmaxCrossEntropy{}, sure, {"−log(1 − 4.5e-05)", "4.5e-05"}, {"p − y", "0.999955 − 1", "−4.5e-05"}},
           {SoftmaxCrossEntropy{}, unsure, {"0.5"}, {"p − y", "0 − 1", "−0.25"}},
       }) {
    CAPTURE(row.loss.summary());
    const EquationFormat format(6, 8);
    const auto loss = row.loss->build<double>();
    CHECK(loss->loss_sides(row.sample, format) == row.loss_sides);
    CHECK(row.loss->build<float>()->loss_sides(row.sample, format).back() == row.loss_sides.back());
    CHECK(loss->gradient_sides(row.sample, 0, format) == row.gradient_sides);
  }
  CHECK(Loss<double>::from(SoftmaxCrossEntropy{.label_smoothing = 0.5})->target(first, 1) == 0.25);
}
