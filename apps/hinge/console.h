// What the command shows a person: progress on stderr, results on stdout.
#pragma once

#include <cstddef>
#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hinge/core/clock.h>
#include <hinge/optim/cadence.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/finding.h>
#include <hinge/optim/trainer.h>

namespace hinge_command {

/// How much a person wants to see, and on what.
struct Display {
  bool quiet = false;     ///< no progress, no notes
  bool terminal = false;  ///< stderr is a terminal that can go back to the start of a line
  bool colour = false;    ///< and can show colours
  std::size_t width = 80;

  /// Whether a person sees colours there: a terminal, unless TERM is "dumb" or NO_COLOR is set (https://no-color.org).
  static bool stdout_has_colours();
  /// What stderr is: a terminal, unless TERM is "dumb"; in colour unless NO_COLOR is set (https://no-color.org).
  static Display of_stderr(bool quiet);
};

/// The line of a terminal that is written over. Of several runs side by side it shows the one that began first, and each
/// leaves its last line behind when it ends. Any number of threads.
class LiveLine {
 public:
  /// Shows the line of a run, `text`, of so many columns, unless an older run has the place.
  void show(const void* run, const std::string& text, std::size_t columns);
  /// Leaves that line behind; the place is free then.
  void leave(const void* run, const std::string& text, std::size_t columns);
  /// Writes a line of its own.
  void print(const std::string& text);

 private:
  void write_over(const std::string& text, std::size_t columns, const char* end);

  std::mutex mutex_;
  std::vector<const void*> runs_;  // that have shown something, the oldest first
  std::size_t shown_ = 0;          // columns on the line
};

/// Shows a run as it goes: on a terminal one line that is written over, elsewhere a line for each epoch that
/// `train.log_every` names and for the last.
class Progress {
 public:
  /// `prefix` stands before every line: `seed 3, fold 1: `. The line must outlive the progress.
  Progress(Display display, LiveLine& line, std::string prefix = "")
      : display_(display), line_(&line), prefix_(std::move(prefix)) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Ends the line that is being written over.
  ~Progress() { finish(); }

  /// Registers it on the trainer. It must outlive the training.
  void watch(hinge::Trainer<float>& trainer, const hinge::TrainSection& section);
  /// Shows the last epoch, if it was not shown yet.
  void finish();

 private:
  void start(const hinge::StartReport& report);
  void step(const hinge::StepReport& report);
  void show_epoch(const hinge::EpochReport& report);
  void redraw(double epochs_done);
  void show(std::string line);
  std::string coloured(const std::string& line) const;

  Display display_;
  LiveLine* line_;
  std::string prefix_;
  hinge::Clock::time_point start_ = hinge::Clock::now();
  hinge::Clock::time_point last_drawn_ = {};
  std::size_t first_epoch_ = 1;  // of this process; later than 1 for a run that goes on
  std::size_t epochs_ = 0;
  hinge::Cadence cadence_;
  std::optional<hinge::EpochReport> pending_;  // the last epoch, where it was not shown
  std::size_t steps_per_epoch_ = 1;
  std::string figures_;         // of the last epoch
  std::vector<double> losses_;  // of training, of each epoch, for a sparkline
  bool has_dead_units_ = false;
  double samples_per_second_ = 0;
  std::string text_;  // what the line that is being written over shows of this run, and its columns
  std::size_t columns_ = 0;
};

/// The number of columns that UTF-8 text without wide characters takes.
std::size_t columns(std::string_view text);

/// The text, cut to so many columns, with a `…` at its end if it is longer.
std::string cut(const std::string& text, std::size_t width);

/// The line in lines of at most `width` columns, broken between words, all but the first indented; a longer word stands alone.
/// An empty line is one line.
std::vector<std::string> wrapped(std::string_view line, std::size_t width, std::size_t indent = 0);

/// A figure with four significant digits: `0.9833`.
std::string short_number(double value);

/// Values as bars from ▁, the smallest, to █, the largest: at most `width` of them, evenly chosen, the last one too. Values that
/// are not finite are left out.
std::string sparkline(const std::vector<double>& values, std::size_t width);

/// So many digits behind the point: `0.90`.
std::string fixed(double value, int decimals);

/// `0.27 s`, `45 s`, `3 min 20 s`, `2 h 5 min`.
std::string duration_text(double seconds);

/// Rows of cells, each column as wide as its widest cell. The first is set to the left; so are the others, unless they are
/// numbers. A first cell that would make lines wider than 80 columns stands on a line above the others.
class Table {
 public:
  enum class Numbers { all_but_first, none };

  explicit Table(Numbers numbers = Numbers::all_but_first) : numbers_(numbers) {}

  /// Returns the row, to which cells may be added until the next row.
  std::vector<std::string>& add(std::vector<std::string> row) { return rows_.emplace_back(std::move(row)); }
  /// To stdout.
  void print() const;

 private:
  // Of the columns, without first cells beyond `widest_first`.
  std::vector<std::size_t> widths(std::size_t widest_first) const;

  Numbers numbers_;
  std::vector<std::vector<std::string>> rows_;
};

/// Writes lines for a person: control characters as \xNN, and on a terminal a line that is wider than it is broken between
/// words, what follows indented. What is wrong begins with `error:` or `warning:`, and what is added is indented below.
void print_text(std::FILE* stream, std::string_view text);

/// Writes to stderr, unless quiet: `note: …`.
void note(const Display& display, std::string_view text);

/// A finding on stderr, with the changes that mend it on indented lines: a certain one as a warning, an oddity as a note.
void print_finding(const hinge::Finding& finding);

}  // namespace hinge_command
