#include <hinge/core/peak.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include <hinge/core/kernels/kernels.h>

namespace hinge {

double peak_gflops() {
  using Clock = std::chrono::steady_clock;
  constexpr int repeats = 20;
  constexpr std::size_t rounds = 50'000;  // far longer than reading the clock, far shorter than a time slice
  double best = 0;
  for (int i = 0; i < repeats; ++i) {
    float result = 0;
    const Clock::time_point start = Clock::now();
    const std::size_t operations = kernels::of<float>().exercise(rounds, &result);
    const double nanoseconds = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    best = std::max(best, static_cast<double>(operations) / nanoseconds);
  }
  return best;
}

}  // namespace hinge
