// Reading files in a build with HINGE_ZLIB=OFF.
#include <doctest/doctest.h>

#include <string>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>

#include "support/temporary_folder.h"
#include "support/throws.h"

using namespace hinge;

TEST_CASE("without zlib a plain file is read, and a packed one is refused with the option that is missing") {
  const TemporaryFolder folder;
  const std::string plain = folder.path("plain");
  for (const std::string bytes : {"", "\x1f", "1,2\n3,4\n"}) {
    write_file(plain, bytes);
    CHECK(read_file(plain) == bytes);
    CHECK(read_file_start(plain, 3) == bytes.substr(0, 3));
  }
  const std::string packed = folder.path("packed.gz");
  write_file(packed, "\x1f\x8b\x08");
  CHECK(error_of<FileError>([&] { read_file(packed); }) ==
        packed +
            ": is packed with gzip, and this Hinge was built without zlib (HINGE_ZLIB=OFF); unpack it with gunzip");
}
