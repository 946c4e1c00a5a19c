/* The C API as C sees it: predicts the rows of stdin, one and all at once, and prints them; then meets every failure.
 *
 *   c_client MODEL REGRESSION_MODEL
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hinge/c.h>

#define check(what)                                               \
  do {                                                            \
    if (!(what)) {                                                \
      fprintf(stderr, "line %d: %s\n", __LINE__, #what);          \
      exit(1);                                                    \
    }                                                             \
  } while (0)

static void check_failures(const char *path, const char *values_path) {
  hinge_model *model = hinge_load(path);
  hinge_model *values = hinge_load(values_path);
  float inputs[4] = {1, 2, NAN, 4};
  float outputs[3] = {7, 7, 7};
  size_t class_index = 9;
  check(model && values);
  check(hinge_load("none") == NULL && strcmp(hinge_error(), "none: No such file or directory") == 0);
  check(hinge_load_bytes("", 0) == NULL && strcmp(hinge_error(), "model: the file is empty") == 0);
  check(hinge_predict(model, inputs, 1, outputs) == -1 && outputs[0] == 7);
  check(strcmp(hinge_error(), "predict: feature 2 of sample 0 is not finite") == 0);
  check(hinge_classify(values, inputs, 1, &class_index) == -1 && class_index == 9);
  check(strcmp(hinge_error(), "classify: this model tells no classes apart; use predict") == 0);
  check(hinge_classes(values) == 0 && hinge_outputs(values) == 1);
  check(strcmp(hinge_output_name(values, 0), "petal_width_cm") == 0 && hinge_class_name(values, 0) == NULL);
  check(hinge_input_name(model, 4) == NULL && hinge_class_name(model, 3) == NULL && hinge_output_name(model, 0) == NULL);
  hinge_free(values);
  hinge_free(model);
  hinge_free(NULL);
}

int main(int argc, char **argv) {
  float rows[150 * 4], batch[150 * 3], one[3];
  size_t classes[150], count = 0, i, k;
  hinge_model *model;
  check(argc == 3);
  check(strcmp(hinge_error(), "") == 0);
  model = hinge_load(argv[1]);
  check(model != NULL && hinge_inputs(model) == 4 && hinge_outputs(model) == 3 && hinge_classes(model) == 3);
  while (count < 600 && scanf("%f", &rows[count]) == 1) ++count;
  check(count == 600);
  check(hinge_predict(model, rows, 150, batch) == 0 && hinge_classify(model, rows, 150, classes) == 0);
  for (i = 0; i < 150; ++i) {
    check(hinge_predict(model, rows + 4 * i, 1, one) == 0 && memcmp(one, batch + 3 * i, sizeof(one)) == 0);
    printf("%s", hinge_class_name(model, classes[i]));
    for (k = 0; k < 3; ++k) printf(" %.9g", (double)one[k]);
    printf("\n");
  }
  check(strcmp(hinge_input_name(model, 3), "petal_width_cm") == 0);
  check_failures(argv[1], argv[2]);
  hinge_free(model);
  return 0;
}
