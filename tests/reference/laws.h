// What an untrained network must look like, by laws that need no run to compare with.
#pragma once

#include <string>

/// Shares of first-layer ReLUs that are dead on the digits' test rows, by the bias that they start with. Prints a table;
/// true when every count is within four standard deviations of the binomial one.
bool check_dead_units_on_digits();
/// The same on the first 1000 test images of MNIST.
bool check_dead_units_on_mnist(const std::string& folder);

/// Shares of networks of ReLUs that are born dead: 0 whatever the input, because all units of a hidden layer are.
/// Hidden layers of N units, L layers, zero biases, any symmetric start: for one input x ≠ 0 the chance is
/// 1 − (1 − 2^−N)^(L−1); on the whole line both x > 0 and x < 0 must die. [Lu et al., Dying ReLU and Initialization, 2019]
bool check_born_dead();
