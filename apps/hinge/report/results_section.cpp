// What the model does on the part that judges it.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <hinge/layers/loss.h>
#include <hinge/optim/metrics/confusion_matrix.h>
#include <hinge/optim/trainer.h>

#include "drawing/chart.h"
#include "drawing/heat_map.h"
#include "drawing/image.h"
#include "report/page.h"
#include "report/pictures.h"
#include "report/sections.h"

namespace hinge_command {

namespace {

using Samples = hinge::Dataset<float>;

constexpr std::size_t max_classes = 60;

// ---- Classes ----

hinge::ConfusionMatrix confusion_of(const Samples& part, const hinge::Matrix<float>& output) {
  hinge::ConfusionMatrix confusion(part.class_count());
  for (std::size_t i = 0; i < part.size(); ++i) {
    confusion.add<float>(confusion.target_class(part.targets(), i), output.view(), i);
  }
  return confusion;
}

std::string confusion_figure(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  HeatMap map{.title = "Confusion matrix",
              .description = "How many samples of each class were taken for which class.",
              .row_label = "true class",
              .column_label = "predicted",
              .rows = names,
              .columns = names};
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    for (std::size_t k = 0; k < confusion.classes(); ++k) map.values.push_back(static_cast<double>(confusion(c, k)));
  }
  return figure(draw(map), numbers_of(map));
}

std::string class_scores(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names) {
  Numbers numbers{.caption = "Scores of each class",
                  .header = {"class", "samples", "predicted", "precision", "recall", "F1"}};
  for (std::size_t c = 0; c < confusion.classes(); ++c) {
    const hinge::ClassScores scores = confusion.scores(c);
    numbers.rows.push_back({names[c], std::to_string(scores.samples), std::to_string(scores.predictions),
                            shown(scores.precision), shown(scores.recall), shown(scores.f1)});
  }
  return table(numbers);
}

// How sure the network is of class `k` against the others: the logit, or its lead.
double score_of(const hinge::Matrix<float>& output, std::size_t i, std::size_t k) {
  if (output.rows() == 1) return static_cast<double>(k == 1 ? output(0, i) : -output(0, i));
  double best_other = -std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < output.rows(); ++row) {
    if (row != k) best_other = std::max(best_other, static_cast<double>(output(row, i)));
  }
  return static_cast<double>(output(k, i)) - best_other;
}

// Samples whose class the network took for another one, as images, the surest mistakes first.
std::string mistakes_figure(const Samples& part, const hinge::Matrix<float>& output,
                            const hinge::ConfusionMatrix& confusion) {
  constexpr std::size_t max_images = 24;
  const std::size_t side = image_side(part.features());
  if (side == 0) return "";
  std::vector<std::pair<double, std::size_t>> wrong;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const double lead = score_of(output, i, confusion.target_class(part.targets(), i));
    if (lead < 0) wrong.emplace_back(lead, i);
  }
  if (wrong.empty()) return "";
  std::sort(wrong.begin(), wrong.end());
  ImageGrid grid{
      .title = "Mistakes: true class → predicted",
      .description =
          "Samples that were taken for another class, first those with the largest lead of the output for that class.",
      .width = figure_width};
  Numbers numbers{.caption = grid.title, .header = {"sample", "true class", "predicted", "lead"}};
  for (std::size_t n = 0; n < std::min(max_images, wrong.size()); ++n) {
    const std::size_t i = wrong[n].second;
    std::size_t predicted = output(0, i) > 0 ? 1 : 0;
    if (output.rows() > 1) predicted = hinge::largest_row(output.view(), i);
    Image image = sample_image(part, i, side);
    const std::string& true_name = part.class_names()[confusion.target_class(part.targets(), i)];
    image.label = true_name + " → " + part.class_names()[predicted];
    grid.images.push_back(std::move(image));
    numbers.rows.push_back({std::to_string(i + 1), true_name, part.class_names()[predicted], shown(-wrong[n].first)});
  }
  return figure(draw(grid), numbers);
}

// The receiver operating characteristic of class 1 against class 0.
std::string roc_figure(const Samples& part, const hinge::Matrix<float>& output,
                       const hinge::ConfusionMatrix& confusion) {
  std::vector<std::pair<double, bool>> scored;
  double positives = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool is_positive = confusion.target_class(part.targets(), i) == 1;
    scored.emplace_back(-score_of(output, i, 1), is_positive);
    positives += is_positive ? 1 : 0;
  }
  const double negatives = static_cast<double>(part.size()) - positives;
  if (positives == 0 || negatives == 0) return "";
  std::sort(scored.begin(), scored.end());
  std::vector<Point> points = {{0, 0}};
  double found = 0;
  double false_alarms = 0;
  double area = 0;
  for (std::size_t i = 0; i < scored.size(); ++i) {
    (scored[i].second ? found : false_alarms) += 1;
    if (i + 1 < scored.size() && scored[i + 1].first == scored[i].first) continue;  // equals come together
    const Point next{false_alarms / negatives, found / positives};
    area += (next.x - points.back().x) * (next.y + points.back().y) / 2;
    points.push_back(next);
  }
  Chart chart{.title = "ROC of class " + part.class_names()[1] + ", area " + shown(area),
              .description = "True against false positives as the threshold falls.",
              .x = {.label = "false positive rate", .low = 0, .high = 1},
              .y = {.label = "true positive rate", .low = 0, .high = 1},
              .series = {{.label = "model", .points = std::move(points)}},
              .has_diagonal = true,
              .width = figure_width,
              .height = 360};
  return figure(draw(chart), numbers_of(chart), "chart");
}

std::string class_results(const Samples& part, const hinge::Matrix<float>& output) {
  if (part.class_count() < 2 || part.class_count() > max_classes) return "";
  const hinge::ConfusionMatrix confusion = confusion_of(part, output);
  std::string figures = confusion_figure(confusion, part.class_names());
  if (part.class_count() == 2) figures += roc_figure(part, output, confusion);
  return row_of(figures + mistakes_figure(part, output, confusion)) +
         details("Scores of each class", class_scores(confusion, part.class_names()));
}

// ---- Values ----

std::string target_figures(const std::vector<Point>& points, const std::string& name) {
  Chart chart{.title = "Predicted against true: " + name,
              .description = "Each sample by its true and its predicted value; on the diagonal both are equal.",
              .x = {.label = "true"},
              .y = {.label = "predicted"},
              .series = {{.label = "samples", .points = points, .kind = Series::Kind::dots}},
              .has_diagonal = true,
              .width = figure_width,
              .height = 360};
  std::vector<double> residuals;
  for (const Point& point : points) residuals.push_back(point.y - point.x);
  Chart histogram{.title = "Residuals: " + name,
                  .description = "How many predictions are off by how much.",
                  .x = {.label = "predicted − true"},
                  .y = {.label = "samples", .low = 0},
                  .series = {{.label = "samples", .points = histogram_of(residuals), .kind = Series::Kind::steps}},
                  .width = figure_width,
                  .height = 280};
  return figure(draw(chart), numbers_of(chart), "chart") + figure(draw(histogram), numbers_of(histogram), "chart");
}

std::string value_results(const ReportSource& source, const Samples& part, const hinge::Matrix<float>& output) {
  constexpr std::size_t max_targets = 6;
  const hinge::Preprocessing& targets = source.run->data().targets;
  std::string figures;
  for (std::size_t k = 0; k < std::min(max_targets, output.rows()); ++k) {
    std::vector<Point> points;
    const hinge::ColumnScaling scaling = targets.is_identity() ? hinge::ColumnScaling() : targets.column(k);
    for (std::size_t i = 0; i < part.size(); ++i) {
      points.push_back({scaling.invert(static_cast<double>(part.values()(k, i))),
                        scaling.invert(static_cast<double>(output(k, i)))});
    }
    const bool is_named = k < part.target_names().size();
    figures += target_figures(points, is_named ? part.target_names()[k] : "target " + std::to_string(k + 1));
  }
  return row_of(figures);
}

}  // namespace

std::string results_section(const ReportSource& source) {
  if (source.run == nullptr || source.network == nullptr) return "";
  const Samples& part = source.judged_part();
  const hinge::Loss<float>& loss = source.run->trainer().loss();
  hinge::Matrix<float> output = source.network->predict(part.inputs());
  const bool has_values = part.target_rows() > 0 && part.target_rows() == output.rows();
  std::string results;
  const bool has_classes = part.class_count() > 0 && (loss.is_classification() || output.rows() == part.class_count());
  if (has_classes) {
    results = class_results(part, output);
  } else if (has_values && !loss.is_classification()) {
    if (loss.output_transform() != hinge::OutputTransform::identity) {
      hinge::apply_output_transform(loss.output_transform(), output.view());
    }
    results = value_results(source, part, output);
  }
  if (results.empty()) return "";
  return paragraph("On the " + counted(static_cast<double>(part.size()), source.judged_part_name() + " sample") + ".") +
         results;
}

}  // namespace hinge_command
