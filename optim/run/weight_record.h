// The weights of a small network at a few epochs of its training: the lines of a run's weights.jsonl.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hinge/core/fwd.h>
#include <hinge/core/matrix.h>
#include <hinge/layers/network.h>

namespace hinge {

/// The parameters of a network after an epoch, and what its layers keep besides parameters.
struct RecordedWeights {
  std::size_t epoch = 0;
  std::vector<float> values = {};
  std::vector<float> state = {};
};

/// Larger networks are not recorded: a line must cost little beside the epoch that it tells of.
inline constexpr std::size_t max_recorded_parameters = 10'000;

/// Whether the weights after that epoch, counted from 1, are recorded: 1, 2, 3, 4, 6, 8, 12, 16, …: the powers of 2, and
/// three times those. Weights move fast at first and slowly later, and a run of n epochs has some 2·log₂ n of these.
HINGE_API bool is_recorded_epoch(std::size_t epoch);

/// `{"epoch": 3, "values": "AACAPw==", "state": ""}`, each a row of float32, little-endian, in base64 [RFC 4648].
HINGE_API std::string weight_line(std::size_t epoch, const Network<float>& network);

/// What a file of such lines holds. A last line without its end, of a run that was killed, is left out. Throws FileError,
/// ConfigError for what is no JSON, and DataError `path:line: …` for weights that are not those of `network`.
HINGE_API std::vector<RecordedWeights> read_weights(const std::string& path, const Network<float>& network);

}  // namespace hinge
