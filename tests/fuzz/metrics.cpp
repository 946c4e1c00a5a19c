// A line of metrics.jsonl that is read, written and read again stays as it is.
#include <string>

#include <hinge/core/config/json.h>

#include "fuzz.h"

void fuzz_metrics(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string first;
    const std::string_view line = bytes.substr(0, end);
    if (accepts([&] { first = hinge::to_json_line(hinge::parse_json(line, "line")); })) {
      std::string second;
      require(accepts([&] { second = hinge::to_json_line(hinge::parse_json(first, "again")); }),
              "a line is read again");
      require(first == second, "a line stays as it is");
    }
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
}
