// Writing the folder of a run, and training into it.
#include <hinge/optim/run/run_folder.h>

#include <exception>
#include <iterator>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/health/verdict.h>
#include <hinge/optim/run/state_file.h>
#include <hinge/optim/run/weight_record.h>

namespace hinge {

namespace {

std::string line_of(const EpochReport& report) {
  JsonValue json = JsonValue::object();
  append(json, figures(report));
  return to_json_line(json);
}

// Keeps what a fit that throws would not tell.
void observe(Trainer<float>& trainer, RunSummary& summary) {
  trainer.on_epoch([&](const EpochReport&) {
    ++summary.epochs;
    return Control::proceed;
  });
  trainer.on_divergence([&](const EpochReport&, const NonFiniteError& error) { summary.health = divergence(error); });
}

// What is known when training has ended by itself.
void describe(const Run& run, const FitResult& result, RunSummary& summary) {
  if (!result.epochs.empty()) summary.last = run.in_raw_units(result.epochs.back());
  if (result.best && run.restores_best()) summary.best = run.in_raw_units(*result.best);
}

}  // namespace

RunFolder::RunFolder(const std::string& path, bool replace, const LoadedConfig& loaded,
                     const std::optional<JsonValue>& data)
    : place_(path, replace), log_cadence_(loaded.config.train.log_every) {
  write_file(file(run_files::config), to_json(resolved_config(loaded, place_.path(), data)) + "\n");
  metrics_.emplace(file(run_files::metrics));
}

void RunFolder::watch(Run& run) {
  record_training(run, record_);
  run.trainer().on_start([&](const StartReport& report) {
    if (report.health) add_health(run, 0, *report.health, run.verdict(*report.health));
  });
  run.trainer().on_epoch([&](const EpochReport& report) {
    if (report.health) add_health(run, report.epoch, *report.health, run.verdict(*report.health));
    if (log_cadence_.is_due(report.epoch)) add_line(run, report);
    if (is_recorded_epoch(report.epoch)) add_weights(run, report.epoch);
    return Control::proceed;
  });
  run.trainer().on_divergence([&](const EpochReport& report, const NonFiniteError& error) {
    if (report.health) add_health(run, report.epoch, *report.health, divergence(error));
  });
}

void RunFolder::add_line(const Run& run, const EpochReport& report) {
  metrics_->append(line_of(run.in_raw_units(report)));
  logged_epoch_ = report.epoch;
}

void RunFolder::add_weights(const Run& run, std::size_t epoch) {
  if (run.network().values().size() > max_recorded_parameters) return;
  if (!weights_) weights_.emplace(file(run_files::weights));
  weights_->append(weight_line(epoch, run.network()));
}

void RunFolder::add_health(const Run& run, std::size_t epoch, const HealthReport& report,
                           const HealthVerdict& verdict) {
  if (!health_) health_.emplace(file(run_files::health));
  verdicts_[epoch] = verdict;
  health_->append(to_json_line(json_of(epoch, report, verdict, run.trainer().ledger())));
  if (alarmed_ || (verdict.status != HealthStatus::alarm && verdict.status != HealthStatus::collapse)) return;
  save_state(file(run_files::alarm), run.trainer().state());
  alarmed_ = true;
}

void RunFolder::finish(Run& run, const FitResult& result, RunSummary& summary) {
  if (!result.epochs.empty() && result.epochs.back().epoch > logged_epoch_) add_line(run, result.epochs.back());
  save_model(file(run_files::model), run.model(), run.notes());
  std::optional<PartMeasures> measured;
  if (run.data().test) {
    const Dataset<float>& test = *run.data().test;
    measured = measure(run, test);
    summary.test = figures(run.in_raw_units(measured->evaluation), "test/");
    for (const Figure& figure : raw_figures(run.network(), run.trainer().loss(), run.data().targets, test)) {
      summary.test.push_back({"test/" + figure.name, figure.value});
    }
    for (Figure& figure : figures(measured->report, "test/")) {
      if (find_figure(summary.test, figure.name) == nullptr) summary.test.push_back(std::move(figure));
    }
  }
  if (health_) finish_health(run, result, summary);
  if (summary.status != "interrupted") {
    record_.health = summary.health;
    record_end(run, result, measured, record_);
    summary.verdict = verdict_of(record_);
  }
  write_summary(summary);
  if (summary.status != "interrupted") place_.publish({""});
}

void RunFolder::finish_health(const Run& run, const FitResult& result, RunSummary& summary) {
  const HealthLedger& ledger = run.trainer().ledger();
  if (result.health && !verdicts_.contains(ledger.epoch())) {  // stopped where no look was due
    add_health(run, ledger.epoch(), *result.health, run.verdict(*result.health));
  }
  const std::size_t model_epoch = summary.best ? summary.best->epoch : ledger.epoch();
  summary.health = std::prev(verdicts_.upper_bound(model_epoch))->second;  // the start is always there
  append_history(*health_, ledger, result.start.health->samples, run.revival_facts(), model_epoch);
}

void RunFolder::fail(const Run& run, RunSummary& summary, bool keeps_model) noexcept {
  try {
    if (!record_.error.empty()) summary.verdict = verdict_of(record_);
    if (keeps_model) save_model(file(run_files::model), run.model(), run.notes());
  } catch (const std::exception&) {  // the error that is being reported comes first
  }
  try {
    write_summary(summary);
  } catch (const std::exception&) {
  }
}

void RunFolder::write_summary(const RunSummary& summary) const {
  write_file(file(run_files::summary), to_json(json_of(summary)) + "\n");
}

RunSummary train_run(Run& run, RunFolder* folder, const std::function<bool()>& is_interrupted) {
  Trainer<float>& trainer = run.trainer();
  RunSummary summary{.status = "failed", .parameters = run.network().values().size(), .rows = run.data().rows};
  bool was_interrupted = false;
  const auto interrupted = [&] {
    was_interrupted = was_interrupted || (is_interrupted && is_interrupted());
    return was_interrupted;
  };
  trainer.on_step([&](const StepReport&) { return interrupted() ? Control::stop : Control::proceed; });
  observe(trainer, summary);
  if (folder != nullptr) folder->watch(run);
  const Clock::time_point start = Clock::now();
  const auto fail = [&](const std::exception& error, bool keeps_model) {
    summary.status = "failed";
    summary.error = error.what();
    summary.seconds = seconds_since(start);
    if (folder != nullptr) folder->fail(run, summary, keeps_model);
  };
  try {
    const FitResult result = run.train();
    summary.seconds = seconds_since(start);
    summary.status = !result.stopped ? "finished" : interrupted() ? "interrupted" : "stopped";
    describe(run, result, summary);
    if (folder != nullptr) folder->finish(run, result, summary);
  } catch (const NonFiniteError& error) {
    fail(error, run.restores_best() && summary.epochs > 0);  // fit has brought the best weights back
  } catch (const std::exception& error) {
    fail(error, false);
    throw;
  }
  return summary;
}

}  // namespace hinge
