// Members of an object, in lines.
#include "commented_json.h"

namespace hinge_command {

void Members::add(std::string_view key, const std::string& value, const std::string& comment) {
  members_.push_back({hinge::to_json_line(key) + ": " + value, comment});
}

void Members::add(std::string_view key, const hinge::JsonValue& value, const std::string& comment) {
  add(key, hinge::to_json_line(value), comment);
}

std::string Members::text() const {
  constexpr std::size_t config_width = 110;
  std::string text;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto& [member, comment] = members_[i];
    const std::string line = indent_ + member + (i + 1 < members_.size() ? "," : "");
    const bool fits = line.find('\n') == std::string::npos && line.size() + comment.size() + 5 <= config_width;
    if (!comment.empty() && !fits) text.append(indent_).append("// ").append(comment).append("\n");
    text += line;
    if (!comment.empty() && fits) text.append("  // ").append(comment);
    text += '\n';
  }
  return text;
}

}  // namespace hinge_command
