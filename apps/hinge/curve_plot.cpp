// Lays out panels, axes, curves and labels, and writes them as SVG.
#include "curve_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <hinge/core/text.h>

#include "console.h"

namespace hinge_command {

namespace {

// Sizes in pixels.
constexpr double plot_width = 760;
constexpr double panel_height = 320;
constexpr double margin_left = 56;
constexpr double margin_right = 190;  // room for the labels
constexpr double margin_top = 40;
constexpr double margin_bottom = 36;
constexpr double label_distance = 17;

// Colours that stay distinct in red-green colour blindness [Okabe & Ito 2008], darkened or lightened for contrast.
constexpr const char* plot_style =
    "svg{background:#fff;color:#1d1d1f;font:13px system-ui,sans-serif}"
    ".c0{--c:#0067b1}.c1{--c:#c75000}.c2{--c:#007a5a}.c3{--c:#a8418c}.c4{--c:#8a6d00}.c5{--c:#3a3a3c}"
    ".line{fill:none;stroke:var(--c);stroke-width:2.5;stroke-linejoin:round}"
    ".dot{fill:var(--c)}.name{fill:var(--c);font-weight:600}"
    ".grid{stroke:#e3e3e6}.axis{stroke:#8e8e93}.tick{fill:#5f5f63}.title{fill:currentColor;font-weight:600}"
    "@media (prefers-color-scheme:dark){svg{background:#17181a;color:#ececee}"
    ".c0{--c:#62b5f0}.c1{--c:#ff9a4d}.c2{--c:#3fcb9f}.c3{--c:#e29ad0}.c4{--c:#e3c84a}.c5{--c:#c9c9cd}"
    ".grid{stroke:#2d2e31}.axis{stroke:#77777c}.tick{fill:#a5a5aa}}";

// A number of pixels.
std::string number(double value) { return fixed(value, 2); }

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return safe;
}

// A linear map from numbers to pixels.
struct Scale {
  double low;
  double high;
  double first;  // the pixel of `low`
  double last;
  double operator()(double value) const { return first + (value - low) / (high - low) * (last - first); }
};

// The vertical scale: all values, 0, and a little room on both sides.
Scale vertical_scale(const Panel& panel, double offset) {
  double low = 0;
  double high = 0;
  const auto include = [&](const std::vector<Point>& points) {
    for (const Point& point : points) {
      low = std::min(low, point.y);
      high = std::max(high, point.y);
    }
  };
  for (const Curve& curve : panel.curves) {
    for (const auto& piece : curve.pieces) include(piece);
    include(curve.dots);
  }
  if (low == high) high = low + 1;
  const double room = 0.06 * (high - low);
  return {low - room, high + room, offset + panel_height - margin_bottom, offset + margin_top};
}

std::string line_element(const char* kind, double x1, double y1, double x2, double y2) {
  return std::string("<line class=\"") + kind + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" +
         number(x2) + "\" y2=\"" + number(y2) + "\"/>\n";
}

std::string text_element(const char* kind, double x, double y, const char* anchor, const std::string& content) {
  return std::string("<text class=\"") + kind + "\" x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" +
         anchor + "\">" + escaped(content) + "</text>\n";
}

std::string axes(const Scale& x, const Scale& y) {
  std::string svg;
  for (const double tick : round_ticks(x.low, x.high, 7)) {
    svg += line_element(tick == 0 ? "axis" : "grid", x(tick), y.first, x(tick), y.last);
    svg += text_element("tick", x(tick), y.first + 18, "middle", hinge::typeset(tick, 6));
  }
  for (const double tick : round_ticks(y.low, y.high, 5)) {
    svg += line_element(tick == 0 ? "axis" : "grid", x.first, y(tick), x.last, y(tick));
    svg += text_element("tick", x.first - 8, y(tick) + 4, "end", hinge::typeset(tick, 6));
  }
  return svg;
}

std::string path_data(const std::vector<Point>& piece, const Scale& x, const Scale& y) {
  std::string path;
  for (const Point& point : piece) path += (path.empty() ? "M" : "L") + number(x(point.x)) + " " + number(y(point.y));
  return path;
}

std::string drawn(const Curve& curve, std::size_t index, const Scale& x, const Scale& y) {
  std::string svg = "<g class=\"c" + std::to_string(index) + "\">\n";
  for (const auto& piece : curve.pieces) svg += "<path class=\"line\" d=\"" + path_data(piece, x, y) + "\"/>\n";
  for (const Point& dot : curve.dots) {
    svg += "<circle class=\"dot\" cx=\"" + number(x(dot.x)) + "\" cy=\"" + number(y(dot.y)) + "\" r=\"4.5\"/>\n";
  }
  return svg + "</g>\n";
}

// The y of each label: beside the end of its curve, but moved down where labels would overlap.
std::vector<double> label_places(const Panel& panel, const Scale& y) {
  std::vector<double> places;
  for (const Curve& curve : panel.curves) places.push_back(y(curve.pieces.back().back().y));
  std::vector<std::size_t> order(places.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return places[a] < places[b]; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    places[order[i]] = std::max(places[order[i]], places[order[i - 1]] + label_distance);
  }
  // If that moved labels below the bottom, move them up again.
  double limit = y.first;
  for (std::size_t i = order.size(); i-- > 0; limit = places[order[i]] - label_distance) {
    places[order[i]] = std::min(places[order[i]], limit);
  }
  return places;
}

std::string drawn(const Panel& panel, const Scale& x, double offset) {
  const Scale y = vertical_scale(panel, offset);
  std::string svg = text_element("title", margin_left, offset + 22, "start", panel.title) + axes(x, y);
  for (std::size_t i = 0; i < panel.curves.size(); ++i) svg += drawn(panel.curves[i], i, x, y);
  const std::vector<double> places = label_places(panel, y);
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    svg += "<g class=\"c" + std::to_string(i) + "\">" +
           text_element("name", x.last + 10, places[i] + 4, "start", panel.curves[i].label) + "</g>\n";
  }
  return svg;
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  const double wanted = (high - low) / count;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= wanted) step = factor * power;
  }
  std::vector<double> ticks;
  // Multiples of the step, not repeated sums: so 0 is exactly 0, and 0.3 is not 0.30000000000000004.
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) {
    const double exact = step < 1 ? i / std::round(1 / step) : i * step;
    ticks.push_back(exact + 0.0);  // turns −0 into 0
  }
  return ticks;
}

std::string write_svg(const std::vector<Panel>& panels, double low, double high) {
  const double height = panel_height * static_cast<double>(panels.size());
  const Scale x{low, high, margin_left, plot_width - margin_right};
  std::string titles;
  for (const Curve& curve : panels.front().curves) titles += (titles.empty() ? "" : ", ") + curve.label;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + number(plot_width) + " " +
                    number(height) + "\" width=\"" + number(plot_width) + "\" height=\"" + number(height) +
                    "\" role=\"img\">\n<title>" + escaped(titles) + "</title>\n<style>" + plot_style + "</style>\n";
  for (std::size_t i = 0; i < panels.size(); ++i) svg += drawn(panels[i], x, static_cast<double>(i) * panel_height);
  return svg + "</svg>\n";
}

}  // namespace hinge_command
