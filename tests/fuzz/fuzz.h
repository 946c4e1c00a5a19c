// Fuzzing: each target takes any bytes for a file of its kind. It may refuse them with an Error; what it accepts must survive
// being written and read again. Everything else is a finding: a crash, a hang, another exception, a report of a sanitizer.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <hinge/core/error.h>

struct FuzzTarget {
  std::string_view name;
  void (*run)(std::string_view bytes);
};

void fuzz_arff(std::string_view bytes);
void fuzz_checkpoint(std::string_view bytes);
void fuzz_config(std::string_view bytes);
void fuzz_csv(std::string_view bytes);
void fuzz_health(std::string_view bytes);
void fuzz_idx(std::string_view bytes);
void fuzz_metrics(std::string_view bytes);
void fuzz_model(std::string_view bytes);
void fuzz_proben1(std::string_view bytes);
void fuzz_set(std::string_view bytes);

inline constexpr FuzzTarget fuzz_targets[] = {
    {"arff", fuzz_arff},       {"checkpoint", fuzz_checkpoint}, {"config", fuzz_config},
    {"csv", fuzz_csv},         {"health", fuzz_health},         {"idx", fuzz_idx},
    {"metrics", fuzz_metrics}, {"model", fuzz_model},           {"proben1", fuzz_proben1},
    {"set", fuzz_set},
};

/// Ends the program with a message where a property does not hold.
void require(bool holds, const char* property);

/// Calls `parse`, whose Errors are answers too. Whether there was none.
template <typename Parse>
bool accepts(const Parse& parse) {
  try {
    parse();
    return true;
  } catch (const hinge::Error&) {
    return false;
  }
}

/// The bytes of a file in the safetensors format with its checksum made right: else nothing behind it is reached.
std::string resealed(std::string_view bytes);

/// Writes the bytes into a file and returns its path, for readers that open files. The next call with that name replaces it.
std::string in_file(std::string_view name, std::string_view bytes);
