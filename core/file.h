// Files from disk, plain or compressed. The only place with file access and zlib.
#pragma once

#include <cstdint>
#include <string>

#include <hinge/core/abi.h>

namespace hinge::inline HINGE_ABI {

/// The most bytes that read_file takes unless told otherwise: 4 GiB.
inline constexpr std::uint64_t default_read_limit = std::uint64_t{4} << 30;

/// All bytes of a file. A gzip file is unpacked while it is read, whatever its name; anything else comes as it is.
/// `limit` counts unpacked bytes, so that a small file which unpacks to a huge one ends in an error, not in the
/// machine's last memory. Any number of threads.
/// Throws FileError `path: reason`: the system's reason, gzip data that is cut off or damaged, or more than `limit`.
HINGE_API std::string read_file(const std::string& path, std::uint64_t limit = default_read_limit);

}  // namespace hinge::inline HINGE_ABI
