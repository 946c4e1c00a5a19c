#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/kernels/kernels.h>
#include <hinge/layers/activations/activations.h>

#include "support/kernel_sets.h"
#include "support/random_matrix.h"
#include "support/same_bits.h"

using namespace hinge;
using kernels::Gemm;
using kernels::KernelSet;

namespace {

// The chain that the header promises: a fused multiply-add rounds once for each term, the baseline twice.
template <typename Scalar>
Scalar chain(const KernelSet& set, const Gemm<Scalar>& p, std::size_t i, std::size_t j) {
  Scalar sum = p.accumulate ? p.c[i * p.c_row + j] : Scalar(0);
  for (std::size_t k = 0; k < p.depth; ++k) {
    const Scalar a = p.a[i * p.a_row + k * p.a_step];
    const Scalar b = p.b[k * p.b_row + j];
    sum = &set == &kernels::baseline ? a * b + sum : std::fma(a, b, sum);
  }
  if (p.row_bias != nullptr) sum += p.row_bias[i];
  return sum;
}

enum class Order { rows_of_a_contiguous, columns_of_a_contiguous };

template <typename Scalar>
struct Case {
  std::size_t rows;
  std::size_t cols;
  std::size_t depth;
  Order order = Order::rows_of_a_contiguous;
  bool accumulate = false;
  bool row_bias = false;
};

// Rows of B and C have gaps, which must stay as they were.
template <typename Scalar>
void check(const KernelSet& set, const Case<Scalar>& c) {
  constexpr std::size_t gap = 3;
  const Matrix<Scalar> a = random_matrix<Scalar>(c.rows, c.depth, 1);
  const Matrix<Scalar> b = random_matrix<Scalar>(c.depth, c.cols + gap, 2);
  Matrix<Scalar> result = random_matrix<Scalar>(c.rows, c.cols + gap, 3);
  const Matrix<Scalar> bias = random_matrix<Scalar>(1, c.rows, 4);
  const bool by_rows = c.order == Order::rows_of_a_contiguous;
  const Gemm<Scalar> product{.a = a.view().data,
                             .a_row = by_rows ? c.depth : 1,
                             .a_step = by_rows ? 1 : c.rows,
                             .b = b.view().data,
                             .b_row = c.cols + gap,
                             .c = result.view().data,
                             .c_row = c.cols + gap,
                             .rows = c.rows,
                             .cols = c.cols,
                             .depth = c.depth,
                             .accumulate = c.accumulate,
                             .row_bias = c.row_bias ? bias.view().data : nullptr};
  Matrix<Scalar> expected = result;
  for (std::size_t i = 0; i < c.rows; ++i) {
    for (std::size_t j = 0; j < c.cols; ++j) expected(i, j) = chain(set, product, i, j);
  }
  kernels_of<Scalar>(set).gemm(product);
  CAPTURE(set.name);
  CAPTURE(c.rows);
  CAPTURE(c.cols);
  CAPTURE(c.depth);
  CHECK(same_bits(result.elements(), expected.elements()));
}

}  // namespace

TEST_CASE_TEMPLATE("a product is its chains to the bit, for all tails of rows and columns", Scalar, float, double) {
  for (const KernelSet* set : kernel_sets()) {
    for (std::size_t rows = 0; rows <= 14; ++rows) {
      for (std::size_t cols = 0; cols <= 67; ++cols) {
        check<Scalar>(*set, {.rows = rows, .cols = cols, .depth = 5});
        check<Scalar>(*set, {.rows = rows,
                             .cols = cols,
                             .depth = 3,
                             .order = Order::columns_of_a_contiguous,
                             .accumulate = true,
                             .row_bias = true});
      }
    }
    for (const std::size_t cols : {63U, 64U, 65U, 100U}) check<Scalar>(*set, {.rows = 1, .cols = cols, .depth = 9});
  }
}

// Blocks are of 128 doubles or 256 floats. A is packed, 48 rows at a time, where a block of it exceeds 32 KiB; B, two
// or four vectors at a time, where its rows are more than 1 KiB apart: 140 and 200 leave less than a vector over.
TEST_CASE_TEMPLATE("a product is its chains to the bit, across blocks and packed or not", Scalar, float, double) {
  for (const KernelSet* set : kernel_sets()) {
    for (const Order order : {Order::rows_of_a_contiguous, Order::columns_of_a_contiguous}) {
      for (const std::size_t rows : {47U, 48U, 101U}) {
        for (const std::size_t cols : {17U, 129U, 140U, 200U, 259U}) {
          check<Scalar>(*set, {.rows = rows, .cols = cols, .depth = 515, .order = order, .row_bias = true});
          check<Scalar>(*set, {.rows = rows, .cols = cols, .depth = 256, .order = order, .accumulate = true});
        }
      }
    }
  }
}

// The widest strip of units is of 8 vectors: 128 floats or 64 doubles with AVX-512.
TEST_CASE_TEMPLATE("a single sample has the chains of a product to the bit, for all tails of units", Scalar, float,
                   double) {
  constexpr std::size_t most = 8 * 16 + 17;
  constexpr std::size_t x_step = 2;
  const Matrix<Scalar> w = random_matrix<Scalar>(5, most, 1);  // all weights of an input in a row
  const Matrix<Scalar> x = random_matrix<Scalar>(5, x_step, 2);
  const Matrix<Scalar> bias = random_matrix<Scalar>(1, most, 3);
  for (const KernelSet* set : kernel_sets()) {
    for (std::size_t units = 0; units <= most; ++units) {
      for (const std::size_t inputs : {0U, 1U, 5U}) {
        for (const Scalar* b : {static_cast<const Scalar*>(nullptr), bias.view().data}) {
          CAPTURE(set->name);
          CAPTURE(units);
          CAPTURE(inputs);
          Matrix<Scalar> y = random_matrix<Scalar>(1, most + 1, 4);
          Matrix<Scalar> expected = y;
          kernels_of<Scalar>(*set).gemm({.a = w.view().data,
                                         .a_row = 1,
                                         .a_step = most,
                                         .b = x.view().data,
                                         .b_row = x_step,
                                         .c = expected.view().data,
                                         .c_row = 1,
                                         .rows = units,
                                         .cols = 1,
                                         .depth = inputs,
                                         .row_bias = b});
          kernels_of<Scalar>(*set).gemv({.w = w.view().data,
                                         .w_step = most,
                                         .x = x.view().data,
                                         .x_step = x_step,
                                         .bias = b,
                                         .y = y.view().data,
                                         .units = units,
                                         .inputs = inputs});
          CHECK(same_bits(y.elements(), expected.elements()));
        }
      }
    }
  }
}

TEST_CASE("a product over no terms is zeros, the biases, or what was there") {
  for (const KernelSet* set : kernel_sets()) {
    check<float>(*set, {.rows = 3, .cols = 5, .depth = 0});
    check<float>(*set, {.rows = 3, .cols = 5, .depth = 0, .row_bias = true});
    check<float>(*set, {.rows = 3, .cols = 5, .depth = 0, .accumulate = true});
  }
}

TEST_CASE("a chain of one term keeps the sign of zero, and NaN and infinity pass") {
  for (const KernelSet* set : kernel_sets()) {
    const std::vector<float> a = {-0.0f, 1, INFINITY, NAN};
    const std::vector<float> b = {1, -0.0f, 2};
    std::vector<float> c(12, -0.0f);
    set->of_float.gemm({.a = a.data(),
                        .a_row = 1,
                        .a_step = 1,
                        .b = b.data(),
                        .b_row = 3,
                        .c = c.data(),
                        .c_row = 3,
                        .rows = 4,
                        .cols = 3,
                        .depth = 1,
                        .accumulate = true});
    CHECK(std::signbit(c[0]));  // -0 + -0·1
    CHECK_FALSE(std::signbit(c[1]));
    CHECK(std::signbit(c[4]));  // 1·-0
    CHECK(c[6] == INFINITY);
    CHECK(std::isnan(c[7]));  // infinity·0
    CHECK((std::isnan(c[9]) && std::isnan(c[10]) && std::isnan(c[11])));
  }
}

TEST_CASE_TEMPLATE("rows are added in their order to the bit, for all tails, and nothing beside them", Scalar, float,
                   double) {
  constexpr std::size_t most = 83;  // a strip of each kind and a tail, with every set
  const Matrix<Scalar> b = random_matrix<Scalar>(5, most, 1);
  for (const KernelSet* set : kernel_sets()) {
    for (const std::size_t rows : {0U, 1U, 2U, 5U}) {
      for (std::size_t cols = 0; cols <= most; ++cols) {
        for (const bool accumulate : {false, true}) {
          CAPTURE(set->name);
          CAPTURE(rows);
          CAPTURE(cols);
          Matrix<Scalar> sums = random_matrix<Scalar>(1, most, 2);
          Matrix<Scalar> expected = sums;
          for (std::size_t j = 0; j < cols; ++j) {
            if (!accumulate) expected(0, j) = 0;
            for (std::size_t k = 0; k < rows; ++k) expected(0, j) += b(k, j);
          }
          kernels_of<Scalar>(*set).add_rows(b.view().data, most, rows, cols, sums.view().data, accumulate);
          CHECK(same_bits(sums.elements(), expected.elements()));
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("a transposition puts every element in its place and nothing beside it", Scalar, float, double) {
  for (const KernelSet* set : kernel_sets()) {
    for (std::size_t rows = 0; rows <= 18; ++rows) {
      for (std::size_t cols = 0; cols <= 18; ++cols) {
        const Matrix<Scalar> from = random_matrix<Scalar>(rows, cols + 2, 1);
        Matrix<Scalar> to = random_matrix<Scalar>(cols, rows + 3, 2);
        Matrix<Scalar> expected = to;
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t c = 0; c < cols; ++c) expected(c, r) = from(r, c);
        }
        kernels_of<Scalar>(*set).transpose(from.view().data, cols + 2, to.view().data, rows + 3, rows, cols);
        CHECK(same_bits(to.elements(), expected.elements()));
      }
    }
  }
}

TEST_CASE_TEMPLATE("gathering puts samples side by side, in any order and number", Scalar, float, double) {
  for (const KernelSet* set : kernel_sets()) {
    for (std::size_t features = 0; features <= 10; ++features) {
      for (std::size_t count = 0; count <= 10; ++count) {
        const Matrix<Scalar> from = random_matrix<Scalar>(20, features + 1, 1);  // a row is a sample
        std::vector<std::size_t> samples(count);
        for (std::size_t i = 0; i < count; ++i) samples[i] = (7 * i + 3) % 20;
        Matrix<Scalar> to = random_matrix<Scalar>(features, count + 2, 2);
        Matrix<Scalar> expected = to;
        for (std::size_t f = 0; f < features; ++f) {
          for (std::size_t i = 0; i < count; ++i) expected(f, i) = from(samples[i], f);
        }
        kernels_of<Scalar>(*set).gather(from.view().data, features + 1, samples.data(), count, features, to.view().data,
                                        count + 2);
        CHECK(same_bits(to.elements(), expected.elements()));
      }
    }
  }
}

// The loops have one result for all sets; which one it must be, the tests of activations and optimisers know.
TEST_CASE_TEMPLATE("activations and steps have the same bits with every set", Scalar, float, double) {
  constexpr std::size_t most = 67;
  Matrix<Scalar> z = random_matrix<Scalar>(1, most, 1);
  const std::vector<Scalar> special = {0, Scalar(-0.0), INFINITY, -INFINITY, NAN, Scalar(1e-40)};
  std::copy(special.begin(), special.end(), z.elements().begin());
  const Matrix<Scalar> g = random_matrix<Scalar>(1, most, 2);
  const kernels::Descent<Scalar> descent{Scalar(0.1), {Scalar(0.01), Scalar(0.02)}, Scalar(0.9), 1, Scalar(0.3), 1};
  kernels::Descent<Scalar> plain_descent = descent;
  plain_descent.penalty = {};
  const kernels::Adam<Scalar> adam{Scalar(0.9),
                                   Scalar(0.1),
                                   Scalar(0.99),
                                   Scalar(0.01),
                                   {Scalar(0.1), 0},
                                   Scalar(0.01),
                                   Scalar(0.1),
                                   Scalar(0.5),
                                   0,
                                   {Scalar(0.2), Scalar(0.3)}};
  for (std::size_t count = 0; count <= most; ++count) {
    const auto results = [&](const KernelSet& set) {
      const kernels::Kernels<Scalar>& kernel = kernels_of<Scalar>(set);
      std::vector<Scalar> all;
      const auto keep = [&](const Matrix<Scalar>& m) {
        all.insert(all.end(), m.elements().begin(), m.elements().end());
      };
      Matrix<Scalar> a(1, most);
      kernel.relu(z.view().data, a.view().data, count);
      keep(a);
      kernel.leaky_relu(z.view().data, a.view().data, count, Scalar(0.1));
      keep(a);
      for (const Scalar at_zero : {Scalar(0.1), Scalar(0.5)}) {
        kernel.relu_backward(z.view().data, g.view().data, a.view().data, count, Scalar(0.1), at_zero);
        keep(a);
      }
      kernel.sigmoid(z.view().data, a.view().data, count);
      keep(a);
      kernel.sigmoid_chain(z.view().data, g.view().data, a.view().data, count);
      keep(a);
      kernel.tanh(z.view().data, a.view().data, count);
      keep(a);
      kernel.tanh_chain(z.view().data, g.view().data, a.view().data, count);
      keep(a);
      const Matrix<Scalar> logits = random_matrix<Scalar>(2, most, 5);
      Matrix<Scalar> terms(2, most);
      Matrix<Scalar> sums(1, most);
      kernel.exponentials(logits.view().data, most, 2, count, g.view().data, terms.view().data, most, sums.view().data);
      keep(terms);
      keep(sums);
      kernel.logarithms(z.view().data, a.view().data, count);
      keep(a);
      std::array<double, kernels::sums_in_turn> in_turn{};
      kernel.add_sizes(g.view().data, count, in_turn.data());
      kernel.add_squares(g.view().data, count, in_turn.data());
      for (const double sum : in_turn) {
        const auto high = static_cast<Scalar>(sum);
        all.push_back(high);
        all.push_back(static_cast<Scalar>(sum - static_cast<double>(high)));
      }
      Matrix<Scalar> value = random_matrix<Scalar>(1, most, 3);
      Matrix<Scalar> first = random_matrix<Scalar>(1, most, 4);
      Matrix<Scalar> second(1, most);  // squares of 0, and no epsilon
      kernel.descend(descent, g.view().data, value.view().data, count);
      keep(value);
      kernel.descend(plain_descent, g.view().data, value.view().data, count);
      keep(value);
      kernel.descend_with_momentum(descent, g.view().data, first.view().data, value.view().data, count);
      keep(value);
      keep(first);
      kernel.move_by_moments(adam, first.view().data, second.view().data, value.view().data, count);
      keep(value);
      kernel.remember_moments(adam, g.view().data, value.view().data, first.view().data, second.view().data, count);
      kernel.move_by_moments(adam, first.view().data, second.view().data, value.view().data, count);
      keep(value);
      keep(first);
      keep(second);
      const kernels::Penalty<Scalar> penalty{Scalar(0.01), Scalar(0.02)};
      const kernels::RmsProp<Scalar> rms{Scalar(0.1), penalty, Scalar(0.9), Scalar(0.1), 0, Scalar(0.9)};
      Matrix<Scalar> third = random_matrix<Scalar>(1, most, 6);
      for (const bool centered : {false, true}) {
        for (const bool momentum : {false, true}) {
          kernel.rmsprop(rms, g.view().data, second.view().data, centered ? third.view().data : nullptr,
                         momentum ? first.view().data : nullptr, value.view().data, count);
          keep(value);
        }
      }
      keep(first);
      keep(second);
      keep(third);
      kernel.adagrad({Scalar(0.1), penalty, Scalar(0.5), 0}, g.view().data, second.view().data, value.view().data,
                     count);
      keep(second);
      keep(value);
      const kernels::Rprop<Scalar> rprop{Scalar(0.1), Scalar(0.5), Scalar(1.2), Scalar(0.2), Scalar(0.4)};
      second = Matrix<Scalar>(1, most);  // no lengths yet
      for (int i = 0; i < 3; ++i) {
        kernel.rprop(rprop, i == 1 ? z.view().data : g.view().data, first.view().data, second.view().data,
                     value.view().data, count);
        keep(first);
        keep(second);
        keep(value);
      }
      kernel.add_binary_cross_entropy(z.view().data, g.view().data, Scalar(1.5), third.view().data, first.view().data,
                                      a.view().data, count);
      keep(first);
      keep(a);
      kernel.scale(a.view().data, count, Scalar(0.3));
      keep(a);
      const double squares = kernel.sum_of_squares(g.view().data, count);
      all.push_back(static_cast<Scalar>(squares));
      all.push_back(static_cast<Scalar>(squares - static_cast<double>(static_cast<Scalar>(squares))));
      return all;
    };
    const std::vector<Scalar> expected = results(kernels::baseline);
    for (const KernelSet* set : kernel_sets()) {
      const std::vector<Scalar> found = results(*set);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK((found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]))));
      }
    }
  }
}

// All that the kernels of normalisation compute of the rows or of the columns [begin, end) of rows × cols numbers; the other
// numbers are 0. The sums come first.
template <typename Scalar>
std::vector<double> normalised(const kernels::Kernels<Scalar>& kernel, bool by_rows, const Matrix<Scalar>& x,
                               const Matrix<Scalar>& dy, std::size_t begin, std::size_t end) {
  const std::size_t rows = x.rows();
  const std::size_t cols = x.cols();
  const std::size_t count = by_rows ? rows : cols;
  std::vector<Scalar> first(count), inverse(count), gamma(rows), beta(rows);
  for (std::size_t r = 0; r < rows; ++r) {
    gamma[r] = Scalar(1.3) - static_cast<Scalar>(r);
    beta[r] = static_cast<Scalar>(r) / 3;
  }
  std::vector<double> offset(count), variance(count), sum(count), with_normalized(count);
  Matrix<Scalar> normalized(rows, cols), y(rows, cols), alone(rows, cols), dx(rows, cols);
  kernels::Normalization<Scalar> n = {
      x.view().data, cols,          normalized.view().data, cols,           y.view().data, cols,       rows, cols, 1e-5,
      first.data(),  offset.data(), variance.data(),        inverse.data(), gamma.data(),  beta.data()};
  (by_rows ? kernel.row_statistics : kernel.column_statistics)(n, begin, end);
  const auto normalize = by_rows ? kernel.normalize_rows : kernel.normalize_columns;
  normalize(n, begin, end);
  n.normalized = nullptr;
  n.y = alone.view().data;
  normalize(n, begin, end);
  CHECK(same_bits(y.elements(), alone.elements()));
  const double share = 1 / static_cast<double>(by_rows ? cols : rows);
  const kernels::NormalizationGradient<Scalar> g = {
      dy.view().data,         cols,         normalized.view().data, cols,  rows,           cols, sum.data(),
      with_normalized.data(), gamma.data(), inverse.data(),         share, dx.view().data, cols};
  (by_rows ? kernel.sum_row_gradients : kernel.sum_column_gradients)(g, begin, end);
  (by_rows ? kernel.normalize_rows_backward : kernel.normalize_columns_backward)(g, begin, end);
  std::vector<double> all;
  for (const auto* part : {&sum, &offset, &variance, &with_normalized}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  for (const auto* part : {&normalized, &y, &dx}) {
    all.insert(all.end(), part->elements().begin(), part->elements().end());
  }
  return all;
}

// A sum of n numbers errs by at most n roundings of Σ|g|. Columns may lie in several blocks of 64, rows by four.
TEST_CASE_TEMPLATE("normalisation has the same bits on every set and for every division, and its sums those of double",
                   Scalar, float, double) {
  for (const bool by_rows : {true, false}) {
    for (std::size_t cols = 1; cols <= 140; cols += cols < 40 ? 1 : 13) {
      const std::size_t rows = 1 + cols % 7;
      const std::size_t count = by_rows ? rows : cols;
      const Matrix<Scalar> x = random_matrix<Scalar>(rows, cols, cols);
      const Matrix<Scalar> dy = random_matrix<Scalar>(rows, cols, cols + 200);
      const std::vector<double> expected = normalised(kernels_of<Scalar>(kernels::baseline), by_rows, x, dy, 0, count);
      CAPTURE(by_rows);
      CAPTURE(cols);
      for (const KernelSet* set : kernel_sets()) {
        const kernels::Kernels<Scalar>& kernel = kernels_of<Scalar>(*set);
        CHECK(same_bits(normalised(kernel, by_rows, x, dy, 0, count), expected));
        std::vector<double> halves = normalised(kernel, by_rows, x, dy, 0, count / 3);
        const std::vector<double> others = normalised(kernel, by_rows, x, dy, count / 3, count);
        for (std::size_t i = 0; i < halves.size(); ++i) halves[i] += others[i];
        CHECK(halves == expected);
      }
      for (std::size_t k = 0; k < count; ++k) {
        double sum = 0;
        double size = 0;
        for (std::size_t i = 0; i < (by_rows ? cols : rows); ++i) {
          const double gamma = by_rows ? 1 : static_cast<double>(Scalar(1.3) - static_cast<Scalar>(i));
          const double g = gamma * static_cast<double>(by_rows ? dy(k, i) : dy(i, k));
          sum += g;
          size += std::abs(g);
        }
        CHECK(std::abs(expected[k] - sum) <= 1e-15 * static_cast<double>(rows + cols) * size);
      }
    }
  }
}

TEST_CASE_TEMPLATE("what is measured of rows is right, in turn, and NaN is none of the numbers above 0", Scalar, float,
                   double) {
  constexpr std::size_t turn = kernels::sums_in_turn;
  for (const KernelSet* set : kernel_sets()) {
    const kernels::Kernels<Scalar>& kernel = kernels_of<Scalar>(*set);
    for (std::size_t count = 0; count <= 70; ++count) {
      Matrix<Scalar> v = random_matrix<Scalar>(2, count, count + 1);
      if (count > 0) v(1, 7 * count % (count + 3) % count) = std::array<Scalar, 3>{NAN, -INFINITY, 1}[count % 3];
      std::array<double, turn> sizes{}, squares{}, expected_sizes{}, expected_squares{};
      kernels::Firing<Scalar> firing{};
      std::array<Scalar, turn> largest{};
      std::array<Scalar, turn> fires{};
      std::array<bool, turn> finite{};
      finite.fill(true);
      for (std::size_t row = 0; row < 2; ++row) {
        const Scalar* first = v.view().row(row).data();
        kernel.add_sizes(first, count, sizes.data());
        kernel.add_squares(first, count, squares.data());
        kernel.add_firing(first, count, firing);
        for (std::size_t i = 0; i < count; ++i) {
          const auto x = static_cast<double>(first[i]);
          expected_sizes[i % turn] += std::abs(x);
          expected_squares[i % turn] += x * x;
          if (first[i] > largest[i % turn]) largest[i % turn] = first[i];
          fires[i % turn] += x > 0 ? 1 : 0;
          finite[i % turn] = finite[i % turn] && std::isfinite(x);
        }
      }
      for (std::size_t k = 0; k < turn; ++k) {
        CAPTURE(k);
        CHECK((sizes[k] == expected_sizes[k] || (std::isnan(sizes[k]) && std::isnan(expected_sizes[k]))));
        CHECK((squares[k] == expected_squares[k] || (std::isnan(squares[k]) && std::isnan(expected_squares[k]))));
        CHECK(firing.largest[k] == largest[k]);
        CHECK(firing.fires[k] == fires[k]);
        CHECK((firing.doubt[k] == 0) == finite[k]);
      }
    }
  }
}

TEST_CASE_TEMPLATE("an activation of many rows, with or without gaps, is that of each number", Scalar, float, double) {
  for (const ActivationSpec& spec :
       std::vector<ActivationSpec>{Relu{}, Relu{.derivative_at_zero = 0.5}, LeakyRelu{}, Tanh{}}) {
    const auto activation = spec->build<Scalar>();
    for (const std::size_t gap : {0U, 3U}) {
      Matrix<Scalar> z = random_matrix<Scalar>(4, 9 + gap, 1);
      z(1, 2) = 0;
      z(2, 3) = Scalar(-0.0);
      z(3, 4) = NAN;
      const Matrix<Scalar> da = random_matrix<Scalar>(4, 9 + gap, 2);
      Matrix<Scalar> a = random_matrix<Scalar>(4, 9 + gap, 3);
      Matrix<Scalar> dz = a;
      Matrix<Scalar> expected_a = a;
      Matrix<Scalar> expected_dz = a;
      for (std::size_t r = 0; r < 4; ++r) {
        for (std::size_t c = 0; c < 9; ++c) {
          expected_a(r, c) = activation->value(z(r, c));
          expected_dz(r, c) = da(r, c) * activation->derivative(z(r, c));
        }
      }
      activation->value(z.view().columns(0, 9), a.view().columns(0, 9));
      activation->chain(z.view().columns(0, 9), da.view().columns(0, 9), dz.view().columns(0, 9));
      for (std::size_t i = 0; i < a.elements().size(); ++i) {
        const auto equal = [](Scalar x, Scalar y) { return x == y || (std::isnan(x) && std::isnan(y)); };
        CHECK(equal(a.elements()[i], expected_a.elements()[i]));
        CHECK(equal(dz.elements()[i], expected_dz.elements()[i]));
      }
    }
  }
}

TEST_CASE_TEMPLATE("a sum of squares is right for every number of terms, also beyond the range of float", Scalar, float,
                   double) {
  for (const KernelSet* set : kernel_sets()) {
    for (std::size_t count = 0; count <= 100; ++count) {
      std::vector<Scalar> v(count + 1, 1000);  // the last one must not count
      double wanted = 0;
      for (std::size_t i = 0; i < count; ++i) {
        v[i] = static_cast<Scalar>(i) * Scalar(0x1p66);
        wanted += static_cast<double>(i * i) * 0x1p132;
      }
      CHECK(kernels_of<Scalar>(*set).sum_of_squares(v.data(), count) == wanted);
    }
  }
}

TEST_CASE("the active set is one of them") {
  const std::vector<const kernels::KernelSet*> sets = kernel_sets();
  CHECK(std::find(sets.begin(), sets.end(), &kernels::active()) != sets.end());
  CHECK(&kernels::of<float>() == &kernels::active().of_float);
  CHECK(&kernels::of<double>() == &kernels::active().of_double);
}

TEST_CASE("remainders are those of the operator, of any number and bound") {
  constexpr std::uint64_t largest = ~std::uint64_t{0};
  constexpr std::uint64_t half = std::uint64_t{1} << 32;
  constexpr std::uint64_t limit = std::uint64_t{1} << 21;  // from here on they are divided one by one
  for (const KernelSet* set : kernel_sets()) {
    CAPTURE(set->name);
    for (const std::uint64_t first : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{977}, std::uint64_t{65473},
                                      limit - 64, limit - 63, half - 3, largest - 70}) {
      CAPTURE(first);
      for (const std::uint64_t start : {std::uint64_t{0}, first - 1, half - 32, limit * half - 40, largest - 66}) {
        std::array<std::uint64_t, 64> x{};
        std::array<std::uint64_t, 64> result{};
        // Neighbours, numbers all over the range, and multiples of the bound and those just below.
        const auto check_all = [&](const auto& number) {
          for (std::size_t i = 0; i < x.size(); ++i) x[i] = number(i);
          for (const std::size_t count : {x.size(), std::size_t{13}}) {
            set->remainders(x.data(), first, result.data(), count);
            for (std::size_t i = 0; i < count; ++i) REQUIRE(result[i] == x[i] % (first + i));
          }
        };
        check_all([&](std::size_t i) { return start + i; });
        check_all([&](std::size_t i) { return start * 0x9E3779B97F4A7C15 + i * 0xD1342543DE82EF95; });
        check_all([&](std::size_t i) { return largest / (first + i) * (first + i); });
        check_all([&](std::size_t i) { return largest / (first + i) * (first + i) - 1; });
      }
    }
  }
}
