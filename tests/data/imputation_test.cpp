// Gaps: means of what is there, put where nothing is.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/csv.h>
#include <hinge/data/imputation.h>
#include <hinge/data/split.h>
#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Doubles = std::vector<double>;

}  // namespace

TEST_CASE_TEMPLATE("missing values of all parts become the means of the training part", Scalar, float, double) {
  const auto data = parse_csv<Scalar>("x,colour,y\n?,red,a\n1,,a\n4,blue,b\n100,blue,b\nNA,,a\n4,red,b\n", "t.csv",
                                      {.encode = Encode::onehot, .missing = Missing::keep});
  auto parts = split_every(data, 3, 0);  // the test part holds the samples 0 and 3
  const Doubles means = feature_means(parts.train);
  CHECK(means == Doubles{3, 0.5, 0.5});
  impute(parts.train.inputs(), means);
  impute(parts.test.inputs(), means);
  const std::vector<std::vector<Scalar>> wanted{
      {1, Scalar(0.5), Scalar(0.5)}, {4, 1, 0}, {3, Scalar(0.5), Scalar(0.5)}, {4, 0, 1}};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (std::size_t row = 0; row < 3; ++row) CHECK(parts.train.inputs()(row, i) == wanted[i][row]);
  }
  CHECK(parts.test.inputs()(0, 0) == 3);
  CHECK(parts.test.inputs()(0, 1) == 100);
}

TEST_CASE("the mean of large numbers does not overflow") {
  const double largest = std::numeric_limits<double>::max();
  const Doubles x{largest, largest, -largest, largest};
  const auto data = Dataset<double>::regression(MatrixView<const double>::samples(x.data(), 1, 4),
                                                MatrixView<const double>::samples(x.data(), 1, 4));
  CHECK(feature_means(data)[0] == doctest::Approx(largest / 2));
}

TEST_CASE("missing values that cannot be imputed are refused") {
  auto data = parse_csv<double>("x,z,y\n1,?,a\n2,?,b\n3,4,b\n", "t.csv", {.missing = Missing::keep});
  const auto parts = split_every(data, 3, 2);
  check_contains(error_of<DataError>([&] { feature_means(parts.train); }), {"feature \"z\"", "none of 2 samples"});
  check_contains(error_of<ShapeError>([&] { impute(data.inputs(), Doubles{1}); }), {"1 imputed values", "2 features"});
}
