// Named values as the metadata of a safetensors file, named arrays as its tensors.
#include <hinge/core/io/state_archive.h>

#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/safetensors.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

constexpr const char* kind_key = "kind";

template <typename T>
constexpr TensorType type_of = std::is_floating_point_v<T> ? tensor_type<T> : TensorType::uint64;

std::optional<double> double_of(const std::string& text) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return infinity;
  if (text == "-inf") return -infinity;
  return parse_double(text);
}

}  // namespace

struct StateArchive::Contents {
  bool is_reading = false;
  std::string name = {};    // of the file
  std::string prefix = {};  // of the part that is being listed: `fit.best.`
  std::map<std::string, std::string> texts = {};
  std::map<std::string, Tensor> tensors = {};       // of what is read: as long as nobody took it
  std::map<std::string, std::string> written = {};  // the bytes of what is written
  std::string file = {};                            // that the tensors look into

  std::string full(std::string_view of) const { return prefix + std::string(of); }

  [[noreturn]] void fail(const std::string& what) const { throw ModelError(printable(name) + ": " + what); }

  // Takes the text of that name; `wanted` says in messages what it should have been.
  std::string take(const std::string& key, const char* wanted) {
    const auto node = texts.extract(key);
    if (node.empty()) fail("the metadata has no " + std::string(wanted) + " \"" + printable(key) + "\"");
    return node.mapped();
  }
};

StateArchive::StateArchive() : contents_(std::make_unique<Contents>()) {}
StateArchive::StateArchive(StateArchive&&) noexcept = default;
StateArchive& StateArchive::operator=(StateArchive&&) noexcept = default;
StateArchive::~StateArchive() = default;

StateArchive::StateArchive(std::string bytes, std::string name, std::string_view kind)
    : contents_(std::make_unique<Contents>()) {
  contents_->is_reading = true;
  contents_->name = std::move(name);
  contents_->file = std::move(bytes);
  TensorFile file = read_tensors(contents_->file, contents_->name);
  const auto found = file.metadata.find(kind_key);
  if (found == file.metadata.end() || found->second != kind) {
    contents_->fail("wanted a state of training (" + std::string(kind) + "); this file holds something else");
  }
  file.metadata.erase(found);
  file.metadata.erase("crc32");
  contents_->texts = std::move(file.metadata);
  for (Tensor& tensor : file.tensors) {
    const std::string key = tensor.name;
    contents_->tensors.emplace(key, std::move(tensor));
  }
}

bool StateArchive::is_reading() const { return contents_->is_reading; }

void StateArchive::add_count(std::string_view name, std::uint64_t& value, std::uint64_t most) {
  const std::string key = contents_->full(name);
  if (!is_reading()) {
    contents_->texts[key] = std::to_string(value);
    return;
  }
  const auto count = parse_size(contents_->take(key, "whole number"));
  if (!count || *count > most) contents_->fail("the metadata has no whole number \"" + printable(key) + "\"");
  value = *count;
}

void StateArchive::add(std::string_view name, double& value) {
  const std::string key = contents_->full(name);
  if (!is_reading()) {
    contents_->texts[key] = to_text(value);
    return;
  }
  const auto number = double_of(contents_->take(key, "number"));
  if (!number) contents_->fail("the metadata has no number \"" + printable(key) + "\"");
  value = *number;
}

void StateArchive::add(std::string_view name, std::string& value) {
  const std::string key = contents_->full(name);
  if (is_reading()) {
    value = contents_->take(key, "text");
  } else {
    contents_->texts[key] = value;
  }
}

void StateArchive::add(std::string_view name, std::optional<double>& value) {
  const std::string key = contents_->full(name);
  if (is_reading()) value = contents_->texts.contains(key) ? std::optional(0.0) : std::nullopt;
  if (value) add(name, *value);
}

// An empty array has no tensor.
template <typename T>
void StateArchive::add_array(std::string_view name, std::vector<T>& values) {
  const std::string key = contents_->full(name);
  if (!is_reading()) {
    if (values.empty()) return;
    contents_->written[key].assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
    contents_->tensors[key] = {.name = key, .type = type_of<T>, .shape = {values.size()}};
    return;
  }
  values.clear();
  const auto node = contents_->tensors.extract(key);
  if (node.empty() || node.mapped().size() == 0) return;
  if (node.mapped().type != type_of<T>) contents_->fail("the tensor " + printable(key) + " is of another type");
  values.resize(node.mapped().size());
  std::memcpy(values.data(), node.mapped().bytes.data(), node.mapped().bytes.size());
}

void StateArchive::add(std::string_view name, std::vector<float>& values) { add_array(name, values); }
void StateArchive::add(std::string_view name, std::vector<double>& values) { add_array(name, values); }
void StateArchive::add(std::string_view name, std::vector<std::uint64_t>& values) { add_array(name, values); }

std::size_t StateArchive::enter(std::string_view name) {
  const std::size_t length = contents_->prefix.size();
  contents_->prefix += std::string(name) + ".";
  return length;
}

void StateArchive::leave(std::size_t length) { contents_->prefix.resize(length); }

void StateArchive::require(bool fits, std::string_view name) const {
  if (!fits) contents_->fail(printable(contents_->full(name)) + ": not the state of such a part");
}

void StateArchive::require_all_read() const {
  if (!contents_->tensors.empty()) contents_->fail("unknown tensor " + printable(contents_->tensors.begin()->first));
  if (!contents_->texts.empty()) contents_->fail("unknown metadata " + printable(contents_->texts.begin()->first));
}

std::string StateArchive::bytes(std::string_view kind) const {
  std::vector<Tensor> tensors;
  for (const auto& [key, tensor] : contents_->tensors) {
    tensors.push_back(tensor);
    tensors.back().bytes = contents_->written.at(key);
  }
  std::map<std::string, std::string> metadata = contents_->texts;
  metadata[kind_key] = kind;
  return write_tensors(std::move(metadata), tensors);
}

}  // namespace hinge
