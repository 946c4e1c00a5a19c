#include <hinge/layers/tensor_groups.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

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

// The number at the end of a name, "" for none.
std::string last_number(const std::string& name) {
  std::size_t start = name.size();
  while (start > 0 && is_digit(name[start - 1])) --start;
  return sort_key(name.substr(start));
}

bool is_floating(const Tensor& tensor) {
  return tensor.type == TensorType::float32 || tensor.type == TensorType::float64 ||
         tensor.type == TensorType::float16 || tensor.type == TensorType::bfloat16;
}

bool has_matrix(const TensorGroup& group) {
  const auto weight = group.parts.find("weight");
  return weight != group.parts.end() && weight->second->shape.size() == 2;
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

std::string shape_text(const std::vector<std::size_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::size_t size : shape) sizes.push_back(std::to_string(size));
  return sizes.empty() ? "one number" : join(sizes, " x ");
}

void sort_by_number(std::vector<const TensorGroup*>& groups) {
  std::stable_sort(groups.begin(), groups.end(), [](const TensorGroup* a, const TensorGroup* b) {
    return std::pair(last_number(a->name), !has_matrix(*a)) < std::pair(last_number(b->name), !has_matrix(*b));
  });
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
