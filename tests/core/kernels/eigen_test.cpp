// Every kernel beside the same formula in Eigen, for each instruction set.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include <hinge/core/eigen.h>

#include "support/kernel_sets.h"
#include "support/random_matrix.h"

using namespace hinge;

namespace {

template <typename Scalar>
using Array = Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <typename Scalar>
double epsilon() {
  return static_cast<double>(std::numeric_limits<Scalar>::epsilon());
}

// No element is further away than `tolerance` times its size, or than that where it is below 1.
template <typename Found, typename Expected>
void check_near(const Found& found, const Expected& expected, double tolerance) {
  const auto wanted = expected.template cast<double>().eval();
  const auto error = (found.template cast<double>() - wanted).abs() / wanted.abs().max(1);
  CHECK(error.maxCoeff() <= tolerance);
}

constexpr std::size_t rows = 53;
constexpr std::size_t cols = 61;

// Two matrices, and room for a third, with the kernels of one set.
template <typename Scalar>
struct Numbers {
  explicit Numbers(const kernels::KernelSet& set) : kernel(kernels_of<Scalar>(set)) {}

  Array<Scalar> z() const { return z_matrix.view().eigen().array(); }
  Array<Scalar> g() const { return g_matrix.view().eigen().array(); }
  Array<Scalar> result() const { return matrix.view().eigen().array(); }
  const Scalar* z_data() const { return z_matrix.elements().data(); }
  const Scalar* g_data() const { return g_matrix.elements().data(); }
  Scalar* data() { return matrix.elements().data(); }

  static constexpr std::size_t count = rows * cols;
  const kernels::Kernels<Scalar>& kernel;
  Matrix<Scalar> z_matrix = random_matrix<Scalar>(rows, cols, 1);
  Matrix<Scalar> g_matrix = random_matrix<Scalar>(rows, cols, 2);
  Matrix<Scalar> matrix = random_matrix<Scalar>(rows, cols, 3);
};

}  // namespace

// A sum of `depth` products of numbers below 5 is rounded `depth` times, at most by 25·depth·ε/2 each.
TEST_CASE_TEMPLATE("gemm is Eigen's A·B + C, with biases", Scalar, float, double) {
  for (const kernels::KernelSet* set : kernel_sets()) {
    for (const std::size_t depth : {1U, 7U, 300U}) {
      const Matrix<Scalar> a = random_matrix<Scalar>(rows, depth, 1);
      const Matrix<Scalar> b = random_matrix<Scalar>(depth, cols, 2);
      const Matrix<Scalar> bias = random_matrix<Scalar>(rows, 1, 3);
      for (const bool accumulate : {false, true}) {
        Matrix<Scalar> c = random_matrix<Scalar>(rows, cols, 4);
        Eigen::MatrixXd expected = a.view().eigen().template cast<double>() * b.view().eigen().template cast<double>();
        expected.colwise() += bias.view().eigen().template cast<double>().col(0);
        if (accumulate) expected += c.view().eigen().template cast<double>();
        kernels_of<Scalar>(*set).gemm({.a = a.view().data,
                                       .a_row = depth,
                                       .a_step = 1,
                                       .b = b.view().data,
                                       .b_row = cols,
                                       .c = c.view().data,
                                       .c_row = cols,
                                       .rows = rows,
                                       .cols = cols,
                                       .depth = depth,
                                       .accumulate = accumulate,
                                       .row_bias = bias.view().data});
        const auto n = static_cast<double>(depth + 2);
        check_near(c.view().eigen().array(), expected.array(), 25 * n * n * epsilon<Scalar>() / 2);
      }
    }
  }
}

TEST_CASE_TEMPLATE("transpose, gather and add_rows are Eigen's", Scalar, float, double) {
  for (const kernels::KernelSet* set : kernel_sets()) {
    Numbers<Scalar> n(*set);
    Matrix<Scalar> transposed(cols, rows);
    n.kernel.transpose(n.z_data(), cols, transposed.view().data, rows, rows, cols);
    CHECK(transposed.view().eigen() == n.z_matrix.view().eigen().transpose());

    const std::vector<std::size_t> samples = {5, 0, 52, 17, 17, 3};
    Matrix<Scalar> gathered(cols, samples.size());
    n.kernel.gather(n.z_data(), cols, samples.data(), samples.size(), cols, gathered.view().data, samples.size());
    CHECK(gathered.view().eigen() == n.z_matrix.view().eigen()(samples, Eigen::all).transpose());

    Matrix<Scalar> sums(1, cols);
    n.kernel.add_rows(n.z_data(), cols, rows, cols, sums.view().data, false);
    check_near(sums.view().eigen().array(), n.z().colwise().sum(), rows * rows * epsilon<Scalar>());
  }
}

TEST_CASE_TEMPLATE("the loops of activations are Eigen's formulas", Scalar, float, double) {
  for (const kernels::KernelSet* set : kernel_sets()) {
    Numbers<Scalar> n(*set);
    const std::size_t count = Numbers<Scalar>::count;
    const auto alpha = Scalar(0.1);
    const double tolerance = 8 * epsilon<Scalar>();
    const Array<Scalar> z = n.z();
    const Array<Scalar> g = n.g();
    const Array<Scalar> sigmoid = 1 / (1 + (-z).exp());
    n.kernel.relu(n.z_data(), n.data(), count);
    check_near(n.result(), z.max(Scalar(0)), 0);
    n.kernel.leaky_relu(n.z_data(), n.data(), count, alpha);
    check_near(n.result(), (z > 0).select(z, alpha * z), 0);
    n.kernel.relu_backward(n.z_data(), n.g_data(), n.data(), count, alpha, Scalar(0.5));
    check_near(n.result(), (z > 0).select(g, alpha * g), 0);
    n.kernel.sigmoid(n.z_data(), n.data(), count);
    check_near(n.result(), sigmoid, tolerance);
    n.kernel.sigmoid_chain(n.z_data(), n.g_data(), n.data(), count);
    check_near(n.result(), g * sigmoid * (1 - sigmoid), tolerance);
    n.kernel.tanh(n.z_data(), n.data(), count);
    check_near(n.result(), z.tanh(), tolerance);
    n.kernel.tanh_chain(n.z_data(), n.g_data(), n.data(), count);
    check_near(n.result(), g * (1 - z.tanh().square()), tolerance);
    const Array<Scalar> sizes = z.abs();
    n.kernel.logarithms(sizes.data(), n.data(), count);
    check_near(n.result(), sizes.log(), tolerance);
    Matrix<Scalar> sums(1, cols);
    n.kernel.exponentials(n.z_data(), cols, rows, cols, n.g_data(), n.data(), cols, sums.view().data);
    const Array<Scalar> powers = (z.rowwise() - g.row(0)).exp();
    check_near(n.result(), powers, 16 * tolerance);  // the exponent, up to 10, is rounded before
    check_near(sums.view().eigen().array(), powers.colwise().sum(), 16 * tolerance * rows);
  }
}

TEST_CASE_TEMPLATE("sums in turn and masks are Eigen's", Scalar, float, double) {
  for (const kernels::KernelSet* set : kernel_sets()) {
    Numbers<Scalar> n(*set);
    const std::size_t count = Numbers<Scalar>::count;
    const Eigen::ArrayXXd z = n.z().template cast<double>();
    const double tolerance = static_cast<double>(count) * epsilon<double>();
    std::array<double, kernels::sums_in_turn> sizes{}, squares{};
    n.kernel.add_sizes(n.z_data(), count, sizes.data());
    n.kernel.add_squares(n.z_data(), count, squares.data());
    CHECK(Eigen::Map<Eigen::ArrayXd>(sizes.data(), 16).sum() == doctest::Approx(z.abs().sum()).epsilon(tolerance));
    CHECK(Eigen::Map<Eigen::ArrayXd>(squares.data(), 16).sum() == doctest::Approx(z.square().sum()).epsilon(tolerance));
    kernels::Firing<Scalar> firing{};
    n.kernel.add_firing(n.z_data(), count, firing);
    using Sixteen = Eigen::Map<Eigen::Array<Scalar, 16, 1>>;
    CHECK(Sixteen(firing.largest).maxCoeff() == n.z().maxCoeff());
    CHECK(Sixteen(firing.fires).sum() == static_cast<Scalar>((z > 0).count()));

    Eigen::Array<std::uint64_t, Eigen::Dynamic, 1> bits(40);
    for (Eigen::Index i = 0; i < 40; ++i) bits[i] = static_cast<std::uint64_t>(i) << 58;
    const std::uint64_t dropped = std::uint64_t{11} << 47;
    n.kernel.keep_or_drop(bits.data(), dropped, Scalar(2), n.data(), 40);
    const auto kept = (bits / 2048 < dropped).select(Eigen::Array<Scalar, 40, 1>::Zero(), Scalar(2));
    CHECK((Eigen::Map<Eigen::Array<Scalar, 40, 1>>(n.data()) == kept).all());
  }
}

TEST_CASE_TEMPLATE("steps of descent and of Adam are Eigen's formulas", Scalar, float, double) {
  for (const kernels::KernelSet* set : kernel_sets()) {
    Numbers<Scalar> n(*set);
    const std::size_t count = Numbers<Scalar>::count;
    const double tolerance = 32 * epsilon<Scalar>();
    const kernels::Descent<Scalar> d{Scalar(0.1), {Scalar(0.01), Scalar(0.02)}, Scalar(0.9), Scalar(0.5), Scalar(0.3),
                                     Scalar(0.7)};
    const auto pull = [](const kernels::Penalty<Scalar>& penalty, const Array<Scalar>& p) -> Array<Scalar> {
      return penalty.l2 * p + penalty.l1 * p.sign();
    };
    Array<Scalar> p = n.result();
    Array<Scalar> g = n.g() + pull(d.penalty, p);
    n.kernel.descend(d, n.g_data(), n.data(), count);
    check_near(n.result(), p - d.rate * g, tolerance);

    p = n.result();
    g = n.g() + pull(d.penalty, p);
    Array<Scalar> velocity = n.z();
    const Array<Scalar> v = d.momentum * velocity + d.fresh * g;
    n.kernel.descend_with_momentum(d, n.g_data(), velocity.data(), n.data(), count);
    check_near(velocity, v, tolerance);
    check_near(n.result(), p - d.rate * (d.own * g + d.ahead * v), tolerance);

    const kernels::Adam<Scalar> adam{Scalar(0.9),  Scalar(0.1), Scalar(0.99), Scalar(0.01), {Scalar(0.1), 0},
                                     Scalar(0.01), Scalar(0.1), Scalar(0.5),  Scalar(0.1),  {Scalar(0.2), Scalar(0.3)}};
    p = n.result();
    g = n.g() + pull(adam.penalty, p);
    Array<Scalar> mean = n.z();
    Array<Scalar> squares = n.z().square();
    const Array<Scalar> m = adam.beta1 * mean + adam.new1 * g;
    const Array<Scalar> s = adam.beta2 * squares + adam.new2 * g.square();
    n.kernel.remember_moments(adam, n.g_data(), n.data(), mean.data(), squares.data(), count);
    check_near(mean, m, tolerance);
    check_near(squares, s, tolerance);
    n.kernel.move_by_moments(adam, mean.data(), squares.data(), n.data(), count);
    const Array<Scalar> step = m / (s.sqrt() / adam.root_correction + adam.epsilon);
    check_near(n.result(), p - (adam.rate * pull(adam.penalty_apart, p) + adam.mean_rate * step), tolerance);
  }
}
