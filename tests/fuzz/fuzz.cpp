#include "fuzz.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <hinge/core/io/checksum.h>
#include "support/temporary_folder.h"

void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

std::string resealed(std::string_view bytes) {
  constexpr std::string_view member = "\"crc32\": \"";
  constexpr std::size_t digits = 8;
  std::string file(bytes);
  const std::size_t start = file.find(member);
  if (start == std::string::npos || file.size() - start < member.size() + digits) return file;
  file.replace(start + member.size(), digits, digits, '0');
  hinge::Checksum checksum;
  checksum.add(file);
  return file.replace(start + member.size(), digits, checksum.text());
}

std::string in_file(std::string_view name, std::string_view bytes) {
  static const TemporaryFolder folder;
  return folder.write(name, bytes);
}
