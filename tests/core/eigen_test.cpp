// The bridge to Eigen: both sides see the same elements, in whatever order they lie.
#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

#include <hinge/core/eigen.h>

#include "support/random_matrix.h"

using namespace hinge;

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Whether element (r, c) of the view is element (r, c) of the Eigen expression, in the same memory.
template <typename Scalar, typename Expression>
bool shows(const MatrixView<Scalar>& view, const Expression& m) {
  if (view.rows != static_cast<std::size_t>(m.rows()) || view.cols != static_cast<std::size_t>(m.cols())) return false;
  for (std::size_t r = 0; r < view.rows; ++r) {
    for (std::size_t c = 0; c < view.cols; ++c) {
      if (&view(r, c) != &m.coeffRef(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c))) return false;
    }
  }
  return true;
}

template <typename Matrix>
void check_views_of(Matrix m) {
  CHECK(shows(view(m), m));
  CHECK(shows(view(std::as_const(m)), m));
  CHECK(shows(view(m.transpose()), m.transpose()));
  CHECK(shows(view(m.block(1, 2, 3, 2)), m.block(1, 2, 3, 2)));
  CHECK(shows(view(m.col(1)), m.col(1)));
  CHECK(shows(view(m.row(2)), m.row(2)));
  const Eigen::Ref<const Matrix> reference = m;
  CHECK(shows(view(reference), m));
  const Eigen::Map<Matrix, 0, Eigen::Stride<Eigen::Dynamic, 2>> gaps(m.data(), 2, 2, {5, 2});
  CHECK(shows(view(gaps), gaps));
}

}  // namespace

TEST_CASE("a view of an Eigen matrix shows its own elements, whatever the order and the strides") {
  check_views_of(Eigen::MatrixXd(Eigen::MatrixXd::Random(5, 6)));
  check_views_of(RowMajor(RowMajor::Random(5, 6)));
  Eigen::VectorXf vector(4);
  CHECK(shows(view(vector), vector));
  CHECK(view(Eigen::MatrixXd().topRows(0)).empty());
}

TEST_CASE("a view writes where the Eigen matrix can be written, and nowhere else") {
  using Fixed = Eigen::Matrix3f;
  static_assert(std::is_same_v<decltype(view(std::declval<Fixed&>())), MatrixView<float>>);
  static_assert(std::is_same_v<decltype(view(std::declval<const Fixed&>())), MatrixView<const float>>);
  static_assert(std::is_same_v<decltype(view(std::declval<Eigen::Map<const Fixed>&>())), MatrixView<const float>>);
  // No memory that lasts: a sum, a temporary.
  static_assert(!EigenMemory<decltype(std::declval<Fixed&>() + std::declval<Fixed&>())>);
  static_assert(!EigenMemory<Fixed> && EigenMemory<Fixed&>);
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(2, 3);
  copy(random_matrix<double>(2, 3, 1).view(), view(m));
  CHECK(m(1, 2) == random_matrix<double>(2, 3, 1)(1, 2));
}

TEST_CASE("an Eigen map shows the elements of a view in either order, also of a narrower one") {
  Matrix<double> m = random_matrix<double>(4, 6, 2);
  CHECK(shows(m.view(), m.view().eigen()));
  CHECK(shows(m.view().columns(1, 3), m.view().columns(1, 3).eigen()));
  CHECK(shows(m.view().transposed(), m.view().transposed().eigen()));
  const auto samples = MatrixView<const double>::samples(m.elements().data(), 6, 4);
  CHECK(shows(samples, samples.eigen()));
  m.view().eigen() *= 2;
  CHECK(m(3, 5) == 2 * random_matrix<double>(4, 6, 2)(3, 5));
}
