// The data as the run used it.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/data/part_warnings.h>

#include "checked_columns.h"
#include "drawing/numbers.h"
#include "report/page.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using Part = std::pair<const char*, const hinge::Dataset<float>*>;

std::vector<Part> parts_of(const hinge::DataParts& data) {
  std::vector<Part> parts = {{"training", &data.train}};
  if (data.validation) parts.emplace_back("validation", &*data.validation);
  if (data.test) parts.emplace_back("test", &*data.test);
  return parts;
}

std::string samples_text(const hinge::DataParts& data) {
  std::string text;
  for (const auto& [name, part] : parts_of(data)) {
    text += (text.empty() ? "" : ", ") + counted(static_cast<double>(part->size()), std::string(name) + " sample");
  }
  return text + " of " + counted(static_cast<double>(data.train.features()), "input") + ".";
}

Numbers class_numbers(const hinge::DataParts& data) {
  const std::vector<Part> parts = parts_of(data);
  Numbers numbers{.caption = "Samples of each class", .header = {"class"}};
  for (const std::string& name : data.train.class_names()) numbers.rows.push_back({name});
  for (const auto& [name, part] : parts) {
    numbers.header.emplace_back(name);
    std::vector<std::size_t> counts(part->class_count());
    for (const std::int32_t each : part->classes()) ++counts[static_cast<std::size_t>(each)];
    for (std::size_t c = 0; c < numbers.rows.size(); ++c) numbers.rows[c].push_back(std::to_string(counts[c]));
  }
  return numbers;
}

// The least, middle and largest value of an input that the network sees, in the training part.
struct InputRange {
  std::string name;
  double low = 0;
  double middle = 0;
  double high = 0;
};

InputRange range_of_input(const hinge::Dataset<float>& train, std::size_t input) {
  std::vector<double> values;
  for (std::size_t i = 0; i < train.size(); ++i) values.push_back(static_cast<double>(train.inputs()(input, i)));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());  // in linear time: the columns may be of millions of rows
  const bool is_named = input < train.feature_names().size();
  return {is_named ? train.feature_names()[input] : "input " + std::to_string(input + 1),
          *std::min_element(values.begin(), middle + 1), *middle, *std::max_element(middle, values.end())};
}

std::vector<InputRange> input_ranges(const hinge::Dataset<float>& train) {
  constexpr std::size_t max_inputs = 1000;
  std::vector<InputRange> ranges;
  for (std::size_t k = 0; k < std::min(max_inputs, train.features()); ++k) ranges.push_back(range_of_input(train, k));
  return ranges;
}

Numbers input_numbers(const std::vector<InputRange>& ranges) {
  Numbers numbers{.caption = "Inputs as the network sees them, in the training part",
                  .header = {"input", "smallest", "median", "largest"}};
  for (const InputRange& each : ranges)
    numbers.rows.push_back({each.name, shown(each.low), shown(each.middle), shown(each.high)});
  return numbers;
}

// How large the inputs are: values far from 1 are a usual reason why a network hardly learns (docs/diagnosis.md,
// inputs_unscaled).
std::string size_text(const std::vector<InputRange>& ranges) {
  constexpr double sound_size = 20;
  const auto largest = [](const InputRange& each) { return std::max(std::abs(each.low), std::abs(each.high)); };
  const auto widest = std::max_element(
      ranges.begin(), ranges.end(), [&](const InputRange& a, const InputRange& b) { return largest(a) < largest(b); });
  if (widest == ranges.end()) return "";
  const std::string text = "The network sees inputs as large as " + shown(largest(*widest)) + " (" + widest->name + ")";
  if (largest(*widest) <= sound_size) return paragraph(text + ".");
  return paragraph(text + ": far from 1, so scaling them (data.preprocess) may help.", "remark");
}

// What the columns hold, from the table: the run keeps only what the network sees.
std::string columns_text(const ReportSource& source) {
  constexpr std::size_t max_cells = 2'000'000;  // more would take seconds to read
  const hinge::DataParts& data = source.run->data();
  if (data.columns.size() == 0 || source.is_live) return "";
  if (data.columns.size() * data.rows.read > max_cells) {
    return paragraph("hinge check shows what the columns of this large table hold.");
  }
  try {
    const hinge::TableFacts facts = table_facts(source.config);
    const Numbers numbers = column_numbers(checked_columns(facts, data.columns));
    return details(numbers.caption, table(numbers, numbers.rows.size()));
  } catch (const hinge::Error& error) {
    return paragraph(
        "The table cannot be read any more, so what its columns hold is missing: " + std::string(error.what()),
        "remark");
  }
}

}  // namespace

std::string data_section(const ReportSource& source) {
  if (!source.missing.empty())
    return paragraph("The data could not be read, so what they hold is missing: " + source.missing, "remark");
  if (source.run == nullptr) return "";
  const hinge::DataParts& data = source.run->data();
  const std::vector<InputRange> ranges = input_ranges(data.train);
  std::string text = paragraph(samples_text(data));
  if (ranges.size() == data.train.features()) text += size_text(ranges);
  if (const std::string rows = data.rows.text(); !rows.empty()) text += paragraph(as_sentence(rows));
  for (const std::string& warning : hinge::part_warnings(data)) text += paragraph("Warning: " + warning, "remark");
  for (const std::string& remark : data.remarks) text += paragraph(as_sentence(remark));
  if (!data.train.class_names().empty()) text += table(class_numbers(data), 50);
  return text + columns_text(source) + details("Inputs", table(input_numbers(ranges)));
}

}  // namespace hinge_command
