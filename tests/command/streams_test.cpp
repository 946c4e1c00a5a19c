// Signals, closed streams, full disks: whatever happens around a run, what it learned is saved.
#include <doctest/doctest.h>

#include "shell.h"

namespace {

// So long that only a signal ends it.
const std::string endless = "hinge train configs/digits.json --set train.epochs=1000000 --quiet ";

// Lines of sh that start the endless run and wait until it has written into the file. A shell starts what runs in its
// background with Ctrl-C ignored, which env takes back.
std::string started(const std::string& options, const std::string& file) {
  return "env --default-signal=INT " + endless + options + "&\nuntil [ -s " + file +
         " ]; do kill -0 $! || exit 1; sleep 0.01; done\n";
}

}  // namespace

TEST_CASE("Ctrl-C saves what was learned") {
  const Shell shell;
  CHECK(shell.run(started("--out run", "run/metrics.jsonl") + "kill -INT $!; wait $!").code == 130);
  CHECK(shell.read_json("run/summary.json").at("status") == "interrupted");
  shell.out("hinge evaluate run");
}

TEST_CASE("Ctrl-C in a study ends all runs at work, and no further one begins") {
  const Shell shell;
  const std::string begin = started("--seeds 1..3 --jobs 2 --out study", "study/seed-1/metrics.jsonl");
  CHECK(shell.run(begin + "until [ -s study/seed-2/metrics.jsonl ]; do sleep 0.01; done\nkill -INT $!; wait $!").code ==
        130);
  CHECK(shell.list("study") == Strings{"seed-1", "seed-2", "study.json", "summary.json"});
  CHECK(shell.read_json("study/summary.json").at("status") == "interrupted");
  for (const std::string run : {"study/seed-1", "study/seed-2"}) {
    CHECK(shell.exists(run + "/model.safetensors"));
    CHECK(shell.read_json(run + "/summary.json").at("status") == "interrupted");
  }
}

TEST_CASE("a signal while a run begins leaves a summary or nothing") {
  const Shell shell;
  // In the foreground timeout sends one signal. Else it sends a second one to its group, which ends the run at once.
  for (const std::string wait : {"0.003", "0.01", "0.02", "0.04"}) {
    CAPTURE(wait);
    CHECK(shell.run("timeout --foreground --preserve-status -s TERM " + wait + " " + endless + "--out " + wait).code ==
          143);
    CHECK((!shell.exists(wait) || !shell.read(wait + "/summary.json").empty()));
  }
}

TEST_CASE("a signal that the program was started to ignore stays ignored") {
  const Shell shell;
  const Result result = shell.run("trap '' HUP\n" + started("--out run", "run/metrics.jsonl") + R"(
    kill -HUP $!
    sleep 0.2
    kill -0 $! || exit 1  # it lives on
    kill -TERM $!
    wait $!)");
  CHECK(result.code == 143);
}

TEST_CASE("a run goes on when nobody reads its progress any more") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  shell.out("hinge train configs/digits.json --out piped 2>&1 | head -n 1");
  CHECK(shell.read("piped/model.safetensors") == shell.read("run/model.safetensors"));
}

TEST_CASE("every command ends quietly, with the code of SIGPIPE, when nobody reads its output") {
  const Shell shell;
  shell.run("hinge train configs/dying_relu.json --set train.epochs=2 --out run --quiet");
  shell.out("mkfifo pipe");
  for (const std::string arguments :
       {"--help", "--version", "train --help", "init new", "check configs/xor.json",
        "train configs/xor.json --quiet --out trained", "train configs/xor.json --seeds 2 --quiet --out study",
        "evaluate run --report", "predict run configs/data/digits.csv", "health run --units",
        "diagnose configs/xor.json --quiet", "inspect run", "bench configs/xor.json --seconds 0.1",
        "explain configs/mazur.json", "gradcheck configs/mazur.json", "activations", "plot relu", "schema"}) {
    CAPTURE(arguments);
    // A pipe whose reader is gone before the command starts.
    const Result result = shell.run("exec 3<>pipe 4>pipe 3>&- && hinge " + arguments + " >&4");
    CHECK(result.code == 141);
    CHECK(result.err.find("error") == std::string::npos);
  }
  CHECK(shell.exists("trained/model.safetensors"));
}

TEST_CASE("streams that are closed from the start change nothing in a run") {
  const Shell shell;
  shell.out("hinge train configs/digits.json --out run --quiet");
  shell.out("hinge train configs/digits.json --out closed 2>&- <&-");
  CHECK(shell.read("closed/model.safetensors") == shell.read("run/model.safetensors"));
  for (const std::string& line : lines_of(shell.read("closed/metrics.jsonl"))) CHECK(Json::accept(line));
}

TEST_CASE("results that cannot be printed are an error, but are saved") {
  const Shell shell;
  for (const std::string stream : {">/dev/full", ">&-"}) {
    for (const std::string arguments : {"--help", "--version", "train --help", "schema"}) {
      CAPTURE(arguments + stream);
      CHECK(shell.run("hinge " + arguments + " " + stream).code == 1);
    }
    CHECK(shell.run("hinge train configs/xor.json --quiet --force --out run " + stream).code == 1);
    CHECK(!shell.read("run/model.safetensors").empty());
    CHECK(!shell.read("run/summary.json").empty());
  }
}

TEST_CASE("a limit on files is an error of the machine, and leaves no half of a run") {
  const Shell shell;
  CHECK(shell.run("ulimit -f 1; hinge train configs/digits.json --out run").code == 1);
  CHECK(shell.list("run").empty());
}

TEST_CASE("a full disk is refused") {
  const int code = Shell().run("hinge train configs/iris.json --out /dev/full/run").code;
  CHECK((code == 1 || code == 2));
}
