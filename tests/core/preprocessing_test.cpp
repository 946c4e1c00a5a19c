#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/preprocessing.h>

#include "support/random_matrix.h"
#include "support/throws.h"

using namespace hinge;

TEST_CASE_TEMPLATE("standard gives mean 0 and population deviation 1", Scalar, float, double) {
  Matrix<Scalar> data(2, 4);
  const double columns[2][4] = {{1, 2, 3, 4}, {-10, 10, -10, 10}};
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t c = 0; c < 4; ++c) data(r, c) = static_cast<Scalar>(columns[r][c]);
  }
  const auto scaling = Preprocessing::standard(data.view());
  CHECK(scaling.offsets() == std::vector<double>{2.5, 0});
  CHECK(scaling.divisors() == std::vector<double>{std::sqrt(1.25), 10});
  scaling.apply(data.view());
  CHECK(data(1, 3) == 1);
  CHECK(static_cast<double>(data(0, 3)) == doctest::Approx(1.5 / std::sqrt(1.25)).epsilon(1e-7));
}

TEST_CASE("minmax maps the fitted data onto [0, 1], and others beyond") {
  Matrix<double> data(1, 3);
  data(0, 0) = 5;
  data(0, 1) = -5;
  data(0, 2) = 0;
  const auto scaling = Preprocessing::minmax(data.view());
  scaling.apply(data.view());
  CHECK(data(0, 0) == 1);
  CHECK(data(0, 1) == 0);
  CHECK(data(0, 2) == 0.5);
  Matrix<double> other(1, 1);
  other(0, 0) = 15;
  scaling.apply(other.view());
  CHECK(other(0, 0) == 2);
}

// A mean of many equal numbers need not be that number; the column must still count as constant.
TEST_CASE("a constant column keeps divisor 1, also where its mean is rounded") {
  Matrix<double> data(1, 1001);
  for (double& x : data.elements()) x = 0.1;
  CHECK(Preprocessing::standard(data.view()).divisors()[0] == 1);
  CHECK(Preprocessing::minmax(data.view()).divisors()[0] == 1);
}

// x → (x − o)/d → ·d + o rounds four times, each by at most ε/2 of a number of size max(|x|, |o|) ≤ 10 here.
TEST_CASE("invert undoes apply, in either order of memory") {
  const Matrix<double> data = random_matrix<double>(3, 50, 7);
  for (const Preprocessing& scaling :
       {Preprocessing::standard(data.view()), Preprocessing::minmax(data.view()), Preprocessing::divide(3, 255)}) {
    Matrix<double> there_and_back = data;
    scaling.apply(there_and_back.view());
    scaling.invert(there_and_back.view());
    for (std::size_t i = 0; i < data.elements().size(); ++i) {
      CHECK(std::abs(there_and_back.elements()[i] - data.elements()[i]) <= 4 * 10 * 1.2e-16);
    }
    Matrix<double> batch = data;
    Buffer<double> memory(150);
    const auto samples = MatrixView<double>::samples(memory.data(), 3, 50);
    copy(data.view(), samples);
    scaling.apply(batch.view());
    scaling.apply(samples);
    CHECK(samples(2, 17) == batch(2, 17));
  }
}

TEST_CASE_TEMPLATE("a fit has the same bits in either order of memory, and names the same place", Scalar, float,
                   double) {
  Matrix<Scalar> batch = random_matrix<Scalar>(5, 301, 3);
  for (std::size_t c = 0; c < batch.cols(); ++c) batch(2, c) = 7;
  Buffer<Scalar> memory(batch.rows() * batch.cols());
  const auto samples = MatrixView<Scalar>::samples(memory.data(), batch.rows(), batch.cols());
  copy(batch.view(), samples);
  using View = MatrixView<const Scalar>;
  Preprocessing (*const fits[])(View) = {Preprocessing::standard, Preprocessing::minmax};
  for (const auto fit : fits) {
    CHECK(fit(samples).offsets() == fit(batch.view()).offsets());
    CHECK(fit(samples).divisors() == fit(batch.view()).divisors());
    CHECK(fit(samples).divisors()[2] == 1);
  }
  for (const auto& view : {batch.view(), samples}) {
    view(1, 200) = view(3, 100) = std::numeric_limits<Scalar>::quiet_NaN();
    CHECK(error_of<DataError>([&] { Preprocessing::standard(View(view)); }) ==
          "preprocessing: column 1 of sample 200 is not finite");
  }
}

namespace {

Matrix<double> row_of(const std::vector<double>& values) {
  Matrix<double> row(1, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) row(0, i) = values[i];
  return row;
}

double scaled(const Preprocessing& scaling, double raw) { return scaling.column(0).apply(raw); }

}  // namespace

// Of 0, 1, 2, 3, 1000 the quartiles are 1 and 3 and the median 2, so z = (x − 2)·1.34898/2: for 1000 673.14077, which
// the clip makes 2.999970207; for 3 0.67449, which it makes 0.658062742.
TEST_CASE("robust takes median and quartiles, and an outlier comes close to 3") {
  const auto scaling = Preprocessing::fit(Scaling::robust, row_of({1000, 3, 0, 1, 2}).view());
  CHECK(scaling.offsets() == std::vector<double>{2});
  CHECK(scaling.divisors()[0] == doctest::Approx(1.4826022185).epsilon(1e-10));
  CHECK(scaled(scaling, 2) == 0);
  CHECK(scaled(scaling, 3) == doctest::Approx(0.658062742).epsilon(1e-8));
  CHECK(scaled(scaling, 1000) == doctest::Approx(2.999970207).epsilon(1e-8));
  CHECK(scaled(scaling, -1e300) == -3);
}

TEST_CASE("robust divides by the deviation where the quartiles are equal, and by 1 where all values are") {
  CHECK(Preprocessing::fit(Scaling::robust, row_of({0, 0, 0, 0, 8}).view()).divisors()[0] == 3.2);  // √(8²/5 − 1.6²)
  CHECK(Preprocessing::fit(Scaling::robust, row_of({7, 7}).view()).divisors()[0] == 1);
  CHECK(Preprocessing::fit(Scaling::robust, row_of({1, 2}).view()).offsets()[0] == 1.5);
}

// ln(1 + x) of 0, e − 1 and e² − 1 is 0, 1, 2: mean 1, deviation √(2/3).
TEST_CASE("unclipped, robust is linear, and every other scaling stays") {
  const std::vector<double> values = {1, 2, 3, 4, 100};
  for (const Scaling scaling : {Scaling::none, Scaling::standard, Scaling::minmax, Scaling::robust, Scaling::log1p}) {
    CAPTURE(static_cast<int>(scaling));
    const ColumnScaling column = ColumnScaling::fit(scaling, values, "x");
    const ColumnScaling open = column.unclipped();
    CHECK((open == column) == (scaling != Scaling::robust));
    if (scaling == Scaling::robust) CHECK(open.apply(100) == (100 - column.offset) / column.divisor);
    const std::vector<ColumnScaling> columns = {column, ColumnScaling::fit(Scaling::log1p, values, "y")};
    CHECK(Preprocessing(columns).unclipped().column(0) == open);
    CHECK(Preprocessing(columns).unclipped().column(1) == columns[1]);
  }
  CHECK(Preprocessing().unclipped().is_identity());
}

TEST_CASE("log1p is standard of the logarithm") {
  const double e = std::exp(1.0);
  const auto scaling = Preprocessing::fit(Scaling::log1p, row_of({0, e - 1, e * e - 1}).view());
  CHECK(scaling.offsets()[0] == doctest::Approx(1).epsilon(1e-15));
  CHECK(scaling.divisors()[0] == doctest::Approx(std::sqrt(2.0 / 3)).epsilon(1e-15));
  CHECK(scaled(scaling, e - 1) == doctest::Approx(0));
  CHECK(std::isnan(scaled(scaling, -2)));
  CHECK(error_of<DataError>([] {
          Preprocessing::fit(Scaling::log1p, row_of({0, -1}).view());
        }) == "preprocessing: column 0 has the value -1; log1p wants values > -1");
}

// The clip's slope at |z| = 3·1.5 is (1 + 1.5²)^(−3/2) = 0.17, so its inverse enlarges roundings sixfold.
TEST_CASE("every method is undone by its inverse") {
  const std::vector<double> values{0, 0.5, 3, 4, 5, 6, 7, 12};
  for (const Scaling how : {Scaling::none, Scaling::standard, Scaling::minmax, Scaling::robust, Scaling::log1p}) {
    const auto scaling = Preprocessing::fit(how, row_of(values).view());
    for (const double x : values) {
      CAPTURE(x);
      CHECK(scaling.column(0).invert(scaled(scaling, x)) == doctest::Approx(x).epsilon(1e-14));
    }
  }
}

TEST_CASE("a column of a mixed preprocessing has its own method") {
  const std::vector<ColumnScaling> columns{{}, {ColumnScaling::Method::log1p, 0, 2}};
  const Preprocessing scaling(columns);
  Matrix<float> data(2, 1);
  data(0, 0) = 7;
  data(1, 0) = 7;
  scaling.apply(data.view());
  CHECK(data(0, 0) == 7);
  CHECK(data(1, 0) == static_cast<float>(std::log1p(7.0) / 2));
  scaling.invert(data.view());
  CHECK(data(1, 0) == doctest::Approx(7).epsilon(1e-6));
}

TEST_CASE("an identity leaves any data alone") {
  Matrix<double> data = random_matrix<double>(3, 2, 1);
  const Matrix<double> before = data;
  Preprocessing().apply(data.view());
  CHECK(data(2, 1) == before(2, 1));
  CHECK(Preprocessing().is_identity());
}

TEST_CASE("wrong sizes and numbers are refused") {
  Matrix<double> data(2, 2);
  CHECK(error_of<ShapeError>([&] { Preprocessing::divide(3, 2).apply(data.view()); }) ==
        "preprocessing: fitted on 3 columns, but the data has 2");
  CHECK(error_of<ShapeError>([&] { Preprocessing({1}, {1, 2}); }) == "preprocessing: 1 offsets, but 2 divisors");
  CHECK_THROWS_AS(Preprocessing::divide(1, 0), ConfigError);
  CHECK_THROWS_AS(Preprocessing({NAN}, {1}), ConfigError);
  data(1, 0) = std::numeric_limits<double>::infinity();
  CHECK(error_of<DataError>([&] { Preprocessing::standard(data.view()); }) ==
        "preprocessing: column 1 of sample 0 is not finite");
  CHECK_THROWS_AS(Preprocessing::minmax(Matrix<double>(2, 0).view()), DataError);
}

// Deviations of 1e-200 underflow when they are squared, those of 1e200 overflow.
TEST_CASE("a column that cannot be scaled is refused by name, and not taken for a constant one") {
  for (const double value : {1e-200, 1e200}) {
    Matrix<double> data(2, 2);
    data(0, 1) = 1;
    data(1, 0) = -value;
    data(1, 1) = value;
    CHECK(error_of<DataError>([&] { Preprocessing::standard(data.view()); }) ==
          "preprocessing: the values of column 1 are too large or too close together to be scaled; leave the column "
          "out, or scale it beforehand");
    CHECK(Preprocessing::minmax(data.view()).divisors()[1] == 2 * value);
  }
}
