// The drawings: places of labels, ticks, thinning, escaping, colours.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <regex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "drawing/bars.h"
#include "drawing/chart.h"
#include "drawing/heat_map.h"
#include "drawing/image.h"
#include "drawing/labels.h"
#include "drawing/palette.h"
#include "drawing/state_map.h"

using namespace hinge_command;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

struct Box {
  std::string text;
  double left;
  double right;
  double top;
  double bottom;
};

std::string attribute(const std::string& tag, const std::string& name) {
  std::smatch match;
  return std::regex_search(tag, match, std::regex(" " + name + "=\"([^\"]*)\"")) ? match[1].str() : "";
}

// Where the text of a drawing stands, by the widest of the usual fonts.
std::vector<Box> boxes(const std::string& svg) {
  std::vector<Box> found;
  const std::regex text("<text([^>]*)>([^<]*)</text>");
  for (std::sregex_iterator match(svg.begin(), svg.end(), text), end; match != end; ++match) {
    const std::string tag = (*match)[1];
    const std::string anchor = attribute(tag, "text-anchor");
    const double width = text_width((*match)[2].str());
    const double x = std::stod(attribute(tag, "x"));
    const double y = std::stod(attribute(tag, "y"));
    const double left = anchor == "end" ? x - width : anchor == "middle" ? x - width / 2 : x;
    if (tag.find("rotate(-90 ") == std::string::npos) {
      found.push_back({(*match)[2], left, left + width, y - font_size, y});
    } else {
      found.push_back({(*match)[2], x - font_size, x, y - width, y});
    }
  }
  return found;
}

// Pairs of texts that cover each other, one in a line.
std::string overlaps(const std::string& svg) {
  std::string found;
  const std::vector<Box> all = boxes(svg);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool is_apart = all[i].right <= all[j].left || all[j].right <= all[i].left || all[i].bottom <= all[j].top ||
                            all[j].bottom <= all[i].top;
      if (!is_apart) found += all[j].text + " | " + all[i].text + "\n";
    }
  }
  return found;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++times;
  return times;
}

// The first drawn path.
std::string first_path(const std::string& svg) { return attribute(svg.substr(svg.find("<path")), "d"); }

Series line(const std::string& label, const std::vector<Point>& points) { return {.label = label, .points = points}; }

}  // namespace

TEST_CASE("ticks are round numbers within the range") {
  struct Row {
    ScaleKind kind;
    Range range;
    int count;
    std::vector<double> wanted;
  };
  const Row rows[] = {
      {ScaleKind::linear, {0, 1}, 5, {0, 0.2, 0.4, 0.6, 0.8, 1}},
      {ScaleKind::linear, {-0.3, 0.31}, 4, {-0.2, 0, 0.2}},
      {ScaleKind::linear, {-4.24, 4.24}, 8, {-4, -2, 0, 2, 4}},
      {ScaleKind::linear, {1e-7, 3e-7}, 2, {1e-7, 2e-7, 3e-7}},
      {ScaleKind::linear, {1e20, 1e20 + 32768}, 2, {1e20, 1e20 + 16384, 1e20 + 32768}},  // all that doubles hold
      {ScaleKind::whole, {1, 3}, 10, {1, 2, 3}},
      {ScaleKind::whole, {0.5, 1.5}, 10, {1}},
      {ScaleKind::whole, {1, 100000}, 4, {50000, 100000}},
      {ScaleKind::log, {0.001, 10}, 5, {0.001, 0.01, 0.1, 1, 10}},
      {ScaleKind::log, {0.03, 4}, 10, {0.05, 0.1, 0.2, 0.5, 1, 2}},
      {ScaleKind::log, {1e-12, 1}, 4, {1e-12, 1e-8, 1e-4, 1}},
      {ScaleKind::log, {2, 4}, 2, {2, 3, 4}},
  };
  for (const Row& row : rows) {
    const std::vector<double> found = ticks(row.kind, row.range, row.count);
    CAPTURE(row.range.low);
    CAPTURE(row.range.high);
    REQUIRE(found.size() == row.wanted.size());
    // pow(10, n) may be off by a unit in the last place.
    for (std::size_t i = 0; i < found.size(); ++i)
      CHECK(std::abs(found[i] - row.wanted[i]) <= 1e-15 * std::abs(row.wanted[i]));
  }
}

TEST_CASE("a scale maps its range onto its pixels, by logarithms if it is logarithmic") {
  const Scale linear{ScaleKind::linear, {-1, 3}, 100, 500};
  CHECK(linear(-1) == 100);
  CHECK(linear(0) == 200);
  CHECK(linear(3) == 500);
  const Scale log{ScaleKind::log, {0.01, 100}, 400, 0};
  CHECK(log(0.01) == doctest::Approx(400));
  CHECK(log(1) == doctest::Approx(200));
  CHECK(log(100) == doctest::Approx(0).epsilon(1e-9));
  CHECK_FALSE(log.shows(0));
  CHECK_FALSE(log.shows(-1));
  for (const double value : {missing, std::numeric_limits<double>::infinity(), 1e301}) {
    CHECK_FALSE(linear.shows(value));
    CHECK_FALSE(log.shows(value));
  }
}

TEST_CASE("a range shows all values that can be shown, and is never empty") {
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    ScaleKind kind;
    std::vector<double> values;
    Range wanted;
  };
  const Row rows[] = {
      {ScaleKind::linear, {}, {0, 1}},
      {ScaleKind::linear, {missing, infinity}, {0, 1}},
      {ScaleKind::linear, {0, missing, 10}, {-1, 11}},
      {ScaleKind::linear, {4}, {2, 6}},
      {ScaleKind::linear, {0, 0}, {-1, 1}},
      {ScaleKind::log, {0, -1}, {0.1, 1}},
      {ScaleKind::log, {0, 2}, {1, 4}},
      {ScaleKind::log, {1, 1e10}, {0.1, 1e11}},
      {ScaleKind::log, {1, 1e300}, {1e-30, std::numeric_limits<double>::max()}},
  };
  for (const Row& row : rows) {
    const Range range = range_of(row.kind, row.values, 0.1);
    CHECK(range.low == doctest::Approx(row.wanted.low));
    CHECK(range.high == doctest::Approx(row.wanted.high));
  }
}

TEST_CASE("thinning a long curve keeps its ends, its extremes and its gaps") {
  const std::size_t size = 100'000;
  std::vector<Point> points;
  for (std::size_t i = 0; i < size; ++i) {
    const auto x = static_cast<double>(i);
    points.push_back({x, std::sin(x * 12.9898)});
  }
  points[31'234].y = 7;
  points[77'777].y = -5;
  for (std::size_t i = 40'000; i < 42'000; ++i) points[i].y = missing;  // wider than a pixel
  points[60'100].y = missing;                                           // within one
  const Scale x{ScaleKind::whole, {0, size - 1.0}, 50, 550};
  const Scale y{ScaleKind::linear, {-5, 7}, 300, 0};
  const std::vector<Point> kept = thinned(points, x, y);
  CHECK(kept.size() <= 5 * 501);
  CHECK(kept.size() >= 1'000);
  CHECK(kept.front().x == 0);
  CHECK(kept.back().x == size - 1);
  CHECK(std::is_sorted(kept.begin(), kept.end(), [](const Point& a, const Point& b) { return a.x < b.x; }));
  CHECK(std::count_if(kept.begin(), kept.end(), [](const Point& p) { return std::isnan(p.y); }) == 1);
  // In every column of pixels the lowest and the highest are there.
  std::vector<Range> wanted(501, Range{99, -99});
  std::vector<Range> found(501, Range{99, -99});
  const auto widen = [&](std::vector<Range>& ranges, const std::vector<Point>& all) {
    for (const Point& point : all) {
      if (std::isnan(point.y)) continue;
      Range& range = ranges[static_cast<std::size_t>(x(point.x)) - 50];
      range = {std::min(range.low, point.y), std::max(range.high, point.y)};
    }
  };
  widen(wanted, points);
  widen(found, kept);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    CHECK(found[i].low == wanted[i].low);
    CHECK(found[i].high == wanted[i].high);
  }
  // A curve with few points stays as it is, with a gap between two points of one pixel.
  const std::vector<Point> jump = {{0, 1}, {1, 1}, {1, missing}, {1, 2}, {2, 2}};
  CHECK(thinned(jump, x, y).size() == jump.size());
}

TEST_CASE("labels are spread without overlap, in their order, and close to their places") {
  struct Row {
    std::vector<double> wanted;
    std::vector<double> places;
  };
  const Row rows[] = {
      {{}, {}},
      {{50}, {50}},
      {{20, 60}, {20, 60}},
      {{50, 50, 50}, {50, 60, 70}},
      {{60, 55}, {65, 55}},
      {{100, 100, 98}, {90, 100, 80}},
      {{-5, 200}, {0, 100}},
  };
  for (const Row& row : rows) CHECK(spread(row.wanted, 10, {0, 100}) == row.places);
  CHECK(rows_without_overlap({{0, 10}, {5, 15}, {12, 20}, {40, 50}, {0, 60}}, 1) ==
        std::vector<std::size_t>{0, 1, 0, 0, 2});
}

TEST_CASE("no text of a drawing covers another") {
  Chart crowded{.title = "Loss", .x = {.label = "epoch"}, .y = {.label = "loss"}};
  for (int i = 0; i < 20; ++i)
    crowded.series.push_back(line("run number " + std::to_string(i), {{1, 0.5}, {1e6, 0.001 * i}}));
  crowded.marks = {{1, "start"}, {500'000, "best epoch 500000"}, {500'100, "stopped early"}, {1e6, "the end"}};
  Chart small = crowded;
  small.width = 320;
  small.height = 100;
  Chart log = crowded;
  log.y.kind = ScaleKind::log;
  Chart dots{.x = {.label = "true"}, .y = {.label = "predicted"}, .has_diagonal = true};
  for (const char* name : {"setosa", "a name that is so long that it cannot stand beside a chart in full"}) {
    dots.series.push_back({.label = name, .points = {{1.5, 2}, {3, 4}}, .kind = Series::Kind::dots});
  }
  for (const Chart& chart : {crowded, small, log, dots}) CHECK(overlaps(svg_of(draw(chart))) == "");

  HeatMap confusion{.title = "Confusion", .row_label = "true", .column_label = "predicted"};
  StateMap states{.title = "Units", .looks = {1, 2, 3}, .states = {"working", "dead"}};
  Bars bars{.title = "Recall", .axis = {.label = "recall"}};
  ImageGrid images{.title = "Weights"};
  for (int i = 0; i < 25; ++i) {
    const std::string name = "class number " + std::to_string(i);
    confusion.rows.push_back(name);
    confusion.columns.push_back(name);
    confusion.values.resize(confusion.values.size() + 25, 12345);
    states.rows.push_back(name);
    states.values.insert(states.values.end(), {0, 1, 0});
    bars.bars.push_back({name, 0.04 * i, Range{0.04 * i, 1}});
    images.images.push_back({.rows = 1, .columns = 1, .values = {0}, .label = name});
  }
  for (const Drawing& drawing : {draw(confusion), draw(states), draw(bars), draw(images)}) {
    CHECK(overlaps(svg_of(drawing)) == "");
  }
}

TEST_CASE("all text lies within the drawing") {
  Chart chart{.title = std::string(300, 'W'), .x = {.label = "epoch"}, .y = {.label = "loss"}};
  chart.series = {
      line("a label that is very long, and longer than there is room for it", {{0, -1e-7}, {12345678, 1e-7}})};
  chart.marks = {{0, "a mark at the start"}, {12345678, "a mark at the end"}};
  HeatMap map{.title = "Confusion of a test",
              .row_label = "true",
              .column_label = "predicted",
              .rows = {"a"},
              .columns = {"b"},
              .values = {3}};
  Chart crowded{.height = 100};
  for (int i = 0; i < 20; ++i) crowded.series.push_back(line("run " + std::to_string(i), {{0, 1}, {1, 1}}));
  for (const Drawing& drawing : {draw(chart), draw(crowded), draw(map)}) {
    for (const Box& box : boxes(svg_of(drawing))) {
      CAPTURE(box.text);
      CHECK(box.left >= 0);
      CHECK(box.right <= drawing.width + 0.05);  // pixels are rounded to a decimal
      CHECK(box.top >= 0);
      CHECK(box.bottom <= drawing.height);
    }
  }
}

TEST_CASE("hostile names are nothing but text") {
  const std::string name = "</svg><script>alert('\"&')</script>\x01\xff";
  const std::string safe = "&lt;/svg&gt;&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;\\x01\\xff";
  CHECK(escaped(name) == safe);
  const Chart chart{
      .title = name,
      .description = name,
      .x = {.label = name},
      .y = {.label = name},
      .series = {line(name, {{0, 1}, {1, 2}}), {.label = name, .points = {{0, 1}}, .kind = Series::Kind::dots}},
      .marks = {{0.5, name}}};
  const HeatMap map{.title = name,
                    .description = name,
                    .row_label = name,
                    .column_label = name,
                    .rows = {name},
                    .columns = {name},
                    .values = {1}};
  const StateMap states{
      .title = name, .row_label = name, .looks = {1}, .rows = {name}, .states = {name}, .values = {0}};
  const Bars bars{.title = name, .axis = {.label = name}, .bars = {{name, 1}}};
  const ImageGrid images{.title = name, .images = {{.rows = 1, .columns = 1, .values = {1}, .label = name}}};
  for (const Drawing& drawing : {draw(chart), draw(map), draw(states), draw(bars), draw(images)}) {
    const std::string svg = svg_of(drawing);
    CHECK(count(svg, "<script") == 0);
    CHECK(count(svg, "alert('") == 0);
    CHECK(count(svg, "\x01") == 0);
    CHECK(count(svg, "<svg") == count(svg, "</svg>"));
    CHECK(svg.find(safe) != std::string::npos);  // the title has room for all of it
  }
  for (const Numbers& numbers : {numbers_of(chart), numbers_of(map), numbers_of(states), numbers_of(bars)}) {
    CHECK(count(html_of(numbers), "<script") == 0);
    CHECK(csv_of(numbers).find("\"</svg><script>alert('\"\"&')") != std::string::npos);
  }
}

TEST_CASE("a gap in a curve is a gap in its path, and a lone point is a dot") {
  Chart chart{.series = {line("a", {{0, 0}, {1, 1}, {2, missing}, {3, 0}, {4, missing}, {5, 1}, {6, 1}})}};
  const std::string svg = svg_of(draw(chart));
  CHECK(count(first_path(svg), "M") == 2);
  CHECK(count(svg, "h0\"") == 1);
  chart.y.kind = ScaleKind::log;  // which has no place for 0
  CHECK(count(first_path(svg_of(draw(chart))), "M") == 1);
}

TEST_CASE("a chart without a single value can be drawn") {
  for (const ScaleKind kind : {ScaleKind::linear, ScaleKind::log, ScaleKind::whole}) {
    for (const std::vector<Point>& points : {std::vector<Point>{}, {{missing, missing}}, {{1, 1}}, {{0, 0}, {0, 0}}}) {
      const Chart chart{.x = {.kind = kind}, .y = {.kind = kind}, .series = {line("a", points)}};
      CHECK(svg_of(draw(chart)).find("nan") == std::string::npos);
    }
  }
  for (const Drawing& drawing : {draw(HeatMap{}), draw(StateMap{}), draw(Bars{}), draw(ImageGrid{}), draw(Chart{})}) {
    CHECK(svg_of(drawing).find("nan") == std::string::npos);
  }
}

TEST_CASE("columns of a state map that share a pixel show the worst state, and runs are joined") {
  StateMap map{.rows = {"1"}, .states = {"working", "dead"}};
  for (int i = 0; i < 10'000; ++i) map.looks.push_back(i + 1);
  map.values.assign(10'000, 0);
  map.values[5'000] = 1;  // for one epoch
  const std::string svg = svg_of(draw(map));
  CHECK(count(svg, "class=\"d-s1\"") == 2);  // the unit, and the legend
  CHECK(svg.size() < 4'000);
  CHECK(numbers_of(map).rows.size() == 3);
  // More units than rows: every n-th.
  map.looks = {1};
  map.values.assign(10'000, 0);
  map.rows.assign(10'000, "unit");
  CHECK(draw(map).height < 400);
}

TEST_CASE("the numbers behind a chart are a column for each series, or a row for each point") {
  Chart chart{.title = "Loss",
              .x = {.label = "epoch"},
              .series = {line("training", {{1, 0.5}, {2, missing}}), line("a, \"b\"", {{1, 1}, {2, 2}})}};
  chart.series[1].band = {{1, 0.5, 1.5}, {2, 1, 3}};
  CHECK(csv_of(numbers_of(chart)) ==
        "epoch,training,\"a, \"\"b\"\"\",\"a, \"\"b\"\" low\",\"a, \"\"b\"\" high\"\n1,0.5,1,0.5,1.5\n2,,2,1,3\n");
  chart.series[1] = line("b", {{7, 8}});
  CHECK(csv_of(numbers_of(chart)) == "series,epoch,y\ntraining,1,0.5\ntraining,2,\nb,7,8\n");
  Numbers numbers{.caption = "c", .header = {"a"}, .rows = {}};
  for (int i = 0; i < 1000; ++i) numbers.rows.push_back({std::to_string(i)});
  const std::string html = html_of(numbers, 100);
  CHECK(count(html, "<td>") == 101);
  CHECK(html.find("<td>999</td>") != std::string::npos);
  CHECK(html.find("<caption>c (1 of 10 rows)</caption>") != std::string::npos);
  CHECK(html.find("<th scope=\"col\">a</th>") != std::string::npos);
}

TEST_CASE("colours have the contrast of WCAG AA with their ground, in light and in dark mode") {
  const auto luminance = [](std::string_view colour) {
    double sum = 0;
    for (const auto& [start, weight] : {std::pair{1, 0.2126}, {3, 0.7152}, {5, 0.0722}}) {
      const double part =
          std::stoi(std::string(colour.substr(static_cast<std::size_t>(start), 2)), nullptr, 16) / 255.0;
      sum += weight * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
  };
  const auto contrast = [&](std::string_view a, std::string_view b) {
    const double one = luminance(a) + 0.05;
    const double other = luminance(b) + 0.05;
    return std::max(one, other) / std::min(one, other);
  };
  for (const char* name : {"d-text", "d-faint", "d-0", "d-1", "d-2", "d-3", "d-4", "d-5"}) {
    CAPTURE(name);
    CHECK(contrast(light_colour(name), light_colour("d-ground")) >= 4.5);
    CHECK(contrast(dark_colour(name), dark_colour("d-ground")) >= 4.5);
  }
  // States get ever darker on light ground, ever lighter on dark ground: they can be told apart in grey.
  for (int state = 1; state < 6; ++state) {
    const std::string before = "d-s" + std::to_string(state - 1);
    const std::string after = "d-s" + std::to_string(state);
    CHECK(contrast(light_colour(before), light_colour(after)) >= 1.25);
    CHECK(luminance(light_colour(before)) > luminance(light_colour(after)));
    CHECK(contrast(dark_colour(before), dark_colour(after)) >= 1.25);
    CHECK(luminance(dark_colour(before)) < luminance(dark_colour(after)));
  }
}

TEST_CASE("a PNG is that of the specification") {
  // 2 × 1 pixels, indices 1 and 0 into red and green; made with Python's zlib.compress(bytes([0, 1, 0]), 0).
  const std::string png = png_of(1, 2, {1, 0}, {{255, 0, 0}, {0, 255, 0}});
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  using namespace std::string_literals;
  CHECK(png.substr(8, 25) == "\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x01\x08\x03\0\0\0\xc3\xfc\x8f\xb8"s);
  CHECK(png.substr(33, 18) == "\0\0\0\x06PLTE\xff\0\0\0\xff\0\xd2\x87\xef\x71"s);
  CHECK(png.substr(51, 26) == "\0\0\0\x0eIDAT\x78\x01\x01\x03\0\xfc\xff\0\x01\0\0\x05\0\x02\xfc\xdf\x1b\x53"s);
}

TEST_CASE("values that an image cannot show look like its ends") {
  const auto same = [](const Image& image, const Image& other) {
    return image_element(image, 0, 0, 8, 8) == image_element(other, 0, 0, 8, 8);
  };
  const auto pixel = [](double value, Shades shades) {
    return Image{.rows = 1, .columns = 1, .values = {value}, .low = -1, .high = 1, .shades = shades};
  };
  for (const Shades shades : {Shades::grey, Shades::diverging}) {
    CHECK(same(pixel(7, shades), pixel(1, shades)));
    CHECK(same(pixel(-7, shades), pixel(-1, shades)));
    CHECK(same(pixel(missing, shades), pixel(-1, shades)));
    CHECK_FALSE(same(pixel(1, shades), pixel(-1, shades)));
  }
  CHECK(same(pixel(missing, Shades::classes), pixel(0, Shades::classes)));
  CHECK(same(pixel(-3, Shades::classes), pixel(0, Shades::classes)));
  CHECK(same(pixel(7, Shades::classes), pixel(1, Shades::classes)));  // six colours
}
