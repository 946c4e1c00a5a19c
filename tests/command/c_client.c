/* Predicts with a header that hinge export wrote, and compares with what hinge predict printed. On stdin of each row the inputs and
   the outputs. Prints how many outputs have other bits, how far apart the worst one is, and what the self-test says. */
#include <stdio.h>
#include <stdlib.h>

#include HEADER

int main(void) {
  float inputs[MODEL_INPUTS], outputs[MODEL_OUTPUTS], wanted;
  double worst = 0;
  long rows = 0, other = 0;
  int i;
  for (;; ++rows) {
    char text[64];
    for (i = 0; i < MODEL_INPUTS; ++i) {
      if (scanf("%63s", text) != 1) break;
      inputs[i] = strtof(text, NULL);
    }
    if (i < MODEL_INPUTS) break;
    model_predict(inputs, outputs);
    for (i = 0; i < MODEL_OUTPUTS; ++i) {
      double size, distance;
      if (scanf("%63s", text) != 1) return 1;
      wanted = strtof(text, NULL);
      size = wanted < 0 ? -(double)wanted : (double)wanted;
      distance = (double)outputs[i] - (double)wanted;
      distance = (distance < 0 ? -distance : distance) / (size > 1 ? size : 1);
      if (memcmp(&wanted, &outputs[i], sizeof(wanted)) != 0) ++other;
      if (!(distance < 1e9)) distance = 1e9; /* not a number */
      if (distance > worst) worst = distance;
    }
  }
  printf("rows %ld other %ld worst %.1e self_test %d\n", rows, other, worst, model_self_test());
  return 0;
}
