// What may be wrong with parts.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <hinge/data/part_warnings.h>

using namespace hinge;

namespace {

Dataset<float> dataset(const std::vector<std::int32_t>& of) {
  const std::vector<float> x(of.begin(), of.end());
  return Dataset<float>::classification(MatrixView<const float>::samples(x.data(), 1, x.size()), of,
                                        {.features = {"x"}, .classes = {"a", "b", "c"}});
}

}  // namespace

TEST_CASE("a class that a part lacks is named") {
  DataParts parts{.train = dataset({0, 0, 1})};
  parts.test = dataset({2, 1, 0});
  CHECK(part_warnings(parts) == std::vector<std::string>{"the training part has no sample of the class \"c\""});
  parts.train = dataset({0, 1, 2});
  CHECK(part_warnings(parts).empty());
  parts.validation = dataset({1});
  CHECK(part_warnings(parts) ==
        std::vector<std::string>{"the validation part has no sample of the classes \"a\", \"c\""});
}

TEST_CASE("a rare class that is spelled like a frequent one is named") {
  const auto parts_of = [](std::size_t frequent, std::vector<std::string> names) {
    std::vector<std::int32_t> of(frequent, 0);
    of.insert(of.end(), {1, 1, 1, 1, 1, 2});
    const std::vector<float> x(of.size());
    return DataParts{.train = Dataset<float>::classification(MatrixView<const float>::samples(x.data(), 1, x.size()),
                                                             of, {.classes = std::move(names)})};
  };
  CHECK(misspelt_class(parts_of(20, {"setosa", "virginica", "sitosa"})) ==
        "\"sitosa\" has 1 sample and is spelled like \"setosa\", which has 20");
  CHECK(part_warnings(parts_of(20, {"setosa", "virginica", "sitosa"})).size() == 1);
  CHECK(misspelt_class(parts_of(19, {"setosa", "virginica", "sitosa"})).empty());
  CHECK(misspelt_class(parts_of(20, {"setosa", "virginica", "versicolor"})).empty());
  CHECK(misspelt_class(parts_of(20, {"1", "2", "3"})).empty());
  CHECK(misspelt_class(parts_of(20, {"1901", "ninety", "1902"})).empty());
}
