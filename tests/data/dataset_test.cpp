// Data sets: what they hold, and what they refuse.
#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/dataset.h>
#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Doubles = std::vector<double>;
using Classes = std::vector<std::int32_t>;

// Features × samples out of values that lie sample by sample.
MatrixView<const double> samples(const Doubles& values, std::size_t features) {
  return MatrixView<const double>::samples(values.data(), features, features == 0 ? 0 : values.size() / features);
}

Doubles column(MatrixView<const double> matrix, std::size_t c) {
  Doubles values;
  for (std::size_t r = 0; r < matrix.rows; ++r) values.push_back(matrix(r, c));
  return values;
}

struct ErrorRow {
  std::string what;
  std::function<void()> make;
  std::vector<std::string> parts;
};

}  // namespace

TEST_CASE_TEMPLATE("a classification data set holds inputs and classes and names its classes", Scalar, float, double) {
  const std::vector<Scalar> x{1, 2, 3, 4, 5, 6};
  const Classes classes{0, 2, 1};
  const auto data = Dataset<Scalar>::classification(MatrixView<const Scalar>::samples(x.data(), 2, 3), classes);
  CHECK(data.size() == 3);
  CHECK(data.features() == 2);
  CHECK(data.task() == Task::classification);
  CHECK(data.target_rows() == 0);
  CHECK(data.class_count() == 3);
  CHECK(data.class_names() == std::vector<std::string>{"0", "1", "2"});
  CHECK_FALSE(data.has_weights());
  CHECK(data.inputs().sample_contiguous());
  CHECK(data.inputs()(1, 2) == 6);
  CHECK(data.targets().are_classes());
  CHECK(data.targets().size() == 3);
  CHECK(data.targets().classes[1] == 2);
}

TEST_CASE("a regression data set holds a column of values for each sample") {
  const Doubles x{1, 2, 3};
  const Doubles y{10, 11, 20, 21, 30, 31};
  const Doubles weights{1, 0, 2};
  const auto data = Dataset<double>::regression(samples(x, 1), samples(y, 2),
                                                {.features = {"a"}, .classes = {}, .targets = {"p", "q"}}, weights);
  CHECK(data.task() == Task::regression);
  CHECK(data.target_rows() == 2);
  CHECK(data.class_count() == 0);
  CHECK(data.classes().empty());
  CHECK_FALSE(data.targets().are_classes());
  CHECK(data.targets().size() == 3);
  CHECK(column(data.targets().values, 1) == Doubles{20, 21});
  CHECK(data.weights()[2] == 2);
  CHECK(data.target_names()[1] == "q");
}

TEST_CASE("inputs of either order and inputs handed over make the same data set") {
  const Doubles by_sample{1, 2, 3, 4, 5, 6};
  const Doubles by_feature{1, 3, 5, 2, 4, 6};
  const Classes classes{0, 1, 0};
  Buffer<double> owned(6);
  std::copy(by_sample.begin(), by_sample.end(), owned.data());
  const MatrixView<const double> batch_contiguous{by_feature.data(), 2, 3, 3, 1};
  for (const auto& data : {Dataset<double>::classification(samples(by_sample, 2), classes),
                           Dataset<double>::classification(batch_contiguous, classes),
                           Dataset<double>::classification(std::move(owned), 2, classes)}) {
    CHECK(column(data.inputs(), 0) == Doubles{1, 2});
    CHECK(column(data.inputs(), 2) == Doubles{5, 6});
  }
}

TEST_CASE("a change through the mutable views is seen in the data set and not in its copy") {
  const Doubles x{1, 2};
  auto data = Dataset<double>::regression(samples(x, 1), samples(x, 1));
  const auto before = data;
  data.inputs()(0, 1) = 20;
  data.values()(0, 0) = 10;
  CHECK(column(data.inputs(), 1) == Doubles{20});
  CHECK(data.targets().values(0, 0) == 10);
  CHECK(before.inputs()(0, 1) == 2);
  CHECK(before.targets().values(0, 0) == 1);
}

TEST_CASE("a subset takes samples in the order of the indices and keeps every class") {
  const Doubles x{0, 10, 20, 30};
  const Doubles weights{1, 2, 3, 4};
  const DatasetNames names{.features = {"x"}, .classes = {"red", "green", "blue"}, .targets = {"colour"}};
  const auto data = Dataset<double>::classification(samples(x, 1), Classes{0, 1, 2, 0}, names, weights);
  const std::vector<std::size_t> rows{3, 1, 1};
  const auto part = data.subset(rows);
  CHECK(part.size() == 3);
  CHECK(column(part.inputs().transposed(), 0) == Doubles{30, 10, 10});
  CHECK(Classes(part.classes().begin(), part.classes().end()) == Classes{0, 1, 1});
  CHECK(Doubles(part.weights().begin(), part.weights().end()) == Doubles{4, 2, 2});
  CHECK(part.class_names() == names.classes);
  CHECK(part.feature_names() == names.features);
}

TEST_CASE("a data set in the other precision has the same samples, and comes back the same") {
  const std::vector<float> x = {0.1F, -2, 3e38F, 1e-40F};
  const std::vector<std::int32_t> classes = {1, 0};
  const std::vector<float> weights = {0.5F, 2};
  const auto data = Dataset<float>::classification(MatrixView<const float>::samples(x.data(), 2, 2), classes,
                                                   {.features = {"a", "b"}, .classes = {"no", "yes"}}, weights);
  const auto wide = data.convert<double>();
  CHECK(wide.inputs()(0, 0) == 0.1F);  // not 0.1
  CHECK(wide.inputs()(1, 1) == 1e-40F);
  CHECK(wide.weights()[0] == 0.5);
  CHECK(wide.feature_names() == data.feature_names());
  CHECK(wide.class_names() == data.class_names());
  const auto back = wide.convert<float>();
  CHECK(std::equal(x.begin(), x.end(), back.inputs().data));
  CHECK(std::equal(classes.begin(), classes.end(), back.classes().begin()));

  const std::vector<double> y = {1e-3, 7, 1e300, 0};
  const auto values = Dataset<double>::regression(MatrixView<const double>::samples(y.data(), 1, 2),
                                                  MatrixView<const double>::samples(y.data(), 1, 2));
  CHECK(values.convert<float>().values()(0, 1) == 7);
  const auto huge = Dataset<double>::regression(MatrixView<const double>::samples(y.data(), 2, 2),
                                                MatrixView<const double>::samples(y.data(), 1, 2));
  CHECK_THROWS_AS(huge.convert<float>(), DataError);
}

TEST_CASE("a subset of a regression data set takes the values along") {
  const Doubles x{0, 10, 20};
  const Doubles y{0, 1, 2, 3, 4, 5};
  const std::vector<std::size_t> rows{2, 0};
  const auto part = Dataset<double>::regression(samples(x, 1), samples(y, 2)).subset(rows);
  CHECK(part.target_rows() == 2);
  CHECK(column(part.targets().values, 0) == Doubles{4, 5});
  CHECK(column(part.targets().values, 1) == Doubles{0, 1});
}

TEST_CASE("numbers that cannot be are refused with the sample and the name") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  const Doubles good{1, 2, 3, 4};
  const Doubles with_nan{1, 2, 3, nan};
  const Doubles with_infinity{1, infinite};
  const Doubles negative{1, -2};
  const Doubles zeros{0, 0};
  const Doubles none;
  const Classes classes{0, 1};
  const auto classification = [&](const Doubles& x, const Classes& c, const DatasetNames& names = {},
                                  const Doubles& weights = {}) {
    Dataset<double>::classification(samples(x, 2), c, names, weights);
  };
  const std::vector<ErrorRow> rows{
      {"NaN input", [&] { classification(with_nan, classes); }, {"sample 1", "feature 2", "nan", "wanted a finite"}},
      {"NaN in a named input",
       [&] {
         classification(with_nan, classes, {.features = {"a", "b"}, .classes = {}, .targets = {}});
       },
       {"feature \"b\"", "leave such samples out"}},
      {"infinite target",
       [&] { Dataset<double>::regression(samples(good, 2), samples(with_infinity, 1)); },
       {"sample 1", "target 1", "inf"}},
      {"infinite weight", [&] { classification(good, classes, {}, with_infinity); }, {"sample 1", "weight", "inf"}},
      {"negative weight", [&] { classification(good, classes, {}, negative); }, {"sample 1", "weight is -2", ">= 0"}},
      {"no weight above 0", [&] { classification(good, classes, {}, zeros); }, {"every weight is 0"}},
      {"negative class",
       [&] {
         classification(good, {0, -1});
       },
       {"sample 1", "class index -1", "wanted 0 to 0"}},
      {"only negative classes",
       [&] {
         classification(good, {-7, -7});
       },
       {"sample 0", "class index -7", "wanted 0 to 0"}},
      {"class beyond the names",
       [&] {
         classification(good, {0, 2}, {.features = {}, .classes = {"n", "y"}, .targets = {}});
       },
       {"sample 1", "class index 2", "wanted 0 to 1", "2 class names"}},
      {"class index that is no class",
       [&] {
         classification(good, {0, 2000000000});
       },
       {"2000000000", "regression"}},
      {"no samples", [&] { classification(none, {}); }, {"no samples", "at least one"}},
      {"no features", [&] { Dataset<double>::classification(samples(none, 0), classes); }, {"no features"}},
      {"empty subset",
       [&] { Dataset<double>::classification(samples(good, 2), classes).subset({}); },
       {"subset", "no samples"}},
  };
  for (const ErrorRow& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<DataError>(row.make), row.parts);
  }
}

TEST_CASE("sizes that do not agree are refused with both numbers") {
  const Doubles good{1, 2, 3, 4};
  const Doubles three{1, 2, 3};
  const Classes classes{0, 1};
  const std::vector<std::size_t> beyond{0, 2};
  const auto named = [&](const DatasetNames& names) {
    Dataset<double>::regression(samples(good, 2), samples(good, 2), names);
  };
  const std::vector<ErrorRow> rows{
      {"too many classes",
       [&] {
         Dataset<double>::classification(samples(good, 2), Classes{0, 1, 0});
       },
       {"4 input values", "3 targets", "2 features"}},
      {"no target rows",
       [&] { Dataset<double>::regression(Buffer<double>(4), 2, Buffer<double>(2), 0); },
       {"at least 1"}},
      {"values that are no whole columns",
       [&] { Dataset<double>::regression(Buffer<double>(4), 2, Buffer<double>(3), 2); },
       {"3 target values", "rows of 2"}},
      {"weights",
       [&] { Dataset<double>::classification(samples(good, 2), classes, {}, three); },
       {"3 weights", "2 samples"}},
      {"feature names",
       [&] { named({.features = {"a"}, .classes = {}, .targets = {}}); },
       {"1 feature name,", "2 features"}},
      {"target names",
       [&] { named({.features = {}, .classes = {}, .targets = {"p"}}); },
       {"1 target name,", "2 targets"}},
      {"class names in regression",
       [&] {
         named({.features = {}, .classes = {"n", "y"}, .targets = {}});
       },
       {"2 class names", "none"}},
      {"subset",
       [&] { Dataset<double>::classification(samples(good, 2), classes).subset(beyond); },
       {"sample 2", "sample 1"}},
  };
  for (const ErrorRow& row : rows) {
    CAPTURE(row.what);
    check_contains(error_of<ShapeError>(row.make), row.parts);
  }
}
