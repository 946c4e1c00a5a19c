// Whether a message says all that it should.
#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>

/// Checks that every part occurs in the message, and shows the message where one does not.
inline void check_contains(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    INFO("message: " << message);
    INFO("wanted in it: " << part);
    CHECK(message.find(part) != std::string::npos);
  }
}
