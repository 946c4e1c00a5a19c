#include "console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <hinge/core/text.h>

namespace hinge_command {

namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread, at the start
  return value == nullptr ? std::string_view() : value;
}

std::size_t terminal_width(int descriptor) {
  constexpr std::size_t usual = 80;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual;
  return size.ws_col;
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) == 1 && variable("TERM") != "dumb" && !variable("TERM").empty();
}

std::string percent(double fraction) { return hinge::to_text(100 * fraction, 3); }

void append(std::string& line, const std::string& prefix, const hinge::Evaluation& evaluation) {
  line += "  " + prefix + "loss " + short_number(evaluation.loss);
  if (evaluation.accuracy) line += "  " + prefix + "accuracy " + short_number(*evaluation.accuracy);
  if (evaluation.d2) {
    line += "  " + prefix + "D² " + short_number(*evaluation.d2);
  } else if (evaluation.r2) {
    line += "  " + prefix + "R² " + short_number(*evaluation.r2);
  }
}

// `loss 0.0382  accuracy 0.981  val loss 0.0510  val accuracy 0.978  dead 11 0 %`
std::string figures_text(const hinge::EpochReport& report) {
  std::string line;
  append(line, "", report.train);
  if (report.validation) append(line, "val ", *report.validation);
  if (report.health && !report.health->layers.empty()) {
    line += "  dead";
    for (const hinge::LayerHealth& layer : report.health->layers) line += " " + percent(layer.dead_fraction());
    line += " %";
  }
  return line;
}

std::string bar(double fraction, std::size_t width) {
  const auto full = std::min(width, static_cast<std::size_t>(fraction * static_cast<double>(width)));
  return "[" + std::string(full, '=') + std::string(width - full, ' ') + "]";
}

}  // namespace

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string cut(const std::string& text, std::size_t width) {
  if (columns(text) <= width) return text;
  std::string start = text;
  while (columns(start) >= width) start = start.substr(0, hinge::utf8_prefix(start.substr(0, start.size() - 1)));
  return start + "…";
}

std::vector<std::string> wrapped(std::string_view line, std::size_t width, std::size_t indent) {
  std::vector<std::string> lines = {""};
  for (std::size_t start = 0; start < line.size();) {
    // A word with the blanks before it.
    const std::size_t word = std::min(line.find_first_not_of(' ', start), line.size());
    const std::size_t end = std::min(line.find(' ', word), line.size());
    if (!lines.back().empty() && columns(lines.back()) + columns(line.substr(start, end - start)) > width) {
      lines.emplace_back(indent, ' ');
      start = word;
    }
    lines.back() += line.substr(start, end - start);
    start = end;
  }
  return lines;
}

bool Display::stdout_has_colours() { return is_terminal(STDOUT_FILENO) && variable("NO_COLOR").empty(); }

Display Display::of_stderr(bool quiet) {
  Display display{.quiet = quiet};
  display.terminal = is_terminal(STDERR_FILENO);
  display.colour = display.terminal && variable("NO_COLOR").empty();
  if (display.terminal) display.width = terminal_width(STDERR_FILENO);
  return display;
}

std::string short_number(double value) {
  constexpr int digits = 4;
  return hinge::to_text(value, digits);
}

std::string fixed(double value, int decimals) {
  std::array<char, 512> text{};  // the largest double has 309 digits before the point
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

std::string duration_text(double seconds) {
  constexpr double shown_in_seconds = 0.095;
  if (seconds < shown_in_seconds) return hinge::to_text(1000 * seconds, 2) + " ms";
  if (seconds < 9.5) return hinge::to_text(seconds, seconds < 1 ? 2 : 1) + " s";
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

void LiveLine::show(const void* run, const std::string& text, std::size_t columns) {
  const std::lock_guard lock(mutex_);
  if (std::find(runs_.begin(), runs_.end(), run) == runs_.end()) runs_.push_back(run);
  if (runs_.front() == run) write_over(text, columns, "");
}

void LiveLine::leave(const void* run, const std::string& text, std::size_t columns) {
  const std::lock_guard lock(mutex_);
  std::erase(runs_, run);
  write_over(text, columns, "\n");
}

void LiveLine::print(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (shown_ > 0) write_over("", 0, "\r");
  print_text(stderr, text);
}

void LiveLine::write_over(const std::string& text, std::size_t columns, const char* end) {
  const std::string blanks(shown_ > columns ? shown_ - columns : 0, ' ');
  std::fprintf(stderr, "\r%s%s%s", text.c_str(), blanks.c_str(), end);
  std::fflush(stderr);
  shown_ = *end == '\0' ? columns : 0;
}

void Progress::watch(hinge::Trainer<float>& trainer, const hinge::TrainSection& section) {
  if (display_.quiet) return;
  epochs_ = section.epochs;
  cadence_ = hinge::Cadence(section.log_every);
  trainer.on_start([this](const hinge::StartReport& report) { start(report); });
  trainer.on_step([this](const hinge::StepReport& report) {
    step(report);
    return hinge::Control::proceed;
  });
  trainer.on_epoch([this](const hinge::EpochReport& report) {
    if (display_.terminal) losses_.push_back(report.train.loss);
    if (cadence_.is_due(report.epoch) || report.epoch == epochs_) {
      show_epoch(report);
    } else {
      pending_ = report;
    }
    return hinge::Control::proceed;
  });
}

void Progress::start(const hinge::StartReport& report) {
  steps_per_epoch_ = std::max<std::size_t>(1, report.steps_per_epoch);
  first_epoch_ = std::max<std::size_t>(1, report.resumed_epoch);
  start_ = hinge::Clock::now();
}

void Progress::step(const hinge::StepReport& report) {
  if (!display_.terminal) return;
  constexpr auto between = std::chrono::milliseconds(100);
  const hinge::Clock::time_point now = hinge::Clock::now();
  if (now - last_drawn_ < between) return;
  last_drawn_ = now;
  redraw(static_cast<double>(report.epoch - 1) +
         static_cast<double>(report.step) / static_cast<double>(steps_per_epoch_));
}

std::string sparkline(const std::vector<double>& values, std::size_t width) {
  constexpr std::array<const char*, 8> heights = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t count = std::min(width, values.size());
  std::vector<double> shown;
  for (std::size_t i = 0; i < count; ++i) {  // the first and the last, and evenly between
    const double value = values[count == 1 ? 0 : i * (values.size() - 1) / (count - 1)];
    if (std::isfinite(value)) shown.push_back(value);
  }
  if (shown.empty()) return "";
  const auto [low, high] = std::minmax_element(shown.begin(), shown.end());
  std::string line;
  for (const double value : shown) {
    const double share = *high > *low ? (value - *low) / (*high - *low) : 0;
    line += heights[static_cast<std::size_t>(std::lround(share * (heights.size() - 1)))];
  }
  return line;
}

void Progress::show_epoch(const hinge::EpochReport& report) {
  pending_.reset();
  figures_ = figures_text(report);
  samples_per_second_ = report.samples_per_second;
  has_dead_units_ = report.health && std::any_of(report.health->layers.begin(), report.health->layers.end(),
                                                 [](const hinge::LayerHealth& layer) { return layer.dead > 0; });
  const std::string count = std::to_string(epochs_);
  if (!display_.terminal) {
    std::string number = std::to_string(report.epoch);
    number.insert(0, count.size() - std::min(count.size(), number.size()), ' ');
    std::fprintf(stderr, "%sepoch %s/%s%s\n", prefix_.c_str(), number.c_str(), count.c_str(), figures_.c_str());
  } else if (report.epoch == epochs_) {
    redraw(static_cast<double>(report.epoch));
  }
}

void Progress::redraw(double epochs_done) {
  constexpr std::size_t sparkline_width = 8;
  const double share = epochs_done / static_cast<double>(std::max<std::size_t>(1, epochs_));
  const double done_here = epochs_done - static_cast<double>(first_epoch_ - 1);
  const double to_do = static_cast<double>(epochs_) - epochs_done;
  const double left = done_here > 0 ? hinge::seconds_since(start_) * to_do / done_here : 0;
  const auto epoch = std::min(epochs_, static_cast<std::size_t>(epochs_done) + 1);
  std::string line = prefix_ + bar(share, 10) + " " + std::to_string(epoch) + "/" + std::to_string(epochs_) + " " +
                     sparkline(losses_, sparkline_width) + figures_;
  if (share < 1) {
    const double thousands = samples_per_second_ / 1000;
    if (thousands >= 0.5) line += "  " + hinge::to_text(std::round(thousands)) + "k/s";
    line += "  " + duration_text(left) + " left";
  }
  show(std::move(line));
}

void Progress::show(std::string line) {
  const std::size_t room = display_.width - 1;
  while (columns(line) > room) line.pop_back();
  columns_ = columns(line);
  text_ = coloured(line);
  line_->show(this, text_, columns_);
}

// Dead units stand out, where a terminal can show it.
std::string Progress::coloured(const std::string& line) const {
  const std::size_t start = line.find("dead ");
  if (!display_.colour || !has_dead_units_ || start == std::string::npos) return line;
  const std::size_t end = std::min(line.find("  ", start), line.size());
  return line.substr(0, start) + "\x1b[33m" + line.substr(start, end - start) + "\x1b[0m" + line.substr(end);
}

void Progress::finish() {
  if (pending_) show_epoch(hinge::EpochReport(*pending_));
  if (columns_ > 0) line_->leave(this, text_, columns_);
  columns_ = 0;
}

std::vector<std::size_t> Table::widths(std::size_t widest_first) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0 || columns(row[i]) <= widest_first) widths[i] = std::max(widths[i], columns(row[i]));
    }
  }
  return widths;
}

void Table::print() const {
  constexpr std::size_t page_width = 80;
  std::vector<std::size_t> widths = this->widths(page_width);
  std::size_t others = 0;
  for (std::size_t i = 1; i < widths.size(); ++i) others += 2 + widths[i];
  if (others < page_width) widths = this->widths(page_width - others);
  for (std::vector<std::string> row : rows_) {
    if (columns(row[0]) > widths[0]) std::printf("%s\n", std::exchange(row[0], "").c_str());
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - columns(row[i]), ' ');
      const bool is_number = i > 0 && numbers_ == Numbers::all_but_first;
      line += (i == 0 ? "" : "  ") + (is_number ? padding + row[i] : row[i] + padding);
    }
    std::printf("%s\n", line.substr(0, line.find_last_not_of(' ') + 1).c_str());
  }
}

void print_text(std::FILE* stream, std::string_view text) {
  constexpr std::size_t longest_line = 4096;  // a name of a column may have a megabyte
  const int descriptor = fileno(stream);
  const std::size_t width = isatty(descriptor) == 1 ? terminal_width(descriptor) : std::string_view::npos;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = hinge::printable(text.substr(start, end - start), longest_line);
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size()) + 2;
    for (const std::string& part : wrapped(line, width, indent)) std::fprintf(stream, "%s\n", part.c_str());
    start = end + 1;
  }
}

void note(const Display& display, std::string_view text) {
  if (!display.quiet) print_text(stderr, "note: " + std::string(text));
}

void print_finding(const hinge::Finding& finding) {
  std::string text = (finding.is_certain ? "warning: " : "note: ") + finding.evidence;
  for (const std::string& override : finding.set) {
    const bool needs_quotes = override.find_first_of("[]{}\" *") != std::string::npos;
    text += needs_quotes ? "\n  --set '" + override + "'" : "\n  --set " + override;
  }
  print_text(stderr, text);
}

}  // namespace hinge_command
