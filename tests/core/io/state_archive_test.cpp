#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <hinge/core/error.h>
#include <hinge/core/io/state_archive.h>

#include "support/contains.h"
#include "support/same_bits.h"
#include "support/throws.h"

using namespace hinge;

namespace {

constexpr const char* kind = "a test";
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Line {
  bool is_on = false;
  std::size_t count = 0;
  double size = 0;
  std::optional<std::size_t> epoch = {};
  std::optional<double> share = {};
};

struct Inner {
  double best = 0;
};

// One of each.
struct Sample {
  bool is_on = false;
  std::size_t count = 0;
  std::uint64_t wide = 0;
  double number = 0;
  std::string text = {};
  std::optional<double> some = {};
  std::optional<double> none = 1.0;
  std::vector<float> floats = {};
  std::vector<double> doubles = {};
  std::vector<std::uint64_t> wholes = {};
  std::vector<float> empty = {1};
  std::vector<Line> lines = {};
  Inner inner = {};
  std::optional<Inner> there = {};
  std::optional<Inner> missing = Inner{};
};

void list(StateArchive& state, Sample& sample) {
  const auto list_inner = [&](Inner& inner) { state.add("best", inner.best); };
  state.add("is_on", sample.is_on);
  state.add("count", sample.count);
  state.add("wide", sample.wide);
  state.add("number", sample.number);
  state.add("text", sample.text);
  state.add("some", sample.some);
  state.add("none", sample.none);
  state.add("floats", sample.floats);
  state.add("doubles", sample.doubles);
  state.add("wholes", sample.wholes);
  state.add("empty", sample.empty);
  state.add("lines", sample.lines, {&Line::is_on, &Line::count, &Line::size, &Line::epoch, &Line::share});
  state.part("inner", [&] { list_inner(sample.inner); });
  state.part("there", sample.there, list_inner);
  state.part("missing", sample.missing, list_inner);
}

std::string bytes_of(Sample sample) {
  StateArchive archive;
  list(archive, sample);
  return archive.bytes(kind);
}

Sample sample_with(double number) {
  Sample sample{.is_on = true,
                .count = 7,
                .wide = std::numeric_limits<std::uint64_t>::max(),
                .number = number,
                .text = "layer 1: \"dead\"\n\xce\xb1",
                .some = -number,
                .none = {},
                .floats = {1.5F, -0.0F, 1e-45F},
                .doubles = {0.1, 1e-310},
                .wholes = {0, std::numeric_limits<std::uint64_t>::max()},
                .empty = {},
                .inner = {number},
                .there = Inner{3},
                .missing = {}};
  sample.lines = {{true, 3, number, 5, -number}, {false, 0, infinity, {}, {}}, {false, 1, std::nan(""), 0, 0.0}};
  return sample;
}

}  // namespace

TEST_CASE("what a part lists comes back to the bit") {
  for (const double number : {0.0, -0.0, 0.1, 1e-310, 5e-324, 1.7976931348623157e308, infinity, -infinity}) {
    CAPTURE(number);
    const Sample written = sample_with(number);
    StateArchive archive(bytes_of(written), "file", kind);
    CHECK(archive.is_reading());
    Sample read;
    list(archive, read);
    archive.require_all_read();
    CHECK(bytes_of(read) == bytes_of(written));
    CHECK((read.is_on && read.count == 7 && read.wide == written.wide && read.text == written.text));
    CHECK(std::signbit(read.number) == std::signbit(number));
    CHECK((read.number == number && *read.some == -number && !read.none && read.empty.empty()));
    CHECK(same_bits(read.floats, written.floats));
    CHECK(same_bits(read.doubles, written.doubles));
    CHECK(read.wholes == written.wholes);
    REQUIRE(read.lines.size() == 3);
    CHECK((read.lines[0].is_on && read.lines[0].count == 3 && *read.lines[0].epoch == 5));
    CHECK((!read.lines[1].epoch && !read.lines[1].share && std::isnan(read.lines[2].size)));
    CHECK((read.inner.best == number && read.there->best == 3 && !read.missing));
  }
}

TEST_CASE("a state that does not fit its parts is refused by the name of what is wrong") {
  const std::string bytes = bytes_of(sample_with(1));
  const auto refusal = [&](auto list_wrongly) {
    StateArchive archive(bytes, "file", kind);
    return error_of<ModelError>([&] { list_wrongly(archive); });
  };
  std::size_t count = 0;
  double number = 0;
  unsigned char narrow = 0;
  std::string text;
  std::vector<double> doubles;
  std::vector<Line> lines;
  check_contains(refusal([&](StateArchive& a) { a.add("other", count); }), {"file: ", "no whole number \"other\""});
  check_contains(refusal([&](StateArchive& a) { a.add("text", count); }), {"no whole number \"text\""});
  check_contains(refusal([&](StateArchive& a) { a.add("wide", narrow); }), {"no whole number \"wide\""});
  check_contains(refusal([&](StateArchive& a) { a.add("text", number); }), {"no number \"text\""});
  check_contains(refusal([&](StateArchive& a) { a.add("other", text); }), {"no text \"other\""});
  check_contains(refusal([&](StateArchive& a) { a.add("floats", doubles); }), {"tensor floats is of another type"});
  check_contains(refusal([&](StateArchive& a) { a.add("lines", lines, {&Line::count, &Line::size}); }), {"lines"});
  check_contains(refusal([&](StateArchive& a) { a.part("inner", [&] { a.add("worst", number); }); }), {"inner.worst"});
  check_contains(refusal([&](StateArchive& a) { a.require_all_read(); }), {"unknown tensor"});
  check_contains(error_of<ModelError>([&] { StateArchive(bytes, "file", "another"); }), {"another", "something else"});
}

TEST_CASE("an array that is not finite is not written, and every flipped bit of a file is found") {
  Sample broken = sample_with(1);
  broken.floats[0] = std::numeric_limits<float>::quiet_NaN();
  check_contains(error_of<ModelError>([&] { bytes_of(broken); }), {"floats", "not finite"});
  const std::string bytes = bytes_of(sample_with(1));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    CHECK_THROWS_AS(StateArchive(damaged, "file", kind), ModelError);
  }
}
