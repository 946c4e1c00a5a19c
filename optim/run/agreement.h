// What the ranks that share a run or a study must have in common.
#pragma once

#include <string>

#include <hinge/core/communicator.h>
#include <hinge/core/config/json.h>
#include <hinge/core/export.h>

namespace hinge {

struct DataParts;

/// The version of Hinge, and whether its kernels fuse multiply and add: with both alike all ranks compute the same bits.
HINGE_API JsonValue describe_build();

/// A digest for each part of the samples.
HINGE_API JsonValue describe_samples(const DataParts& parts);

/// Compares what each rank says of its `what` ("run", "study"), an object whose keys are the same on all. All ranks must call it.
/// Throws ConfigError on rank 0 with the first key that differs; the others go on.
HINGE_API void require_agreement(Communicator& ranks, const std::string& what, const JsonValue& description);

}  // namespace hinge
