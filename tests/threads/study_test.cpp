#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/study.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/thread_ranks.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr std::string_view config = R"({
  "data": {"type": "csv", "path": "table.csv", "encode": "onehot", "missing": "mean",
           "preprocess": "standard", "validation": {"fraction": 0.25}, "test": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dropout", "rate": 0.2},
                       {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": "adam",
  "train": {"epochs": 3, "batch_size": 4}
})";

std::string table() {
  std::string rows = "x,colour,class\n";
  for (int i = 0; i < 48; ++i) {
    rows += (i % 11 == 0 ? "" : std::to_string(i * i % 17)) + (i % 3 == 0 ? ",red" : ",blue") +
            (i % 2 == 0 ? ",even\n" : ",odd\n");
  }
  return rows;
}

// Of the table that is in the folder.
Study study_in(const TemporaryFolder& folder, StudyPlan plan, const std::vector<std::string>& overrides = {}) {
  return {parse_config(config, "c.json", folder.path(), overrides, standard_registries()), std::move(plan),
          standard_registries()};
}

Study study_of(const TemporaryFolder& folder, StudyPlan plan, const std::vector<std::string>& overrides = {}) {
  folder.write("table.csv", table());
  return study_in(folder, std::move(plan), overrides);
}

// Times are the only figures that may differ.
JsonValue without_seconds(JsonValue json) {
  std::erase_if(json.members, [](const JsonMember& member) { return member.key == "seconds"; });
  for (JsonMember& member : json.members) member.value = without_seconds(member.value);
  for (JsonValue& element : json.elements) element = without_seconds(element);
  return json;
}

// What a study leaves, but for its times.
std::string remains_of(const Study& study, const std::string& path, const StudyResult& result) {
  std::string all = to_json(without_seconds(json_of(study.plan(), result)));
  all += to_json(without_seconds(parse_json(read_file(path + "/summary.json"), "summary.json")));
  for (std::size_t i = 0; i < study.size(); ++i) {
    const std::string folder = path + "/" + study.run(i).folder();
    all += read_file(folder + "/model.safetensors") + read_file(folder + "/health.jsonl");
  }
  return all;
}

std::vector<std::string> statuses(const StudyResult& result) {
  std::vector<std::string> all;
  for (const StudyRecord& record : result.records) all.push_back(record.run.folder() + " " + record.summary.status);
  return all;
}

}  // namespace

TEST_CASE("runs side by side leave what they leave one after another") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {5, 1, 9}, .folds = 3});
  const std::string alone = remains_of(study, folder.path("1"), study.train(folder.path("1"), false, {}));
  for (const std::size_t jobs : {2U, 3U, 7U}) {
    CAPTURE(jobs);
    const std::string path = folder.path(std::to_string(jobs));
    const StudyResult result = study.train(path, false, {}, jobs);
    REQUIRE(result.records.size() == study.size());
    CHECK(result.status == "finished");
    for (std::size_t i = 0; i < study.size(); ++i) CHECK(result.records[i].run.folder() == study.run(i).folder());
    CHECK(remains_of(study, path, result) == alone);
  }
}

TEST_CASE("observers of runs side by side are called one at a time") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = parse_seeds("1..12")});
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  std::size_t calls = 0;  // no atomic: the calls are ordered
  const auto call = [&] {
    if (++inside > 1) overlapped = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++calls;
    --inside;
  };
  study.train(folder.path("study"), false,
              {.on_ready = [&](const StudyRun&, Run&) { call(); }, .on_end = [&](const StudyRecord&) { call(); }}, 3);
  CHECK_FALSE(overlapped);
  CHECK(calls == 2 * study.size());
}

TEST_CASE("an interrupt stops every run at work, and no further one begins") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2, 3, 4, 5}}, {"train.epochs=1000000000"});
  std::atomic<bool> interrupted = false;
  std::size_t ready = 0;
  const StudyResult result = study.train(
      folder.path("study"), false,
      {.on_ready =
           [&](const StudyRun&, Run& run) {
             run.trainer().on_step([&](const StepReport&) { return interrupted ? Control::stop : Control::proceed; });
             if (++ready == 2) interrupted = true;
           },
       .is_interrupted = [&] { return interrupted.load(); }},
      2);
  CHECK(result.status == "interrupted");
  CHECK(statuses(result) == std::vector<std::string>{"seed-1 interrupted", "seed-2 interrupted"});
  CHECK(file_exists(folder.path("study/seed-1/model.safetensors")));
  CHECK(file_exists(folder.path("study/seed-2/model.safetensors")));
  CHECK_FALSE(file_exists(folder.path("study/seed-3")));
  check_contains(read_file(folder.path("study/summary.json")), {"\"status\": \"interrupted\""});
}

TEST_CASE("a run that diverges does not keep others from ending") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = {1, 2, 3, 4}});
  const StudyResult result = study.train(folder.path("study"), false,
                                         {.on_ready =
                                              [](const StudyRun& study_run, Run& run) {
                                                if (study_run.seed != 2) return;
                                                run.trainer().on_epoch([](const EpochReport&) -> Control {
                                                  throw NonFiniteError("it diverged", 1, 1, 1);
                                                });
                                              }},
                                         3);
  CHECK(result.status == "failed");
  CHECK(statuses(result) ==
        std::vector<std::string>{"seed-1 finished", "seed-2 failed", "seed-3 finished", "seed-4 finished"});
  CHECK(result.records[1].summary.error == "it diverged");
}

TEST_CASE("another error ends the study when the runs at work have ended") {
  const TemporaryFolder folder;
  const Study study = study_of(folder, {.seeds = parse_seeds("1..50")});
  std::atomic<bool> failed = false;
  std::size_t ended = 0;
  const std::string message = error_of<std::runtime_error>([&] {
    study.train(folder.path("study"), false,
                {.on_ready =
                     [&](const StudyRun& study_run, Run& run) {
                       run.trainer().on_epoch([&, seed = *study_run.seed](const EpochReport&) {
                         if (seed == 2) {
                           failed = true;
                           throw std::runtime_error("the disk is on fire");
                         }
                         while (!failed) std::this_thread::yield();
                         return Control::proceed;
                       });
                     },
                 .on_end = [&](const StudyRecord&) { ++ended; }},
                2);
  });
  CHECK(message == "the disk is on fire");
  CHECK(ended >= 1);
  CHECK(ended < 48);  // those that had begun
  CHECK(file_exists(folder.path("study/seed-1/model.safetensors")));
  CHECK_FALSE(file_exists(folder.path("study/summary.json")));
}

TEST_CASE("a study trains one run at a time at least") {
  const TemporaryFolder folder;
  CHECK(error_of<ConfigError>([&] { study_of(folder, {.seeds = {1}}).train(folder.path("study"), false, {}, 0); }) ==
        "study: jobs = 0, must be >= 1");
}

namespace {

// The study on so many ranks; the result is that of rank 0.
StudyResult train_on(ThreadRanks& ranks, const TemporaryFolder& folder, const StudyPlan& plan, const std::string& path,
                     const Study::Observers& observers, std::size_t jobs) {
  StudyResult result;
  ranks.run([&](Communicator& rank) {
    const Study study = study_in(folder, plan);
    const bool goes_on = file_exists(path + "/study.json");
    StudyResult of_rank =
        goes_on ? study.resume(path, observers, jobs, rank) : study.train(path, false, observers, jobs, rank);
    if (rank.is_first()) result = std::move(of_rank);
  });
  return result;
}

}  // namespace

TEST_CASE("ranks leave what one process leaves") {
  const TemporaryFolder folder;
  const StudyPlan plan = {.seeds = {5, 1, 9}, .folds = 3};
  const Study study = study_of(folder, plan);
  const std::string alone = remains_of(study, folder.path("alone"), study.train(folder.path("alone"), false, {}));
  const std::vector<std::pair<std::size_t, std::size_t>> rows = {{2, 1}, {3, 1}, {2, 2}, {12, 1}};
  for (const auto& row : rows) {
    const std::size_t size = row.first;
    const std::size_t jobs = row.second;
    CAPTURE(size);
    CAPTURE(jobs);
    std::atomic<std::size_t> ready = 0;
    std::size_t ended = 0;  // on rank 0, one at a time
    ThreadRanks ranks(size);
    const std::string path = folder.path(std::to_string(size) + "-" + std::to_string(jobs));
    const StudyResult result = train_on(
        ranks, folder, plan, path,
        {.on_ready = [&](const StudyRun&, Run&) { ++ready; }, .on_end = [&](const StudyRecord&) { ++ended; }}, jobs);
    CHECK(result.status == "finished");
    CHECK(ready == study.size());
    CHECK(ended == study.size());
    CHECK(remains_of(study, path, result) == alone);
  }
}

TEST_CASE("a study that ranks left goes on with another number of ranks") {
  const TemporaryFolder folder;
  const StudyPlan plan = {.seeds = parse_seeds("1..8")};
  const Study study = study_of(folder, plan);
  const std::string alone = remains_of(study, folder.path("alone"), study.train(folder.path("alone"), false, {}));
  std::atomic<std::size_t> ended = 0;
  ThreadRanks three(3);
  const StudyResult left =
      train_on(three, folder, plan, folder.path("study"),
               {.on_end = [&](const StudyRecord&) { ++ended; }, .is_interrupted = [&] { return ended >= 3; }}, 1);
  CHECK(left.status == "interrupted");
  CHECK(study.is_unfinished_in(folder.path("study")));
  CHECK_FALSE(study_of(folder, {.seeds = parse_seeds("1..9")}).is_unfinished_in(folder.path("study")));
  CHECK_FALSE(study_of(folder, plan, {"train.epochs=4"}).is_unfinished_in(folder.path("study")));
  ThreadRanks two(2);
  std::atomic<std::size_t> ready = 0;
  const StudyResult result =
      train_on(two, folder, plan, folder.path("study"), {.on_ready = [&](const StudyRun&, Run&) { ++ready; }}, 1);
  CHECK(ready < study.size());
  CHECK(remains_of(study, folder.path("study"), result) == alone);
  CHECK_FALSE(study.is_unfinished_in(folder.path("study")));
}

// The other runs would never end by themselves.
TEST_CASE("an error on a rank ends the study at once, and rank 0 tells it") {
  for (const std::size_t failing : {0U, 2U}) {
    CAPTURE(failing);
    const TemporaryFolder folder;
    folder.write("table.csv", table());
    ThreadRanks ranks(3);
    const auto train = [&](Communicator& rank) {
      const Study study = study_in(folder, {.seeds = parse_seeds("1..50")}, {"train.epochs=1000000000"});
      const auto fail_on_one = [&](const StudyRun&, Run&) {
        if (rank.rank() == failing) throw std::runtime_error("the disk is on fire");
      };
      study.train(folder.path("study"), false,
                  {.on_ready = fail_on_one, .is_interrupted = [&] { return ranks.have_ended(); }}, 2, rank);
    };
    const std::string message = error_of<std::runtime_error>([&] { ranks.run(train); });
    CHECK(message == (failing == 0 ? "" : "rank 2: ") + std::string("the disk is on fire"));
    CHECK_FALSE(file_exists(folder.path("study/summary.json")));
  }
}

TEST_CASE("a rank with another study is refused before anything is written") {
  struct Row {
    std::string table, key;
    StudyPlan plan;
    std::vector<std::string> overrides;
  };
  const std::vector<Row> rows = {{table(), "config", {.seeds = {1, 2}}, {"train.epochs=4"}},
                                 {table(), "seeds", {.seeds = {1, 3}}, {}},
                                 {table(), "folds", {.seeds = {1, 2}, .folds = 3}, {}},
                                 {table() + "3,red,odd\n", "samples", {.seeds = {1, 2}}, {}}};
  for (const Row& row : rows) {
    CAPTURE(row.key);
    const TemporaryFolder folder;
    const TemporaryFolder other;
    folder.write("table.csv", table());
    other.write("table.csv", row.table);
    ThreadRanks ranks(2);
    const std::string message = error_of<ConfigError>([&] {
      ranks.run([&](Communicator& rank) {
        const Study study =
            rank.is_first() ? study_in(folder, {.seeds = {1, 2}}) : study_in(other, row.plan, row.overrides);
        study.train(folder.path("study"), false, {}, 1, rank);
      });
    });
    CHECK(message == "rank 1 has another study than rank 0, by its " + row.key +
                         "; all ranks need the same build, kernels (HINGE_ISA), config and data");
    CHECK_FALSE(file_exists(folder.path("study")));
  }
}
