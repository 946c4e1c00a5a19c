// Models as C.
#pragma once

#include <string>

#include <hinge/layers/model.h>

namespace hinge_command {

/// A header of C99 (and C++) that predicts as the model does, without a library, memory of its own or state: with the name
/// `iris` the function `iris_predict(inputs, outputs)`, the sizes `IRIS_INPUTS` and `IRIS_OUTPUTS`, and `iris_self_test()`,
/// which returns 0 where the build computes the same bits as Hinge's baseline instruction set: where the compiler neither
/// contracts multiply-adds nor reorders sums. Other builds differ in the last bits.
///
/// The process must run the baseline instruction set, as the self-test holds what it predicts.
/// Throws ConfigError for a name that is none in C, ModelError for a layer that is not Hinge's own.
std::string c_header_of(const hinge::Model<float>& model, const std::string& name);

}  // namespace hinge_command
