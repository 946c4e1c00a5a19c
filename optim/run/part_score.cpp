// Scores of parts.
#include <hinge/optim/run/part_score.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include <hinge/data/preparation.h>
#include <hinge/optim/run/run.h>

namespace hinge {

namespace {

// Fewer samples have no score worth the name.
constexpr std::size_t min_samples = 4;

std::vector<double> class_shares(const Dataset<float>& part) {
  std::vector<double> shares(part.class_count());
  for (const std::int32_t c : part.classes()) shares[static_cast<std::size_t>(c)] += 1;
  for (double& share : shares) share /= static_cast<double>(part.size());
  return shares;
}

// The accuracy of the more frequent answer, a mean over the rows of yes-or-no targets.
double majority_of_answers(const Dataset<float>& part) {
  std::size_t hits = 0;
  for (std::size_t k = 0; k < part.target_rows(); ++k) {
    std::size_t yes = 0;
    for (std::size_t i = 0; i < part.size(); ++i) yes += part.values()(k, i) > 0.5F ? 1 : 0;
    hits += std::max(yes, part.size() - yes);
  }
  return static_cast<double>(hits) / static_cast<double>(part.size() * part.target_rows());
}

// −log of the training share of each sample's class, the mean; a class that training lacks counts nothing.
double log_loss_of(const std::vector<double>& shares, const Dataset<float>& part) {
  double sum = 0;
  for (const std::int32_t c : part.classes()) {
    const double share = shares[static_cast<std::size_t>(c)];
    if (share > 0) sum -= std::log(share);
  }
  return sum / static_cast<double>(part.size());
}

void add_class_scores(const PredictionReport& report, const std::vector<double>& shares, const Dataset<float>& part,
                      PartScore& score) {
  const double constant = log_loss_of(shares, part);
  if (report.log_loss && constant > 0) score.log_loss_ratio = *report.log_loss / constant;
  if (!report.confusion) return;
  double variance = 0;
  for (std::size_t c = 0; c < report.confusion->classes(); ++c) {
    const ClassScores of_class = report.confusion->scores(c);
    if (of_class.samples == 0) continue;
    ++score.classes;
    variance += of_class.recall * (1 - of_class.recall) / static_cast<double>(of_class.samples);
  }
  score.balanced_accuracy = report.confusion->balanced_accuracy();
  score.balanced_error = std::sqrt(variance) / static_cast<double>(score.classes);
}

// Standard errors: of an accuracy p that of a binomial share; of an r² that of large normal samples,
// var = 4r²(1 − r²)²/n [Olkin & Finn 1995], and 2/n for predictions that are unrelated to the targets.
void add_standard_errors(PartScore& score) {
  const auto n = static_cast<double>(score.samples);
  const auto deviation = [&](double p) { return std::sqrt(std::max(0.0, p * (1 - p)) / n); };
  if (score.metric == "accuracy") {
    score.error = deviation(score.value);
    score.noise = deviation(score.constant);
  } else {
    const double r2 = std::clamp(score.value, 0.0, 1.0);
    score.noise = 2 / n;
    score.error = score.noise + 2 * std::sqrt(r2 / n) * (1 - r2);
  }
}

}  // namespace

PartMeasures measure(const Run& run, const Dataset<float>& part) {
  return {.evaluation = run.trainer().evaluate(part, 256, run.metrics()),
          .report = report_of(run.network(), run.trainer().loss(), part)};
}

std::optional<double> score_in(const Evaluation& evaluation) {
  for (const std::optional<double>& score : {evaluation.accuracy, evaluation.d2, evaluation.r2}) {
    if (score) return score;
  }
  return std::nullopt;
}

std::optional<PartScore> score_of(const Run& run, const Dataset<float>& part, const char* name,
                                  const PartMeasures& measures) {
  const Evaluation& evaluation = measures.evaluation;
  const std::optional<double> value = score_in(evaluation);
  if (!value || !std::isfinite(*value) || part.size() < min_samples) return std::nullopt;
  PartScore score{.part = name,
                  .metric = evaluation.accuracy ? "accuracy"
                            : evaluation.d2     ? "d2"
                                                : "r2",
                  .samples = part.size(),
                  .value = *value,
                  .loss = evaluation.loss};
  if (part.class_count() > 0 && evaluation.accuracy) {
    const std::vector<double> shares = class_shares(run.data().train);
    const std::vector<double> own = class_shares(part);
    score.constant = *std::max_element(own.begin(), own.end());  // no constant is better there
    add_class_scores(measures.report, shares, part, score);
  } else if (evaluation.accuracy) {
    score.constant = majority_of_answers(part);
  }
  if (score.constant >= 1) return std::nullopt;
  if (score.part != "training") add_standard_errors(score);
  return score;
}

std::optional<PartScore> measured_score(const Run& run, const Dataset<float>& part, const char* name) {
  PartMeasures measures{.evaluation = run.trainer().evaluate(part)};
  if (part.class_count() > 0 && measures.evaluation.accuracy) {
    measures.report = report_of(run.network(), run.trainer().loss(), part);
  }
  return score_of(run, part, name, measures);
}

}  // namespace hinge
