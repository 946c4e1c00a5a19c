// Samples of three classes that a small network can learn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <hinge/data/dataset.h>

#include "random_matrix.h"

/// `size` samples of 5 features; with `weighted` every fourth has no weight.
template <typename Scalar>
hinge::Dataset<Scalar> three_classes(std::size_t size, bool weighted = false) {
  const hinge::Matrix<Scalar> x = random_matrix<Scalar>(5, size, 1);
  std::vector<std::int32_t> classes(size);
  std::vector<Scalar> weights;
  for (std::size_t i = 0; i < size; ++i) {
    classes[i] = x(0, i) > 0 ? 2 : x(1, i) > 0 ? 1 : 0;
    if (weighted) weights.push_back(static_cast<Scalar>(i % 4) / 2);
  }
  return hinge::Dataset<Scalar>::classification(x.view(), classes, {}, weights);
}
