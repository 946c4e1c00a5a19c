// An activation on a number, and on a matrix as layers use it.
#include <cstdio>
#include <exception>

#include <hinge/hinge.h>

int main() try {
  const auto relu = hinge::Activation<float>::from(hinge::Relu{});
  std::printf("relu(-3) = %g, slope %g\n", relu->value(-3.0F), relu->derivative(-3.0F));

  hinge::Matrix<float> z(2, 2);  // units x samples
  z(0, 0) = 2;
  z(1, 0) = -1;
  hinge::Matrix<float> a(2, 2);
  relu->value(z, a);  // a = φ(z), element by element
  std::printf("relu of 2 and -1: %g and %g\n", a(0, 0), a(1, 0));

  hinge::Matrix<float> da(2, 2);
  da(0, 0) = 0.5F;
  da(1, 0) = 0.5F;
  hinge::Matrix<float> dz(2, 2);
  relu->chain(z, da, dz);  // dz = da ⊙ φ′(z), the step of backpropagation (docs/backprop.md, eq. 5)
  std::printf("a gradient of 0.5 behind them becomes %g and %g\n", dz(0, 0), dz(1, 0));
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
