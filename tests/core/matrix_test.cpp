#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include <hinge/core/batch.h>
#include <hinge/core/error.h>
#include <hinge/core/matrix.h>

#include "support/contains.h"
#include "support/random_matrix.h"
#include "support/throws.h"

using namespace hinge;

TEST_CASE("a view reads both orders, and exchanges them without a copy") {
  float data[] = {1, 2, 3, 4, 5, 6};
  const MatrixView<float> batch{data, 2, 3, 3, 1};
  const auto samples = MatrixView<float>::samples(data, 2, 3);
  CHECK(batch(1, 0) == 4);
  CHECK(samples(1, 0) == 2);
  CHECK((batch.batch_contiguous() && !batch.sample_contiguous()));
  CHECK((samples.sample_contiguous() && !samples.batch_contiguous()));
  CHECK(batch.transposed()(0, 1) == 4);
  CHECK(batch.transposed().sample_contiguous());
  CHECK(samples.columns(1, 2)(0, 0) == 3);
  CHECK(batch.columns(1, 2).row(1)[1] == 6);
}

TEST_CASE("a single sample is contiguous in both orders") {
  float data[] = {1, 2, 3};
  const auto sample = MatrixView<float>::samples(data, 3, 1);
  CHECK((sample.batch_contiguous() && sample.sample_contiguous()));
}

TEST_CASE("copying between orders transposes the memory, not the matrix") {
  const Matrix<double> from = random_matrix<double>(3, 5, 1);
  Buffer<float> memory(15);
  const auto to = MatrixView<float>::samples(memory.data(), 3, 5);
  copy(from.view(), to);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t c = 0; c < 5; ++c) CHECK(to(r, c) == static_cast<float>(from(r, c)));
  }
}

TEST_CASE("buffers start at zero on a cache line, copy their elements, and are empty once moved from") {
  Buffer<double> a(17);
  CHECK(reinterpret_cast<std::uintptr_t>(a.data()) % 64 == 0);
  for (const double x : a.span()) CHECK(x == 0);
  a.span()[3] = 5;
  const Buffer<double> b = a;
  CHECK((b.data() != a.data() && b.span()[3] == 5));
  const Buffer<double> c = std::move(a);
  CHECK(c.span()[3] == 5);
  CHECK(a.size() == 0);  // NOLINT(bugprone-use-after-move): that it is empty is promised
  CHECK(Buffer<float>(0).data() == nullptr);
  CHECK_THROWS_AS(Buffer<double>(static_cast<std::size_t>(-1)), std::bad_array_new_length);
}

TEST_CASE("the largest row of a column is the first of equals, and never a NaN after a number") {
  Matrix<double> values(3, 3);
  values(2, 0) = 1;
  values(1, 1) = values(2, 1) = 1;
  values(1, 2) = NAN;
  CHECK(largest_row(values.view(), 0) == 2);
  CHECK(largest_row(values.view(), 1) == 1);
  CHECK(largest_row(values.view(), 2) == 0);
}

TEST_CASE("what reaches beyond a matrix is refused with the numbers") {
  Matrix<float> m(3, 4);
  const MatrixView<float> view = m.view();
  CHECK(error_of<ShapeError>([&] { view.columns(2, 3); }) == "columns: 3 from column 2 on, but the matrix has 4");
  CHECK_THROWS_AS(view.columns(static_cast<std::size_t>(-1), 2), ShapeError);  // the sum would wrap
  CHECK(error_of<ShapeError>([&] { view.row(3); }) == "row: row 3, counted from 0, but the matrix has 3");
  const auto samples = MatrixView<float>::samples(m.elements().data(), 3, 4);
  CHECK_THROWS_AS(samples.row(0), ShapeError);
  CHECK(error_of<ShapeError>([&] { copy(view, view.transposed()); }) == "copy: the shapes differ, 3 x 4 and 4 x 3");
  CHECK_THROWS_AS(Matrix<float>(std::size_t{1} << 33, std::size_t{1} << 33), ShapeError);  // the product would wrap
}

TEST_CASE("a matrix that was moved from is empty") {
  Matrix<double> from(2, 3);
  from(1, 2) = 5;
  Matrix<double> to = std::move(from);
  CHECK((to.rows() == 2 && to(1, 2) == 5));
  CHECK((from.rows() == 0 && from.cols() == 0));  // NOLINT(bugprone-use-after-move): that it is empty is promised
  from = std::move(to);
  CHECK((from(1, 2) == 5 && to.rows() == 0));  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("a batch holds no more samples than it has room for") {
  Batch<float> batch(2, 0, 8);
  CHECK(error_of<ShapeError>([&] { batch.set_size(9); }) == "set_size: 9 samples, but the batch has room for 8");
  CHECK(batch.size() == 8);
  CHECK_THROWS_AS(std::as_const(batch).targets().samples(4, 5), ShapeError);
}

TEST_CASE("a buffer large enough for large pages is all zeros and ends where it should") {
  Buffer<float> buffer((std::size_t{5} << 20) / sizeof(float) + 1);
  CHECK(std::all_of(buffer.span().begin(), buffer.span().end(), [](float x) { return x == 0; }));
  buffer.span().back() = 1;
  CHECK(Buffer<float>(buffer).span().back() == 1);
}

TEST_CASE("what needs more memory than there is is refused, with how much") {
  CHECK(memory_limit() > 0);
  CHECK_NOTHROW(require_memory("a network", 1));
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (memory_limit() == most) return;  // the system does not say
  check_contains(error_of<MemoryError>([&] { require_memory("a network", most); }),
                 {"a network needs about 1.72e+10 GiB of memory, but there are "});
}
