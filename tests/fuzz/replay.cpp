// Feeds the files of a corpus to their targets, without a fuzzer: `replay tests/fuzz/corpus`, in which a folder has the name
// of its target.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz.h"

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (const FuzzTarget& target : fuzz_targets) {
    const auto folder = std::filesystem::path(argc > 1 ? argv[1] : ".") / target.name;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::printf("%s\n", entry.path().c_str());  // the last one is the finding
      std::fflush(stdout);
      std::ifstream file(entry.path(), std::ios::binary);
      target.run(std::string(std::istreambuf_iterator<char>(file), {}));
      ++files;
    }
  }
  std::printf("%zu files\n", files);
  return files > std::size(fuzz_targets) ? 0 : 1;
}
