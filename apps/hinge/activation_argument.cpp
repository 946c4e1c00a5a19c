#include "activation_argument.h"

#include <string_view>
#include <variant>

#include <hinge/core/error.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/layers/activations.h>

namespace hinge_command {

namespace {

double parse_value(const std::string& argument, std::string_view text) {
  if (text == "true" || text == "false") return text == "true" ? 1 : 0;
  if (const auto number = hinge::parse_double(text)) return *number;
  throw hinge::ConfigError(hinge::printable(argument) + ": \"" + hinge::printable(text) +
                           "\" is no number, nor true or false");
}

void set_from_text(hinge::Description& description, const std::string& argument, std::string_view assignment) {
  const std::size_t sign = assignment.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    throw hinge::ConfigError(hinge::printable(argument) + ": wanted NAME:OPTION=VALUE, such as leaky_relu:alpha=0.1");
  }
  const std::string_view name = assignment.substr(0, sign);
  const std::string_view value = assignment.substr(sign + 1);
  const auto options = description.options();
  const hinge::Option* option = hinge::find_option(options, name);
  if (option != nullptr && std::holds_alternative<std::string*>(option->place)) {
    *std::get<std::string*>(option->place) = value;
  } else if (option == nullptr) {
    hinge::set_option(description, name, 0);  // it says which options there are
  } else {
    hinge::set_option(description, name, parse_value(argument, value));
  }
}

}  // namespace

hinge::ActivationSpec parse_activation(const std::string& argument) {
  hinge::ActivationSpec activation = hinge::Relu{};
  std::size_t end = argument.find(':');
  activation.replace(hinge::standard_activations(), argument.substr(0, end));
  while (end != std::string::npos) {
    const std::size_t start = end + 1;
    end = argument.find(',', start);
    set_from_text(activation.held(), argument,
                  std::string_view(argument).substr(start, end == std::string::npos ? end : end - start));
  }
  hinge::check_options(activation.held());
  return activation;
}

bool set_alpha(hinge::ActivationSpec& activation, double alpha) {
  const auto options = activation.held().options();
  if (hinge::find_option(options, "alpha") == nullptr) return false;
  hinge::set_option(activation.held(), "alpha", alpha);
  return true;
}

std::string activation_label(const hinge::ActivationSpec& activation) {
  hinge::ActivationSpec usual = activation;
  usual.replace(hinge::standard_activations(), activation.type());
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
