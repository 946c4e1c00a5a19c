// Runs of configs that several ranks train together.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/optim/run/benchmark.h>
#include <hinge/optim/run/config.h>
#include <hinge/optim/run/run.h>
#include <hinge/optim/run/run_folder.h>

#include "support/contains.h"
#include "support/temporary_folder.h"
#include "support/thread_ranks.h"
#include "support/throws.h"

using namespace hinge;

namespace {

// 80 training samples in batches of 20: 4 shards of 5.
constexpr std::string_view config = R"({
  "data": {"type": "moons", "samples": 120, "preprocess": "standard",
           "validation": {"every": 6}, "test": {"every": 5}},
  "model": {"layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dropout", "rate": 0.2},
                       {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": "adam",
  "train": {"epochs": 6, "batch_size": 20, "shards": 4, "early_stopping": {"patience": 9}}
})";

LoadedConfig parse(const std::vector<std::string>& overrides = {}) {
  return parse_config(config, "c.json", ".", overrides, standard_registries());
}

struct Trained {
  RunSummary summary;
  std::string path;  // of the folder
};

// Trains on all ranks, into a folder of rank 0; goes on there with what was interrupted. `stop` is asked on each rank after each step.
template <typename Stop>
Trained train_on(ThreadRanks& ranks, const LoadedConfig& loaded, const std::string& path, const Stop& stop) {
  Trained result;
  ranks.run([&](Communicator& rank) {
    Run run(loaded, rank);
    std::unique_ptr<RunFolder> folder;
    if (rank.is_first() && file_exists(path)) folder = std::make_unique<RunFolder>(path, loaded, run);
    if (rank.is_first() && !folder) folder = std::make_unique<RunFolder>(path, false, loaded);
    const RunSummary summary = train_run(run, folder.get(), [&] { return stop(rank); });
    if (rank.is_first()) result = {summary, folder->path()};
  });
  return result;
}

bool never(const Communicator&) { return false; }

std::string remains_of(const Trained& run) {
  return read_file(run.path + "/model.safetensors") + read_file(run.path + "/health.jsonl");
}

}  // namespace

TEST_CASE("a run leaves the same model and ledger on any number of ranks, and says what they sent") {
  const TemporaryFolder folder;
  ThreadRanks one(1);
  const Trained alone = train_on(one, parse(), folder.path("1"), never);
  CHECK_FALSE(alone.summary.shared);
  for (const std::size_t size : {2U, 4U}) {
    CAPTURE(size);
    ThreadRanks ranks(size);
    const Trained run = train_on(ranks, parse(), folder.path(std::to_string(size)), never);
    CHECK(run.summary.status == "finished");
    CHECK(remains_of(run) == remains_of(alone));
    REQUIRE(run.summary.shared);
    CHECK(run.summary.shared->ranks == size);
    CHECK(run.summary.shared->shards == 4);
    CHECK(run.summary.shared->exchange_seconds > 0);
    const std::string summary = read_file(run.path + "/summary.json");
    check_contains(summary, {"\"distributed\": {", "\"ranks\": " + std::to_string(size), "\"bytes_per_step\": "});
  }
}

TEST_CASE("a step sends the bytes of its gradient and its outputs, and no more") {
  for (const std::size_t size : {2U, 4U}) {
    CAPTURE(size);
    std::vector<double> bytes(size);
    std::vector<std::size_t> counts(size);
    ThreadRanks ranks(size);
    ranks.run([&](Communicator& rank) {
      Run run(parse(), rank);
      run.train();
      bytes[rank.rank()] = run.trainer().shared_work().bytes_per_step;
      counts[rank.rank()] = run.network().values().size();
    });
    double all = 0;
    for (const double each : bytes) all += each;
    const std::size_t numbers = 2 * counts.front() + std::size_t{2} * 20;  // outputs × batch
    CHECK(all == static_cast<double>((size - 1) * numbers * sizeof(float)));
  }
}

TEST_CASE("an interrupt of one rank stops all, and another number of ranks goes on to the same end") {
  const TemporaryFolder folder;
  ThreadRanks one(1);
  const std::string alone = remains_of(train_on(one, parse(), folder.path("alone"), never));
  for (const std::size_t interrupted : {0U, 1U}) {
    for (const std::size_t next : {1U, 4U}) {
      CAPTURE(interrupted);
      CAPTURE(next);
      const std::string path = folder.path(std::to_string(interrupted) + "-" + std::to_string(next));
      std::atomic<int> steps = 0;
      ThreadRanks two(2);
      const Trained left = train_on(two, parse(), path, [&](const Communicator& rank) {
        return rank.rank() == interrupted && ++steps > 9;  // within the third epoch
      });
      CHECK(left.summary.status == "interrupted");
      CHECK(left.summary.epochs == 2);
      ThreadRanks others(next);
      const Trained run = train_on(others, parse(), path, never);
      CHECK(run.summary.status == "finished");
      CHECK(run.summary.epochs == 6);
      CHECK(remains_of(run) == alone);
    }
  }
}

TEST_CASE("a run that diverges ends on all ranks with the message that one process gives") {
  const LoadedConfig loaded = parse({"optimizer={\"type\": \"sgd\", \"learning_rate\": 1e30}"});
  const TemporaryFolder folder;
  ThreadRanks one(1);
  ThreadRanks two(2);
  const Trained alone = train_on(one, loaded, folder.path("1"), never);
  const Trained shared = train_on(two, loaded, folder.path("2"), never);
  CHECK(alone.summary.status == "failed");
  CHECK(shared.summary.status == "failed");
  CHECK(shared.summary.error == alone.summary.error);
}

TEST_CASE("an error of one rank within training ends the run, and rank 0 tells it") {
  for (const std::size_t failing : {1U, 3U}) {
    CAPTURE(failing);
    const TemporaryFolder folder;
    ThreadRanks ranks(4);
    const std::string message = error_of<RankError>([&] {
      train_on(ranks, parse({"train.epochs=1000000000"}), folder.path("run"), [&](const Communicator& rank) {
        if (rank.rank() == failing) throw std::runtime_error("the disk is on fire");
        return false;
      });
    });
    CHECK(message == "rank " + std::to_string(failing) + ": the disk is on fire");
  }
}

TEST_CASE("a rank with another run is refused") {
  ThreadRanks ranks(2);
  const std::string message = error_of<ConfigError>([&] {
    ranks.run([&](Communicator& rank) {
      Run(parse(rank.is_first() ? std::vector<std::string>() : std::vector<std::string>{"train.epochs=7"}), rank);
    });
  });
  CHECK(message ==
        "rank 1 has another run than rank 0, by its config; all ranks need the same build, kernels (HINGE_ISA), config "
        "and data");
}

TEST_CASE("ranks that cannot share the shards are told what to start instead") {
  struct Row {
    std::size_t ranks;
    std::size_t shards;
    std::string hint;
  };
  const std::vector<Row> rows = {{2, 1, "add --set train.shards=2, or train as one process"},
                                 {4, 2, "add --set train.shards=4, or train as one process"},
                                 {3, 4, "start 2 of them"},
                                 {3, 1, "start 2 of them with --set train.shards=2"}};
  for (const Row& row : rows) {
    CAPTURE(row.ranks);
    CAPTURE(row.shards);
    ThreadRanks ranks(row.ranks);
    const std::string message = error_of<ConfigError>([&] {
      ranks.run([&](Communicator& rank) { Run(parse({"train.shards=" + std::to_string(row.shards)}), rank); });
    });
    check_contains(message, {"/train/shards: found " + std::to_string(row.shards) + ", which " +
                             std::to_string(row.ranks) + " processes cannot share evenly; " + row.hint});
  }
}

TEST_CASE("a benchmark of several ranks has the exchange, and estimates from it") {
  ThreadRanks ranks(2);
  std::optional<Benchmark> result;
  ranks.run([&](Communicator& rank) {
    const std::optional<Benchmark> mine = benchmark(parse(), {.seconds = 0.1}, rank);
    if (rank.is_first()) result = mine;
  });
  REQUIRE(result);
  REQUIRE(result->shared);
  CHECK(result->ranks() == 2);
  CHECK(result->shared->own_shards > 0);
  CHECK(result->shared->exchange > 0);
  CHECK(result->shared->latency > 0);
  CHECK(result->shared->bandwidth > 0);
  CHECK(result->shared->own_shards + result->shared->exchange + result->other == doctest::Approx(result->training));
  CHECK(estimate_ranks(*result).size() == 3);
}
