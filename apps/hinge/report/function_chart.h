// The function of one or two inputs that a network is.
#pragma once

#include <string>

#include "drawing/chart.h"
#include "report/report.h"

namespace hinge_command {

/// Whether the network of a run can be drawn as a function: with one input and one target, or with two inputs and at most six
/// classes; and the data are there.
bool has_function_chart(const ReportSource& source);

/// Of one input the curve through the training samples. Of two inputs what the network says everywhere, with training samples
/// and the line z = 0 of each unit of the first layer: its hinge. Call has_function_chart() first.
Chart function_chart(const ReportSource& source, const NetworkAt& at);

/// The numbers behind it: the curve, or the weights of the first layer.
Numbers function_numbers(const ReportSource& source, const NetworkAt& at);

/// `before training` or `after epoch 3`
std::string epoch_text(const NetworkAt& at);

}  // namespace hinge_command
