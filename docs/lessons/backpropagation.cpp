// Lesson 11: the forward pass of Mazur's network. Write the backward pass where it says so.
#include <array>
#include <cmath>
#include <cstdio>

using Pair = std::array<double, 2>;
using Matrix = std::array<Pair, 2>;  // row: unit, column: input

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

const Pair x = {0.05, 0.10};
const Pair y = {0.01, 0.99};
const Matrix w1 = {{{0.15, 0.20}, {0.25, 0.30}}};  // of the hidden layer
const Matrix w2 = {{{0.40, 0.45}, {0.50, 0.55}}};  // of the output layer
const Pair b1 = {0.35, 0.35};
const Pair b2 = {0.60, 0.60};

Pair layer(const Matrix& w, const Pair& b, const Pair& in) {
  Pair a;
  for (int u = 0; u < 2; ++u) a[u] = sigmoid(w[u][0] * in[0] + w[u][1] * in[1] + b[u]);
  return a;
}

void print(const char* name, const Pair& values) { std::printf("%s %.15g %.15g\n", name, values[0], values[1]); }

int main() {
  const Pair h = layer(w1, b1, x);
  const Pair o = layer(w2, b2, h);
  Pair d1 = {0, 0};  // δ of the hidden layer
  Pair d2 = {0, 0};  // δ of the output layer

  // YOUR CODE: first d2 from o and y, then d1 from d2, w2 and h.
  (void)o;
  (void)y;

  for (int u = 0; u < 2; ++u) print("layers.1.weight", {d2[u] * h[0], d2[u] * h[1]});
  print("layers.1.bias", d2);
  for (int u = 0; u < 2; ++u) print("layers.0.weight", {d1[u] * x[0], d1[u] * x[1]});
  print("layers.0.bias", d1);
}
