#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include <hinge/core/affine.h>
#include <hinge/core/eigen.h>
#include <hinge/core/threads.h>

#include "support/random_matrix.h"
#include "support/same_bits.h"

using namespace hinge;

namespace {

struct Shape {
  std::size_t inputs;
  std::size_t units;
  std::size_t batch;
};

// One to three units are narrow; a single sample is a row; the last two are large enough to be shared, the one along samples,
// the other along units.
const std::vector<Shape> shapes = {{1, 1, 1},    {5, 1, 7},      {5, 3, 7},    {5, 4, 7},    {7, 17, 1},
                                   {33, 19, 18}, {1200, 2, 150}, {70, 60, 90}, {140, 60, 50}};

// z and all gradients of one layer.
template <typename Scalar>
struct Products {
  Products(const Shape& shape, ThreadPool* threads, bool accumulate)
      : w_memory(random_matrix<Scalar>(shape.inputs, shape.units, 1)),
        b(random_matrix<Scalar>(shape.units, 1, 2)),
        x(random_matrix<Scalar>(shape.inputs, shape.batch, 3)),
        z(shape.units, shape.batch),
        dz(random_matrix<Scalar>(shape.units, shape.batch, 4)),
        dx(shape.inputs, shape.batch),
        dw_memory(random_matrix<Scalar>(shape.inputs, shape.units, 5)),
        db(random_matrix<Scalar>(shape.units, 1, 6)) {
    const MatrixView<const Scalar> w = static_cast<const Matrix<Scalar>&>(w_memory).view().transposed();
    const MatrixView<const Scalar> x_view = x;
    const MatrixView<const Scalar> dz_view = dz;
    Buffer<Scalar> scratch(gradient_scratch_size(shape.inputs, shape.units, shape.batch));
    affine<Scalar>(w, b, x_view, z, threads, Cut::samples_or_units, [](const Block&) {});
    input_gradient<Scalar>(w, dz_view, dx, threads,
                           [&](const Block& block) { transpose_samples<Scalar>(x_view, dz_view, block, scratch); });
    bias_gradient<Scalar>(dz_view, db, accumulate, scratch);
    weight_gradient<Scalar>(dz_view, x_view, dw_memory.view().transposed(), accumulate, threads, scratch);
  }

  Matrix<Scalar> w_memory;  // inputs × units: all weights of an input in a row
  Matrix<Scalar> b;
  Matrix<Scalar> x;
  Matrix<Scalar> z;
  Matrix<Scalar> dz;
  Matrix<Scalar> dx;
  Matrix<Scalar> dw_memory;
  Matrix<Scalar> db;
};

// Sums of n products of numbers below 5, each rounded by at most 25·n·ε/2.
template <typename Found, typename Expected>
void check_near(const Found& found, const Expected& expected, std::size_t n) {
  using Scalar = typename Found::Scalar;
  const auto terms = static_cast<double>(n + 2);
  const double tolerance = 25 * terms * terms * static_cast<double>(std::numeric_limits<Scalar>::epsilon()) / 2;
  CHECK((found.template cast<double>() - expected).cwiseAbs().maxCoeff() <= tolerance);
}

template <typename Scalar>
Eigen::MatrixXd exact(const Matrix<Scalar>& m) {
  return m.view().eigen().template cast<double>();
}

}  // namespace

TEST_CASE_TEMPLATE("a layer's products are Eigen's formulas", Scalar, float, double) {
  for (const Shape& shape : shapes) {
    CAPTURE(shape.inputs);
    CAPTURE(shape.units);
    CAPTURE(shape.batch);
    for (const bool accumulate : {false, true}) {
      const Products<Scalar> found(shape, nullptr, accumulate);
      const Eigen::MatrixXd w = exact(found.w_memory).transpose();
      const Eigen::MatrixXd x = exact(found.x);
      const Eigen::MatrixXd dz = exact(found.dz);
      Eigen::MatrixXd dw = dz * x.transpose();
      Eigen::MatrixXd db = dz.rowwise().sum();
      if (accumulate) {
        dw += exact(random_matrix<Scalar>(shape.inputs, shape.units, 5)).transpose();
        db += exact(random_matrix<Scalar>(shape.units, 1, 6));
      }
      check_near(found.z.view().eigen(), (w * x).colwise() + exact(found.b).col(0), shape.inputs);
      check_near(found.dx.view().eigen(), w.transpose() * dz, shape.units);
      check_near(found.db.view().eigen(), db, shape.batch);
      check_near(found.dw_memory.view().eigen(), dw.transpose(), shape.batch);
    }
  }
}

TEST_CASE_TEMPLATE("a layer's products have the same bits with any number of threads", Scalar, float, double) {
  for (const std::size_t threads : {2U, 3U}) {
    ThreadPool pool(threads);
    for (const Shape& shape : shapes) {
      const Products<Scalar> alone(shape, nullptr, true);
      const Products<Scalar> shared(shape, &pool, true);
      CHECK(same_bits(alone.z.elements(), shared.z.elements()));
      CHECK(same_bits(alone.dx.elements(), shared.dx.elements()));
      CHECK(same_bits(alone.db.elements(), shared.db.elements()));
      CHECK(same_bits(alone.dw_memory.elements(), shared.dw_memory.elements()));
    }
  }
}

TEST_CASE("every block is finished when it is handed on, and each once") {
  ThreadPool pool(3);
  for (const Cut cut : {Cut::samples, Cut::samples_or_units}) {
    const Matrix<float> w = random_matrix<float>(140, 60, 1);
    const Matrix<float> x = random_matrix<float>(140, 50, 2);
    Matrix<float> z(60, 50);
    Matrix<float> seen(60, 50);
    affine<float>(w.view().transposed(), {}, x, z, &pool, cut, [&](const Block& block) {
      for (std::size_t u = 0; u < block.units; ++u) {
        for (std::size_t s = 0; s < block.samples; ++s) block.of(seen.view())(u, s) += block.of(z.view())(u, s);
      }
      if (cut == Cut::samples) CHECK(block.units == 60);
    });
    CHECK(same_bits(seen.elements(), z.elements()));
  }
}
