// Runs and studies under faults: killed at every call that touches a file and at random times, on a disk that fails or is
// full, and without what had not reached the disk. Whatever happens, nothing of use is lost, and what goes on ends with the
// bytes of a run that nothing happened to.
//
// A few points of each in the suite; `scripts/long kills` takes thousands, by HINGE_KILL_POINTS, and prints the figures.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "shell.h"

namespace {

// Of a test, in a campaign; 0 in the suite, which takes a few.
std::size_t campaign_points() {
  const char* points = std::getenv("HINGE_KILL_POINTS");
  return points == nullptr ? 0 : std::stoul(points);
}

void print_figure(const std::string& text) {
  if (campaign_points() > 0) std::printf("figure: %s\n", text.c_str());
}

// Each trains in some milliseconds, with a checkpoint after every epoch.
constexpr const char* config = R"({
  "data": {"type": "moons", "samples": 60, "noise": 0.2, "test": {"every": 4}, "validation": {"fraction": 0.25}},
  "model": {"layers": [{"type": "dense", "units": 6, "activation": "relu"}, {"type": "dense", "units": 2}]},
  "loss": "softmax_cross_entropy", "optimizer": {"type": "sgd", "learning_rate": 0.1},
  "train": {"epochs": 4, "batch_size": 8, "seed": 7, "checkpoint": {"epochs": 1}}
})";

const std::string normalised =
    "--set 'model.layers=[{\"type\": \"dense\", \"units\": 6}, \"batch_norm\", "
    "{\"type\": \"activation\", \"activation\": \"relu\"}, "
    "{\"type\": \"dropout\", \"rate\": 0.2}, {\"type\": \"dense\", \"units\": 2}]' ";

struct Scenario {
  const char* name;
  std::string options;
};
const std::vector<Scenario> scenarios = {
    {"sgd", ""},
    {"momentum, three checkpoints", "--set optimizer.momentum=0.9 --set train.checkpoint.keep=3 "},
    {"adam", "--set 'optimizer={\"type\": \"adam\", \"learning_rate\": 0.05}' "},
    {"batch_norm, dropout", normalised},
    {"averaging, two threads", normalised + "--set train.averaging=0.9 --set train.threads=2 "},
    {"early stopping", "--set train.early_stopping.patience=1 --set optimizer.learning_rate=2 --set train.epochs=8 "},
    {"plateau, recycling",
     "--set 'train.schedule={\"type\": \"reduce_on_plateau\", \"patience\": 0, \"min_delta\": 0.5}' "
     "--set health.recycle.every=2 --set health.recycle.threshold=0.3 "},
    {"accumulation, three threads", "--set train.accumulate=4 --set train.threads=3 "}};
constexpr const char* study_options = "--seeds 1..2 --folds 2 --jobs 2 --set train.epochs=3 ";

const std::string hinge = "env LD_PRELOAD=" HINGE_FAULTS " hinge ";

// A folder in which `hinge` trains, and what came of a run that nothing happened to.
class Bench {
 public:
  explicit Bench(std::string options) : options_(std::move(options)) {
    shell_.write("c.json", config);
    shell_.out(train("whole"));
    for (const std::string& member : members()) whole_[member] = contents("whole/" + member);
    if (is_study()) whole_summary_ = timeless(shell_.read_json("whole/summary.json")).dump();
  }

  const Shell& shell() const { return shell_; }
  std::string train(const std::string& folder, const std::string& more = "") const {
    return hinge + "train c.json --quiet " + options_ + more + " --out " + shell_.path(folder);
  }
  std::string resume(const std::string& folder) const {
    return hinge + "train --quiet --resume " + shell_.path(folder);
  }
  // The command with a fault in the calls that touch the folder.
  Result run(const std::string& command, const std::string& fault, bool loses = false) const {
    return shell_.run("timeout 60 env HINGE_FAULT_FOLDER=" + shell_.path("run") + " HINGE_FAULT=" + fault +
                      (loses ? " HINGE_FAULT_LOSE=1" : "") + " HINGE_FAULT_COUNT=" + shell_.path("count") + " " +
                      command);  // a hang is a failure
  }
  // How many calls of a kind a run makes that nothing happens to.
  std::size_t count(const std::string& call) const {
    if (!shell_.exists("count")) {
      CHECK(run(train("run"), "none:0:kill").code == 0);
      clear();
    }
    const std::string counts = " " + lines_of(shell_.read("count")).front();
    return std::stoul(counts.substr(counts.find(" " + call + " ") + call.size() + 2));
  }
  // Of all processes so far: renames of what had not reached the disk.
  long unsynced() const {
    long all = 0;
    for (const std::string& line : lines_of(shell_.read("count"))) all += std::stol(line.substr(line.rfind(' ')));
    return all;
  }
  void clear() const { shell_.out("rm -rf run"); }

  // Brings what was interrupted to its end, as a user would, without any work by hand.
  void complete() const {
    const Result resumed = shell_.run(resume("run"));
    INFO(resumed.err);
    if (resumed.code == 2 && resumed.err.find("there is no run") != std::string::npos) {
      shell_.out(train("run"));
    } else if (resumed.code != 2 || resumed.err.find("has finished") == std::string::npos) {
      REQUIRE(resumed.code == 0);
    }
  }
  void check_complete() const {
    for (const std::string& member : members()) {
      CAPTURE(member);
      const std::map<std::string, std::string> now = contents("run/" + member);
      const std::map<std::string, std::string>& wanted = whole_.at(member);
      for (const auto& file : wanted) {
        const std::string& name = file.first;
        CAPTURE(name);
        if (!name.starts_with("checkpoint")) CHECK((now.count(name) > 0 && now.at(name) == file.second));
      }
      for (const auto& file : now) {
        const std::string& name = file.first;
        CAPTURE(name);
        CHECK(wanted.count(name) > 0);  // nothing half-written is left, and no older checkpoint
      }
    }
    if (is_study()) CHECK(timeless(shell_.read_json("run/summary.json")).dump() == whole_summary_);
  }
  // What has a final name is whole at any time: documents, lines, models and checkpoints, which have checksums.
  void check_whole(const std::string& folder) const {
    for (const std::string& member : members()) {
      const std::string place = folder + "/" + member;
      if (!shell_.exists(place)) continue;
      for (const std::string& name : shell_.list(place)) {
        CAPTURE(place + "/" + name);
        const std::string file = place + "/" + name;
        if (name.ends_with(".json")) CHECK(Json::accept(shell_.read(file)));
        if (name == "model.safetensors") CHECK(shell_.read(file) == whole_.at(member).at(name));
        if (name.starts_with("checkpoint") && name.ends_with(".safetensors")) CHECK(is_checked(shell_.read(file)));
      }
    }
  }
  bool is_study() const { return options_.find("--seeds") != std::string::npos; }
  std::string model_of_whole() const { return whole_.at(".").at("model.safetensors"); }

 private:
  Strings members() const {
    if (!is_study()) return {"."};
    return {"seed-1/fold-0", "seed-1/fold-1", "seed-2/fold-0", "seed-2/fold-1"};
  }
  // The files by name, without times; the page and checkpoints, which hold times, as their names alone.
  std::map<std::string, std::string> contents(const std::string& folder) const {
    std::map<std::string, std::string> files;
    for (const std::string& name : shell_.list(folder)) {
      const std::string text = shell_.read(folder + "/" + name);
      std::string& kept = files[name];
      if (name == "metrics.jsonl") {
        for (const std::string& line : lines_of(text)) kept += timeless(Json::parse(line)).dump() + "\n";
      } else if (name == "summary.json") {
        kept = timeless(Json::parse(text)).dump();
      } else if (name != "report.html" && !name.starts_with("checkpoint")) {
        kept = text;
      }
    }
    files.erase("report.html");  // of a process that was killed at its very end it may be missing
    return files;
  }
  // The length of the header, the header, and not a byte less than it promises: hinge checks the sum when it resumes.
  static bool is_checked(const std::string& bytes) {
    std::uint64_t header = 0;
    if (bytes.size() < 8) return false;
    for (std::size_t i = 8; i-- > 0;) header = header << 8 | static_cast<unsigned char>(bytes[i]);
    if (header > bytes.size() - 8) return false;
    std::size_t end = 0;
    const Json json = Json::parse(bytes.substr(8, header));
    for (const auto& [name, tensor] : json.items()) {
      if (name != "__metadata__") end = std::max(end, tensor.at("data_offsets").at(1).get<std::size_t>());
    }
    return bytes.size() == 8 + header + end;
  }

  std::string options_;
  Shell shell_;
  std::map<std::string, std::map<std::string, std::string>> whole_;
  std::string whole_summary_;
};

// Numbers from 1 to `count`: all where there are at most `most`, else as many at equal distances, beginning at a place that
// differs from one `shift` to the next.
std::vector<std::size_t> points(std::size_t count, std::size_t most, std::size_t shift) {
  std::vector<std::size_t> chosen;
  const std::size_t step = std::max<std::size_t>(1, (count + most - 1) / most);
  for (std::size_t n = 1 + (step > 1 ? shift * 7 % step : 0); n <= count; n += step) chosen.push_back(n);
  return chosen;
}

// Kills the process at its n-th call and what goes on with it again at another one, then lets it end.
std::size_t kill_twice(const Bench& bench, std::size_t n, std::size_t calls, bool loses) {
  CAPTURE(n);
  CAPTURE(loses);
  bench.clear();
  std::size_t kills = 0;
  const auto kill_at = [&](const std::string& command, std::size_t call) {
    const int code = bench.run(command, "any:" + std::to_string(call) + ":kill", loses).code;
    CHECK((code == 137 || code == 0 || code == 2));
    kills += code == 137 ? 1 : 0;
    bench.check_whole("run");
  };
  kill_at(bench.train("run"), n);
  kill_at(bench.resume("run"), 1 + n * 5 % calls);
  bench.complete();
  bench.check_complete();
  return kills;
}

}  // namespace

TEST_CASE("a run that is killed at any call that touches a file goes on to the same bytes") {
  const std::size_t most = campaign_points() > 0 ? campaign_points() / scenarios.size() : 1;
  std::size_t kills = 0;
  long unsynced = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    CAPTURE(std::string(scenarios[i].name));
    const Bench bench(scenarios[i].options);
    const std::size_t calls = bench.count("any");
    for (const std::size_t n : points(calls, most, i)) kills += kill_twice(bench, n, calls, n % 2 == i % 2);
    unsynced += bench.unsynced();
  }
  CHECK(unsynced == 0);
  CHECK(kills >= scenarios.size());
  print_figure("runs killed at a call that touches a file: " + std::to_string(kills) +
               ", unsynced renames: " + std::to_string(unsynced));
}

TEST_CASE("a run that is killed at any time goes on to the same bytes") {
  const std::size_t most = campaign_points() > 0 ? campaign_points() / (2 * scenarios.size()) : 1;
  std::size_t kills = 0;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    CAPTURE(std::string(scenarios[i].name));
    const Bench bench(scenarios[i].options);
    for (std::size_t k = 0; k < most; ++k) {
      CAPTURE(k);
      bench.clear();
      const double seconds = 0.002 + 0.03 * static_cast<double>((k * 37 + i * 11) % 101) / 101;
      const std::string killed = " & p=$!; sleep " + std::to_string(seconds) + "; kill -9 $p; wait $p";
      kills += bench.shell().run(bench.train("run") + killed).code == 137 ? 1 : 0;
      bench.check_whole("run");
      bench.complete();
      bench.check_complete();
    }
  }
  print_figure("runs killed at a random time: " + std::to_string(kills));
}

TEST_CASE("a study that is killed at any call that touches a file goes on to the same bytes") {
  const std::size_t most = campaign_points() > 0 ? campaign_points() : 4;
  const Bench bench(study_options);
  const std::size_t calls = bench.count("any");
  std::size_t kills = 0;
  for (const std::size_t n : points(calls, most, 1)) kills += kill_twice(bench, n, calls, n % 2 == 0);
  CHECK(bench.unsynced() == 0);
  print_figure("studies killed at a call that touches a file: " + std::to_string(kills));
}

TEST_CASE("a run that is killed on its way into the place of an older one loses neither") {
  const Bench bench("");
  const std::string older = hinge + "train c.json --quiet --set train.seed=1 --out " + bench.shell().path("run");
  bench.shell().out(older);
  const std::string older_model = bench.shell().read("run/model.safetensors");
  REQUIRE(bench.run(bench.train("run", "--force"), "none:0:kill").code == 0);
  const std::size_t calls = bench.count("any");
  std::size_t kills = 0;
  for (const std::size_t n : points(calls, campaign_points() > 0 ? calls : 6, 3)) {
    CAPTURE(n);
    bench.clear();
    bench.shell().out(older);
    kills += bench.run(bench.train("run", "--force"), "any:" + std::to_string(n) + ":kill").code == 137 ? 1 : 0;
    bool is_somewhere = false;
    for (const char* place : {"run/", "run/unfinished/", "run/.unfinished/"}) {
      const std::string file = std::string(place) + "model.safetensors";
      if (!bench.shell().exists(file)) continue;
      const std::string bytes = bench.shell().read(file);
      CHECK((bytes == older_model || bytes == bench.model_of_whole()));
      is_somewhere = true;
    }
    CHECK(is_somewhere);
    bench.complete();
    if (bench.shell().read("run/model.safetensors") == older_model) bench.shell().out(bench.train("run", "--force"));
    bench.check_complete();
  }
  print_figure("runs with --force killed at a call that touches a file: " + std::to_string(kills));
}

// Once, and from there on.
TEST_CASE("a call that fails is said with its path, harms nothing, and the run can go on") {
  std::size_t faults = 0;
  const Bench bench("--set train.checkpoint.keep=2 ");
  for (const std::string fault : {"open ENOSPC", "write ENOSPC", "write EIO", "write short", "fsync EIO",
                                  "fsync ENOSPC", "rename EIO", "rename ENOSPC", "mkdir ENOSPC"}) {
    const std::string call = fault.substr(0, fault.find(' '));
    const std::string what = fault.substr(call.size() + 1);
    const std::size_t calls = bench.count(call);
    for (const std::string each : {":", "+:"}) {
      for (const std::size_t n : points(calls, campaign_points() > 0 ? calls : 1, fault.size() + each.size())) {
        CAPTURE(fault);
        CAPTURE(each);
        CAPTURE(n);
        bench.clear();
        const Result result = bench.run(bench.train("run"), call + ":" + std::to_string(n) + each + what);
        INFO(result.err);
        CHECK((result.code == 0 || result.code == 1));
        const bool is_named = result.err.find(bench.shell().path("run")) != std::string::npos;
        if (result.code == 1) CHECK((is_named && matches(result.err, "^error: ")));
        if (what == "short") CHECK(result.code == 0);
        if (bench.shell().exists("run")) bench.check_whole("run");
        if (result.code == 1) bench.complete();
        bench.check_complete();
        ++faults;
      }
    }
  }
  print_figure("calls that failed: " + std::to_string(faults));
}

TEST_CASE("a disk that is full for a while costs a run nothing, and is said once") {
  const Bench bench("--set train.epochs=40 --set train.checkpoint.epochs=5 ");
  const std::size_t writes = bench.count("write");
  bench.clear();
  // A write in the middle fails once: the line waits for the next one.
  const Result result = bench.run(bench.train("run"), "write:" + std::to_string(writes / 2) + ":ENOSPC");
  CHECK(result.code == 0);
  CHECK(count_matches(result.err, "^warning: .*No space left on device") == 1);
  CHECK(matches(result.err, "training goes on"));
  bench.check_complete();
  // From there on: the run ends, and then says what to do.
  bench.clear();
  const Result full = bench.run(bench.train("run"), "write:" + std::to_string(writes / 2) + "+:ENOSPC");
  CHECK(full.code == 1);
  CHECK(count_matches(full.err, "^warning: .*No space left on device") == 1);
  CHECK(matches(full.err, "^error: .*model.safetensors: No space left on device"));
  CHECK(matches(full.err, "mend that, and hinge train --resume .*/run goes on with it"));
  bench.complete();
  bench.check_complete();
}

TEST_CASE("a disk that is really full loses no checkpoint and no older model") {
  const Bench bench("");
  const Shell& shell = bench.shell();
  if (shell.run("mkdir run && mount -t tmpfs -o size=64k tmpfs run && umount run").code != 0) {
    MESSAGE("skipped: no file system can be mounted here");
    return;
  }
  std::size_t full = 0;
  for (int kibibytes = 8; kibibytes <= 64; kibibytes += campaign_points() > 0 ? 2 : 8) {
    CAPTURE(kibibytes);
    shell.out("mount -t tmpfs -o size=" + std::to_string(kibibytes) + "k tmpfs run");
    const Result result = shell.run(bench.train("run"));
    INFO(result.err);
    CHECK((result.code == 0 || result.code == 1));
    if (result.code == 1) {
      CHECK(matches(result.err, "^error: .*No space left on device"));
      ++full;
    }
    bench.check_whole("run");
    shell.out("mount -o remount,size=16m run");
    bench.complete();
    bench.check_complete();
    shell.out("umount run");
  }
  CHECK(full > 0);
  print_figure("full disks: " + std::to_string(full));
}
