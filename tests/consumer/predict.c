/* A program that only predicts, and links hinge::predict. */
#include <string.h>

#include <hinge/c.h>

int main(void) { return hinge_load("none") || strcmp(hinge_error(), "none: No such file or directory") != 0; }
