// Times the matrix products of dense layers with each instruction set of this processor, in GFLOP/s and as a fraction
// of its peak.
//
//   hinge_kernels_bench [--benchmark_filter=avx2/forward]
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/kernels/kernels.h>
#include <hinge/core/matrix.h>

namespace {

using hinge::Matrix;
using hinge::kernels::Gemm;
using hinge::kernels::KernelSet;

struct Shape {
  std::size_t inputs;
  std::size_t units;
  std::size_t batch;
};

// Floating-point operations in a second.
double peak(const KernelSet& set) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    float result = 0;
    const Clock::time_point start = Clock::now();
    const std::size_t operations = set.of_float.exercise(50'000, &result);
    benchmark::DoNotOptimize(result);
    best =
        std::max(best, static_cast<double>(operations) / std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

// The shape of C = A·B; A has contiguous rows or columns.
Gemm<float> gemm(std::size_t rows, std::size_t cols, std::size_t depth, bool is_a_by_columns) {
  return {.a = nullptr,
          .a_row = is_a_by_columns ? 1 : depth,
          .a_step = is_a_by_columns ? rows : 1,
          .b = nullptr,
          .b_row = cols,
          .c = nullptr,
          .c_row = cols,
          .rows = rows,
          .cols = cols,
          .depth = depth};
}

// z = W·x, dWᵀ = x·dzᵀ and dx = Wᵀ·dz, as in dense layers: W is out-contiguous, and dzᵀ is a copy made before.
Gemm<float> forward(const Shape& s) { return gemm(s.units, s.batch, s.inputs, true); }
Gemm<float> weight_gradient(const Shape& s) { return gemm(s.inputs, s.units, s.batch, false); }
Gemm<float> input_gradient(const Shape& s) { return gemm(s.inputs, s.batch, s.units, false); }

void run(benchmark::State& state, const KernelSet& set, Gemm<float> product, double limit) {
  const auto filled = [](std::size_t rows, std::size_t cols) {
    Matrix<float> matrix(rows, cols);
    for (std::size_t i = 0; i < rows * cols; ++i) matrix.elements()[i] = static_cast<float>(i % 7) - 3;
    return matrix;
  };
  const Matrix<float> a = filled(product.rows, product.depth);
  const Matrix<float> b = filled(product.depth, product.cols);
  Matrix<float> c(product.rows, product.cols);
  product.a = a.view().data;
  product.b = b.view().data;
  product.c = c.view().data;
  for ([[maybe_unused]] const auto iteration : state) set.of_float.gemm(product);
  const double operations = 2 * static_cast<double>(product.rows * product.cols * product.depth);
  using benchmark::Counter;
  state.counters["GFLOP/s"] = Counter(1e-9 * operations, Counter::kIsIterationInvariantRate);
  state.counters["of_peak"] = Counter(operations / limit, Counter::kIsIterationInvariantRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  std::vector<const KernelSet*> sets = {&hinge::kernels::baseline};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&hinge::kernels::avx2);
  if (__builtin_cpu_supports("avx512f")) sets.push_back(&hinge::kernels::avx512);
#endif
  const std::vector<Shape> shapes = {{2, 8, 4},       {32, 32, 32},     {32, 3, 32},       {64, 64, 32},
                                     {64, 1, 32},     {64, 128, 64},    {64, 10, 64},      {64, 64, 64},
                                     {784, 256, 128}, {784, 256, 1024}, {1024, 1024, 256}, {1024, 10, 256}};
  for (const KernelSet* set : sets) {
    const double limit = peak(*set);
    const auto add = [&](const char* name, const Shape& s, const Gemm<float>& product) {
      const std::string label = std::string(set->name) + "/" + name + "/" + std::to_string(s.inputs) + "x" +
                                std::to_string(s.units) + "/" + std::to_string(s.batch);
      benchmark::RegisterBenchmark(label.c_str(), run, *set, product, limit);
    };
    for (const Shape& s : shapes) {
      add("forward", s, forward(s));
      add("weight_gradient", s, weight_gradient(s));
      add("input_gradient", s, input_gradient(s));
    }
  }
  benchmark::RunSpecifiedBenchmarks();
}
