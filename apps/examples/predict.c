/* Prediction from C, through <hinge/c.h>: reads rows of numbers, and prints what a model says of each.
 *
 *   predict iris/model.safetensors < rows
 */
#include <stdio.h>
#include <stdlib.h>

#include <hinge/c.h>

int main(int argc, char **argv) {
  hinge_model *model;
  float *inputs, *outputs;
  size_t i;
  if (argc != 2) return fprintf(stderr, "usage: predict MODEL < rows of numbers\n"), 2;
  model = hinge_load(argv[1]);
  if (model == NULL) return fprintf(stderr, "error: %s\n", hinge_error()), 2;
  inputs = malloc(hinge_inputs(model) * sizeof(float));
  outputs = malloc(hinge_outputs(model) * sizeof(float));
  for (;;) {
    for (i = 0; i < hinge_inputs(model) && scanf("%f", &inputs[i]) == 1; ++i) continue;
    if (i < hinge_inputs(model)) break;
    if (hinge_predict(model, inputs, 1, outputs) != 0) return fprintf(stderr, "error: %s\n", hinge_error()), 2;
    for (i = 0; i < hinge_outputs(model); ++i) {
      const char *name = hinge_classes(model) == hinge_outputs(model) ? hinge_class_name(model, i) : hinge_output_name(model, i);
      printf("%s%s %.4f", i == 0 ? "" : ", ", name ? name : "output", (double)outputs[i]);
    }
    printf("\n");
  }
  free(inputs);
  free(outputs);
  hinge_free(model);
  return 0;
}
