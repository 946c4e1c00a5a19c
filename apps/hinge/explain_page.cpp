// The page: one file with the data inside. How it looks and what it does is in explain_page.html.
#include <string_view>

#include "explain_view.h"
#include "page_template.h"

namespace hinge_command {

std::string explanation_page(hinge::JsonValue data, const Selection& selection) {
  data.set("only", selection.layer ? hinge::JsonValue::of(*selection.layer + 1) : hinge::JsonValue());
  std::string page(explain_page_template());
  // No name in the data can end the script or open a comment.
  std::string json;
  for (const char c : hinge::to_json(data)) json += c == '<' ? std::string("\\u003c") : std::string(1, c);
  constexpr std::string_view place = "/*DATA*/";
  return page.replace(page.find(place), place.size(), json);
}

}  // namespace hinge_command
