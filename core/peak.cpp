#include <hinge/core/peak.h>

#include <algorithm>
#include <cstddef>

#include <hinge/core/clock.h>
#include <hinge/core/kernels/kernels.h>

namespace hinge {

double peak_gflops() {
  constexpr int repeats = 20;
  constexpr std::size_t rounds = 50'000;  // far longer than reading the clock, far shorter than a time slice
  double best = 0;
  for (int i = 0; i < repeats; ++i) {
    float result = 0;
    const Clock::time_point start = Clock::now();
    const std::size_t operations = kernels::of<float>().exercise(rounds, &result);
    best = std::max(best, 1e-9 * static_cast<double>(operations) / seconds_since(start));
  }
  return best;
}

}  // namespace hinge
