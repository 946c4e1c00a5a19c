// Models in ONNX.
#pragma once

#include <string>

#include <hinge/data/table/column.h>
#include <hinge/layers/model.h>

namespace hinge_command {

/// The bytes of an ONNX file (opset 17, IR 8) that predicts as the model does.
///
/// Its input `inputs` is float32 [batch, features]: raw features, or with `raw` those that the network was trained on. Where
/// `columns` of the table hold categories, these are the input `categories` instead, int64 [batch, such columns]: the place of
/// the category among those of its column, −1 for a gap; any other number is none of them. Its output `outputs` is float32 [batch,
/// outputs]: probabilities or values, or with `raw` what the network gives. Without `raw` a classifier has the output `class`,
/// int64 [batch], too. The metadata holds the names of features, classes and targets as lists in JSON, and those of the
/// categories as an object. Scaling is computed in double, as Hinge does; the network in float32.
/// Throws ModelError for a layer or activation that ONNX has not, and for a file of more than 2 GB, the limit of its format.
std::string onnx_of(const hinge::Model<float>& model, const hinge::Columns& columns, bool raw);

}  // namespace hinge_command
