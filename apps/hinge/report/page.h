// Pieces of HTML, of which sections put the page of a report together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/config/json.h>

#include "drawing/numbers.h"
#include "drawing/svg.h"

namespace hinge_command {

/// The width of a picture on the page, in pixels: three stand side by side on a laptop, and one can be read on a phone.
inline constexpr double figure_width = 400;

/// A part of a page with a heading, to which a link at the top leads.
struct PageSection {
  std::string id = {};       ///< of the heading
  std::string title = {};    ///< text
  std::string content = {};  ///< HTML; "": the section is left out
};

/// The page of report_page.html. `data` is what its script needs: `units`, an empty list for none, and `live`.
std::string page_of(std::string_view title, const std::vector<PageSection>& sections, const hinge::JsonValue& data);

/// A paragraph; the text is escaped.
std::string paragraph(std::string_view text, std::string_view kind = "");

/// Figures side by side, as many as there is room for.
std::string row_of(std::string_view figures);

/// A drawing with what it shows and its numbers below, which open at a click. A `curve` and a `chart` are as wide as there is room, a
/// `picture` has its own size. The script lets readers walk through the numbers of a `curve`.
std::string figure(const Drawing& drawing, const Numbers& numbers, std::string_view kind = "picture");

/// Images of weights, whose numbers the script has.
std::string weight_figure(const Drawing& drawing);

/// A table that scrolls where it is too wide.
std::string table(const Numbers& numbers, std::size_t max_rows = 200);

/// Lines of text as they are: each is escaped.
std::string code(std::string_view lines);

/// Text that opens at a click.
std::string details(std::string_view summary, std::string_view content);

/// A number with four digits, a whole one with all, and a true minus; a dash for none.
std::string shown(double value);

/// The text with a capital at its start.
std::string capitalized(std::string text);
/// The same with a full stop at its end, unless it has an end.
std::string as_sentence(std::string text);

/// `3 units`, `1 unit`
std::string counted(double count, std::string_view noun);

}  // namespace hinge_command
