// Takes the place of malloc: every allocation of the program passes here, those of libraries too. A counter inside
// operator new would not see Eigen, which calls malloc itself. The memory comes from the C library (glibc's own names).
#include "count_allocations.h"

#include <atomic>
#include <cerrno>

namespace {
std::atomic<std::size_t> count = 0;
std::atomic<std::size_t> freed = 0;
std::atomic<std::size_t> to_fail = 0;  // 0: none
std::atomic<bool> all_fail_after = false;

// Counts an allocation. Whether it is to fail.
bool fails() {
  const std::size_t number = ++count;
  const std::size_t first = to_fail;
  if (first == 0 || number < first || (number > first && !all_fail_after)) return false;
  ++freed;  // so to speak
  errno = ENOMEM;
  return true;
}
}  // namespace

std::size_t allocation_count() { return count.load(); }
std::size_t live_allocations() { return count.load() - freed.load(); }

void fail_allocation(std::size_t number, bool all_after) {
  all_fail_after = all_after;
  to_fail = number == 0 ? 0 : count + number;
}

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): they are the C library's
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
// NOLINTEND(bugprone-reserved-identifier)

void free(void* memory) {
  if (memory != nullptr) ++freed;
  __libc_free(memory);
}

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }

void* calloc(std::size_t number, std::size_t size) { return fails() ? nullptr : __libc_calloc(number, size); }

void* realloc(void* memory, std::size_t size) {
  if (fails()) return nullptr;
  if (memory != nullptr) ++freed;
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) { return fails() ? nullptr : __libc_memalign(alignment, size); }

void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  void* const taken = memalign(alignment, size);
  if (taken == nullptr) return ENOMEM;
  *memory = taken;
  return 0;
}

}  // extern "C"
