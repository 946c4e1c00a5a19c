// Draws the states of units over time as runs of equal colour.
#include "drawing/state_map.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <hinge/core/text.h>

#include "drawing/palette.h"

namespace hinge_command {

namespace {

std::string state_class(std::size_t state) { return "d-s" + std::to_string(state); }

std::size_t stride_of(const StateMap& map) {
  return map.rows.empty() ? 1 : (map.rows.size() + StateMap::max_rows - 1) / StateMap::max_rows;
}

Scale x_scale(const StateMap& map) {
  double left = 40;
  for (const std::string& row : map.rows) left = std::max(left, std::min(120.0, text_width(row)) + 12);
  double right = 16;
  for (const std::string& state : map.states) right = std::max(right, text_width(state) + 36);
  // The last column is as wide as the one before it.
  const std::size_t count = map.looks.size();
  const double last = count == 0 ? 1 : map.looks.back();
  const double step = count < 2 ? 1 : last - map.looks[count - 2];
  return {map.x.kind, {count == 0 ? 0 : map.looks.front(), last + step}, left, std::max(left + 100, map.width - right)};
}

// The pixels at which the columns start, whole, and where the last one ends.
std::vector<double> edges_of(const StateMap& map, const Scale& x) {
  std::vector<double> edges;
  for (const double look : map.looks) edges.push_back(std::round(x(look)));
  edges.push_back(std::round(x.last));
  return edges;
}

// Adds the runs of a row, `M12 3h5`, to the paths of their states. Columns that start at one pixel show their worst state.
void add_runs(const StateMap& map, std::size_t row, const std::vector<double>& edges, double y,
              std::vector<std::string>& paths) {
  const std::size_t columns = map.looks.size();
  const std::uint8_t* states = map.values.data() + row * columns;
  double start = edges.front();
  std::uint8_t running = 0;
  for (std::size_t i = 0; i < columns;) {
    std::uint8_t state = states[i];
    std::size_t next = i + 1;
    for (; next < columns && edges[next] == edges[i]; ++next) state = std::max(state, states[next]);
    if (i > 0 && state != running) {
      paths[running] += "M" + pixels(start) + " " + pixels(y) + "h" + pixels(edges[i] - start);
      start = edges[i];
    }
    running = state;
    i = next;
  }
  paths[running] += "M" + pixels(start) + " " + pixels(y) + "h" + pixels(edges.back() - start);
}

std::string runs(const StateMap& map, const Scale& x, double top, double row_height) {
  std::vector<std::string> paths(map.states.size());
  const std::vector<double> edges = edges_of(map, x);
  const std::size_t stride = stride_of(map);
  double y = top + row_height / 2;
  for (std::size_t row = 0; row < map.rows.size() && !map.looks.empty(); row += stride, y += row_height) {
    add_runs(map, row, edges, y, paths);
  }
  std::string svg;
  for (std::size_t state = 0; state < paths.size(); ++state) {
    if (paths[state].empty()) continue;
    svg += coloured_element(
        "path", state_class(state), Paint::stroke,
        {{"d", paths[state]}, {"stroke-width", pixels(row_height)}, {"shape-rendering", "crispEdges"}});
  }
  return svg;
}

std::string legend(const StateMap& map, double x, double top) {
  std::string svg;
  double y = top - line_distance - 3;
  for (std::size_t state = 0; state < map.states.size(); ++state) {
    if (std::find(map.values.begin(), map.values.end(), state) == map.values.end()) continue;
    y += line_distance + 3;
    svg += rect_element(state_class(state), Paint::fill, x, y, 14, 14);
    svg += text_element("d-text", x + 20, y + 11.5, Anchor::start, map.states[state]);
  }
  return svg;
}

// The names of as many rows as have room for them.
std::string row_names(const StateMap& map, double left, double top, double row_height) {
  const std::size_t stride = stride_of(map);
  std::string svg;
  double free = -std::numeric_limits<double>::infinity();
  double y = top + row_height / 2;
  for (std::size_t row = 0; row < map.rows.size(); row += stride, y += row_height) {
    if (y < free) continue;
    svg += text_element("d-faint", left - 8, y + 4.5, Anchor::end, shortened(map.rows[row], 120));
    free = y + line_distance;
  }
  return svg;
}

}  // namespace

Drawing draw(const StateMap& map) {
  const Scale x = x_scale(map);
  const double top = 34 + line_distance;
  const std::size_t shown = (map.rows.size() + stride_of(map) - 1) / stride_of(map);
  // A row is a whole number of pixels, so that all look alike.
  const double row_height = std::clamp(std::floor(240 / std::max(1.0, static_cast<double>(shown))), 1.0, 16.0);
  const double height =
      std::max(row_height * static_cast<double>(shown), (line_distance + 3) * static_cast<double>(map.states.size()));
  const double bottom = top + row_height * static_cast<double>(shown);
  Drawing drawing{.width = map.width,
                  .height = top + height + 24 + line_distance,
                  .title = map.title,
                  .description = map.description};
  drawing.body = text_element("d-text", 8, 20, Anchor::start, shortened(map.title, map.width - 16), true) +
                 text_element("d-faint", 8, 38, Anchor::start, map.row_label) +
                 row_names(map, x.first, top, row_height) + runs(map, x, top, row_height) +
                 legend(map, x.last + 14, top);
  for (const double tick : ticks(x.kind, x.range, static_cast<int>((x.last - x.first) / 60))) {
    drawing.body += line_element("d-axis", x(tick), bottom, x(tick), bottom + 4);
    drawing.body += text_element("d-faint", x(tick), bottom + 18, Anchor::middle, hinge::typeset(tick, 6));
  }
  drawing.body += text_element("d-faint", (x.first + x.last) / 2, bottom + 35, Anchor::middle, map.x.label);
  drawing.body += rect_element("d-axis", Paint::stroke, x.first, top, x.last - x.first, bottom - top,
                               {{"pointer-events", "all"},
                                {"data-x", x.text()},
                                {"data-rows", std::to_string(shown) + " " + std::to_string(stride_of(map))}});
  return drawing;
}

Numbers numbers_of(const StateMap& map) {
  Numbers numbers{.caption = map.title, .header = {map.row_label, map.x.label, "state"}, .rows = {}};
  const std::size_t columns = map.looks.size();
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    for (std::size_t i = 0; i < columns; ++i) {
      const std::uint8_t state = map.values[row * columns + i];
      if (i > 0 && state == map.values[row * columns + i - 1]) continue;
      numbers.rows.push_back({map.rows[row], hinge::to_text(map.looks[i]), map.states[state]});
    }
  }
  return numbers;
}

}  // namespace hinge_command
