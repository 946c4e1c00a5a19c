#include <doctest/doctest.h>

#include <span>
#include <thread>
#include <vector>

#include <hinge/layers/activation_layer.h>
#include <hinge/layers/activations/activations.h>
#include <hinge/layers/dense.h>
#include <hinge/layers/dropout.h>
#include <hinge/layers/model.h>
#include <hinge/layers/network.h>
#include <hinge/layers/residual.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"

using namespace hinge;

TEST_CASE("predict is safe from many threads, and gives the bits of one") {
  const Network<float> net(
      20,
      {Dense{64, Relu{}}, Dropout{.rate = 0.5}, Residual{{Dense{64, PRelu{}}, Residual{{Dense{32}}}, Dense{64}}},
       ActivationLayer{Tanh{}}, Dense{10}},
      1);
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

TEST_CASE("a model predicts raw values in both orders of memory from many threads") {
  const Network<float> net(2, {Dense{16, Relu{}}, Dense{3}}, 1);
  const Model<float> model(net,
                           {.inputs = Preprocessing({1, -1}, {2, 4}), .output_transform = OutputTransform::softmax});
  const Matrix<float> x = random_matrix<float>(2, 9, 1);
  const Matrix<float> by_sample = random_matrix<float>(9, 2, 2);
  const Matrix<float> expected = model.predict(x);
  const Matrix<float> expected_by_sample = model.predict(by_sample.view().transposed());
  std::vector<int> wrong(8, -1);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      int differing = 0;
      for (int repeat = 0; repeat < 50; ++repeat) {
        const Matrix<float> y = model.predict(x);
        differing += same_bits(y.elements(), expected.elements()) ? 0 : 1;
        const Matrix<float> y_by_sample = model.predict(by_sample.view().transposed());
        differing += same_bits(y_by_sample.elements(), expected_by_sample.elements()) ? 0 : 1;
      }
      wrong[t] = differing;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int differing : wrong) CHECK(differing == 0);
}
