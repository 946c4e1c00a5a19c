// JSON for people: members with comments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/config/json.h>

namespace hinge_command {

/// Lines of an object in JSON: members with comments, behind them where they fit, else above.
class Members {
 public:
  explicit Members(std::size_t indent) : indent_(indent, ' ') {}

  /// `value` is written as it is.
  void add(std::string_view key, const std::string& value, const std::string& comment = "");
  void add(std::string_view key, const hinge::JsonValue& value, const std::string& comment = "");
  bool empty() const { return members_.empty(); }

  std::string text() const;
  /// `{ … }`, to stand behind a key.
  std::string object() const { return "{\n" + text() + indent_.substr(2) + "}"; }

 private:
  std::string indent_;
  std::vector<std::pair<std::string, std::string>> members_;
};

}  // namespace hinge_command
