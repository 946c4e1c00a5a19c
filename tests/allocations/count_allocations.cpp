// Takes the place of malloc: every allocation of the program passes here, those of libraries too. A counter inside
// operator new would not see Eigen, which calls malloc itself. The memory comes from the C library (glibc's own names).
#include "count_allocations.h"

#include <atomic>
#include <cerrno>

namespace {
std::atomic<std::size_t> count = 0;
}

std::size_t allocation_count() { return count.load(); }

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): they are the C library's
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(std::size_t size) {
  ++count;
  return __libc_malloc(size);
}

void* calloc(std::size_t number, std::size_t size) {
  ++count;
  return __libc_calloc(number, size);
}

void* realloc(void* memory, std::size_t size) {
  ++count;
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  ++count;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"
