// Tables of classes for people, at most 80 columns wide.
#pragma once

#include <string>
#include <vector>

#include <hinge/optim/metrics/confusion_matrix.h>

namespace hinge_command {

/// Samples, predictions, precision, recall and F1, a line for each class. There is a name for every class.
std::string class_table(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names);

/// The confusion matrix, with a dot for 0; the ten most frequent confusions where there are more than 12 classes or the
/// counts need more room.
std::string confusion_table(const hinge::ConfusionMatrix& confusion, const std::vector<std::string>& names);

}  // namespace hinge_command
