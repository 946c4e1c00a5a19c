// Matrices: a plain view, and the matrix and buffer that own memory.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <hinge/core/export.h>

// Before a loop that writes element i from element i of its inputs only, even where input and output are the same
// memory. GCC would otherwise take the scalar loop in that case.
#if defined(__GNUC__) && !defined(__clang__)
#define HINGE_INDEPENDENT_ITERATIONS _Pragma("GCC ivdep")
#else
#define HINGE_INDEPENDENT_ITERATIONS
#endif

namespace hinge {

// These throw ShapeError with the sizes that do not fit.
[[noreturn]] HINGE_API void fail_same_shape(std::string_view what, std::size_t rows, std::size_t cols,
                                            std::size_t other_rows, std::size_t other_cols);
[[noreturn]] HINGE_API void fail_columns(std::size_t first, std::size_t count, std::size_t cols);
[[noreturn]] HINGE_API void fail_row(std::size_t r, std::size_t rows);
[[noreturn]] HINGE_API void fail_not_batch_contiguous();
// This one std::bad_array_new_length. Out of line, the headers compile with -fno-exceptions too.
[[noreturn]] HINGE_API void fail_too_large();

/// Asks the system for large pages, if the memory is large. Call it before the memory is first touched.
HINGE_API void prefer_large_pages(void* data, std::size_t bytes);

/// How many bytes the process could have at most: the machine's memory, whoever uses it now, or less where a limit is set
/// (RLIMIT_AS). The largest number where the system does not say.
HINGE_API std::uint64_t memory_limit();
/// Throws MemoryError `what needs about 23.8 GiB of memory, but there are 15.6 GiB` when that is more than memory_limit():
/// a system that overcommits grants any amount, and ends the process when it is used.
HINGE_API void require_memory(const std::string& what, std::uint64_t bytes);

/// rows · cols. Throws ShapeError when no memory could hold so many elements.
HINGE_API std::size_t checked_size(std::size_t rows, std::size_t cols);

/// A rows × cols matrix in memory that it does not own: element (r, c) is data[r·row_stride + c·col_stride].
///
/// A column is a sample: a batch of activations is features × batch. Two memory orders occur, and neither needs a copy:
///   - *batch-contiguous* (col_stride = 1): each feature's values over the batch lie side by side. Inside a network.
///   - *sample-contiguous* (row_stride = 1): each sample's features lie side by side. The user's data; weights too,
///     where all weights of one input lie side by side (out-contiguous).
/// A view copies like a pointer, and `MatrixView<float>` converts to `MatrixView<const float>`. A default view is empty;
/// functions with an optional output skip it if its view is empty.
/// Access to single elements is checked in debug builds only; all other functions throw ShapeError.
template <typename Scalar>
struct MatrixView {
  Scalar* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t row_stride = 0;
  std::size_t col_stride = 1;

  /// `cols` samples of `rows` features that lie one after the other, as in a row-major samples × features array.
  static MatrixView samples(Scalar* data, std::size_t rows, std::size_t cols) { return {data, rows, cols, 1, rows}; }

  operator MatrixView<const Scalar>() const requires(!std::is_const_v<Scalar>) {
    return {data, rows, cols, row_stride, col_stride};
  }

  Scalar& operator()(std::size_t r, std::size_t c) const {
    assert(r < rows && c < cols);
    return data[r * row_stride + c * col_stride];
  }

  bool empty() const { return data == nullptr || rows == 0 || cols == 0; }
  std::size_t size() const { return rows * cols; }

  bool batch_contiguous() const { return col_stride == 1 || cols <= 1; }
  bool sample_contiguous() const { return row_stride == 1 || rows <= 1; }

  /// Row r of a batch-contiguous view: one feature over the batch. Throws ShapeError when there is no such row.
  std::span<Scalar> row(std::size_t r) const {
    if (!batch_contiguous()) fail_not_batch_contiguous();
    if (r >= rows) fail_row(r, rows);
    return {data + r * row_stride, cols};
  }

  /// Columns [first, first + count): the same memory, fewer samples. Throws ShapeError when there are fewer.
  MatrixView columns(std::size_t first, std::size_t count) const {
    if (count > cols || first > cols - count) fail_columns(first, count, cols);
    return {data == nullptr ? nullptr : data + first * col_stride, rows, count, row_stride, col_stride};
  }

  /// The same memory with rows and columns exchanged.
  MatrixView transposed() const { return {data, cols, rows, col_stride, row_stride}; }

  /// The same memory as an `Eigen::Map`, in either order. Include <hinge/core/eigen.h> to call it.
  auto eigen() const;
};

/// A buffer of `size` zeros whose first element is aligned to a cache line (64 bytes). Moves; copies its elements.
template <typename Scalar>
class Buffer {
 public:
  static_assert(std::is_trivially_copyable_v<Scalar>);

  Buffer() = default;
  explicit Buffer(std::size_t size) : data_(allocate(size)), size_(size) {
    for (Scalar& element : span()) element = Scalar(0);
  }
  Buffer(const Buffer& other) : data_(allocate(other.size_)), size_(other.size_) {
    for (std::size_t i = 0; i < size_; ++i) data_[i] = other.data_[i];
  }
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { ::operator delete(data_, alignment); }

  Scalar* data() { return data_; }
  const Scalar* data() const { return data_; }
  std::size_t size() const { return size_; }

  std::span<Scalar> span() { return {data(), size_}; }
  std::span<const Scalar> span() const { return {data(), size_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  static Scalar* allocate(std::size_t size) {
    if (size == 0) return nullptr;
    if (size > static_cast<std::size_t>(-1) / sizeof(Scalar)) fail_too_large();
    auto* data = static_cast<Scalar*>(::operator new(size * sizeof(Scalar), alignment));
    prefer_large_pages(data, size * sizeof(Scalar));
    return data;
  }

  Scalar* data_ = nullptr;  // a unique_ptr would make every header compile for 0.2 s more (g++ 12)
  std::size_t size_ = 0;
};

/// A matrix that owns its memory, batch-contiguous (row-major), zero at first. Copying copies the elements; a matrix that
/// was moved from is empty.
template <typename Scalar>
class Matrix {
 public:
  Matrix() = default;
  /// Throws ShapeError for more elements than any memory holds, std::bad_alloc for more than this one does.
  Matrix(std::size_t rows, std::size_t cols) : buffer_(checked_size(rows, cols)), rows_(rows), cols_(cols) {}
  Matrix(const Matrix& other) = default;
  Matrix(Matrix&& other) noexcept
      : buffer_(std::move(other.buffer_)), rows_(std::exchange(other.rows_, 0)), cols_(std::exchange(other.cols_, 0)) {}
  Matrix& operator=(Matrix other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(rows_, other.rows_);
    std::swap(cols_, other.cols_);
    return *this;
  }
  ~Matrix() = default;

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }

  Scalar& operator()(std::size_t r, std::size_t c) { return view()(r, c); }
  const Scalar& operator()(std::size_t r, std::size_t c) const { return view()(r, c); }

  MatrixView<Scalar> view() { return {buffer_.data(), rows_, cols_, cols_, 1}; }
  MatrixView<const Scalar> view() const { return {buffer_.data(), rows_, cols_, cols_, 1}; }
  operator MatrixView<Scalar>() { return view(); }
  operator MatrixView<const Scalar>() const { return view(); }

  /// Row by row. Not of a temporary, whose memory would be gone.
  std::span<Scalar> elements() & { return buffer_.span(); }
  std::span<const Scalar> elements() const& { return buffer_.span(); }
  std::span<const Scalar> elements() const&& = delete;

 private:
  Buffer<Scalar> buffer_;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

/// Throws ShapeError, which begins with `what`, unless the two views have the same number of rows and columns.
template <typename A, typename B>
void require_same_shape(std::string_view what, const MatrixView<A>& a, const MatrixView<B>& b) {
  if (a.rows != b.rows || a.cols != b.cols) fail_same_shape(what, a.rows, a.cols, b.rows, b.cols);
}

/// The row with the largest value of column c: the predicted class. Ties go to the first row; NaN is never larger than a
/// number. Requires rows ≥ 1.
template <typename Scalar>
std::size_t largest_row(MatrixView<Scalar> values, std::size_t c) {
  std::size_t best = 0;
  for (std::size_t r = 1; r < values.rows; ++r) {
    if (values(r, c) > values(best, c)) best = r;
  }
  return best;
}

/// Whether an element of column c is NaN.
template <typename Scalar>
bool has_nan(MatrixView<Scalar> values, std::size_t c) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    if (values(r, c) != values(r, c)) return true;
  }
  return false;
}

/// to(r, c) = from(r, c), whatever the two orders; a copy between different orders is a transposition in memory.
/// Throws ShapeError unless the shapes are equal. Allocates nothing.
template <typename From, typename To>
void copy(const MatrixView<From>& from, const MatrixView<To>& to) {
  require_same_shape("copy", from, to);
  for (std::size_t r = 0; r < to.rows; ++r) {
    for (std::size_t c = 0; c < to.cols; ++c) to(r, c) = static_cast<To>(from(r, c));
  }
}

/// A matrix with a copy of the elements of a view.
template <typename Scalar>
Matrix<std::remove_const_t<Scalar>> matrix_of(MatrixView<Scalar> from) {
  Matrix<std::remove_const_t<Scalar>> matrix(from.rows, from.cols);
  copy(from, matrix.view());
  return matrix;
}

}  // namespace hinge
