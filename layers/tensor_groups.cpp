#include <hinge/layers/tensor_groups.h>

#include <algorithm>
#include <array>
#include <set>
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

// Groups whose order is known, one behind the other in a network.
using GroupChain = GroupOrder;

bool begins_others(const TensorGroup& group, const std::vector<TensorGroup>& groups) {
  return std::any_of(groups.begin(), groups.end(), [&](const TensorGroup& other) {
    return other.name != group.name && other.name.starts_with(group.name) && split_number(other.name).second;
  });
}

// The place of a group by its number; before all numbers where others are numbered after it (dense, dense_1).
std::optional<std::size_t> place_of(const TensorGroup& group, const std::vector<TensorGroup>& groups) {
  const auto number = split_number(group.name).second;
  if (number) return *number + 1;
  return begins_others(group, groups) ? std::optional<std::size_t>(0) : std::nullopt;
}

void sort_by_place(GroupChain& chain, const std::vector<TensorGroup>& groups) {
  std::stable_sort(chain.begin(), chain.end(), [&](const TensorGroup* a, const TensorGroup* b) {
    return std::pair(place_of(*a, groups), !has_matrix(*a)) < std::pair(place_of(*b, groups), !has_matrix(*b));
  });
}

bool numbers_are_unique(const std::vector<TensorGroup>& groups) {
  std::set<std::size_t> seen;
  for (const TensorGroup& group : groups) {
    const auto place = place_of(group, groups);
    if (place && has_matrix(group) && !seen.insert(*place).second) return false;
  }
  return true;
}

// All that is numbered is one chain, or one for each stem where numbers come twice; what has no number stands alone.
std::vector<GroupChain> chains_of(const std::vector<TensorGroup>& groups) {
  const bool is_one = numbers_are_unique(groups);
  std::map<std::string, GroupChain> chains;
  for (const TensorGroup& group : groups) {
    const bool has_place = place_of(group, groups).has_value();
    chains[!has_place ? "name " + group.name : is_one ? "" : split_number(group.name).first].push_back(&group);
  }
  std::vector<GroupChain> list;
  for (auto& [stem, chain] : chains) {
    sort_by_place(chain, groups);
    list.push_back(std::move(chain));
  }
  return list;
}

// Every order of the chains, and that of the names.
std::vector<GroupOrder> plausible_orders(const std::vector<TensorGroup>& groups) {
  constexpr std::size_t max_chains = 7;  // 5040 orders
  std::vector<GroupChain> chains = chains_of(groups);
  std::vector<GroupOrder> orders(1);
  for (const TensorGroup& group : groups) orders.front().push_back(&group);
  if (chains.size() > max_chains) return orders;
  const auto before = [](const GroupChain& a, const GroupChain& b) { return a.front()->name < b.front()->name; };
  std::sort(chains.begin(), chains.end(), before);
  do {
    GroupOrder order;
    for (const GroupChain& chain : chains) order.insert(order.end(), chain.begin(), chain.end());
    if (order != orders.front()) orders.push_back(std::move(order));
  } while (std::next_permutation(chains.begin(), chains.end(), before));
  return orders;
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

bool is_transposed(const Tensor& tensor) {
  return tensor.shape.size() == 2 && parts_of(tensor.name).second == "kernel";
}

std::string names_of(const GroupOrder& order) {
  std::vector<std::string> names;
  for (const TensorGroup* group : order) names.push_back(printable(group->name));
  return join(names, ",");
}

GroupOrder fitting_order(const std::vector<TensorGroup>& groups,
                         const std::function<std::string(const GroupOrder&)>& misfit) {
  const std::vector<GroupOrder> orders = plausible_orders(groups);
  const GroupOrder* fitting = nullptr;
  for (const GroupOrder& order : orders) {
    if (!misfit(order).empty()) continue;
    if (fitting != nullptr) {
      throw ModelError("its layers fit in two orders, " + names_of(*fitting) + " and " + names_of(order) +
                       "; name them in the right one");
    }
    fitting = &order;
  }
  if (fitting == nullptr) throw ModelError(misfit(orders.front()));
  return *fitting;
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
  }
  std::vector<TensorGroup> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  return list;
}

}  // namespace hinge
