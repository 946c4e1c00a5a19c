// The numbers behind a picture, for programs and for screen readers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hinge_command {

struct Numbers {
  std::string caption = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};  ///< each as long as the header
};

/// Comma-separated values as in RFC 4180, with a header.
std::string csv_of(const Numbers& numbers);

/// Of more rows than `max_rows` the first, every n-th and the last, as the caption then says.
Numbers shortened(const Numbers& numbers, std::size_t max_rows);

/// A `<table>` with its caption, of shortened() numbers.
std::string html_of(const Numbers& numbers, std::size_t max_rows = 100);

}  // namespace hinge_command
