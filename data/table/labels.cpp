// Finding, sorting and suggesting texts.
#include <hinge/data/table/labels.h>

#include <algorithm>
#include <utility>

#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

std::int32_t Labels::add(std::string_view text) {
  texts_.emplace_back(text);
  is_number_.push_back(parse_double(text).has_value());
  spellings_.add(text);
  labels_.push_back(static_cast<std::int32_t>(texts_.size() - 1));
  return labels_.back();
}

std::optional<std::int32_t> Labels::find(std::string_view text, bool by_value) {
  if (const std::size_t found = spellings_.find(text); found != TextIndex::none) return labels_[found];
  const auto value = by_value ? parse_double(text) : std::nullopt;
  for (std::size_t i = 0; value && i < texts_.size(); ++i) {
    if (!is_number_[i] || parse_double(texts_[i]) != value) continue;
    spellings_.add(text);  // this one will come again
    labels_.push_back(static_cast<std::int32_t>(i));
    return labels_.back();
  }
  return std::nullopt;
}

std::vector<std::int32_t> Labels::reorder(std::vector<std::string> texts) {
  std::vector<std::int32_t> renumbered(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto number = static_cast<std::int32_t>(i);
    renumbered[static_cast<std::size_t>(std::exchange(labels_[spellings_.find(texts[i])], number))] = number;
  }
  texts_ = std::move(texts);
  for (std::size_t i = 0; i < texts_.size(); ++i) is_number_[i] = parse_double(texts_[i]).has_value();
  return renumbered;
}

std::vector<std::string> sorted_labels(std::vector<std::string> labels) {
  std::sort(labels.begin(), labels.end());
  std::vector<std::pair<double, std::string>> numbers;
  for (const std::string& label : labels) {
    const auto value = parse_double(label);
    if (!value) return labels;
    numbers.emplace_back(*value, label);
  }
  std::sort(numbers.begin(), numbers.end());
  std::transform(numbers.begin(), numbers.end(), labels.begin(), [](const auto& number) { return number.second; });
  return labels;
}

std::string names_hint(std::string_view wanted, std::span<const std::string> names) {
  constexpr std::size_t max_listed = 20;
  std::vector<std::string> safe;
  for (const std::string& name : names) safe.push_back(printable(name));
  if (names.size() <= max_listed) return suggestion(wanted, safe);
  const std::string guess = nearest(wanted, safe);
  return guess.empty() ? "" : "; did you mean \"" + guess + "\"?";
}

}  // namespace hinge
