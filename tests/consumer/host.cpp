// Loads a plugin, calls it and unloads it, three times; ends with 1 where it stays in memory.
//
//   host PLUGIN
#include <cstdio>

#include <dlfcn.h>

int main(int, char** argv) {
  for (int round = 0; round < 3; ++round) {
    void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr) return std::printf("%s\n", dlerror()), 1;
    const auto call = reinterpret_cast<int (*)()>(dlsym(plugin, "train_a_little"));
    if (call() != 0) return std::printf("the plugin failed\n"), 1;
    dlclose(plugin);
    if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != nullptr) return std::printf("the plugin stays in memory\n"), 1;
  }
}
