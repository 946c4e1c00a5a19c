// The errors of matrices and batches, out of line to keep the inlined checks small, large pages, and how much memory there is.
#include <hinge/core/matrix.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include <sys/resource.h>
#if defined(__linux__)
#include <sys/mman.h>
#include <sys/sysinfo.h>
#endif

#include <hinge/core/batch.h>
#include <hinge/core/error.h>
#include <hinge/core/text.h>

namespace hinge {

namespace {

std::string shape(std::size_t rows, std::size_t cols) { return std::to_string(rows) + " x " + std::to_string(cols); }

std::string gibibytes(std::uint64_t bytes) {
  constexpr double gibibyte = 1 << 30;
  return to_text(static_cast<double>(bytes) / gibibyte, 3) + " GiB";
}

}  // namespace

void fail_same_shape(std::string_view what, std::size_t rows, std::size_t cols, std::size_t other_rows,
                     std::size_t other_cols) {
  throw ShapeError(std::string(what) + ": the shapes differ, " + shape(rows, cols) + " and " +
                   shape(other_rows, other_cols));
}

void fail_columns(std::size_t first, std::size_t count, std::size_t cols) {
  throw ShapeError("columns: " + std::to_string(count) + " from column " + std::to_string(first) +
                   " on, but the matrix has " + std::to_string(cols));
}

void fail_too_large() { throw std::bad_array_new_length(); }

void fail_row(std::size_t r, std::size_t rows) {
  throw ShapeError("row: row " + std::to_string(r) + ", counted from 0, but the matrix has " + std::to_string(rows));
}

void fail_not_batch_contiguous() {
  throw ShapeError("the matrix must be batch-contiguous (col_stride = 1); copy it into a Matrix, which is");
}

void fail_batch_size(std::size_t size, std::size_t capacity) {
  throw ShapeError("set_size: " + std::to_string(size) + " samples, but the batch has room for " +
                   std::to_string(capacity));
}

// A data set of 200 MB takes 50,000 pages of 4 KiB, and the first touch of each costs a page fault.
void prefer_large_pages([[maybe_unused]] void* data, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  constexpr std::size_t large = std::size_t{4} << 20;  // two of the usual large pages, so that one surely fits
  if (bytes < large) return;
  constexpr std::uintptr_t page = std::uintptr_t{64} << 10;  // a multiple of every usual page size
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(data) % page;
  const std::uintptr_t skipped = offset == 0 ? 0 : page - offset;               // the system takes whole pages only
  madvise(static_cast<char*>(data) + skipped, bytes - skipped, MADV_HUGEPAGE);  // a hint: it may fail
#endif
}

std::uint64_t memory_limit() {
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  rlimit of_process{};
  if (::getrlimit(RLIMIT_AS, &of_process) == 0 && of_process.rlim_cur != RLIM_INFINITY) limit = of_process.rlim_cur;
#if defined(__linux__)
  struct sysinfo machine {};
  if (::sysinfo(&machine) == 0) limit = std::min(limit, std::uint64_t{machine.totalram} * machine.mem_unit);
#endif
  return limit;
}

void require_memory(const std::string& what, std::uint64_t bytes) {
  const std::uint64_t limit = memory_limit();
  if (bytes <= limit) return;
  throw MemoryError(what + " needs about " + gibibytes(bytes) + " of memory, but there are " + gibibytes(limit));
}

std::size_t checked_size(std::size_t rows, std::size_t cols) {
  // In bytes it must fit a pointer difference, whatever the scalar.
  constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(double);
  std::size_t size = 0;  // a checked product: a division would slow down predictions of one sample
  if (__builtin_mul_overflow(rows, cols, &size) || size > most) {
    throw ShapeError("a matrix of " + shape(rows, cols) + " elements is larger than any memory");
  }
  return size;
}

}  // namespace hinge
