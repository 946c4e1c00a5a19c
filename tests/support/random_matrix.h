// Matrices of reproducible random numbers for tests.
#pragma once

#include <cstdint>

#include <hinge/core/matrix.h>
#include <hinge/core/random.h>

/// rows × cols numbers from N(0, 1), the same for the same seed.
template <typename Scalar>
hinge::Matrix<Scalar> random_matrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  const hinge::RandomStream random(seed, hinge::Purpose::user);
  hinge::Matrix<Scalar> matrix(rows, cols);
  for (std::size_t i = 0; i < matrix.elements().size(); ++i) {
    matrix.elements()[i] = static_cast<Scalar>(random.normal(i));
  }
  return matrix;
}
