// What the samples alone say against a training: each fault beside a sound neighbour.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <hinge/core/random.h>
#include <hinge/core/text.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/diagnosis/config_rules.h>
#include <hinge/optim/run/diagnosis/data_rules.h>
#include <hinge/optim/run/run.h>

#include "support/contains.h"
#include "support/temporary_folder.h"

using namespace hinge;

namespace {

constexpr std::size_t table_rows = 400;

// Columns a, b, c of normal numbers and a target: the class or the value of a + b, noisy.
struct FaultyTable {
  std::vector<std::string> names = {"a", "b", "c"};
  std::vector<std::vector<double>> columns = {};
  std::vector<std::string> target = {};

  explicit FaultyTable(bool has_classes) {
    for (std::uint32_t f = 0; f < 4; ++f) {
      const RandomStream random(f, Purpose::generator);
      std::vector<double>& column = columns.emplace_back();
      for (std::size_t i = 0; i < table_rows; ++i) column.push_back(random.normal(i));
    }
    for (std::size_t i = 0; i < table_rows; ++i) {
      const double value = columns[0][i] + columns[1][i] + 0.3 * columns[3][i];
      target.push_back(has_classes ? (value > 0 ? "yes" : "no") : to_text(value, 6));
    }
    columns.pop_back();
  }

  double& at(std::size_t column, std::size_t row) { return columns[column][row]; }
  void add(const std::string& name, const std::function<double(std::size_t)>& value) {
    names.push_back(name);
    columns.emplace_back();
    for (std::size_t i = 0; i < table_rows; ++i) columns.back().push_back(value(i));
  }
  std::string text() const {
    std::string lines;
    for (const std::string& name : names) lines += name + ",";
    lines += "y\n";
    for (std::size_t i = 0; i < table_rows; ++i) {
      for (const std::vector<double>& column : columns)
        lines += (column[i] == 1000000 ? "1000000" : to_text(column[i], 7)) + ",";
      lines += target[i] + "\n";
    }
    return lines;
  }
};

using TableEdit = std::function<void(FaultyTable&)>;

const char* const table_config = R"({
  "data": {"type": "csv", "path": "t.csv", "preprocess": "standard", "test": {"every": 4}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": "auto"}]},
  "loss": "softmax_cross_entropy",
  "optimizer": {"type": "adam", "learning_rate": 0.01},
  "train": {"epochs": 50}
})";

std::vector<Finding> findings_in(const TemporaryFolder& folder, const std::vector<std::string>& overrides) {
  const LoadedConfig loaded = parse_config(table_config, "c.json", folder.path(), overrides, standard_registries());
  const DataParts parts = load_data(loaded);
  return data_findings({loaded.config, parts}, parts);
}

// The names of what is found, with a mark behind an oddity: `drift, leak?`.
std::string names_in(const std::vector<Finding>& findings) {
  std::vector<std::string> names;
  for (const Finding& finding : findings) names.push_back(finding.name + (finding.is_certain ? "" : "?"));
  return join(names);
}

double random_number(std::size_t i) { return RandomStream(9, Purpose::generator).normal(i); }

}  // namespace

TEST_CASE("faults of the data are found, and their sound neighbours are not") {
  struct Row {
    const char* what;
    TableEdit fault;
    TableEdit sound;
    std::vector<std::string> overrides;
    const char* name;
    const char* evidence;
  };
  const std::vector<std::string> values = {"loss=mse"};
  const std::vector<std::string> raw = {"data.preprocess=none"};
  const std::vector<std::string> raw_values = {"data.preprocess=none", "loss=mse"};
  const std::vector<Row> rows = {
      {"a code for missing values",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(0, i + 1) = -999;
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(0, i + 1) = -2.5;
       },
       {},
       "sentinel",
       "-999"},
      {"any number far out that repeats",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(1, i + 1) = 100;
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(1, i + 1) = 3 + 0.1 * static_cast<double>(i);
       },
       {},
       "sentinel",
       "100"},
      {"an outlier that squeezes minmax",
       [](FaultyTable& t) { t.at(2, 5) = 1e6; },
       [](FaultyTable& t) { t.at(2, 5) = 6; },
       {"data.preprocess=minmax"},
       "outlier",
       "1e+06"},
      {"an outlier that squeezes standard",
       [](FaultyTable& t) { t.at(2, 5) = 1e4; },
       [](FaultyTable& t) { t.at(2, 5) = 10; },
       {},
       "outlier",
       "\"c\""},
      {"an id",
       [](FaultyTable& t) { t.add("key", [](std::size_t i) { return 70000.0 + 3 * static_cast<double>(i); }); },
       [](FaultyTable& t) { t.add("key", [](std::size_t i) { return static_cast<double>(i % 19); }); }, raw,
       "id_column", "counts the rows"},
      {"a leak of the class that the test part lacks",
       [](FaultyTable& t) {
         t.add("paid", [&](std::size_t i) {
           return i % 4 == 0 ? random_number(i) : (t.target[i] == "yes" ? 3.0 : 0.0) + 0.1 * random_number(i);
         });
       },
       [](FaultyTable& t) {
         t.add("paid", [&](std::size_t i) { return (t.target[i] == "yes" ? 1.0 : 0.0) + random_number(i); });
       },
       {},
       "leak",
       "\"paid\""},
      {"a leak of the value that the test part lacks",
       [](FaultyTable& t) {
         t.add("paid", [&](std::size_t i) {
           return i % 4 == 0 ? random_number(i) : std::stod(t.target[i]) + 0.01 * random_number(i);
         });
       },
       [](FaultyTable& t) { t.add("paid", [&](std::size_t i) { return t.at(0, i); }); }, values, "leak", "correlates"},
      {"a test part elsewhere",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 4) t.at(0, i) += 9;
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 4) t.at(0, i) += 0.5;
       },
       {},
       "drift",
       "\"a\""},
      {"a test part in other units",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 4) t.at(1, i) /= 100;
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 4) t.at(1, i) *= 0.7;
       },
       {},
       "drift",
       "deviation"},
      {"constant columns",
       [](FaultyTable& t) {
         for (const char* name : {"d", "e", "f"}) t.add(name, [](std::size_t) { return 5.0; });
       },
       [](FaultyTable& t) { t.add("d", [](std::size_t) { return 5.0; }); },
       {},
       "zero_features",
       "3 of 6"},
      {"inputs unscaled",
       [](FaultyTable& t) {
         for (double& x : t.columns[0]) x *= 1000;
       },
       [](FaultyTable& t) {
         for (double& x : t.columns[0]) x *= 5;
       },
       raw, "inputs_unscaled", "\"a\""},
      {"inputs scaled twice",
       [](FaultyTable& t) {
         for (auto& column : t.columns)
           for (double& x : column) x /= 1000;
       },
       [](FaultyTable&) {}, raw, "inputs_tiny", "tiny"},
      {"targets unscaled",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(1000 * t.at(0, i), 6);
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(3 * t.at(0, i), 6);
       },
       raw_values, "targets_unscaled", "not scaled"},
      {"outliers of the target",
       [](FaultyTable& t) {
         for (std::size_t i = 1; i < 400; i += 50) t.target[i] = "50000";
       },
       [](FaultyTable& t) {
         for (std::size_t i = 1; i < 400; i += 50) t.target[i] = "9";
       },
       values, "target_outlier", "5e+04"},
      {"targets of other rows",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = random_number(i) > 0 ? "yes" : "no";
       },
       [](FaultyTable&) {},
       {},
       "nothing_to_learn",
       "unrelated"},
      {"values of other rows",
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(random_number(i), 5);
       },
       [](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(random_number(i) + t.at(0, i) * t.at(1, i), 5);
       },
       values, "nothing_to_learn", "unrelated"},
      {"sorted samples",
       [](FaultyTable& t) {
         std::sort(t.target.begin(), t.target.end());
         t.columns[0].assign(400, 0);
         for (std::size_t i = 0; i < 400; ++i) t.at(0, i) = random_number(i) + (t.target[i] == "yes" ? 2 : 0);
       },
       [](FaultyTable&) {},
       {"train.shuffle=false"},
       "unshuffled",
       "sorted by their class"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    const bool has_classes = std::find(row.overrides.begin(), row.overrides.end(), "loss=mse") == row.overrides.end();
    for (const bool is_sound : {false, true}) {
      CAPTURE(is_sound);
      const TemporaryFolder folder;
      FaultyTable table(has_classes);
      (is_sound ? row.sound : row.fault)(table);
      folder.write("t.csv", table.text());
      const std::vector<Finding> findings = findings_in(folder, row.overrides);
      const auto found = std::find_if(findings.begin(), findings.end(),
                                      [&](const Finding& finding) { return finding.name == row.name; });
      CAPTURE(names_in(findings));
      if (is_sound) {
        CHECK(
            std::none_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.is_certain; }));
        continue;
      }
      REQUIRE(found != findings.end());
      CHECK(found->is_certain);
      check_contains(found->evidence, {row.evidence});
    }
  }
}

TEST_CASE("the changes that a finding about data names mend it") {
  struct Row {
    TableEdit fault;
    std::vector<std::string> overrides;
    const char* name;
  };
  const std::vector<Row> rows = {
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(0, i + 1) = -999;
       },
       {},
       "sentinel"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(0, i + 1) = 1000000;
       },
       {},
       "sentinel"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; i += 50) t.at(0, i + 1) = -77.5;
       },
       {},
       "sentinel"},
      {[](FaultyTable& t) { t.add("key", [](std::size_t i) { return 1000.0 + static_cast<double>(i); }); },
       {"data.preprocess=none"},
       "id_column"},
      {[](FaultyTable& t) {
         for (double& x : t.columns[0]) x *= 1000;
       },
       {"data.preprocess=none"},
       "inputs_unscaled"},
      {[](FaultyTable& t) {
         for (auto& column : t.columns)
           for (double& x : column) x /= 1000;
       },
       {"data.preprocess=divide", "data.divisor=1"},
       "inputs_tiny"},
      {[](FaultyTable& t) { t.at(2, 5) = 1e6; }, {"data.preprocess=minmax"}, "outlier"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    const TemporaryFolder folder;
    FaultyTable table(true);
    row.fault(table);
    folder.write("t.csv", table.text());
    const std::vector<Finding> findings = findings_in(folder, row.overrides);
    REQUIRE(!findings.empty());
    CHECK(findings[0].name == row.name);
    std::vector<std::string> overrides = row.overrides;
    overrides.insert(overrides.end(), findings[0].set.begin(), findings[0].set.end());
    CHECK(names_in(findings_in(folder, overrides)).find(row.name) == std::string::npos);
  }
}

TEST_CASE("what a sound training may have too is an oddity, never certain") {
  struct Row {
    TableEdit edit;
    std::vector<std::string> overrides;
    const char* wanted;
  };
  const std::vector<Row> rows = {
      {[](FaultyTable& t) { t.add("key", [](std::size_t i) { return static_cast<double>(i); }); }, {}, "id_column?"},
      {[](FaultyTable& t) { t.add("paid", [&](std::size_t i) { return t.target[i] == "yes" ? 3.0 : 0.0; }); },
       {},
       "leak?"},
      {[](FaultyTable& t) { t.add("copy", [&](std::size_t i) { return t.at(0, i); }); }, {}, "duplicate_columns?"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(std::floor(2 + t.at(0, i) / 4));
       },
       {"loss=mse"},
       "wrong_loss?"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = to_text(t.at(0, i) / 1000, 6);
       },
       {"loss=mse", "data.preprocess=none"},
       "leak?, targets_unscaled?"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i) t.target[i] = t.at(0, i) > 1.9 ? "yes" : "no";
       },
       {},
       "imbalance?"},
      {[](FaultyTable& t) {
         for (std::size_t i = 0; i < 400; ++i)
           if (random_number(i) > 0.4) t.target[i] = t.target[i] == "yes" ? "no" : "yes";
       },
       {},
       "label_noise?"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.wanted));
    const TemporaryFolder folder;
    FaultyTable table(row.overrides.empty());
    row.edit(table);
    folder.write("t.csv", table.text());
    CHECK(names_in(findings_in(folder, row.overrides)) == row.wanted);
  }
}

TEST_CASE("parity, in which neighbours are never alike, is not called unrelated") {
  const LoadedConfig loaded = parse_config(
      R"({"data": {"type": "parity", "bits": 8}, "model": {"layers": [{"type": "dense", "units": "auto"}]}, "loss": "softmax_cross_entropy"})",
      "c.json", ".", {}, standard_registries());
  const DataParts parts = load_data(loaded);
  CHECK(names_in(data_findings({loaded.config, parts}, parts)) == "");
}

TEST_CASE("a first layer that normalises makes up for inputs that are not scaled") {
  const TemporaryFolder folder;
  FaultyTable table(true);
  for (double& x : table.columns[0]) x *= 1000;
  folder.write("t.csv", table.text());
  const std::string layers = R"({"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 2}])";
  const auto found = [&](const std::string& first) {
    return names_in(findings_in(folder, {"data.preprocess=none", "model.layers=[" + first + layers}));
  };
  CHECK(found("") == "inputs_unscaled");
  CHECK(found(R"({"type": "batch_norm"}, )") == "");
  CHECK(found(R"({"type": "dropout", "rate": 0.1}, )") == "inputs_unscaled");
}

TEST_CASE("of many rows a sample is looked at, and every finding says so") {
  const LoadedConfig loaded = parse_config(
      R"({"data": {"type": "blobs", "samples": 20000}, "model": {"layers": [{"type": "dense", "units": "auto"}]},
          "loss": "softmax_cross_entropy"})",
      "c.json", ".", {}, standard_registries());
  DataParts parts = load_data(loaded);
  for (std::size_t i = 0; i < parts.train.size(); ++i) parts.train.inputs()(0, i) *= 1000;
  const std::vector<Finding> findings = data_findings({loaded.config, parts}, parts);
  REQUIRE(names_in(findings) == "inputs_unscaled");
  check_contains(findings[0].evidence, {"(found in 5000 of the 20000 training samples)"});
}

TEST_CASE("sound configs have no certain findings before training") {
  std::vector<std::string> configs;
  for (const char* folder : {HINGE_SOURCE_DIR "/configs", HINGE_SHARED_DIR "/diagnosis/cases"}) {
    if (!std::filesystem::exists(folder)) {
      MESSAGE("skipped: needs " << folder);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const bool is_case = entry.is_directory() && entry.path().string().ends_with("_ok");
      const std::string path = entry.path().string() + (is_case ? "/config.json" : "");
      const bool is_config = is_case || path.ends_with(".json");
      const bool needs_data = path.ends_with("mnist.json") || path.ends_with("cancer1.json");
      if (is_config && !needs_data && !path.ends_with("schema.json")) configs.push_back(path);
    }
  }
  CHECK(configs.size() >= 9);
  for (const std::string& path : configs) {
    CAPTURE(path);
    const Run run(path);
    const std::vector<Finding> findings = findings_before_training(run.config(), run.data());
    CAPTURE(names_in(findings));
    CHECK(std::none_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.is_certain; }));
  }
}
