#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include <hinge/core/communicator.h>
#include <hinge/optim/gradient_tree.h>
#include <hinge/optim/rank_exchange.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"
#include "support/thread_ranks.h"

using namespace hinge;

TEST_CASE_TEMPLATE("gradients of ranks are added in the tree of their shards, and are the same on each", Scalar, float,
                   double) {
  for (const std::size_t size : {1U, 2U, 4U, 8U}) {
    for (const std::size_t count : {0U, 1U, 7U, 64U, 1001U}) {
      CAPTURE(size);
      CAPTURE(count);
      const Matrix<Scalar> gradients = random_matrix<Scalar>(count, size, 5);
      std::vector<Scalar> wanted(count);
      GradientTree<Scalar> tree;
      tree.start(size);
      for (std::size_t r = 0; r < size; ++r) {
        for (std::size_t i = 0; i < count; ++i) wanted[i] = gradients(i, r);
        tree.add(wanted);
      }
      std::vector<std::vector<Scalar>> sums(size);
      std::vector<std::uint64_t> bytes(size);
      ThreadRanks ranks(size);
      ranks.run([&](Communicator& rank) {
        RankExchange<Scalar> exchange(rank);
        std::vector<Scalar>& sum = sums[rank.rank()];
        for (std::size_t i = 0; i < count; ++i) sum.push_back(gradients(i, rank.rank()));
        exchange.add(sum);
        bytes[rank.rank()] = exchange.bytes_sent();
      });
      for (const std::vector<Scalar>& sum : sums) CHECK(same_bits(sum, wanted));
      std::uint64_t total = 0;
      for (const std::uint64_t sent : bytes) total += sent;
      CHECK(total == 2 * (size - 1) * count * sizeof(Scalar));
    }
  }
}

TEST_CASE("each rank gets the columns of all others, however many these have") {
  const std::vector<std::vector<std::size_t>> rows = {{0, 5}, {0, 3, 7}, {0, 0, 4, 4, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 7}};
  for (const std::vector<std::size_t>& first : rows) {
    const std::size_t size = first.size() - 1;
    CAPTURE(size);
    const Matrix<float> wanted = random_matrix<float>(3, first.back(), 5);
    ThreadRanks ranks(size);
    std::vector<Matrix<float>> found(size);
    ranks.run([&](Communicator& rank) {
      RankExchange<float> exchange(rank);
      Matrix<float>& mine = found[rank.rank()];
      mine = Matrix<float>(3, first.back());
      for (std::size_t c = first[rank.rank()]; c < first[rank.rank() + 1]; ++c) {
        for (std::size_t r = 0; r < 3; ++r) mine(r, c) = wanted(r, c);
      }
      exchange.collect(mine.view(), first);
    });
    for (const Matrix<float>& matrix : found) CHECK(same_bits(matrix.elements(), wanted.elements()));
  }
}
