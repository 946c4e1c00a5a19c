#include "playground_link.h"

#include <algorithm>
#include <string_view>

#include <hinge/core/io/file.h>

namespace hinge_command {

namespace {

// Whether the config reads files, its data or the weights that it starts from.
bool reads_files(const hinge::JsonValue& json) {
  return std::any_of(json.members.begin(), json.members.end(), [](const hinge::JsonMember& member) {
    return member.key == "path" || member.key == "from" || reads_files(member.value);
  });
}

// As in an address: every byte but letters, digits and -._~ as %NN. [RFC 3986, section 2]
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', digits[byte / 16U], digits[byte % 16U]};
    }
  }
  return encoded;
}

}  // namespace

std::string playground_link(const std::string& folder, const hinge::JsonValue& config, std::size_t features) {
  if (features > 2 || reads_files(config)) return "";
  for (const std::string place : {"playground.html", "../playground.html"}) {
    if (!hinge::file_exists(hinge::join_path(folder, place))) continue;
    return place + "#config=" + percent_encoded(hinge::to_json_line(config));
  }
  return "";
}

}  // namespace hinge_command
