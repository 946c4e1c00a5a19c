// A program that knows nothing of Hinge: it loads the plugin beside this file, asks it, and unloads it again.
//
//   plugin_host PLUGIN MODEL
#include <cstddef>
#include <cstdio>

#include <dlfcn.h>

template <typename Function>
Function* find(void* plugin, const char* name) {
  return reinterpret_cast<Function*>(dlsym(plugin, name));
}

int main(int argc, char** argv) {
  void* const plugin = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (plugin == nullptr) return std::fprintf(stderr, "usage: plugin_host PLUGIN MODEL\n"), 2;
  void* const classifier = find<void*(const char*)>(plugin, "classifier_open")(argv[2]);
  if (classifier == nullptr) return 2;
  const float flower[] = {6.3F, 3.3F, 6.0F, 2.5F};
  auto* const ask = find<int(void*, const float*, std::size_t)>(plugin, "classifier_ask");
  std::printf("class %d; of too few numbers %d\n", ask(classifier, flower, 4), ask(classifier, flower, 3));
  find<void(void*)>(plugin, "classifier_close")(classifier);
  dlclose(plugin);
  const bool is_unloaded = dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == nullptr;
  std::printf("unloaded: %s\n", is_unloaded ? "yes" : "no");
  return is_unloaded ? 0 : 1;
}
