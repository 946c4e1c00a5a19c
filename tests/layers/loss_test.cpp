#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/layers/losses/losses.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

template <typename Scalar>
Matrix<Scalar> matrix(std::size_t rows, std::size_t cols, const std::vector<double>& row_by_row) {
  Matrix<Scalar> m(rows, cols);
  for (std::size_t i = 0; i < row_by_row.size(); ++i) m.elements()[i] = static_cast<Scalar>(row_by_row[i]);
  return m;
}

template <typename Scalar>
double loss_value(const LossSpec& spec, const Matrix<Scalar>& output, const Targets<Scalar>& targets) {
  const LossSums sums = spec->build<Scalar>()->evaluate(output, targets, {}, 1, {});
  return spec->build<Scalar>()->scale(sums.weight) * sums.loss;
}

}  // namespace

// Two samples (columns) of two outputs: o = (1, 2) and (3, 4), y = (1, 0) and (0, 4).
TEST_CASE_TEMPLATE("squared losses match a calculation by hand", Scalar, float, double) {
  const auto output = matrix<Scalar>(2, 2, {1, 3, 2, 4});
  const auto values = matrix<Scalar>(2, 2, {1, 0, 0, 4});
  const Targets<Scalar> targets{{}, values};
  CHECK(loss_value<Scalar>(MeanSquaredError{}, output, targets) == (0 + 4 + 9 + 0) / 4.0);
  CHECK(loss_value<Scalar>(HalfSquaredSum{}, output, targets) == (0 + 4 + 9 + 0) / 2.0);

  Matrix<Scalar> dz(2, 2);
  const auto mse = LossSpec(MeanSquaredError{})->build<Scalar>();
  mse->evaluate(output, targets, {}, mse->scale(2), dz);
  CHECK(dz(1, 0) == 2 * 2 / Scalar(4));
  CHECK(dz(0, 1) == 2 * 3 / Scalar(4));
  const auto half = LossSpec(HalfSquaredSum{})->build<Scalar>();
  half->evaluate(output, targets, {}, half->scale(2), dz);
  CHECK(dz(1, 0) == 2);
  CHECK(dz(0, 1) == 3);
}

// Errors 0.5, −3, 2 and 0 with δ = 1: h = 0.125, 2.5, 1.5, 0.
TEST_CASE_TEMPLATE("mae, huber and the half-squared mean match a calculation by hand", Scalar, float, double) {
  const auto output = matrix<Scalar>(2, 2, {0.5, 2, -3, 7});
  const auto values = matrix<Scalar>(2, 2, {0, 0, 0, 7});
  const Targets<Scalar> targets{{}, values};
  struct Row {
    LossSpec loss;
    double value;
    std::vector<double> gradient;  // of L, row by row
  };
  for (const Row& row : std::vector<Row>{
           {MeanAbsoluteError{}, 5.5 / 4, {0.25, 0.25, -0.25, 0}},
           {Huber{}, (0.125 + 2.5 + 1.5) / 4, {0.125, 0.25, -0.25, 0}},
           {Huber{.delta = 2}, (0.125 + 4 + 2) / 4, {0.125, 0.5, -0.5, 0}},
           {HalfSquaredMean{}, (0.25 + 9 + 4) / 4, {0.25, 1, -1.5, 0}},
       }) {
    CAPTURE(row.loss.summary());
    const auto loss = row.loss->template build<Scalar>();
    CHECK(loss_value<Scalar>(row.loss, output, targets) == row.value);
    Matrix<Scalar> dz(2, 2);
    loss->evaluate(output, targets, {}, loss->scale(2), dz);
    for (std::size_t i = 0; i < 4; ++i) CHECK(dz.elements()[i] == static_cast<Scalar>(row.gradient[i]));
  }
  CHECK(LossSpec(Huber{.delta = 2})->build<double>()->kinks() == std::vector<double>{-2, 2});
  CHECK(LossSpec(MeanAbsoluteError{})->build<double>()->kinks() == std::vector<double>{0});
}

TEST_CASE("label smoothing is cross-entropy against the smoothed targets, in loss and gradient") {
  const auto output = random_matrix<double>(4, 70, 1);
  std::vector<std::int32_t> classes;
  Matrix<double> smoothed(4, 70);
  for (std::size_t i = 0; i < 70; ++i) {
    classes.push_back(static_cast<std::int32_t>(i % 4));
    for (std::size_t k = 0; k < 4; ++k) smoothed(k, i) = k == i % 4 ? 0.7 + 0.3 / 4 : 0.3 / 4;
  }
  const auto smoothing = LossSpec(SoftmaxCrossEntropy{.label_smoothing = 0.3})->build<double>();
  const auto plain = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  Matrix<double> dz(4, 70);
  Matrix<double> wanted(4, 70);
  const LossSums ours = smoothing->evaluate(output, {classes, {}}, {}, 0.5, dz);
  const LossSums theirs = plain->evaluate(output, {{}, smoothed}, {}, 0.5, wanted);
  CHECK(ours.loss == doctest::Approx(theirs.loss).epsilon(1e-14));
  for (std::size_t i = 0; i < 280; ++i) CHECK(std::abs(dz.elements()[i] - wanted.elements()[i]) < 1e-15);
}

TEST_CASE("a class weight counts every sample of its class that many times") {
  const auto output = random_matrix<double>(3, 70, 2);
  std::vector<std::int32_t> classes;
  std::vector<double> own(70);
  std::vector<double> together(70);
  const std::vector<double> class_weights = {0.5, 0, 3};
  for (std::size_t i = 0; i < 70; ++i) {
    classes.push_back(static_cast<std::int32_t>(i % 3));
    own[i] = 1 + static_cast<double>(i % 5);
    together[i] = own[i] * class_weights[i % 3];
  }
  const Targets<double> targets{classes, {}};
  const auto weighing = LossSpec(SoftmaxCrossEntropy{.class_weights = class_weights})->build<double>();
  const auto plain = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  Matrix<double> dz(3, 70);
  Matrix<double> wanted(3, 70);
  const LossSums ours = weighing->evaluate(output, targets, own, 0.5, dz);
  const LossSums theirs = plain->evaluate(output, targets, together, 0.5, wanted);
  CHECK(ours.loss == theirs.loss);
  CHECK(ours.weight == theirs.weight);
  CHECK(weighing->weight_sum(targets, own) == theirs.weight);
  for (std::size_t i = 0; i < 210; ++i) CHECK(dz.elements()[i] == wanted.elements()[i]);
  const auto values = random_matrix<double>(3, 70, 3);
  CHECK_THROWS_AS(weighing->evaluate(output, {{}, values}, {}, 1, {}), DataError);
  CHECK_THROWS_AS(weighing->evaluate(random_matrix<double>(4, 70, 2), targets, {}, 1, {}), ShapeError);
  CHECK_THROWS_AS(weighing->weight_sum(targets, std::vector<double>(3, 1.0)), ShapeError);
}

// σ(0) = ½: softplus(0) = ln 2 on both sides.
TEST_CASE("a positive weight counts every 1 among the targets that many times") {
  const auto output = matrix<double>(1, 2, {0, 0});
  const std::vector<std::int32_t> classes = {1, 0};
  const LossSpec spec = BinaryCrossEntropy{.pos_weight = {3}};
  CHECK(loss_value<double>(spec, output, {classes, {}}) == doctest::Approx((3 + 1) * std::log(2.0) / 2).epsilon(1e-15));
  Matrix<double> dz(1, 2);
  spec->build<double>()->evaluate(output, {classes, {}}, {}, 1, dz);
  CHECK(dz(0, 0) == -1.5);
  CHECK(dz(0, 1) == 0.5);
  // a number for each output; and logits in the thousands
  const auto wide = matrix<double>(2, 1, {3000, -3000});
  const auto values = matrix<double>(2, 1, {1, 1});
  CHECK(loss_value<double>(BinaryCrossEntropy{.pos_weight = {2, 5}}, wide, {{}, values}) == 5 * 3000 / 2.0);
  CHECK_THROWS_AS(loss_value<double>(BinaryCrossEntropy{.pos_weight = {2, 5, 1}}, wide, {{}, values}), ShapeError);
}

// softmax(0, ln 3) = (1/4, 3/4)
TEST_CASE("softmax cross-entropy is −log p of the right class, with gradient p − y") {
  const auto output = matrix<double>(2, 1, {0, std::log(3.0)});
  const std::vector<std::int32_t> classes = {0};
  const Targets<double> targets{classes, {}};
  CHECK(loss_value<double>(SoftmaxCrossEntropy{}, output, targets) == doctest::Approx(std::log(4.0)).epsilon(1e-15));
  Matrix<double> dz(2, 1);
  LossSpec(SoftmaxCrossEntropy{})->build<double>()->evaluate(output, targets, {}, 1, dz);
  CHECK(dz(0, 0) == doctest::Approx(-0.75).epsilon(1e-15));
  CHECK(dz(1, 0) == doctest::Approx(0.75).epsilon(1e-15));
}

TEST_CASE("class indices and one-hot rows are the same softmax target, also beyond one block of samples") {
  const Matrix<double> output = random_matrix<double>(3, 150, 1);
  std::vector<std::int32_t> classes(150);
  Matrix<double> rows(3, 150);
  for (std::size_t i = 0; i < 150; ++i) {
    classes[i] = static_cast<std::int32_t>(i % 3);
    rows(i % 3, i) = 1;
  }
  const auto loss = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  Matrix<double> from_classes(3, 150);
  Matrix<double> from_rows(3, 150);
  const double a = loss->evaluate(output, {classes, {}}, {}, 0.5, from_classes).loss;
  const double b = loss->evaluate(output, {{}, rows}, {}, 0.5, from_rows).loss;
  CHECK(a == doctest::Approx(b).epsilon(1e-14));
  for (std::size_t i = 0; i < 450; ++i) {
    CHECK(from_classes.elements()[i] == doctest::Approx(from_rows.elements()[i]).epsilon(1e-14));
  }
}

// σ(0) = 1/2: the loss is log 2. At o = ln 3, σ = 3/4.
TEST_CASE("binary cross-entropy matches a calculation by hand, for classes and for values") {
  const auto output = matrix<double>(1, 2, {0, std::log(3.0)});
  const std::vector<std::int32_t> classes = {1, 0};
  const double expected = (std::log(2.0) + std::log(4.0)) / 2;
  CHECK(loss_value<double>(BinaryCrossEntropy{}, output, {classes, {}}) == doctest::Approx(expected).epsilon(1e-15));
  const auto values = matrix<double>(1, 2, {1, 0});
  CHECK(loss_value<double>(BinaryCrossEntropy{}, output, {{}, values}) == doctest::Approx(expected).epsilon(1e-15));
  Matrix<double> dz(1, 2);
  LossSpec(BinaryCrossEntropy{})->build<double>()->evaluate(output, {classes, {}}, {}, 0.5, dz);
  CHECK(dz(0, 0) == doctest::Approx(-0.25).epsilon(1e-15));
  CHECK(dz(0, 1) == doctest::Approx(0.375).epsilon(1e-15));
}

TEST_CASE_TEMPLATE("logits in the thousands give finite losses and gradients", Scalar, float, double) {
  const auto output = matrix<Scalar>(3, 2, {5000, -5000, -5000, 5000, 0, 1e30});
  const std::vector<std::int32_t> right = {0, 2};
  const std::vector<std::int32_t> wrong = {1, 0};
  Matrix<Scalar> dz(3, 2);
  const auto loss = LossSpec(SoftmaxCrossEntropy{})->build<Scalar>();
  CHECK(loss->evaluate(output, {right, {}}, {}, 1, dz).loss == 0);
  for (const Scalar d : dz.elements()) CHECK(d == 0);
  CHECK(loss->evaluate(output.view().columns(0, 1), {std::span(wrong).first(1), {}}, {}, 1, {}).loss == 10000);

  const auto single = matrix<Scalar>(1, 2, {-3000, 3000});
  Matrix<Scalar> dz_single(1, 2);
  const auto bce = LossSpec(BinaryCrossEntropy{})->build<Scalar>();
  const std::vector<std::int32_t> yes_no = {1, 1};
  CHECK(bce->evaluate(single, {yes_no, {}}, {}, 1, dz_single).loss == 3000);
  CHECK((dz_single(0, 0) == -1 && dz_single(0, 1) == 0));
}

TEST_CASE("NaN logits give a NaN loss, never a number") {
  for (const std::size_t bad_row : {0U, 1U, 2U}) {
    auto output = matrix<double>(3, 1, {0, 0, 0});
    output(bad_row, 0) = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::int32_t> classes = {0};
    CHECK(std::isnan(loss_value<double>(SoftmaxCrossEntropy{}, output, {classes, {}})));
    const auto values = matrix<double>(3, 1, {0, 1, 0});
    CHECK(std::isnan(loss_value<double>(BinaryCrossEntropy{}, output, {{}, values})));
    CHECK(std::isnan(loss_value<double>(MeanSquaredError{}, output, {{}, values})));
  }
}

TEST_CASE("a weight counts a sample that many times") {
  const Matrix<double> output = random_matrix<double>(3, 2, 1);
  const std::vector<std::int32_t> classes = {2, 0};
  const std::vector<double> weights = {3, 1};
  const Matrix<double> repeated = [&] {
    Matrix<double> m(3, 4);
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 4; ++c) m(r, c) = output(r, c < 3 ? 0 : 1);
    }
    return m;
  }();
  const std::vector<std::int32_t> repeated_classes = {2, 2, 2, 0};
  const Matrix<double> values = random_matrix<double>(3, 2, 5);
  const auto loss = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  const LossSums weighted = loss->evaluate(output, {classes, {}}, weights, 1, {});
  const LossSums counted = loss->evaluate(repeated, {repeated_classes, {}}, {}, 1, {});
  CHECK(weighted.loss == doctest::Approx(counted.loss).epsilon(1e-14));
  CHECK((weighted.weight == 4 && counted.weight == 4));

  Matrix<double> plain(3, 2);
  Matrix<double> heavy(3, 2);
  for (const auto& spec : {LossSpec(MeanSquaredError{}), LossSpec(HalfSquaredSum{})}) {
    spec->build<double>()->evaluate(output, {{}, values}, {}, 1, plain);
    spec->build<double>()->evaluate(output, {{}, values}, weights, 1, heavy);
    CHECK(heavy(1, 0) == doctest::Approx(3 * plain(1, 0)).epsilon(1e-15));
    CHECK(heavy(1, 1) == plain(1, 1));
  }
}

TEST_CASE("the gradient may be written over the outputs") {
  const std::vector<std::int32_t> classes = {0, 1, 2, 0};
  const auto loss = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  Matrix<double> output = random_matrix<double>(3, 4, 1);
  Matrix<double> dz(3, 4);
  const double apart = loss->evaluate(output, {classes, {}}, {}, 1, dz).loss;
  CHECK(loss->evaluate(output, {classes, {}}, {}, 1, output).loss == apart);
  for (std::size_t i = 0; i < 12; ++i) CHECK(output.elements()[i] == dz.elements()[i]);
}

TEST_CASE("targets that a loss cannot use are refused") {
  const auto mse = LossSpec(MeanSquaredError{})->build<double>();
  const auto ce = LossSpec(SoftmaxCrossEntropy{})->build<double>();
  const auto bce = LossSpec(BinaryCrossEntropy{})->build<double>();
  const Matrix<double> output(3, 2);
  const Matrix<double> two_rows(2, 2);
  Matrix<double> beyond(3, 2);
  beyond(1, 1) = 1.5;
  const std::vector<std::int32_t> classes = {0, 1};
  const std::vector<std::int32_t> too_large = {0, 3};
  const std::vector<std::int32_t> negative = {-1, 0};
  const std::vector<double> one_weight = {1};
  CHECK(error_of<DataError>([&] {
          mse->evaluate(output, {classes, {}}, {}, 1, {});
        }).starts_with("mse needs target values, but the data has class indices"));
  CHECK(error_of<ShapeError>([&] {
          mse->evaluate(output, {{}, two_rows}, {}, 1, {});
        }) == "mse: the network has 3 outputs, but each sample has 2 target values");
  CHECK(error_of<DataError>([&] {
          ce->evaluate(output, {too_large, {}}, {}, 1, {});
        }).starts_with("softmax_cross_entropy: class 3 is outside 0 … 2"));
  CHECK_THROWS_AS(ce->evaluate(output, {negative, {}}, {}, 1, {}), DataError);
  CHECK(error_of<DataError>([&] {
          bce->evaluate(output, {classes, {}}, {}, 1, {});
        }).starts_with("bce_with_logits: class indices need a network with 1 output, but it has 3"));
  CHECK(error_of<DataError>([&] {
          bce->evaluate(output, {{}, beyond}, {}, 1, {});
        }) == "bce_with_logits: target value 1.5 of output 1, must be in [0, 1]");
  CHECK(error_of<ShapeError>([&] {
          ce->evaluate(output, {std::span(classes).first(1), {}}, {}, 1, {});
        }) == "loss: 2 outputs, but 1 targets");
  CHECK_THROWS_AS(ce->evaluate(output, {classes, {}}, one_weight, 1, {}), ShapeError);
  CHECK_THROWS_AS(ce->evaluate(output, {classes, {}}, {}, 1, Matrix<double>(2, 2)), ShapeError);
}

TEST_CASE_TEMPLATE("links turn outputs into probabilities that sum to 1", Scalar, float, double) {
  Matrix<Scalar> outputs = random_matrix<Scalar>(5, 100, 3);
  outputs(0, 0) = 4000;
  apply_output_transform(OutputTransform::softmax, outputs.view());
  CHECK(outputs(0, 0) == 1);
  for (std::size_t c = 0; c < 100; ++c) {
    Scalar sum = 0;
    for (std::size_t r = 0; r < 5; ++r) sum += outputs(r, c);
    CHECK(std::abs(sum - 1) <= 5 * std::numeric_limits<Scalar>::epsilon());
  }
  Matrix<Scalar> logits(2, 1);
  apply_output_transform(OutputTransform::sigmoid, logits.view());
  CHECK(logits(1, 0) == Scalar(0.5));
  apply_output_transform(OutputTransform::identity, logits.view());
  CHECK(logits(1, 0) == Scalar(0.5));
  apply_output_transform(OutputTransform::exp, logits.view());
  CHECK(static_cast<double>(logits(1, 0)) == doctest::Approx(std::exp(0.5)).epsilon(1e-7));
}

TEST_CASE("soft targets that are no probabilities of any kind are refused") {
  const Matrix<double> output(2, 1);
  for (const double bad : {-0.1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const auto values = matrix<double>(2, 1, {0.5, bad});
    CHECK_THROWS_AS(loss_value<double>(SoftmaxCrossEntropy{}, output, {{}, values}), DataError);
    CHECK_THROWS_AS(loss_value<double>(BinaryCrossEntropy{}, output, {{}, values}), DataError);
  }
  const auto large = matrix<double>(2, 1, {0, 1.5});
  CHECK(error_of<DataError>([&] {
          loss_value<double>(BinaryCrossEntropy{}, output, {{}, large});
        }) == "bce_with_logits: target value 1.5 of output 1, must be in [0, 1]");
  CHECK(loss_value<double>(SoftmaxCrossEntropy{}, output, {{}, large}) ==
        doctest::Approx(1.5 * std::log(2.0)).epsilon(1e-15));
}

// 1 and 7 samples go down columns, more of them along rows, in blocks of 64; targets may lie in either order.
TEST_CASE_TEMPLATE("a sample's loss and gradient have the same bits in every batch", Scalar, float, double) {
  constexpr std::size_t samples = 150;
  for (const LossSpec& spec :
       {LossSpec(MeanSquaredError{}), LossSpec(HalfSquaredSum{}), LossSpec(HalfSquaredMean{}),
        LossSpec(MeanAbsoluteError{}), LossSpec(Huber{.delta = 0.5}), LossSpec(BinaryCrossEntropy{}),
        LossSpec(BinaryCrossEntropy{.pos_weight = {3}}), LossSpec(SoftmaxCrossEntropy{}),
        LossSpec(SoftmaxCrossEntropy{.label_smoothing = 0.1})}) {
    CAPTURE(spec.summary());
    const auto loss = spec->build<Scalar>();
    const Matrix<Scalar> output = random_matrix<Scalar>(11, samples, 1);
    const Matrix<Scalar> weights = random_matrix<Scalar>(1, samples, 2);
    Matrix<Scalar> values(11, samples);
    Matrix<Scalar> sample_by_sample(samples, 11);
    for (std::size_t i = 0; i < values.elements().size(); ++i) {
      const std::size_t k = i / samples;
      values.elements()[i] = static_cast<Scalar>(i * 37 % 64) / 64;
      sample_by_sample(i % samples, k) = values.elements()[i];
    }
    Matrix<Scalar> dz(11, samples);
    const std::span<const Scalar> all = weights.elements();
    const double whole = loss->evaluate(output, {{}, values}, all, 0.5, dz).loss;
    for (const std::size_t batch : {1U, 7U, 8U, 67U}) {
      CAPTURE(batch);
      Matrix<Scalar> own_dz(11, samples);
      double total = 0;
      for (std::size_t first = 0; first < samples; first += batch) {
        const std::size_t count = std::min<std::size_t>(batch, samples - first);
        const Targets<Scalar> targets{{}, sample_by_sample.view().transposed()};
        const auto columns = output.view().columns(first, count);
        const LossSums sums = loss->evaluate(columns, targets.samples(first, count), all.subspan(first, count), 0.5,
                                             own_dz.view().columns(first, count));
        total += sums.loss;
      }
      CHECK(same_bits(own_dz.elements(), dz.elements()));
      CHECK(total == doctest::Approx(whole).epsilon(1e-12));
    }
  }
}
