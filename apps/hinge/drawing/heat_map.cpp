// Draws a matrix of numbers.
#include "drawing/heat_map.h"

#include <algorithm>
#include <cmath>

#include <hinge/core/text.h>

#include "drawing/palette.h"

namespace hinge_command {

namespace {

constexpr std::size_t most_columns_with_numbers = 20;
constexpr double widest_heading = 140;

struct Grid {
  double left = 0;
  double top = 0;
  double width = 0;   // of a cell
  double height = 0;  // of a cell
  bool has_numbers = true;
  bool has_upright_names = false;
};

double widest(const std::vector<std::string>& names) {
  double width = 0;
  for (const std::string& name : names) width = std::max(width, std::min(widest_heading, text_width(name)));
  return width;
}

Grid grid_of(const HeatMap& map) {
  Grid grid;
  grid.has_numbers = map.columns.size() <= most_columns_with_numbers;
  double number_width = 0;
  for (const double value : map.values) number_width = std::max(number_width, text_width(hinge::typeset(value, 4)));
  grid.width = grid.has_numbers ? std::max(30.0, number_width + 10) : line_distance;
  grid.height = grid.has_numbers ? 28 : line_distance;
  grid.has_upright_names = widest(map.columns) > grid.width - 4;
  grid.left = std::max(widest(map.rows) + 16, text_width(map.row_label) + 16);
  grid.top = 34 + line_distance + (grid.has_upright_names ? widest(map.columns) + 8 : line_distance);
  return grid;
}

std::string cell(const Grid& grid, double x, double y, double value, double largest) {
  // At most half of the colour: the number is then read as well as text on the ground.
  const double part = largest > 0 && value > 0 ? 0.55 * std::sqrt(value / largest) : 0;
  std::string svg = rect_element("d-0", Paint::fill, x + 0.5, y + 0.5, grid.width - 1, grid.height - 1,
                                 {{"fill-opacity", hinge::to_text(part, 2)}});
  if (!grid.has_numbers) return svg;
  return svg + text_element(value == 0 ? "d-faint" : "d-text", x + grid.width / 2, y + grid.height / 2 + 4.5,
                            Anchor::middle, hinge::typeset(value, 4));
}

std::string names(const HeatMap& map, const Grid& grid) {
  std::string svg = text_element("d-faint", grid.left - 8, grid.top - 6, Anchor::end, map.row_label);
  svg += text_element("d-faint", grid.left, 34 + 12, Anchor::start, map.column_label);
  for (std::size_t i = 0; i < map.rows.size(); ++i) {
    const double y = grid.top + (static_cast<double>(i) + 0.5) * grid.height + 4.5;
    svg += text_element("d-text", grid.left - 8, y, Anchor::end, shortened(map.rows[i], widest_heading));
  }
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const double x = grid.left + (static_cast<double>(i) + 0.5) * grid.width;
    const std::string name = shortened(map.columns[i], widest_heading);
    if (grid.has_upright_names) {
      svg += upright_text_element("d-text", x + 4.5, grid.top - 6, name);
    } else {
      svg += text_element("d-text", x, grid.top - 6, Anchor::middle, name);
    }
  }
  return svg;
}

}  // namespace

Drawing draw(const HeatMap& map) {
  const Grid grid = grid_of(map);
  const double right = grid.left + grid.width * static_cast<double>(map.columns.size());
  Drawing drawing{.width = std::max({right, text_width(map.title) * 1.1, grid.left + text_width(map.column_label)}) + 8,
                  .height = grid.top + grid.height * static_cast<double>(map.rows.size()) + 8,
                  .title = map.title,
                  .description = map.description};
  drawing.body = text_element("d-text", 8, 20, Anchor::start, map.title, true) + names(map, grid);
  double largest = 0;
  for (const double value : map.values) largest = std::max(largest, value);
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const std::size_t row = i / map.columns.size();
    const double x = grid.left + static_cast<double>(i % map.columns.size()) * grid.width;
    const double y = grid.top + static_cast<double>(row) * grid.height;
    drawing.body += cell(grid, x, y, map.values[i], largest);
  }
  return drawing;
}

Numbers numbers_of(const HeatMap& map) {
  Numbers numbers{.caption = map.title, .header = {map.row_label + " / " + map.column_label}, .rows = {}};
  numbers.header.insert(numbers.header.end(), map.columns.begin(), map.columns.end());
  for (std::size_t i = 0; i < map.rows.size(); ++i) {
    std::vector<std::string>& row = numbers.rows.emplace_back(std::vector<std::string>{map.rows[i]});
    for (std::size_t k = 0; k < map.columns.size(); ++k) {
      row.push_back(hinge::to_text(map.values[i * map.columns.size() + k]));
    }
  }
  return numbers;
}

}  // namespace hinge_command
