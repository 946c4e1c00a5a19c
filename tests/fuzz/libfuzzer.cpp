// The entry of libFuzzer: `hinge_fuzz TARGET …`, with its own arguments behind the name.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz.h"

namespace {

const FuzzTarget* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::string_view name = *argc > 1 ? (*argv)[1] : "";
  chosen = std::find_if(std::begin(fuzz_targets), std::end(fuzz_targets),
                        [&](const FuzzTarget& target) { return target.name == name; });
  if (chosen == std::end(fuzz_targets)) {
    std::fprintf(stderr, "usage: hinge_fuzz TARGET [arguments of libFuzzer]\n");
    std::exit(2);
  }
  std::copy(*argv + 2, *argv + *argc, *argv + 1);
  --*argc;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
