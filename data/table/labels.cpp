// Finding, sorting and suggesting texts.
#include <hinge/data/table/labels.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include <hinge/core/text.h>

namespace hinge {

std::int32_t Labels::add(std::string_view text) {
  texts_.emplace_back(text);
  values_.push_back(parse_number(text, decimal_, thousands_));
  spellings_.add(text);
  labels_.push_back(static_cast<std::int32_t>(texts_.size() - 1));
  return labels_.back();
}

std::optional<std::int32_t> Labels::find(std::string_view text, bool by_value) {
  if (const std::size_t found = spellings_.find(text); found != TextIndex::none) return labels_[found];
  const auto value = by_value ? parse_number(text, decimal_, thousands_) : std::nullopt;
  const auto known = value ? std::find(values_.begin(), values_.end(), value) : values_.end();
  if (known == values_.end()) return std::nullopt;
  spellings_.add(text);  // this one will come again
  labels_.push_back(static_cast<std::int32_t>(known - values_.begin()));
  return labels_.back();
}

std::vector<std::int32_t> Labels::sort() {
  std::vector<std::size_t> order(size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const bool are_numbers = std::all_of(values_.begin(), values_.end(), [](const auto& x) { return x.has_value(); });
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (are_numbers && *values_[a] != *values_[b]) return *values_[a] < *values_[b];
    return texts_[a] < texts_[b];
  });
  std::vector<std::int32_t> renumbered(size());
  std::vector<std::string> texts;
  std::vector<std::optional<double>> values;
  for (const std::size_t i : order) {
    renumbered[i] = static_cast<std::int32_t>(texts.size());
    texts.push_back(std::move(texts_[i]));
    values.push_back(values_[i]);
  }
  texts_ = std::move(texts);
  values_ = std::move(values);
  for (std::int32_t& label : labels_) label = renumbered[static_cast<std::size_t>(label)];
  return renumbered;
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
