// What a file that is no safetensors file seems to be.
#pragma once

#include <string>
#include <string_view>

#include <hinge/core/export.h>

namespace hinge {

/// A clause that says so, judged by its first bytes and the end of its name; for a model of PyTorch, Keras or ONNX with the
/// line of Python that makes a safetensors file of it.
HINGE_API std::string kind_text(std::string_view start, std::string_view name);

}  // namespace hinge
