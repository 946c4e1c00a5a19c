// Times training and prediction through the public API, on networks of seven sizes: a line of JSON for each.
//
//   hinge_bench [--optimizer sgd|momentum|adam] [--rounds N] [--samples N] [--threads N|auto]… [W1 … W7 | I1 | I2]…
//
// Training is `Trainer::fit` as an application calls it: shuffled batches of a data set of 65,536 samples, metrics, and
// neuron health on a probe of 2,048 samples after each epoch. A figure is the median of the rounds. Times are processor
// times of this process, which other programs disturb less. With --threads they are wall times; if --threads is given
// several times, each round trains once with every number of threads.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <hinge/hinge.h>

namespace {

using namespace hinge;

struct Workload {
  std::string id;
  std::vector<std::size_t> widths;  // inputs, hidden layers, outputs
  std::size_t batch;
  LossSpec loss;
  ActivationSpec activation;

  double weights() const {
    double sum = 0;
    for (std::size_t i = 1; i < widths.size(); ++i) sum += static_cast<double>(widths[i - 1] * widths[i]);
    return sum;
  }
  Network<float> network() const {
    std::vector<LayerSpec> layers;
    for (std::size_t i = 1; i < widths.size(); ++i) {
      if (i + 1 < widths.size()) {
        layers.emplace_back(Dense{.units = widths[i], .activation = activation});
      } else {
        layers.emplace_back(Dense{.units = widths[i]});
      }
    }
    return {widths.front(), layers, 1};
  }
};

std::vector<Workload> workloads() {
  std::vector<std::size_t> deep(17, 64);
  deep.push_back(10);
  const SoftmaxCrossEntropy classes;
  return {{"W1", {2, 8, 1}, 4, MeanSquaredError{}, Tanh{}},
          {"W2", {2, 32, 32, 3}, 32, classes, Relu{}},
          {"W3", {30, 64, 64, 1}, 32, MeanSquaredError{}, Relu{}},
          {"W4", {64, 128, 64, 10}, 64, classes, Relu{}},
          {"W5", {784, 256, 128, 10}, 128, classes, Relu{}},
          {"W6", {784, 1024, 1024, 10}, 256, classes, Relu{}},
          {"W7", deep, 64, classes, Relu{}}};
}

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Times {
  double median;
  double smallest;
  double largest;
};

Times times_of(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return {seconds[seconds.size() / 2], seconds.front(), seconds.back()};
}

Matrix<float> uniform_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix<float> matrix(rows, cols);
  const RandomStream random(seed, Purpose::user);
  for (std::size_t i = 0; i < matrix.elements().size(); ++i) {
    matrix.elements()[i] = static_cast<float>(2 * random.uniform(i) - 1);
  }
  return matrix;
}

Dataset<float> data_of(const Workload& workload, std::size_t samples) {
  Matrix<float> x = uniform_matrix(workload.widths.front(), samples, 1);
  if (!workload.loss->build<float>()->is_classification()) {
    return Dataset<float>::regression(std::move(x), uniform_matrix(workload.widths.back(), samples, 2));
  }
  std::vector<std::int32_t> classes(samples);
  const RandomStream random(2, Purpose::user);
  for (std::size_t i = 0; i < samples; ++i) {
    classes[i] = static_cast<std::int32_t>(random.uniform(i) * static_cast<double>(workload.widths.back()));
  }
  return Dataset<float>::classification(std::move(x), std::move(classes));
}

OptimizerSpec optimizer_of(const std::string& name) {
  if (name == "sgd") return Sgd{.learning_rate = 0.001};
  if (name == "momentum") return Sgd{.learning_rate = 0.001, .momentum = 0.9};
  if (name == "adam") return Adam{.learning_rate = 0.0001};
  std::fprintf(stderr, "hinge_bench: unknown optimizer %s\n", name.c_str());
  std::exit(2);
}

// The options of the command line.
struct Arguments {
  std::string optimizer = "sgd";
  std::size_t rounds = 5;
  std::size_t samples = 65536;
  std::vector<std::string> threads = {};
  std::vector<std::string> workloads = {};

  bool has(const std::string& id) const {
    return workloads.empty() || std::find(workloads.begin(), workloads.end(), id) != workloads.end();
  }
};

// The same training with one number of threads.
struct Training {
  Training(const Workload& workload, const Arguments& arguments, std::string threads_text)
      : threads(std::move(threads_text)),
        network(workload.network()),
        trainer(network, workload.loss, optimizer_of(arguments.optimizer),
                {.threads = threads == "auto" ? 0 : std::strtoul(threads.c_str(), nullptr, 10)}) {}

  std::string threads;
  Network<float> network;
  Trainer<float> trainer;
  std::vector<double> seconds = {};
};

void train(const Workload& workload, const Arguments& arguments) {
  const Dataset<float> data = data_of(workload, arguments.samples);
  const clockid_t clock = arguments.threads.empty() ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
  std::deque<Training> trainings;
  for (const std::string& threads : arguments.threads.empty() ? std::vector<std::string>{"1"} : arguments.threads) {
    trainings.emplace_back(workload, arguments, threads).trainer.fit(data, {.epochs = 1, .batch_size = workload.batch});
  }
  // A single epoch may be too short to time, so a call trains for about 0.2 s.
  const double operations = 6 * workload.weights() * static_cast<double>(arguments.samples);
  const auto epochs = static_cast<std::size_t>(std::clamp(2e10 / operations, 1.0, 20.0));
  for (std::size_t round = 0; round < arguments.rounds; ++round) {
    for (Training& training : trainings) {
      const double start = seconds_of(clock);
      training.trainer.fit(data, {.epochs = epochs, .batch_size = workload.batch});
      training.seconds.push_back(seconds_of(clock) - start);
    }
  }
  const double trained = static_cast<double>(epochs * arguments.samples);
  for (const Training& training : trainings) {
    const Times times = times_of(training.seconds);
    std::printf(
        "{\"peer\":\"hinge %s\",\"kind\":\"train\",\"workload\":\"%s\",\"threads\":%s,\"samples_per_s\":%.6g,"
        "\"min\":%.6g,\"max\":%.6g,\"us_per_step\":%.5g,\"gflops_nominal\":%.4g,\"reps\":%zu}\n",
        arguments.optimizer.c_str(), workload.id.c_str(),
        training.threads == "auto" ? "\"auto\"" : training.threads.c_str(), trained / times.median,
        trained / times.largest, trained / times.smallest,
        times.median * 1e6 * static_cast<double>(workload.batch) / trained,
        1e-9 * operations * static_cast<double>(epochs) / times.median, arguments.rounds);
  }
  std::fflush(stdout);
}

void predict(const Workload& workload, std::size_t batch, std::size_t rounds) {
  const Network<float> network = workload.network();
  Workspace<float> workspace(network, batch);
  const Matrix<float> x = uniform_matrix(workload.widths.front(), batch, 1);
  const auto calls = static_cast<std::size_t>(5e9 / (2 * workload.weights() * static_cast<double>(batch))) + 1;
  network.predict(x, workspace);
  std::vector<double> seconds;
  for (std::size_t round = 0; round < rounds; ++round) {
    const double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    for (std::size_t i = 0; i < calls; ++i) network.predict(x, workspace);
    seconds.push_back(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start);
  }
  const Times times = times_of(std::move(seconds));
  const double predicted = static_cast<double>(calls * batch);
  std::printf(
      "{\"peer\":\"hinge\",\"kind\":\"infer\",\"workload\":\"%s-%s\",\"threads\":1,\"samples_per_s\":%.6g,\"min\":%.6g,"
      "\"max\":%.6g,\"ns_per_call\":%.5g,\"gflops_nominal\":%.4g,\"reps\":%zu}\n",
      batch == 1 ? "I1" : "I2", workload.id.c_str(), predicted / times.median, predicted / times.largest,
      predicted / times.smallest, times.median * 1e9 / static_cast<double>(calls),
      2e-9 * workload.weights() * predicted / times.median, rounds);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--optimizer" && i + 1 < argc) {
      arguments.optimizer = argv[++i];
    } else if (argument == "--rounds" && i + 1 < argc) {
      arguments.rounds = std::max(1UL, std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--samples" && i + 1 < argc) {
      arguments.samples = std::max(1UL, std::strtoul(argv[++i], nullptr, 10));
    } else if (argument == "--threads" && i + 1 < argc) {
      arguments.threads.emplace_back(argv[++i]);
    } else {
      arguments.workloads.push_back(argument);
    }
  }
  for (const Workload& workload : workloads()) {
    if (arguments.has(workload.id)) train(workload, arguments);
  }
  const std::vector<std::string> single = {"W2", "W4", "W5"};
  for (const Workload& workload : workloads()) {
    const bool has_single = std::find(single.begin(), single.end(), workload.id) != single.end();
    if (arguments.has("I1") && has_single) predict(workload, 1, arguments.rounds);
    if (arguments.has("I2") && workload.id == "W5") predict(workload, 1024, arguments.rounds);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
