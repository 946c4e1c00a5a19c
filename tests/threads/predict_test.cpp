#include <doctest/doctest.h>

#include <span>
#include <thread>
#include <vector>

#include <hinge/layers/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/network.h>

#include "../support/random_matrix.h"
#include "../support/same_bits.h"

using namespace hinge;

TEST_CASE("predict is safe from many threads, and gives the bits of one") {
  const Network<float> net(20, {Dense{64, Relu{}}, Dense{64, Tanh{}}, Dense{10}}, 1);
  constexpr std::size_t samples = 37;
  const Matrix<float> x = random_matrix<float>(20, samples, 1);
  const Matrix<float> expected = net.predict(x);
  std::vector<int> wrong(8, -1);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      Workspace<float> workspace(net, samples);
      int differing = 0;
      for (int repeat = 0; repeat < 50; ++repeat) {
        const MatrixView<float> y = net.predict(x, workspace);
        differing += same_bits(std::span(y.data, y.size()), expected.elements()) ? 0 : 1;
      }
      wrong[t] = differing;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int differing : wrong) CHECK(differing == 0);
}
