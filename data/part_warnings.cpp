// Judges classes by their samples in each part.
#include <hinge/data/part_warnings.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

// In quotes, those of which the part has no sample.
std::vector<std::string> missing_classes(const Dataset<float>& part) {
  std::vector<bool> is_there(part.class_count());
  for (const std::int32_t c : part.classes()) is_there[static_cast<std::size_t>(c)] = true;
  std::vector<std::string> missing;
  for (std::size_t c = 0; c < is_there.size(); ++c) {
    if (!is_there[c]) missing.push_back("\"" + printable(part.class_names()[c]) + "\"");
  }
  return missing;
}

}  // namespace

std::string misspelt_class(const DataParts& parts) {
  std::vector<std::size_t> counts(parts.train.class_count());
  for (const auto& [name, part] : parts.named()) {
    if (part->class_count() > counts.size()) continue;  // refused elsewhere
    for (const std::int32_t c : part->classes()) ++counts[static_cast<std::size_t>(c)];
  }
  if (counts.empty()) return "";
  const auto rarest = static_cast<std::size_t>(std::min_element(counts.begin(), counts.end()) - counts.begin());
  std::vector<std::string> frequent;
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] >= 20 * std::max<std::size_t>(counts[rarest], 1)) frequent.push_back(parts.train.class_names()[c]);
  }
  const std::string& name = parts.train.class_names()[rarest];
  const std::string like = nearest(name, frequent);
  constexpr std::size_t min_letters = 3;  // "a" and "b", "1" and "2" are no misspellings
  if (like.empty() || name.size() < min_letters || parse_double(name)) return "";
  const auto& names = parts.train.class_names();
  const auto other = static_cast<std::size_t>(std::find(names.begin(), names.end(), like) - names.begin());
  const std::string line = parts.class_lines.empty() ? "" : " (line " + std::to_string(parts.class_lines[rarest]) + ")";
  return "\"" + printable(name) + "\" has " + quantity(counts[rarest], "sample") + line + " and is spelled like \"" +
         printable(like) + "\", which has " + std::to_string(counts[other]);
}

std::vector<std::string> part_warnings(const DataParts& parts) {
  std::vector<std::string> warnings;
  if (const std::string text = misspelt_class(parts); !text.empty()) warnings.push_back("the class " + text);
  for (const auto& [name, part] : parts.named()) {
    const std::vector<std::string> missing = missing_classes(*part);
    if (missing.empty()) continue;
    constexpr std::size_t max_named = 5;
    const std::size_t named = std::min(missing.size(), max_named);
    const std::string more = missing.size() > named ? " and " + std::to_string(missing.size() - named) + " more" : "";
    warnings.push_back("the " + std::string(name) + " part has no sample of the class" +
                       (missing.size() > 1 ? "es " : " ") + join(std::span(missing).first(named)) + more);
  }
  return warnings;
}

}  // namespace hinge
