// The engine as a page calls it: texts and numbers over the border of WebAssembly.
#include <cstddef>
#include <string>
#include <vector>

#include <emscripten/emscripten.h>

#include "playground.h"

namespace {

hinge_playground::Playground& engine() {
  static hinge_playground::Playground playground("");  // the root folder of the page's files, in memory
  return playground;
}

std::size_t map_values = 0;

}  // namespace

extern "C" {

/// Valid until the next call.
EMSCRIPTEN_KEEPALIVE const char* hinge_answer(const char* request) {
  static std::string answer;
  answer = engine().answer(request);
  return answer.c_str();
}

/// `hinge_map_values()` numbers, valid until the next call.
EMSCRIPTEN_KEEPALIVE const float* hinge_maps(std::size_t width, std::size_t height) {
  const std::vector<float>& maps = engine().maps(width, height);
  map_values = maps.size();
  return maps.data();
}

/// Of the last call of hinge_maps.
EMSCRIPTEN_KEEPALIVE std::size_t hinge_map_values() { return map_values; }
}
