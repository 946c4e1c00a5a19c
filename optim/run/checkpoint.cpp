// Writing and finding checkpoints, and telling whether one is of this run.
#include <hinge/optim/run/checkpoint.h>

#include <algorithm>
#include <utility>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/io/state_archive.h>
#include <hinge/core/text.h>
#include <hinge/core/version.h>
#include <hinge/data/preparation.h>
#include <hinge/optim/run/run.h>

namespace hinge {

namespace {

// Where two configs differ, and how.
struct ConfigDifference {
  std::string key = {};  // `optimizer.learning_rate`
  const JsonValue* before = nullptr;
  const JsonValue* now = nullptr;
};

bool is_changeable(const std::string& key) {
  const std::vector<std::string>& keys = CheckpointOrigin::changeable_keys();
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string inner_key(const std::string& key, const std::string& member) {
  return key.empty() ? member : key + "." + member;
}

std::optional<ConfigDifference> difference(const JsonValue& before, const JsonValue& now, const std::string& key);

std::optional<ConfigDifference> member_difference(const JsonValue& before, const JsonValue& now,
                                                  const std::string& key) {
  for (const JsonMember& member : before.members) {
    const JsonValue* other = now.find(member.key);
    const std::string inner = inner_key(key, member.key);
    if (other == nullptr) return ConfigDifference{inner, &member.value, nullptr};
    if (auto found = difference(member.value, *other, inner)) return found;
  }
  for (const JsonMember& member : now.members) {
    if (before.find(member.key) == nullptr) return ConfigDifference{inner_key(key, member.key), nullptr, &member.value};
  }
  return std::nullopt;
}

std::optional<ConfigDifference> difference(const JsonValue& before, const JsonValue& now, const std::string& key) {
  const bool is_path = (key.starts_with("data.") && key.ends_with("path")) || key == "model.from";
  if (is_changeable(key) || is_path) return std::nullopt;
  if (before.kind != now.kind || before.text != now.text || before.boolean != now.boolean) {
    return ConfigDifference{key, &before, &now};
  }
  if (before.kind == JsonValue::Kind::object) return member_difference(before, now, key);
  if (before.elements.size() != now.elements.size()) return ConfigDifference{key, &before, &now};
  for (std::size_t i = 0; i < before.elements.size(); ++i) {
    const std::string inner = key + "[" + std::to_string(i) + "]";
    if (auto found = difference(before.elements[i], now.elements[i], inner)) return found;
  }
  return std::nullopt;
}

std::string value_text(const JsonValue* value) {
  return value == nullptr ? "not there" : printable(to_json_line(*value), 60);
}

std::string text_of(const ConfigDifference& difference) {
  return difference.key + " was " + value_text(difference.before) + ", and is " + value_text(difference.now);
}

JsonValue without_data(JsonValue config) {
  std::erase_if(config.members, [](const JsonMember& member) { return member.key == "data"; });
  return config;
}

JsonValue data_of(const JsonValue& config) {
  const JsonValue* data = config.find("data");
  return data == nullptr ? JsonValue() : *data;
}

constexpr const char* way_out = "; train anew with hinge train and another --out";

}  // namespace

std::string checkpoint_name(std::size_t age) {
  return age == 0 ? "checkpoint.safetensors" : "checkpoint-" + std::to_string(age) + ".safetensors";
}

bool CheckpointClock::is_due() {
  if (seconds_ <= 0 || --left_ > 0) return false;
  constexpr double short_time = 1e-3;
  constexpr double long_time = 5e-2;
  constexpr std::size_t max_stride = 4096;
  const Clock::time_point now = Clock::now();
  const double since = seconds_between(std::exchange(looked_, now), now);
  if (since < short_time && stride_ < max_stride) stride_ *= 2;
  if (since > long_time) stride_ = 1;
  left_ = stride_;
  constexpr double most_of_the_time = 0.01;
  return seconds_between(last_, now) >= std::max(seconds_, cost_ / most_of_the_time);
}

void CheckpointClock::written(Clock::time_point start) {
  last_ = Clock::now();
  cost_ = seconds_between(start, last_);
  total_cost_ += cost_;
}

CheckpointOrigin::CheckpointOrigin(const Run& run, JsonValue config)
    : version_(version()), config_(to_json_line(config)) {
  for (const auto& [name, part] : run.data().named()) {
    samples_.push_back(std::string(name) + " part: " + quantity(part->size(), "sample") + ", " + digest_of(*part));
  }
}

void CheckpointOrigin::list_state(StateArchive& state) {
  state.add("version", version_);
  state.add("config", config_);
  std::size_t parts = samples_.size();
  state.add("parts", parts);
  state.require(parts <= 3, "parts");
  samples_.resize(parts);
  for (std::size_t i = 0; i < parts; ++i) state.add("samples." + std::to_string(i), samples_[i]);
}

void CheckpointOrigin::require_same(const CheckpointOrigin& checkpoint, const std::string& file) const {
  const auto fail = [&](const std::string& what) {
    throw ConfigError(printable(file) + ": the run cannot go on: " + what + way_out);
  };
  if (checkpoint.version_ != version_) {
    fail("Hinge " + printable(checkpoint.version_) + " wrote it, and this is " + version_);
  }
  const JsonValue before = parse_json(checkpoint.config_, "config");
  const JsonValue now = parse_json(config_, "config");
  const JsonValue settings_before = without_data(before);  // a ConfigDifference points into what it compared
  const JsonValue settings_now = without_data(now);
  if (const auto found = difference(settings_before, settings_now, "")) {
    fail(text_of(*found) + "; what may change: " + join(changeable_keys()));
  }
  if (checkpoint.samples_ == samples_) return;
  const JsonValue data_before = data_of(before);
  const JsonValue data_now = data_of(now);
  if (const auto found = difference(data_before, data_now, "data")) fail(text_of(*found));
  for (std::size_t i = 0; i < std::min(samples_.size(), checkpoint.samples_.size()); ++i) {
    if (samples_[i] == checkpoint.samples_[i]) continue;
    fail("data gives other samples: the " + printable(checkpoint.samples_[i]) + "; now the " + samples_[i]);
  }
  fail("data gives other parts");
}

const std::vector<std::string>& CheckpointOrigin::changeable_keys() {
  static const std::vector<std::string> keys = {"train.epochs",
                                                "train.threads",
                                                "train.log_every",
                                                "train.checkpoint",
                                                "train.early_stopping.patience",
                                                "train.early_stopping.min_delta",
                                                "train.early_stopping.restore_best"};
  return keys;
}

void write_checkpoint(const std::string& folder, const std::string& bytes, std::size_t keep) {
  const auto path = [&](std::size_t age) { return join_path(folder, checkpoint_name(age)); };
  if (keep == 1) {
    write_file(path(0), bytes);
  } else {  // the older ones move when the new one is on the disk
    const std::string next = join_path(folder, next_checkpoint_name);
    try {
      write_file(next, bytes);
      for (std::size_t age = keep - 1; age > 0; --age) {
        if (file_exists(path(age - 1))) rename_file(path(age - 1), path(age));
      }
      rename_file(next, path(0));
    } catch (const FileError&) {
      if (file_exists(next)) remove_file(next);
      throw;
    }
  }
  for (std::size_t age = keep; age < max_checkpoints; ++age) remove_file(path(age));
}

std::optional<StateArchive> read_checkpoint(const std::string& folder, std::string& file, std::string& warning) {
  for (std::size_t age = 0; age < max_checkpoints; ++age) {
    file = join_path(folder, checkpoint_name(age));
    if (!file_exists(file)) continue;
    try {
      return StateArchive(read_file(file), file, checkpoint_kind);
    } catch (const ModelError& error) {
      if (warning.empty()) warning = error.what();
    }
  }
  if (!warning.empty()) throw ModelError(warning + "; remove this file, and the run begins at its first epoch");
  return std::nullopt;
}

}  // namespace hinge
