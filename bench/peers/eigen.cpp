// A multilayer perceptron in plain Eigen expressions, timed as bench/workloads.cpp times Hinge's:
//
//   eigen train|predict NAME BATCH mse|cross_entropy tanh|relu WIDTH… [--products]
//
// Matrices are kept from step to step; there is no shuffling, no metrics, no health. With --products it runs the matrix
// products only, in the fastest of the four layouts of samples and weights: a lower bound for Eigen. It is not in
// Hinge's build; scripts/bench compiles it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <malloc.h>

#include <Eigen/Dense>

namespace {

struct Workload {
  bool trains;
  std::string name;
  Eigen::Index batch;
  bool mse;
  bool tanh;
  std::vector<Eigen::Index> widths;
};

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Seconds per call, measured over 0.2 s; the shorter loops before warm up.
template <typename Call>
double seconds_of(const Call& call) {
  for (long calls = 1;; calls *= 2) {
    const double start = processor_seconds();
    for (long i = 0; i < calls; ++i) call();
    const double seconds = processor_seconds() - start;
    if (seconds > 0.2) return seconds / static_cast<double>(calls);
  }
}

// A sample is a column. `samples` and `weights` are the memory orders of both: ColMajor or RowMajor.
template <int samples, int weights, bool products_only>
class Network {
  using Activations = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, samples>;
  using Weights = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, weights>;
  struct Layer {
    Weights w, dw;
    Eigen::VectorXf b, db;
    Activations a, dz;
  };

 public:
  explicit Network(const Workload& workload) : workload_(workload) {
    for (std::size_t i = 1; i < workload.widths.size(); ++i) {
      const Eigen::Index in = workload.widths[i - 1];
      const Eigen::Index out = workload.widths[i];
      const float bound = std::sqrt(6.0F / static_cast<float>(in));
      layers_.push_back({bound * Weights::Random(out, in), Weights(out, in), Eigen::VectorXf::Zero(out),
                         Eigen::VectorXf(out), Activations::Zero(out, workload.batch),
                         Activations::Random(out, workload.batch)});
    }
    for (int i = 0; i < 8; ++i) {
      inputs_.push_back(Activations::Random(workload.widths.front(), workload.batch));
      targets_.push_back(Activations::Random(workload.widths.back(), workload.batch));
    }
    classes_.resize(static_cast<std::size_t>(workload.batch));
    for (Eigen::Index& label : classes_) label = std::rand() % workload.widths.back();
  }

  void forward() {
    now_ = (now_ + 1) % inputs_.size();
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      Layer& layer = layers_[i];
      layer.a.noalias() = layer.w * input(i);
      if constexpr (products_only) continue;
      layer.a.colwise() += layer.b;
      if (i + 1 == layers_.size()) continue;
      if (workload_.tanh) {
        layer.a = layer.a.array().tanh();
      } else {
        layer.a = layer.a.cwiseMax(0.0F);
      }
    }
  }

  void step() {
    forward();
    if constexpr (!products_only) differentiate_loss();
    for (std::size_t i = layers_.size(); i-- > 0;) {
      Layer& layer = layers_[i];
      layer.dw.noalias() = layer.dz * input(i).transpose();
      if (i > 0) {
        Layer& before = layers_[i - 1];
        before.dz.noalias() = layer.w.transpose() * layer.dz;
        if constexpr (!products_only) {
          if (workload_.tanh) {
            before.dz.array() *= 1 - before.a.array().square();
          } else {
            before.dz = (before.a.array() > 0).select(before.dz, 0.0F);
          }
        }
      }
      if constexpr (products_only) continue;
      layer.db = layer.dz.rowwise().sum();
      layer.w -= learning_rate * layer.dw;
      layer.b -= learning_rate * layer.db;
    }
  }

 private:
  static constexpr float learning_rate = 0.001F;

  const Activations& input(std::size_t layer) const { return layer == 0 ? inputs_[now_] : layers_[layer - 1].a; }

  void differentiate_loss() {
    const Activations& outputs = layers_.back().a;
    Activations& dz = layers_.back().dz;
    const float scale = 1 / static_cast<float>(workload_.batch);
    if (workload_.mse) {
      dz = (2 * scale / static_cast<float>(outputs.rows())) * (outputs - targets_[now_]);
      return;
    }
    for (Eigen::Index sample = 0; sample < outputs.cols(); ++sample) {
      auto column = dz.col(sample);
      column = (outputs.col(sample).array() - outputs.col(sample).maxCoeff()).exp();
      column *= scale / column.sum();
      column(classes_[static_cast<std::size_t>(sample)]) -= scale;
    }
  }

  Workload workload_;
  std::vector<Layer> layers_;
  std::vector<Activations> inputs_, targets_;
  std::vector<Eigen::Index> classes_;
  std::size_t now_ = 0;
};

template <int samples, int weights, bool products_only>
double seconds_of_workload(const Workload& workload) {
  Network<samples, weights, products_only> network(workload);
  return seconds_of([&] { workload.trains ? network.step() : network.forward(); });
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool products_only = !arguments.empty() && arguments.back() == "--products";
  if (products_only) arguments.pop_back();
  if (arguments.size() < 7) {
    std::fputs("usage: eigen train|predict NAME BATCH mse|cross_entropy tanh|relu WIDTH… [--products]\n", stderr);
    return 2;
  }
  Workload workload{arguments[0] == "train", arguments[1],           std::stol(arguments[2]),
                    arguments[3] == "mse",   arguments[4] == "tanh", {}};
  for (std::size_t i = 5; i < arguments.size(); ++i) workload.widths.push_back(std::stol(arguments[i]));

  // Otherwise glibc may return a product's buffers to the system after each call, and a step takes up to four times as
  // long.
  mallopt(M_MMAP_THRESHOLD, 1 << 28);
  mallopt(M_TRIM_THRESHOLD, 1 << 28);

  using Eigen::ColMajor;
  using Eigen::RowMajor;
  const double seconds = products_only ? std::min({seconds_of_workload<ColMajor, ColMajor, true>(workload),
                                                   seconds_of_workload<ColMajor, RowMajor, true>(workload),
                                                   seconds_of_workload<RowMajor, ColMajor, true>(workload),
                                                   seconds_of_workload<RowMajor, RowMajor, true>(workload)})
                                       : seconds_of_workload<ColMajor, ColMajor, false>(workload);
  std::printf(
      "{\"peer\":\"eigen%s\",\"kind\":\"%s\",\"workload\":\"%s\",\"threads\":1,\"samples_per_s\":%.6g,\"%s\":%.5g}\n",
      products_only ? " products" : "", workload.trains ? "train" : "infer", workload.name.c_str(),
      static_cast<double>(workload.batch) / seconds, workload.trains ? "us_per_step" : "ns_per_call",
      seconds * (workload.trains ? 1e6 : 1e9));
}
