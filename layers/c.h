/* Models for C, and for whatever calls C: load one, predict, ask for names. A model is safe from any number of threads. No
   exception leaves these functions, and nothing is printed. Plain C99, for any flags: no arithmetic stands in this header.

   Both hinge::hinge and hinge::predict have these functions. The second has nothing else: no training, and it needs neither zlib
   nor threads. Models of a program's own layers and activations are for C++ alone. */
#pragma once

#include <stddef.h>

/* Marks what a shared library shows. */
#if defined(__GNUC__)
#define HINGE_C_API __attribute__((visibility("default")))
#else
#define HINGE_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** A trained model. */
typedef struct hinge_model hinge_model;

/** `0.2.0` */
HINGE_C_API const char* hinge_version(void);

/** Why the last call of this thread failed, such as `m.safetensors: No such file or directory`; "" before the first failure.
    At most 1,023 bytes; it stays until the next failure. */
HINGE_C_API const char* hinge_error(void);

/** A model from a file, or from the bytes of one, which may be freed afterwards; NULL for one that cannot be read, or that has
    parts which Hinge does not bring. Must be freed. */
HINGE_C_API hinge_model* hinge_load(const char* path);
HINGE_C_API hinge_model* hinge_load_bytes(const void* bytes, size_t size);
/** NULL is allowed. Names of the model end with it. */
HINGE_C_API void hinge_free(hinge_model* model);

/** How many numbers a sample has, and how many its prediction. */
HINGE_C_API size_t hinge_inputs(const hinge_model* model);
HINGE_C_API size_t hinge_outputs(const hinge_model* model);
/** How many classes the model tells apart; 0 where it predicts values, or several answers of yes or no. One output, a probability,
    tells two apart. */
HINGE_C_API size_t hinge_classes(const hinge_model* model);

/** The name of an input, a class, or an output that is a value; NULL where there is none. */
HINGE_C_API const char* hinge_input_name(const hinge_model* model, size_t input);
HINGE_C_API const char* hinge_class_name(const hinge_model* model, size_t class_index);
HINGE_C_API const char* hinge_output_name(const hinge_model* model, size_t output);

/** Predicts `samples` samples, one behind the other: `inputs` holds samples × hinge_inputs raw numbers, NaN where one is missing
    and the model knows what to put there; `outputs` gets samples × hinge_outputs probabilities or values. 0, or −1 where a number
    is not finite, or memory is short; outputs are then as they were. One sample allocates nothing where its numbers, those of
    its prediction and twice those of the widest layer are at most 8,192. */
HINGE_C_API int hinge_predict(const hinge_model* model, const float* inputs, size_t samples, float* outputs);
/** The same for the most probable class of each sample. −1 also for a model without classes. */
HINGE_C_API int hinge_classify(const hinge_model* model, const float* inputs, size_t samples, size_t* classes);

#ifdef __cplusplus
}
#endif
