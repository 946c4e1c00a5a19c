// A plugin: a shared object with an interface of C, which a host loads while it runs. It shows these functions and none of the Hinge
// inside; exceptions stay inside, too; and it can be unloaded. (Links hinge::hinge; built with hidden visibility.)
#include <cstdio>
#include <exception>

#include <hinge/layers/model_file.h>
#include <hinge/layers/network.h>

#define SHOWN extern "C" __attribute__((visibility("default")))

namespace {

struct Classifier {
  hinge::Model<float> model;
  hinge::Workspace<float> workspace;  // for one thread
};

}  // namespace

SHOWN void* classifier_open(const char* path) try {
  return new Classifier{hinge::load_model<float>(path).model, {}};
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return nullptr;
}

// The class of a sample; -1 where it has none.
SHOWN int classifier_ask(void* opened, const float* features, std::size_t count) try {
  auto* const classifier = static_cast<Classifier*>(opened);
  return static_cast<int>(classifier->model.classify({features, count}, classifier->workspace));
} catch (const std::exception&) {
  return -1;
}

SHOWN void classifier_close(void* opened) { delete static_cast<Classifier*>(opened); }
