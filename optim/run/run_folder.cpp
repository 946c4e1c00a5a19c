// Writing the folder of a run, and training into it.
#include <hinge/optim/run/run_folder.h>

#include <exception>
#include <utility>

#include <hinge/core/clock.h>
#include <hinge/core/error.h>
#include <hinge/data/preparation.h>
#include <hinge/layers/model_file.h>
#include <hinge/optim/health/health_json.h>
#include <hinge/optim/health/health_state.h>
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

// Saves the run where training can go on later: now and then, and when it is interrupted, which ends it. All arguments but
// `start` must outlive the training.
void pause_training(Run& run, RunFolder* folder, RunSummary& summary, Clock::time_point start,
                    const std::function<bool()>& interrupted) {
  const auto pause = [&run, folder, &summary, start, &interrupted](bool is_due) {
    const bool stops = interrupted();  // asked once: a stop without its checkpoint must not be
    if (folder != nullptr && (stops || is_due)) {
      summary.seconds = seconds_since(start);
      folder->save_checkpoint(run, summary);
    }
    return stops ? Control::stop : Control::proceed;
  };
  run.trainer().on_step([pause, folder](const StepReport& report) {
    return report.is_whole ? pause(folder != nullptr && folder->is_checkpoint_due()) : Control::proceed;
  });
  run.trainer().on_pause(
      [pause, folder, &summary] { return pause(folder != nullptr && folder->is_checkpoint_due(summary.epochs)); });
}

// Reads what rank 0 goes on from, on the other ranks; nothing where the run begins, or there is only this rank.
std::optional<StateArchive> share_checkpoint(Communicator& ranks, const RunFolder* folder) {
  if (!ranks.is_first()) {
    const std::string file = ranks.receive().text;
    if (file.empty()) return std::nullopt;
    return StateArchive(read_file(file), file, checkpoint_kind);
  }
  for (std::size_t other = 1; other < ranks.size(); ++other) {
    ranks.send(other, folder == nullptr ? "" : folder->resume_file());
  }
  return std::nullopt;
}

// What is known when training has ended by itself.
void describe(const Run& run, const FitResult& result, RunSummary& summary) {
  if (!result.epochs.empty()) summary.last = run.in_raw_units(result.epochs.back());
  if (result.best && run.restores_best()) summary.best = run.in_raw_units(*result.best);
}

}  // namespace

RunFolder::RunFolder(const std::string& path, bool replace, const LoadedConfig& loaded,
                     const std::optional<JsonValue>& data)
    : place_(path, replace),
      log_cadence_(loaded.config.train.log_every),
      checkpoint_(loaded.config.train.checkpoint),
      clock_(checkpoint_.seconds),
      config_(resolved_config(loaded, place_.path(), data)) {
  write_config();
  metrics_.file.emplace(file(run_files::metrics));
}

RunFolder::RunFolder(const std::string& path, const LoadedConfig& loaded, const Run& run)
    : place_(path),
      log_cadence_(loaded.config.train.log_every),
      checkpoint_(loaded.config.train.checkpoint),
      clock_(checkpoint_.seconds),
      config_(resolved_config(loaded, place_.path(), run.data().section)) {
  std::string file_of_checkpoint;
  resume_ = read_checkpoint(place_.path(), file_of_checkpoint, resume_warning_);
  if (!resume_) {
    write_config();
    remove_all_but_config(place_.path());
    metrics_.file.emplace(file(run_files::metrics));
    return;
  }
  CheckpointOrigin checkpoint = origin(run);
  resume_->part("origin", [&] { checkpoint.list_state(*resume_); });
  origin(run).require_same(checkpoint, file_of_checkpoint);
  resume_file_ = std::move(file_of_checkpoint);
  write_config();
  remove_file(file(run_files::summary));  // of the interruption
}

void RunFolder::write_config() const { write_file(file(run_files::config), to_json(config_) + "\n"); }

const CheckpointOrigin& RunFolder::origin(const Run& run) {
  if (!origin_) origin_.emplace(run, config_);
  return *origin_;
}

void RunFolder::report(const FileError& error) {
  if (!std::exchange(has_reported_, true) && on_write_error_) on_write_error_(error.what());
}

// A disk that is full now may have room for the next line.
void RunFolder::append(const char* name, Lines& lines, const std::string& line) {
  lines.waiting += line + "\n";
  try {
    write_waiting(name, lines);
  } catch (const FileError& error) {
    report(error);
  }
}

void RunFolder::write_waiting(const char* name, Lines& lines) const {
  if (lines.waiting.empty()) return;
  if (!lines.file) lines.file.emplace(file(name));
  lines.file->append(std::string_view(lines.waiting).substr(0, lines.waiting.size() - 1));
  lines.waiting.clear();
}

void RunFolder::sync_lines() {
  const std::pair<const char*, Lines*> all[] = {
      {run_files::metrics, &metrics_}, {run_files::health, &health_}, {run_files::weights, &weights_}};
  for (const auto& [name, lines] : all) {
    write_waiting(name, *lines);
    if (lines->file) lines->file->synced_size();
  }
}

// A file that was not there when the checkpoint was written is begun anew when its first line comes.
void RunFolder::list_lines(StateArchive& state, const char* name, Lines& lines) const {
  if (!state.is_reading()) write_waiting(name, lines);
  std::uint64_t size = state.is_reading() || !lines.file ? 0 : lines.file->synced_size();
  bool is_there = lines.file.has_value();
  state.part(name, [&] {
    state.add("is_there", is_there);
    state.add("size", size);
  });
  if (state.is_reading() && is_there) lines.file.emplace(file(name), size);
}

void RunFolder::list_state(StateArchive& state, RunSummary& summary) {
  state.add("epochs", summary.epochs);
  state.add("seconds", summary.seconds);
  state.add("logged_epoch", logged_epoch_);
  state.add("looked_epoch", looked_epoch_);
  state.add("alarmed", alarmed_);
  const auto list_verdict = [&](HealthVerdict& verdict) { hinge::list_state(state, verdict); };
  state.part("last_verdict", last_verdict_, list_verdict);
  state.part("best_verdict", best_verdict_, list_verdict);
  state.part("record", [&] { hinge::list_state(state, record_); });
  list_lines(state, run_files::metrics, metrics_);
  list_lines(state, run_files::health, health_);
  list_lines(state, run_files::weights, weights_);
}

void RunFolder::save_checkpoint(Run& run, RunSummary summary) {
  const Clock::time_point start = Clock::now();
  try {
    StateArchive state;
    if (!run.trainer().list_state(state)) return;
    state.part("folder", [&] { list_state(state, summary); });
    CheckpointOrigin copy = origin(run);
    state.part("origin", [&] { copy.list_state(state); });
    write_checkpoint(place_.path(), state.bytes(checkpoint_kind), checkpoint_.keep);
    checkpoint_error_.clear();
  } catch (const FileError& error) {  // a full disk: the checkpoint before stays
    checkpoint_error_ = error.what();
    report(error);
  } catch (const Error& error) {  // weights that are not finite
    checkpoint_error_ = error.what();
  }
  clock_.written(start);
}

void RunFolder::watch(Run& run) {
  record_training(run, record_);
  run.trainer().on_start([&](const StartReport& report) {
    if (report.health && report.resumed_epoch == 0) add_health(run, 0, *report.health, run.verdict(*report.health));
  });
  run.trainer().on_epoch([&](const EpochReport& report) {
    if (report.health) add_health(run, report.epoch, *report.health, run.verdict(*report.health));
    if (report.is_best) best_verdict_ = last_verdict_;
    if (log_cadence_.is_due(report.epoch)) add_line(run, report);
    if (is_recorded_epoch(report.epoch)) add_weights(run, report.epoch);
    return Control::proceed;
  });
  run.trainer().on_divergence([&](const EpochReport& report, const NonFiniteError& error) {
    if (report.health) add_health(run, report.epoch, *report.health, divergence(error));
  });
}

void RunFolder::add_line(const Run& run, const EpochReport& report) {
  append(run_files::metrics, metrics_, line_of(run.in_raw_units(report)));
  logged_epoch_ = report.epoch;
}

void RunFolder::add_weights(const Run& run, std::size_t epoch) {
  if (run.network().values().size() > max_recorded_parameters) return;
  append(run_files::weights, weights_, weight_line(epoch, run.network()));
}

void RunFolder::add_health(const Run& run, std::size_t epoch, const HealthReport& report,
                           const HealthVerdict& verdict) {
  last_verdict_ = verdict;
  looked_epoch_ = epoch;
  append(run_files::health, health_, to_json_line(json_of(epoch, report, verdict, run.trainer().ledger())));
  if (alarmed_ || (verdict.status != HealthStatus::alarm && verdict.status != HealthStatus::collapse)) return;
  try {
    save_state(file(run_files::alarm), run.trainer().state());
    alarmed_ = true;
  } catch (const FileError& error) {
    this->report(error);
  }
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
  if (result.start.health) finish_health(run, result, summary);
  if (summary.status != "interrupted") {
    record_.health = summary.health;
    record_end(run, result, measured, record_);
    summary.verdict = verdict_of(record_);
  }
  sync_lines();  // a summary promises that all lines are there
  write_summary(summary);
  if (summary.status != "interrupted") place_.publish();
}

void RunFolder::finish_health(const Run& run, const FitResult& result, RunSummary& summary) {
  const HealthLedger& ledger = run.trainer().ledger();
  if (result.health && looked_epoch_ < ledger.epoch()) {  // stopped where no look was due
    add_health(run, ledger.epoch(), *result.health, run.verdict(*result.health));
  }
  const std::size_t model_epoch = summary.best ? summary.best->epoch : ledger.epoch();
  summary.health = summary.best ? best_verdict_ : last_verdict_;
  append(run_files::health, health_,
         history_text(ledger, result.start.health->samples, run.revival_facts(), model_epoch));
}

void RunFolder::fail(const Run& run, RunSummary& summary, bool keeps_model) noexcept {
  try {
    if (!record_.error.empty()) summary.verdict = verdict_of(record_);
    if (keeps_model) save_model(file(run_files::model), run.model(), run.notes());
    sync_lines();
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

namespace {

RunSummary summary_of(const Run& run) {
  return {.status = "failed",
          .parameters = run.network().values().size(),
          .from_checksum = run.start_checksum(),
          .rows = run.data().rows};
}

void end(const Run& run, const char* status, Clock::time_point start, RunSummary& summary) {
  summary.status = status;
  summary.seconds = seconds_since(start);
  if (run.ranks().size() > 1) summary.shared = run.trainer().shared_work();
}

}  // namespace

RunSummary train_run(Run& run, RunFolder* folder, const std::function<bool()>& is_interrupted) {
  Trainer<float>& trainer = run.trainer();
  RunSummary summary = summary_of(run);
  std::optional<StateArchive> sent = share_checkpoint(run.ranks(), folder);
  StateArchive* resume = sent ? &*sent : folder == nullptr ? nullptr : folder->resume();
  if (resume != nullptr && folder != nullptr) resume->part("folder", [&] { folder->list_state(*resume, summary); });
  const Clock::time_point start = Clock::now() - duration_of(summary.seconds);
  bool was_interrupted = false;
  const std::function<bool()> interrupted = [&] {
    was_interrupted = was_interrupted || trainer.any_rank(is_interrupted && is_interrupted());
    return was_interrupted;
  };
  pause_training(run, folder, summary, start, interrupted);
  observe(trainer, summary);
  if (folder != nullptr) folder->watch(run);
  const auto fail = [&](const std::exception& error, bool keeps_model) {
    end(run, "failed", start, summary);
    summary.error = error.what();
    if (folder != nullptr) folder->fail(run, summary, keeps_model);
  };
  try {
    const FitResult result = run.train(resume);
    end(run, !result.stopped ? "finished" : interrupted() ? "interrupted" : "stopped", start, summary);
    describe(run, result, summary);
    if (folder != nullptr) folder->finish(run, result, summary);
  } catch (const NonFiniteError& error) {
    fail(error, run.restores_best() && summary.epochs > 0);  // fit has brought the best weights back
  } catch (const std::exception& error) {
    fail(error, false);
    throw;
  }
  trainer.any_rank(false);  // none leaves before all have come to the end: until then rank 0 hears of errors
  return summary;
}

}  // namespace hinge
