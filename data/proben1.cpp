// Reads the header, then the examples, part by part.
#include <hinge/data/proben1.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/file.h>
#include <hinge/core/number.h>
#include <hinge/core/text.h>
#include <hinge/data/table/table_reader.h>

namespace hinge {

namespace {

// Cuts text into lines, and lines into words.
class Lines {
 public:
  Lines(std::string_view text, std::string_view name) : rest_(text), name_(printable(name)) {}

  // Goes to the next line that is not blank; false at the end.
  bool next() {
    while (!rest_.empty()) {
      const std::size_t size = std::min(rest_.find('\n'), rest_.size());
      line_ = rest_.substr(0, size);
      rest_.remove_prefix(std::min(size + 1, rest_.size()));
      ++number_;
      if (skip_blanks()) return true;
    }
    return false;
  }

  // The next word of this line; empty at its end.
  std::string_view word() {
    skip_blanks();
    const std::size_t size = std::min(line_.find_first_of(blanks), line_.size());
    const std::string_view word = line_.substr(0, size);
    line_.remove_prefix(size);
    return word;
  }

  // The bytes from the next line on.
  std::size_t bytes_left() const { return rest_.size(); }

  [[noreturn]] void fail(const std::string& reason) const {
    throw DataError(name_ + ":" + std::to_string(number_) + ": " + reason);
  }
  [[noreturn]] void fail_file(const std::string& reason) const { throw DataError(name_ + ": " + reason); }

 private:
  static constexpr std::string_view blanks = " \t\r";

  // Returns whether anything but blanks is left of the line.
  bool skip_blanks() {
    line_.remove_prefix(std::min(line_.find_first_not_of(blanks), line_.size()));
    return !line_.empty();
  }

  std::string_view rest_;
  std::string_view line_;
  std::string name_;
  std::size_t number_ = 0;
};

enum Field : std::size_t { bool_in, real_in, bool_out, real_out, training, validation, test, field_count };
constexpr std::array<std::string_view, field_count> field_names{
    "bool_in", "real_in", "bool_out", "real_out", "training_examples", "validation_examples", "test_examples"};

struct Header {
  std::array<std::size_t, field_count> fields = {};

  std::size_t inputs() const { return fields[bool_in] + fields[real_in]; }
  std::size_t outputs() const { return fields[bool_out] + fields[real_out]; }
  std::size_t width() const { return inputs() + outputs(); }
  std::size_t examples() const { return fields[training] + fields[validation] + fields[test]; }
  bool has_classes() const { return fields[bool_out] > 0; }
};

std::size_t read_field(Lines& lines, std::string_view name) {
  constexpr std::size_t max_number = std::size_t{1} << 30;  // width × examples must not overflow 64 bits
  const std::string wanted = "; wanted \"" + std::string(name) + "=\" and a number up to " + std::to_string(max_number);
  if (!lines.next()) lines.fail_file("found the end of the file" + wanted + " (a PROBEN1 file has seven such lines)");
  const std::string_view word = lines.word();
  const auto number =
      word.starts_with(std::string(name) + "=") ? parse_size(word.substr(name.size() + 1)) : std::nullopt;
  if (!number || *number > max_number) lines.fail("found " + in_quotes(word) + wanted);
  if (const std::string_view more = lines.word(); !more.empty())
    lines.fail("found " + in_quotes(more) + " after " + in_quotes(word));
  return *number;
}

Header read_header(Lines& lines) {
  Header header;
  for (std::size_t i = 0; i < field_count; ++i) {
    header.fields[i] = read_field(lines, field_names[i]);
    if (i >= training && header.fields[i] == 0) {
      lines.fail("found a part without examples; wanted at least one in each of the three");
    }
  }
  if (header.inputs() == 0) lines.fail_file("found bool_in=0 and real_in=0; wanted at least one input");
  if ((header.fields[bool_out] == 0) == (header.fields[real_out] == 0)) {
    lines.fail_file("found bool_out=" + std::to_string(header.fields[bool_out]) +
                    " and real_out=" + std::to_string(header.fields[real_out]) +
                    "; wanted one of them to be 0: outputs are classes or values");
  }
  // Checked before any memory is allocated for the examples: a number takes at least one byte and a separator.
  if (header.width() * header.examples() > lines.bytes_left() / 2 + 1) {
    lines.fail_file("found " + std::to_string(lines.bytes_left()) + " bytes after the header; wanted " +
                    std::to_string(header.examples()) + " examples of " + std::to_string(header.width()) +
                    " numbers (is the file cut off?)");
  }
  return header;
}

template <typename Scalar>
Scalar read_number(Lines& lines, std::size_t index, std::size_t width) {
  const std::string_view word = lines.word();
  if (word.empty()) {
    lines.fail("found " + std::to_string(index) + " numbers; wanted " + std::to_string(width) +
               ", the inputs and outputs of an example");
  }
  const auto number = parse_double(word);
  if (!number) lines.fail("number " + std::to_string(index + 1) + ": found " + in_quotes(word) + "; wanted a number");
  if (std::abs(*number) > static_cast<double>(std::numeric_limits<Scalar>::max())) {
    lines.fail("number " + std::to_string(index + 1) + ": found " + in_quotes(word) +
               "; wanted a number that single precision can hold (train in double)");
  }
  return static_cast<Scalar>(*number);
}

// The class of a one-hot row of outputs: the index of its 1.
template <typename Scalar>
std::int32_t read_class(const Lines& lines, const Scalar* outputs, std::size_t count) {
  const auto ones = std::count(outputs, outputs + count, Scalar(1));
  const auto zeros = std::count(outputs, outputs + count, Scalar(0));
  const bool is_class = static_cast<std::size_t>(ones + zeros) == count && (count == 1 || ones == 1);
  if (!is_class) {
    lines.fail("found " + std::to_string(ones) + " ones and " + std::to_string(zeros) + " zeros in " +
               std::to_string(count) + " Boolean outputs; wanted exactly one 1, the class, and 0 for the others");
  }
  if (count == 1) return static_cast<std::int32_t>(ones);
  return static_cast<std::int32_t>(std::find(outputs, outputs + count, Scalar(1)) - outputs);
}

// Reads the numbers of the next line into `example`, which sets how many there must be.
template <typename Scalar>
void read_example(Lines& lines, std::vector<Scalar>& example) {
  if (!lines.next()) lines.fail_file("found the end of the file before the last example (is the file cut off?)");
  for (std::size_t i = 0; i < example.size(); ++i) example[i] = read_number<Scalar>(lines, i, example.size());
  if (lines.word().empty()) return;
  lines.fail("found more than " + std::to_string(example.size()) + " numbers, the inputs and outputs of an example");
}

// Whether Boolean outputs are degrees between 0 and 1, as in hearta and heartac. Looks ahead over all examples.
template <typename Scalar>
bool has_degrees(Lines lines, const Header& header) {
  std::vector<Scalar> example(header.width());
  bool found = false;
  for (std::size_t i = 0; header.has_classes() && i < header.examples(); ++i) {
    read_example(lines, example);
    for (std::size_t k = header.inputs(); k < example.size(); ++k) {
      if (example[k] < 0 || example[k] > 1) return false;
      found = found || (example[k] > 0 && example[k] < 1);
    }
  }
  return found;
}

template <typename Scalar>
Dataset<Scalar> read_part(Lines& lines, const Header& header, std::size_t size) {
  const std::size_t features = header.inputs();
  const std::size_t outputs = header.outputs();
  Buffer<Scalar> inputs(size * features);
  Buffer<Scalar> values(header.has_classes() ? 0 : size * outputs);
  std::vector<std::int32_t> classes;
  std::vector<Scalar> example(features + outputs);
  for (std::size_t i = 0; i < size; ++i) {
    read_example(lines, example);
    std::copy_n(example.data(), features, inputs.data() + i * features);
    if (header.has_classes()) {
      classes.push_back(read_class(lines, example.data() + features, outputs));
    } else {
      std::copy_n(example.data() + features, outputs, values.data() + i * outputs);
    }
  }
  DatasetNames names{.features = numbered_names("input_", features)};
  if (header.has_classes()) {
    names.classes = numbered_names("", std::max<std::size_t>(outputs, 2));
    names.targets = {"class"};
    return Dataset<Scalar>::classification(std::move(inputs), features, std::move(classes), std::move(names));
  }
  names.targets = numbered_names("output_", outputs);
  return Dataset<Scalar>::regression(std::move(inputs), features, std::move(values), outputs, std::move(names));
}

}  // namespace

template <typename Scalar>
Parts<Scalar> parse_proben1(std::string_view text, std::string_view name) {
  Lines lines(text, name);
  Header header = read_header(lines);
  if (has_degrees<Scalar>(lines, header)) header.fields[real_out] = std::exchange(header.fields[bool_out], 0);
  Parts<Scalar> parts{.train = read_part<Scalar>(lines, header, header.fields[training]),
                      .validation = read_part<Scalar>(lines, header, header.fields[validation]),
                      .test = read_part<Scalar>(lines, header, header.fields[test])};
  if (!lines.next()) return parts;
  lines.fail("found a line after the last of " + std::to_string(header.examples()) +
             " examples; wanted as many as the header says");
}

template <typename Scalar>
Parts<Scalar> read_proben1(const std::string& path) {
  return parse_proben1<Scalar>(read_file(path), path);
}

template Parts<float> read_proben1<float>(const std::string&);
template Parts<double> read_proben1<double>(const std::string&);
template Parts<float> parse_proben1<float>(std::string_view, std::string_view);
template Parts<double> parse_proben1<double>(std::string_view, std::string_view);

}  // namespace hinge
