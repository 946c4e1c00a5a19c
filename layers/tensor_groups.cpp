#include <hinge/layers/tensor_groups.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

struct Word {
  std::string_view theirs;
  std::string_view ours;
};
// The last words of names in files of PyTorch and Keras.
constexpr std::array<Word, 11> words = {{{"weight", "weight"},
                                         {"kernel", "weight"},
                                         {"gamma", "weight"},
                                         {"alpha", "weight"},
                                         {"bias", "bias"},
                                         {"beta", "bias"},
                                         {"running_mean", "running_mean"},
                                         {"moving_mean", "running_mean"},
                                         {"running_var", "running_var"},
                                         {"moving_variance", "running_var"},
                                         {"moving_var", "running_var"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The name with every number filled up to the same length, so that text order is the order of the numbers.
std::string sort_key(const std::string& name) {
  constexpr std::size_t digits = 20;
  std::string key;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end == i) {
      key += name[i++];
      continue;
    }
    key.append(digits - std::min(digits, end - i), '0');
    key += name.substr(i, end - i);
    i = end;
  }
  return key;
}

bool is_floating(const Tensor& tensor) {
  return tensor.type == TensorType::float32 || tensor.type == TensorType::float64 ||
         tensor.type == TensorType::float16 || tensor.type == TensorType::bfloat16;
}

bool has_matrix(const TensorGroup& group) {
  const auto weight = group.parts.find("weight");
  return weight != group.parts.end() && weight->second->shape.size() == 2;
}

GroupOrder all_of(const std::vector<TensorGroup>& groups) {
  GroupOrder all;
  for (const TensorGroup& group : groups) all.push_back(&group);
  return all;
}

// What has no number comes first where others are numbered after it (dense, dense_1), else last (fc1, head).
GroupOrder sorted_by_number(GroupOrder groups) {
  const auto begins_others = [&](const TensorGroup& group) {
    return std::any_of(groups.begin(), groups.end(), [&](const TensorGroup* other) {
      return other->name != group.name && other->name.starts_with(group.name);
    });
  };
  std::map<const TensorGroup*, std::tuple<int, std::size_t, bool>> keys;
  for (const TensorGroup* group : groups) {
    const auto number = split_number(group->name).second;
    const int place = number ? 1 : begins_others(*group) ? 0 : 2;
    keys[group] = {place, number.value_or(0), !has_matrix(*group)};
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const TensorGroup* a, const TensorGroup* b) { return keys[a] < keys[b]; });
  return groups;
}

std::string matrices(const GroupOrder& groups) {
  std::vector<std::string> names;
  for (const TensorGroup* group : groups) {
    if (has_matrix(*group)) names.push_back(printable(group->name));
  }
  return join(names, ",");
}

}  // namespace

std::string word_for(std::string_view theirs) {
  const auto* const found = std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.theirs == theirs; });
  return found == words.end() ? "" : std::string(found->ours);
}

std::pair<std::string, std::string> parts_of(const std::string& name) {
  const std::size_t at = name.find_last_of("./");
  return at == std::string::npos ? std::pair(std::string(), name) : std::pair(name.substr(0, at), name.substr(at + 1));
}

std::pair<std::string, std::optional<std::size_t>> split_number(const std::string& name) {
  std::size_t start = name.size();
  while (start > 0 && is_digit(name[start - 1])) --start;
  return {name.substr(0, start), parse_size(std::string_view(name).substr(start))};
}

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::size_t size : shape) sizes.push_back(std::to_string(size));
  return sizes.empty() ? "one number" : join(sizes, " x ");
}

GroupOrder fitting_order(const std::vector<TensorGroup>& groups,
                         const std::function<std::string(const GroupOrder&)>& misfit) {
  const GroupOrder by_name = all_of(groups);
  const GroupOrder by_number = sorted_by_number(by_name);
  const std::string name_misfit = misfit(by_name);
  const bool fits_by_number = misfit(by_number).empty();
  if (!fits_by_number && !name_misfit.empty()) throw ModelError(name_misfit);
  if (!fits_by_number) return by_name;
  if (name_misfit.empty() && matrices(by_name) != matrices(by_number)) {
    throw ModelError("its layers fit in two orders, " + matrices(by_number) + " and " + matrices(by_name) +
                     "; name them in the right one (hinge import --names)");
  }
  return by_number;
}

std::vector<TensorGroup> tensor_groups(const TensorFile& file) {
  std::map<std::pair<std::string, std::string>, TensorGroup> groups;  // by the key of the name, and the name
  for (const Tensor& tensor : file.tensors) {
    const auto [layer, theirs] = parts_of(tensor.name);
    const std::string ours = word_for(theirs);
    if (ours.empty() || !is_floating(tensor)) continue;
    TensorGroup& group = groups[{sort_key(layer), layer}];
    group.name = layer;
    group.parts.emplace(ours, &tensor);
    group.is_transposed = group.is_transposed || (theirs == "kernel" && tensor.shape.size() == 2);
  }
  std::vector<TensorGroup> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  return list;
}

}  // namespace hinge
