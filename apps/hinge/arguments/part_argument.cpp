#include "arguments/part_argument.h"

#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include <hinge/core/config/config.h>
#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/losses/mse.h>

#include "parts.h"

namespace hinge_command {

namespace {

// One part, so that it is read just as in a config.
template <typename PartSpec>
class Chosen final : public hinge::Description {
 public:
  explicit Chosen(PartSpec first) : part(std::move(first)) {}

  PartSpec part;

  std::string_view type() const override { return part.kind(); }
  std::vector<hinge::Option> options() override { return {{part.kind(), &part, {}, ""}}; }
};

// A number or a truth as JSON has it; else a text.
hinge::JsonValue value_of(std::string_view text) {
  if (text == "true" || text == "false") return text == "true";
  const auto number = hinge::parse_double(text);
  return number ? hinge::JsonValue(*number) : hinge::JsonValue(text);
}

// `leaky_relu:alpha=0.1` as {"type": "leaky_relu", "alpha": 0.1}; every value is said to come from the argument.
hinge::JsonValue part_config(std::string_view kind, const std::string& argument) {
  const hinge::JsonPlace place{.source = std::make_shared<std::string>(hinge::printable(argument))};
  std::size_t end = argument.find(':');
  std::vector<hinge::JsonMember> members;
  const auto add = [&](std::string key, hinge::JsonValue value) {
    value.place = place;
    members.push_back({std::move(key), std::move(value), place});
  };
  add("type", argument.substr(0, end));
  while (end != std::string::npos) {
    const std::size_t start = end + 1;
    end = argument.find(',', start);
    const std::string option = argument.substr(start, end == std::string::npos ? end : end - start);
    const std::size_t sign = option.find('=');
    if (sign == std::string::npos || sign == 0) {
      throw hinge::ConfigError(place.text() + ": wanted NAME:OPTION=VALUE, such as leaky_relu:alpha=0.1");
    }
    add(option.substr(0, sign), value_of(std::string_view(option).substr(sign + 1)));
  }
  auto part = hinge::JsonValue::object(std::move(members));
  part.place = place;
  auto config = hinge::JsonValue::object({{std::string(kind), std::move(part)}});
  config.place = place;
  return config;
}

// What `config` says in the place of `first`.
template <typename PartSpec>
PartSpec read_part(PartSpec first, const hinge::JsonValue& config) {
  Chosen<PartSpec> chosen(std::move(first));
  hinge::ConfigErrors errors;
  hinge::read_config(config, chosen, known_parts(), errors);
  errors.throw_if_any();
  return chosen.part;
}

}  // namespace

hinge::ActivationSpec parse_activation(const std::string& argument) {
  return read_part<hinge::ActivationSpec>(hinge::Relu{}, part_config("activation", argument));
}

hinge::LossSpec parse_loss(const std::string& argument) {
  return read_part<hinge::LossSpec>(hinge::MeanSquaredError{}, part_config("loss", argument));
}

hinge::LossSpec loss_of(const hinge::JsonValue& json) {
  return read_part<hinge::LossSpec>(hinge::MeanSquaredError{}, hinge::JsonValue::object({{"loss", json}}));
}

hinge::JsonValue json_of(const hinge::LossSpec& loss) {
  Chosen<hinge::LossSpec> chosen(loss);
  return *hinge::config_of(chosen).find("loss");
}

bool set_alpha(hinge::ActivationSpec& activation, double alpha) {
  const auto options = activation.held().options();
  if (hinge::find_option(options, "alpha") == nullptr) return false;
  hinge::set_option(activation.held(), "alpha", alpha);
  return true;
}

std::string activation_label(const hinge::ActivationSpec& activation) {
  hinge::ActivationSpec usual = activation;
  usual.replace(known_parts().of<hinge::ActivationSpec>(), activation.type());
  hinge::ActivationSpec own = activation;
  const auto usual_options = usual.held().options();
  const auto own_options = own.held().options();
  std::string label(activation.type());
  for (std::size_t i = 0; i < own_options.size(); ++i) {
    const auto& place = own_options[i].place;
    const std::string name = own_options[i].name == "alpha" ? "α" : std::string(own_options[i].name);
    if (std::holds_alternative<double*>(place)) {
      const double value = *std::get<double*>(place);
      if (value != *std::get<double*>(usual_options[i].place)) label += " " + name + " = " + hinge::to_text(value);
    } else if (std::holds_alternative<std::string*>(place)) {
      const std::string& value = *std::get<std::string*>(place);
      if (value != *std::get<std::string*>(usual_options[i].place)) label += " " + value;
    }
  }
  return label;
}

}  // namespace hinge_command
