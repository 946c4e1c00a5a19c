#include "playground.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/output_transform.h>
#include <hinge/data/preparation.h>

#include "answers.h"

namespace hinge_playground {

namespace {

using hinge::JsonValue;
using Kind = JsonValue::Kind;

[[noreturn]] void refuse(const std::string& message) { throw hinge::ConfigError("request: " + message); }

[[noreturn]] void refuse_member(std::string_view key, const JsonValue& found, const std::string& wanted) {
  refuse(std::string(key) + ": found " + found.described() + ", wanted " + wanted);
}

std::optional<double> number_in(const JsonValue& request, std::string_view key) {
  const JsonValue* value = request.find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number =
      value->kind == Kind::number ? hinge::parse_double(value->text) : std::optional<double>();
  if (!number) refuse_member(key, *value, "a number");
  return number;
}

std::optional<std::size_t> count_in(const JsonValue& request, std::string_view key) {
  const JsonValue* value = request.find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<std::size_t> count =
      value->kind == Kind::number ? hinge::parse_size(value->text) : std::optional<std::size_t>();
  if (!count) refuse_member(key, *value, "a whole number >= 0");
  return count;
}

// The member, a count in [lowest, highest].
std::size_t count_within(const JsonValue& request, std::string_view key, std::size_t lowest, std::size_t highest) {
  const std::optional<std::size_t> count = count_in(request, key);
  if (!count) refuse(std::string(key) + " is missing");
  if (*count < lowest || *count > highest) {
    refuse(std::string(key) + " = " + std::to_string(*count) + ", must be in [" + std::to_string(lowest) + ", " +
           std::to_string(highest) + "]");
  }
  return *count;
}

std::string text_in(const JsonValue& request, std::string_view key) {
  const JsonValue* value = request.find(key);
  if (value == nullptr) refuse(std::string(key) + " is missing");
  if (value->kind != Kind::string) refuse_member(key, *value, "a text");
  return value->text;
}

std::vector<std::string> overrides_in(const JsonValue& request) {
  std::vector<std::string> overrides;
  const JsonValue* list = request.find("set");
  if (list == nullptr) return overrides;
  for (const JsonValue& each : list->elements) {
    if (each.kind != Kind::string) refuse_member("set", each, "texts such as \"train.epochs=5\"");
    overrides.push_back(each.text);
  }
  return overrides;
}

std::map<std::string, std::string> files_in(const JsonValue& request) {
  std::map<std::string, std::string> files;
  const JsonValue* given = request.find("files");
  if (given == nullptr) return files;
  for (const hinge::JsonMember& file : given->members) {
    if (file.key.empty() || file.key.front() == '.' || file.key.find('/') != std::string::npos) {
      refuse("files: \"" + file.key + "\" is no name of a file; use one such as points.csv");
    }
    if (file.value.kind != Kind::string) refuse_member("files", file.value, "a text");
    files[file.key] = file.value.text;
  }
  return files;
}

JsonValue error_json(const std::string& message, const std::string& place) {
  return JsonValue::object({{"error", message}, {"place", place}});
}

// The place that a message names: `config:3:9: /model/layers/0/units: …`.
std::string pointer_in(const std::string& message) {
  const std::size_t start = message.find(" /");
  const std::size_t end = start == std::string::npos ? start : message.find(": ", start);
  if (end == std::string::npos || message.substr(0, start).find(' ') != std::string::npos) return "";
  return message.substr(start + 1, end - start - 1);
}

JsonValue state_answer(Session& session) { return JsonValue::object({{"state", state_json(session)}}); }

// The view's points, features × (width·height), as the network sees them.
hinge::Matrix<float> grid_of(const hinge::DataParts& parts, std::size_t width, std::size_t height) {
  const View view = view_of(parts);
  const auto between = [](const double(&range)[2], std::size_t cell, std::size_t cells) {
    return range[0] + (range[1] - range[0]) * (static_cast<double>(cell) + 0.5) / static_cast<double>(cells);
  };
  hinge::Matrix<double> points(parts.train.features(), width * height);
  for (std::size_t r = 0; r < height; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      points(0, r * width + c) = between(view.x, c, width);
      if (points.rows() > 1) points(1, r * width + c) = between(view.y, height - 1 - r, height);
    }
  }
  if (!parts.inputs.is_identity()) parts.inputs.apply(points.view());
  hinge::Matrix<float> grid(points.rows(), points.cols());
  for (std::size_t i = 0; i < points.rows(); ++i) {
    for (std::size_t k = 0; k < points.cols(); ++k) grid(i, k) = static_cast<float>(points(i, k));
  }
  return grid;
}

void append(std::vector<float>& values, const hinge::MatrixView<const float>& rows) {
  for (std::size_t r = 0; r < rows.rows; ++r) {
    for (std::size_t c = 0; c < rows.cols; ++c) values.push_back(rows(r, c));
  }
}

}  // namespace

Playground::Playground(std::string folder) : folder_(std::move(folder)), registries_(hinge::standard_registries()) {}

std::string Playground::answer(std::string_view request) {
  try {
    return hinge::to_json_line(dispatch(hinge::parse_json(request, "request")));
  } catch (const hinge::NonFiniteError& error) {
    JsonValue answer = error_json(error.what(), "");
    if (session_) answer.set("state", state_json(*session_));
    return hinge::to_json_line(answer);
  } catch (const hinge::ConfigError& error) {
    const std::string place = error.pointer().empty() ? pointer_in(error.what()) : error.pointer();
    return hinge::to_json_line(error_json(error.what(), place));
  } catch (const std::exception& error) {
    return hinge::to_json_line(error_json(error.what(), ""));
  }
}

JsonValue Playground::dispatch(const JsonValue& request) {
  const std::string what = text_in(request, "do");
  if (what == "open") return open(request);
  if (what == "change") return change(request);
  if (what == "run") return run(request);
  if (what == "edit") return edit(request);
  if (what == "history") return history_json(session(), count_in(request, "from").value_or(0));
  if (what == "findings") return findings_json(session());
  if (what == "verdict") return verdict_json(session());
  if (what == "config") return config_json(session(), files_);
  if (what == "gradcheck") {
    return gradient_check_json(session(), request.find("break") == nullptr ? "" : text_in(request, "break"));
  }
  if (what == "explain") {
    const std::size_t samples = session().training().setup().run.data().train.size();
    const JsonValue* equations = request.find("equations");
    return explanation_json(session(), count_within(request, "sample", 1, samples) - 1,
                            equations != nullptr && equations->boolean);
  }
  if (what == "unit") {
    const hinge::Network<float>& network = session().training().network();
    const std::size_t layer = count_within(request, "layer", 1, network.size()) - 1;
    return unit_json(session(), layer, count_within(request, "unit", 1, network.layer(layer).outputs()) - 1);
  }
  if (what == "step") {
    take_steps(request);
  } else if (what == "epoch") {
    take_epochs(request);
  } else if (what == "back") {
    go_back(request);
  } else if (what != "state") {
    refuse("do: unknown: \"" + what +
           "\" (known: back, change, config, edit, epoch, explain, findings, gradcheck, history, open, run, state, "
           "step, unit, "
           "verdict)");
  }
  return state_answer(session());
}

Session& Playground::session() {
  if (!session_) refuse("no config is open yet");
  return *session_;
}

void Playground::write_files(const std::map<std::string, std::string>& files) const {
  for (const auto& [name, bytes] : files) hinge::write_file(hinge::join_path(folder_, name), bytes);
}

JsonValue Playground::open(const JsonValue& request) {
  const JsonValue* config = request.find("config");
  if (config == nullptr) refuse("config is missing");
  const std::string text = config->kind == Kind::string ? config->text : hinge::to_json(*config);
  std::map<std::string, std::string> files = files_in(request);
  write_files(files);
  std::unique_ptr<Session> session;
  try {
    session = std::make_unique<Session>(
        std::make_shared<Setup>(hinge::parse_config(text, "config", folder_, overrides_in(request), registries_)));
  } catch (...) {
    write_files(files_);  // a change of the training that stays reads its own again
    throw;
  }
  JsonValue answer = setup_json(*session);
  answer.set("state", state_json(*session));
  session_ = std::move(session);
  files_ = std::move(files);
  return answer;
}

JsonValue Playground::change(const JsonValue& request) {
  const std::string text = hinge::to_json(session().training().setup().loaded.tree);
  session().change(hinge::parse_config(text, "config", folder_, overrides_in(request), registries_));
  JsonValue answer = setup_json(*session_);
  answer.set("state", state_json(*session_));
  return answer;
}

JsonValue Playground::edit(const JsonValue& request) {
  const std::string name = text_in(request, "parameter");
  const auto parameters = session().training().network().parameters();
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name() == name; });
  if (found == parameters.end()) refuse("parameter: the network has no \"" + name + "\"");
  const std::size_t row = count_within(request, "row", 0, found->value().rows - 1);
  const std::size_t col = count_within(request, "col", 0, found->value().cols - 1);
  const std::optional<double> value = number_in(request, "value");
  constexpr double largest = std::numeric_limits<float>::max();
  if (!value || *value < -largest || *value > largest) refuse("value: wanted a number that a float can hold");
  session().set_value(static_cast<std::size_t>(found - parameters.begin()), row, col, static_cast<float>(*value));
  return state_answer(session());
}

void Playground::take_steps(const JsonValue& request) {
  const std::size_t count = count_in(request, "count").value_or(1);
  for (std::size_t i = 0; i < count; ++i) session().step();
}

void Playground::take_epochs(const JsonValue& request) {
  const std::size_t wanted = session().training().epochs() + count_in(request, "count").value_or(1);
  while (session().training().epochs() < wanted) session().step();
}

void Playground::go_back(const JsonValue& request) {
  const Training& training = session().training();
  const std::size_t per_epoch = training.steps_per_epoch();
  const std::size_t now = training.steps();
  std::size_t target = now;
  if (const auto step = count_in(request, "to_step")) {
    target = std::min(now, *step);
  } else if (const auto epochs = count_in(request, "epochs")) {
    // From within an epoch its start is the first one back.
    const std::size_t begun = (now + per_epoch - 1) / per_epoch;
    target = (begun - std::min(begun, *epochs)) * per_epoch;
  } else {
    target = now - std::min(now, count_in(request, "steps").value_or(1));
  }
  session().go_back(target);
}

JsonValue Playground::run(const JsonValue& request) {
  const std::optional<double> milliseconds = number_in(request, "milliseconds");
  const std::optional<double> until_loss = number_in(request, "until_loss");
  const std::optional<std::size_t> until_epoch = count_in(request, "until_epoch");
  if (!milliseconds && !until_loss && !until_epoch)
    refuse("run: say how long: milliseconds, until_loss or until_epoch");
  const hinge::Clock::time_point start = hinge::Clock::now();
  const char* stopped = nullptr;
  while (stopped == nullptr) {
    if (until_epoch && session().training().epochs() >= *until_epoch) {
      stopped = "epoch";
    } else if (milliseconds && hinge::seconds_since(start) * 1000 >= *milliseconds) {
      stopped = "time";
    } else {
      const std::size_t epochs = session().training().epochs();
      session().step();
      const bool ended = session().training().epochs() > epochs;
      if (ended && until_loss && session().history().back().train.loss <= *until_loss) stopped = "loss";
    }
  }
  JsonValue answer = state_answer(session());
  answer.set("stopped", stopped);
  return answer;
}

const std::vector<float>& Playground::maps(std::size_t width, std::size_t height) {
  maps_.clear();
  if (!session_ || width == 0 || height == 0) return maps_;
  const hinge::DataParts& parts = session_->training().setup().run.data();
  hinge::Network<float>& network = session_->training().mirror();
  const hinge::Matrix<float> grid = grid_of(parts, width, parts.train.features() > 1 ? height : 1);
  const hinge::PassScope<float> scope(network);
  const hinge::MatrixView<const float> output = network.forward(grid.view(), hinge::Pass::inspect());
  for (const std::size_t layer : drawn_layers(network)) append(maps_, network.layer(layer).output());
  hinge::Matrix<float> predictions = hinge::matrix_of(output);
  hinge::apply_output_transform(session_->training().setup().run.trainer().loss().output_transform(),
                                predictions.view());
  if (!parts.targets.is_identity()) parts.targets.invert(predictions.view());
  append(maps_, std::as_const(predictions).view());
  return maps_;
}

}  // namespace hinge_playground
