// From what a config says of the parts to their rows, and what is wrong with them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/preparation.h>
#include "support/contains.h"
#include "support/throws.h"

using namespace hinge;

namespace {

using Numbers = std::vector<std::size_t>;

PartOptions part(double fraction, const std::string& by, const std::string& column = "") {
  PartOptions options;
  options.fraction = fraction;
  options.by = by;
  options.column = column;
  return options;
}

PartOptions fold_of(std::size_t folds, std::size_t fold, const std::string& by = "auto") {
  PartOptions options = part(0, by, by == "group" ? "patient" : "");
  options.folds = folds;
  options.fold = fold;
  return options;
}

// Twelve samples: two classes in turn, and four patients of three samples each.
const std::vector<std::int32_t> classes = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
const std::vector<double> patients = {7, 7, 7, 3, 3, 3, 8, 8, 8, 1, 1, 1};

SampleColumns samples(bool has_classes = true) {
  return {.count = 12,
          .classes = has_classes ? std::span(classes) : std::span<const std::int32_t>(),
          .column = [](const std::string& name) {
            if (name != "patient") throw DataError("no column is called " + name);
            return patients;
          }};
}

Dataset<float> dataset(const std::vector<std::int32_t>& of) {
  const std::vector<float> x(of.begin(), of.end());
  return Dataset<float>::classification(MatrixView<const float>::samples(x.data(), 1, x.size()), of,
                                        {.features = {"x"}, .classes = {"a", "b", "c"}});
}

}  // namespace

TEST_CASE("the parts of a config have no sample in common, and validation is chosen from what the test part leaves") {
  struct Row {
    PartOptions test;
    PartOptions validation;
    std::size_t tested;
    std::size_t validated;
  };
  for (const Row& row : std::vector<Row>{{part(0.25, "auto"), part(0.25, "auto"), 3, 2},
                                         {part(0.25, "class"), part(0, "auto"), 3, 0},
                                         {part(0.25, "random"), part(0.5, "order"), 3, 5},
                                         {part(0.25, "group", "patient"), part(0.25, "group", "patient"), 3, 3},
                                         {fold_of(3, 2), fold_of(2, 0), 4, 4},
                                         {fold_of(4, 1, "group"), fold_of(3, 1, "group"), 3, 3},
                                         {fold_of(3, 0, "order"), part(0, "auto"), 4, 0}}) {
    const Preparation preparation{.test = row.test, .validation = row.validation};
    const PartRows rows = preparation.rows(samples());
    CHECK(rows.test.size() == row.tested);
    CHECK(rows.validation.size() == row.validated);
    std::vector<int> times(12);
    for (const Numbers* list : {&rows.train, &rows.validation, &rows.test}) {
      CHECK(std::is_sorted(list->begin(), list->end()));
      for (const std::size_t i : *list) ++times[i];
    }
    CHECK(times == std::vector<int>(12, 1));
  }
  const Preparation by_order{.test = part(0.25, "order"), .validation = part(1.0 / 3, "order")};
  CHECK(by_order.rows(samples()).test == Numbers{9, 10, 11});
  CHECK(by_order.rows(samples()).validation == Numbers{6, 7, 8});
}

TEST_CASE("by itself a part keeps the proportions of classes, and by random it need not") {
  const auto of_class_1 = [](const std::string& by, std::size_t seed) {
    Preparation preparation{.test = part(0.5, by)};
    preparation.test.seed = seed;
    std::size_t count = 0;
    for (const std::size_t i : preparation.rows(samples()).test) count += static_cast<std::size_t>(classes[i]);
    return count;
  };
  bool differs = false;
  for (std::size_t seed = 0; seed < 20; ++seed) {
    CHECK(of_class_1("auto", seed) == 3);
    CHECK(of_class_1("class", seed) == 3);
    differs = differs || of_class_1("random", seed) != 3;  // probability 400/924 of 3 each time, so 5e-8 of never
  }
  CHECK(differs);
}

TEST_CASE("what a part cannot be chosen by is refused at its place") {
  struct Row {
    PartOptions test;
    std::string pointer;
    std::string message;
  };
  for (const Row& row : std::vector<Row>{
           {part(0.5, "class"), "/data/test/by", "class needs classes, but the data has values; use random or order"},
           {part(0.5, "group", "hospital"), "/data/test/column", "no column is called hospital"},
           {part(0.01, "order"), "/data/test", "with 12 samples to draw from, the test part or what it leaves"},
           {fold_of(5, 4, "group"), "/data/test",
            "with 12 samples, grouped by \"patient\", to draw from, the test part"},
       }) {
    CAPTURE(row.message);
    const Preparation preparation{.test = row.test};
    try {
      preparation.rows(samples(false));
      FAIL("nothing was thrown");
    } catch (const ConfigError& error) {
      CHECK(error.pointer() == row.pointer);
      check_contains(error.what(), {row.message});
    }
  }
  const Preparation by_group{.test = part(0.5, "group", "patient")};
  check_contains(error_of<ConfigError>([&] {
                   by_group.rows({.count = 3, .column = [](const std::string&) {
                                    return std::vector<double>{1, std::nan(""), 2};
                                  }});
                 }),
                 {"\"patient\" has no value for sample 1, counted from 0"});
  const Preparation by_feature{.test = part(0.5, "group", "y")};
  check_contains(error_of<ConfigError>([&] {
                   by_feature.split(dataset({0, 1, 2}));
                 }),
                 {"no feature is called \"y\"", "known: x"});
}

TEST_CASE("the features of a data set group its samples") {
  const Preparation preparation{.test = part(0.3, "group", "x")};
  const DataParts parts = preparation.split(dataset({0, 1, 2, 0, 1, 2, 0, 1, 2}));
  REQUIRE(parts.test->size() == 3);
  for (const std::int32_t c : parts.test->classes()) CHECK(c == parts.test->classes()[0]);
}

TEST_CASE("the parts that there are have names, in the order of their use") {
  DataParts data{.train = dataset({0, 1})};
  const auto names = [&] {
    std::string text;
    for (const auto& [name, part] : std::as_const(data).named()) text += name + std::to_string(part->size()) + " ";
    return text;
  };
  CHECK(names() == "training2 ");
  data.test = dataset({0, 1, 2});
  CHECK(names() == "training2 test3 ");
  data.validation = dataset({2});
  CHECK(names() == "training2 validation1 test3 ");
  CHECK(data.named()[1].second == &*data.validation);
}

TEST_CASE("the digest of a part tells other samples, classes and orders") {
  const std::string digest = digest_of(dataset({0, 1, 2}));
  CHECK(digest == digest_of(dataset({0, 1, 2})));
  CHECK(digest != digest_of(dataset({1, 0, 2})));
  CHECK(digest != digest_of(dataset({0, 1})));
  Dataset<float> other = dataset({0, 1, 2});
  other.inputs()(0, 1) = -1;
  CHECK(digest != digest_of(other));
  other = dataset({0, 2, 1});
  std::swap(other.inputs()(0, 1), other.inputs()(0, 2));  // other classes alone
  CHECK(digest != digest_of(other));
}
