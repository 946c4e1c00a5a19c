// Counting confusions, and precision, recall and F1 from the counts.
#include <hinge/optim/metrics/confusion_matrix.h>

#include <algorithm>
#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>

namespace hinge {

namespace {

// 0 if `whole` is 0.
double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

void ConfusionMatrix::require_class(std::size_t index) const {
  if (index < classes()) return;
  throw ShapeError("confusion matrix: class " + std::to_string(index) + ", but there are " + std::to_string(classes()));
}

void ConfusionMatrix::add(std::size_t target, std::size_t prediction) {
  require_class(prediction);
  add_undecided(target);
  ++counts_[{target, prediction}];
  ++predictions_[prediction];
}

void ConfusionMatrix::add_undecided(std::size_t target) {
  require_class(target);
  ++samples_[target];
  ++total_;
}

std::size_t ConfusionMatrix::operator()(std::size_t target, std::size_t prediction) const {
  const auto found = counts_.find({target, prediction});
  return found == counts_.end() ? 0 : found->second;
}

double ConfusionMatrix::accuracy() const {
  std::size_t hits = 0;
  for (std::size_t c = 0; c < classes(); ++c) hits += (*this)(c, c);
  return ratio(hits, total_);
}

double ConfusionMatrix::balanced_accuracy() const {
  double recalls = 0;
  std::size_t present = 0;
  for (std::size_t c = 0; c < classes(); ++c) {
    if (samples_[c] == 0) continue;
    recalls += scores(c).recall;
    ++present;
  }
  return present == 0 ? 0 : recalls / static_cast<double>(present);
}

ClassScores ConfusionMatrix::scores(std::size_t of_class) const {
  require_class(of_class);
  ClassScores scores{
      .samples = samples_[of_class], .predictions = predictions_[of_class], .hits = (*this)(of_class, of_class)};
  scores.precision = ratio(scores.hits, scores.predictions);
  scores.recall = ratio(scores.hits, scores.samples);
  scores.f1 = ratio(2 * scores.hits, scores.samples + scores.predictions);
  return scores;
}

MacroScores ConfusionMatrix::macro() const {
  MacroScores sums;
  std::size_t seen = 0;
  for (std::size_t c = 0; c < classes(); ++c) {
    if (samples_[c] == 0 && predictions_[c] == 0) continue;
    const ClassScores of_class = scores(c);
    sums.precision += of_class.precision;
    sums.recall += of_class.recall;
    sums.f1 += of_class.f1;
    ++seen;
  }
  if (seen == 0) return {};
  const auto count = static_cast<double>(seen);
  return {.precision = sums.precision / count, .recall = sums.recall / count, .f1 = sums.f1 / count};
}

void ConfusionMatrix::list_state(StateArchive& state) {
  std::vector<Confusion> cells;
  for (const auto& [cell, count] : counts_) cells.push_back({cell.first, cell.second, count});
  state.add("cells", cells, {&Confusion::target, &Confusion::prediction, &Confusion::count});
  std::vector<std::uint64_t> samples(samples_.begin(), samples_.end());
  state.add("samples", samples);
  if (!state.is_reading()) return;
  state.require(samples.size() == classes(), "samples");
  *this = ConfusionMatrix(classes());
  for (std::size_t c = 0; c < classes(); ++c) total_ += samples_[c] = static_cast<std::size_t>(samples[c]);
  for (const Confusion& cell : cells) {
    state.require(cell.target < classes() && cell.prediction < classes(), "cells");
    counts_[{cell.target, cell.prediction}] = cell.count;
    predictions_[cell.prediction] += cell.count;
  }
}

std::vector<Confusion> ConfusionMatrix::confusions() const {
  std::vector<Confusion> found;
  for (const auto& [cell, count] : counts_) {
    if (cell.first != cell.second) found.push_back({.target = cell.first, .prediction = cell.second, .count = count});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Confusion& a, const Confusion& b) { return a.count > b.count; });
  return found;
}

}  // namespace hinge
