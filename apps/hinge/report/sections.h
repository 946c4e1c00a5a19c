// The sections of a report. Each is HTML, "" where the run has nothing to show in it.
#pragma once

#include <string>

#include "report/report.h"

namespace hinge_command {

/// How the run ended, in a sentence, and the evidence.
std::string verdict_section(const ReportSource& source);
/// What `hinge diagnose` found, where the run was diagnosed.
std::string diagnosis_section(const ReportSource& source);
/// The same from the contents of a diagnosis.json.
std::string diagnosis_text(const hinge::JsonValue& diagnosis);
/// Loss, metrics and learning rate over epochs.
std::string curves_section(const ReportSource& source);
/// Dead, one-sided, rare and saturated units over epochs, which units died and revived, and every unit's history.
std::string neurons_section(const ReportSource& source);
/// Gradient norms and sizes of steps, layer by layer.
std::string steps_section(const ReportSource& source);
/// Distributions of weights and pre-activations over time, and first-layer weights as images.
std::string weights_section(const ReportSource& source);
/// What the model does on the part that judges it.
std::string results_section(const ReportSource& source);
/// The function of one or two inputs that the network is, over time.
std::string function_section(const ReportSource& source);
/// Samples, classes and columns.
std::string data_section(const ReportSource& source);
/// The layers, drawn.
std::string network_section(const ReportSource& source);
/// The config, how to repeat the run, and versions.
std::string config_section(const ReportSource& source);

/// What the script of the page needs of every unit.
hinge::JsonValue units_json(const ReportSource& source);

}  // namespace hinge_command
